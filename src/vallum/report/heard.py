"""What was said, for print: an overview among the chapters, each claim in full in the annex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vallum.report import annexes
from vallum.report.blocks import (
    Block,
    Run,
    Text,
    alarm,
    bold,
    code,
    framed,
    heading,
    joined,
    newline,
    para,
    sentence,
    small,
)
from vallum.report.model import Model
from vallum.report.tongue import many, say

if TYPE_CHECKING:
    from vallum.report.chapters import Plates

_MOST = 12


def overview(model: Model, plates: Plates) -> list[Block]:
    """Reports held against imagery: what each status means, and the first claims in a line each."""
    del plates
    told = model["claims"]
    if not told:
        return []
    made = [heading(say("What was said"), own_page=True), *map(para, told["intro"])]
    made += [
        para([bold(f"{one['sign']} {sentence(one['label'])}"), ": ", one["means"]], tone="small")
        for one in told["statuses"]
    ]
    made += [para(told["graded"])] if told["graded"] else []
    made.append(para(told["not_counted"], tone="loud"))
    for block in told["against"][:1]:
        made.append(heading(say("These contradict each other"), level=2))
        made += map(_claim, block)
    made += annexes.over_time(told["timeline"][:_MOST])
    rest = len(told["timeline"]) - _MOST
    if rest > 0:
        made.append(para(many(rest, "{n} more in the annex.", "{n} more in the annex.")))
    return made


def in_full(model: Model, plates: Plates) -> list[Block]:
    """Every claim with its place, time, source and reasons, and what it was held against."""
    told = model["claims"]
    if not told:
        return []
    made = [heading(say("What was said, claim by claim"))]
    for block in told["against"]:
        made.append(heading(say("These contradict each other"), level=2))
        made += map(_claim, block)
    if told["placed"]:
        made.append(heading(say("Others, along the line") if told["against"]
                            else say("Along the line"), level=2))  # fmt: skip
        made += map(_claim, told["placed"])
    if told["unplaced"]:
        made.append(heading(say("Cannot be placed"), level=2))
        made.append(para(say("These name no place that can be found on the line. They are on no "
                             "map.")))  # fmt: skip
        made += map(_claim, told["unplaced"])
    made += plates.abreast(
        ("ladder", ""),
        ("timeline", say(
            "Box: the time that the claim names. Line under it: between which days a finding that "
            "it was held against was built. Fading: no end is known.")),
    )  # fmt: skip
    made += annexes.over_time(told["timeline"][_MOST:])
    return made + annexes.held_against(told)


def _claim(one: Model) -> Block:
    head = [bold(f"{one['sign']} {sentence(one['label'])}")]
    if one["mark"]:
        head += ["  ", alarm(one["mark"])]
    where = joined([one["where"], one["stretch"]])
    what = joined([one["subject"], one["change"] if one["change"] != one["modality"] else "",
                   one["modality"], one["quantity"]], "; ")  # fmt: skip
    who = joined([one["who"], one["access"], joined([one["grade"], one["grade_words"]], " ")], "; ")
    held = [code(each["id"]) for each in one["named"]]
    more = len(one["findings"]) - len(held)
    rows: list[tuple[str, Text]] = [
        (say("Where"), where), (say("When"), one["when"]), (say("What"), what), (say("Who"), who),
        (say("Why"), sentence(one["why"]) or say("Not stated.")),
        (say("Held against"),
         [*joined(held, " "), f" {say('and {n} more, in claims.csv', n=more)}" if more else ""]
         if held else ""),
        (say("Also said"), joined([each["says"] for each in one["agrees"]], " ")),
    ]  # fmt: skip
    lines: list[Run] = []
    for name, text in rows:
        if text:
            lines += [
                newline(),
                small(name + ": "),
                *([text] if isinstance(text, str | dict) else text),
            ]
    return framed([para([*head, newline(), bold(one["says"]), *lines])], tone=one["status"])
