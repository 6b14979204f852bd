"""What stands behind the chapters of the report for print: tables, files, evidence, corrections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vallum.report.blocks import (
    Block,
    Run,
    Text,
    bold,
    bullets,
    code,
    heading,
    joined,
    newline,
    para,
    sentence,
    small,
    table,
    terms,
)
from vallum.report.model import Model
from vallum.report.tongue import many, said, say

if TYPE_CHECKING:
    from vallum.report.chapters import Plates

_MOST_EVIDENCE, _MOST_BEHIND = 60, 60
SENTENCE = re.compile(r"(?<=[.。]) +|(?<=。)")
_OFTEN, _LONG = 3, 30


def edition(model: Model) -> list[Block]:
    """Which edition this is, and its note; nothing for a draft without a history."""
    told = model.get("history") or {}
    rows: list[tuple[str, Text]] = [
        (say("Edition"), joined([told.get("edition") or "", told.get("day") or ""])),
        (say("Note"), told.get("note") or ""),
        (say("Images"), say("{before} against {after}", before=model["before"],
                            after=model["after"])),
        (say("Line"), joined([model["line"]["name"], model["line"]["extent"]], "; ")),
    ]  # fmt: skip
    return [terms(rows)]


def corrections(model: Model, plates: Plates) -> list[Block]:
    """Editions, corrections, and what changed since the last, number by number."""
    del plates
    told = model.get("history") or {}
    made: list[Block] = []
    head = [say("Number"), say("Was"), say("Is now"), say("Difference"), say("Why")]
    if told.get("changes"):
        made.append(heading(say("What changed since {edition}", edition=told["since"]), level=2))
        rows: list[list[Text]] = [
            [[sentence(one["label"]), newline(), code(one["trace"])], one["was"] or "–",
             one["now"] or "–", one["difference"] or "–", _why(one)]
            for one in told["changes"]
        ]  # fmt: skip
        made.append(table(head, rows, widths=("2.4fr", "1fr", "1fr", "1fr", "2.6fr")))
    if told.get("corrections"):
        made.append(heading(say("Corrections log"), level=2))
        lines: list[list[Text]] = [
            [sentence(one["label"]), one["was"] or "–", one["now"] or "–",
             joined([say("edition {n}", n=one["edition"]), one["day"]]), one["why"]]
            for one in told["corrections"]
        ]  # fmt: skip
        head = [say("Number"), say("Was"), say("Is now"), say("Corrected in"), say("Why")]
        made.append(table(head, lines, widths=("2.4fr", "1fr", "1fr", "1.2fr", "2.4fr"),
                          caption=say("What was wrong stays visible.")))  # fmt: skip
    if told.get("editions"):
        made.append(heading(say("Editions"), level=2))
        listed: list[list[Text]] = [
            [str(one["number"]), one["day"], one["note"] or "–", code(one["manifest_sha256"])]
            for one in told["editions"]
        ]
        made.append(table([say("Edition"), say("Day"), say("Note"), "SHA-256"], listed,
                          widths=("0.8fr", "1.1fr", "2fr", "3fr")))  # fmt: skip
    if not made:
        made = [para(say("Nothing was corrected and no edition came before this one."))]
    return [heading(say("Corrections and editions")), *made]


def _why(one: Mapping[str, object]) -> Text:
    why = one.get("why") or ()
    parts = [why] if isinstance(why, str) else [str(each) for each in why]  # type: ignore[attr-defined]
    mark = [bold(say("Correction.")), " "] if one.get("is_correction") else []
    return [*mark, *joined(parts, "; ")] or "–"


def credits(model: Model, plates: Plates) -> list[Block]:  # noqa: A001 - the word of the field
    """Credits and licences, and how to cite."""
    del plates
    return [
        heading(say("Credits and licences")),
        bullets(model["credits"]),
        heading(say("How to cite these numbers"), level=2),
        para(model["citation"]),
        para(say("The hash of manifest.json names this very publication."), tone="small"),
    ]


def files(model: Model, plates: Plates) -> list[Block]:
    """The files with their hashes; of folders only how many they hold."""
    del plates
    told = [one for one in model.get("downloads") or () if one["name"] != "report.pdf"]
    if not told:
        return []
    own: list[list[Text]] = [
        [file["name"], said(file["what"]), code(file["sha256"])]
        for file in told
        if "/" not in file["name"].removeprefix("../")
    ]
    folders = Counter(
        file["name"].removeprefix("../").partition("/")[0]
        for file in told
        if "/" in file["name"].removeprefix("../")
    )
    made = [
        heading(say("Files and their hashes")),
        para(say("The files lie beside this one. Their hashes, and the hash of this file, are "
                 "in manifest.json.")),
        table([say("File"), say("What it holds"), "SHA-256"], own, is_compact=True,
              widths=("1.4fr", "2.6fr", "3.4fr")),
    ]  # fmt: skip
    if folders:
        counted = joined(
            [
                [code(f"{name}/"), f" {many(n, '{n} file', '{n} files')}"]
                for name, n in folders.items()
            ]
        )
        made.append(para([say("And in folders:"), " ", *counted, "."], tone="small"))
    return made


def context(model: Model, plates: Plates) -> list[Block]:
    """What else was counted or happened at the time: context, never cause."""
    told = model["context"]
    if not told:
        return []
    sources = "; ".join(told["sources"])
    made = [
        heading(told["words"], level=2),
        para([told["means"], " ", bold(told["made_up"])] if told["made_up"] else told["means"]),
        *plates.abreast(("context", say("{what}. Sources: {sources}.", what=told["words"],
                                        sources=sources))),
    ]  # fmt: skip
    rows: list[list[Text]] = [
        [row["when"],
         [row["what"], *([] if series["is_events"] else [newline(), small(series["name"])])],
         [row["source"], *_read_at(row)]]
        for series in told["series"]
        for row in series["rows"]
    ]  # fmt: skip
    caption = say("{what}. As printed by the sources; vallum has not checked them.",
                  what=told["words"])  # fmt: skip
    made.append(table([say("When"), say("What"), say("Source")], rows, caption=caption,
                      widths=("1fr", "2.6fr", "2.4fr"), is_compact=True))  # fmt: skip
    return made


def _read_at(row: Model) -> list[Run]:
    where = joined([row["read_at"], row["accessed"]])
    return [newline(), code("".join(str(part) for part in where))] if where else []


def over_time(timeline: Sequence[Model]) -> list[Block]:
    """Claims with the time they name and what they were held against; nothing for none."""
    rows: list[list[Text]] = [
        [[f"{row['mark']} " if row["mark"] and row["mark"] not in row["says"] else "",
          row["says"]], _time(row),
         joined(row["shown"], " ") or say("no finding"), f"{row['sign']} {row['label']}"]
        for row in timeline
    ]  # fmt: skip
    return [
        table(
            [say("What was said"), say("Of when"), say("Held against"), say("Status")], rows,
            widths=("3fr", "1.5fr", "2.4fr", "1.3fr"),
            caption=say("Each claim with the time it names, and the findings it was held against "
                        "with the days between which images show them to be built."),
        )
    ] if rows else []  # fmt: skip


def held_against(told: Model) -> list[Block]:
    """The findings that claims were held against."""
    if not told["findings"]:
        return []
    held: list[list[Text]] = [
        [row["what"], row["held"], row["where"], row["dated"], code(row["id"])]
        for row in told["findings"]
    ]
    return [
        heading(say("Findings that claims were held against"), level=2),
        table([say("Finding"), say("Held to be"), say("Where"), say("Dated by images"),
               "vallum trace …"], held, widths=("1.5fr", "1.1fr", "1.6fr", "2.2fr", "1.8fr"),
              is_compact=True,
              caption=say("From images, settled by people; where more were found, all are in "
                          "claims.csv and findings.csv.")),
    ]  # fmt: skip


def _time(row: Model) -> Text:
    first, last = row["first"], row["last"]
    if first and last:
        bracket = say("{first} to {last}", first=first, last=last)
    elif first:
        bracket = say("{day} or later", day=first)
    else:
        bracket = say("{day} or earlier", day=last) if last else ""
    return [row["when"], *([newline(), small(bracket)] if bracket else [])]


def visible(model: Model) -> list[Block]:
    """Which classes the images could show, and where they could not."""
    told = model["visible"]
    if not told.get("rows"):
        return []
    rows: list[list[Text]] = [
        [[row["kind"], newline(), code(row["trace"])], row["pixels"], row["printed"], row["share"],
         [sentence(row["caution"]), "; ", row["reported"]]]
        for row in told["rows"]
    ]  # fmt: skip
    made = [
        heading(say("What could be seen"), level=2),
        para([bold(told["said"]), " ", told["means"]]),
        table(
            [say("Class"), say("Pixels of at most"), say("Border compared for it"), say("Share"),
             say("Missed even so; seen at most at")], rows, right=(1, 2, 3),
            widths=("2.6fr", "1fr", "1.2fr", "1fr", "3fr"), is_compact=True,
            caption=say("A pair of images counts for a class when the pixels of the coarser one "
                        "are at most this large. Where they are larger, that none was found says "
                        "nothing."),
        ),
    ]  # fmt: skip
    if told["doubts"]:
        doubts: list[list[Text]] = [
            [row["kind"], row["change"], row["where"], sentence(row["why"]) + "."]
            for row in told["doubts"]
        ]
        made += [
            heading(say("Findings that their images usually would not show"), level=2),
            para(told["doubts_said"]),
            table([say("Class"), say("Change"), say("Where"), say("What the pixels leave open")],
                  doubts, widths=("1.2fr", "1fr", "1.8fr", "3fr")),
        ]  # fmt: skip
    return made


def line(model: Model) -> list[Block]:
    """The line, without which a length along a border means nothing."""
    told = model["line"]
    rows: list[tuple[str, Text]] = [
        (say("Line"), told["name"]),
        (say("From, to"), say("{start} to {end}", start=told["from"], end=told["to"])),
        (say("Left, right"), joined([told["left"], told["right"]])),
        (say("Length"), told["length"]),
        (say("Tolerance"), told["tolerance"]),
        (say("Part looked at"), told["extent"]),
        (say("Corridor"), told["corridor"]),
        (say("Source"), told["source"]),
        (say("Licence"), told["licence"]),
        (say("Credit"), told["credit"]),
    ]
    text = say("A length along a border means nothing without the line: a coarser line is shorter.")
    return [para(text), terms(rows), para(said(told["disclaimer"]), tone="small")]


def candidates(model: Model) -> list[Block]:
    """How candidates were settled; and found against truth, where the truth is known."""
    made: list[Block] = []
    if model["candidates"]["rows"]:
        rows: list[list[Text]] = [
            [sentence(said(row["answer"])), row["printed"]] for row in model["candidates"]["rows"]
        ]
        caption = say("A candidate is a suggestion. It becomes a finding only through people.")
        more = model["candidates"]["not_kept_text"]
        made += [
            heading(say("Candidates"), level=2),
            table([say("How it was settled"), say("Candidates")], rows, right=(1,),
                  caption=f"{caption} {more}".strip(), widths=("3fr", "1fr")),
        ]  # fmt: skip
    if model["score"]:
        scored: list[list[Text]] = [
            [sentence(row["what"]), row["truth"], row["found"], row["difference"]]
            for row in model["score"]
        ]
        made += [
            heading(say("Found against truth"), level=2),
            table([say("What"), say("Truth"), say("Found"), say("Difference")], scored,
                  right=(1, 2, 3), widths=("3fr", "1fr", "1fr", "1fr"),
                  caption=say("Possible only because the border is simulated and the truth is "
                              "known.")),
        ]  # fmt: skip
    return made


def settings(model: Model) -> list[Block]:
    """The settings that were in force."""
    if not model["settings"]:
        return []
    rows: list[tuple[str, Text]] = [
        (said(name), said(value)) for name, value in model["settings"].items()
    ]
    return [heading(say("Settings in force"), level=2), terms(rows)]


def figures_left(model: Model, plates: Plates) -> list[Block]:
    """What no chapter has set, and the table behind every figure."""
    del model
    made = plates.abreast(*((name, "") for name in plates.left() if name != "evidence"))
    for told in plates.told.values():
        behind = told.get("table")
        if behind and behind["rows"]:
            rows = [list(map(str, row)) for row in behind["rows"][:_MOST_BEHIND]]
            made.append(table(behind["head"], rows, caption=behind["caption"], is_compact=True))
            more = len(behind["rows"]) - _MOST_BEHIND
            if more > 0:
                made.append(para(many(more, "{n} more row in report.json.",
                                      "{n} more rows in report.json."), tone="small"))  # fmt: skip
    return [heading(say("Figures and the numbers behind them")), *made] if made else []


def tables(model: Model, plates: Plates) -> list[Block]:
    """Images, pairs, sections, and what the machine misses."""
    del plates
    made = [heading(say("Images and comparisons"))]
    return made + _images(model) + _pairs(model) + _sections(model) + _trust(model)


def numbers(model: Model, plates: Plates) -> list[Block]:
    """Every number with its method; what several methods say is printed once and named there."""
    del plates
    shared = _shared([said(number["method"]) for number in model["numbers"]])
    rows: list[list[Text]] = []
    for number in model["numbers"]:
        of = said(number["denominator"])
        why = say("Why there is no number: {reason}.", reason=said(number["reason"]))
        words: list[Run] = [bold(sentence(said(number["wording"]))),
                            f", {of}. " if of else ". "]  # fmt: skip
        rows.append(
            [
                [sentence(number["label"]), newline(), code(number["trace"])],
                [bold(number["printed"]), newline(), number["bounds"]],
                [*words, *([why, " "] if number["reason"] else []),
                 *_method(said(number["method"]), shared)],
            ]
        )  # fmt: skip
    made = [heading(say("How each number was reached"))]
    if shared:
        lines: list[list[Text]] = [[mark, text] for text, mark in shared.items()]
        made.append(table([say("Mark"), say("What several methods say")], lines, is_compact=True,
                          widths=("0.5fr", "12fr")))  # fmt: skip
    made.append(
        table([say("Number"), say("Value; bounds or interval"),
               say("Words, denominator, method")], rows, is_compact=True,
              widths=("2fr", "1.5fr", "5.4fr"), caption=say("All numbers of this project."),
              anchors=[f"n-{number['name']}" for number in model["numbers"]])
    )  # fmt: skip
    return made


def _shared(methods: Sequence[str]) -> dict[str, str]:
    """Sentences that stand in several methods, by the mark that stands for them."""
    n = Counter(one for method in methods for one in dict.fromkeys(SENTENCE.split(method)))
    often = [one for one, times in n.items() if times >= _OFTEN and len(one) >= _LONG]
    return {one: f"[{number}]" for number, one in enumerate(often, start=1)}


def _method(method: str, shared: Mapping[str, str]) -> list[Run]:
    return [small(" ".join(shared.get(one, one) for one in SENTENCE.split(method)))]


def _images(model: Model) -> list[Block]:
    if not model["images"]:
        return [para(say("No images were used."))]
    rows: list[list[Text]] = [
        [[row["taken"], newline(), code(row["id"])], row["taken_from"], row["sensor"], row["gsd"],
         row["angle"], row["cloud"], row["compared"], row["may_show"],
         joined([row["credit"], row["licence"]])]
        for row in model["images"]
    ]  # fmt: skip
    head = [say("Taken"), say("Date from"), say("Sensor"), say("Pixel size"), say("Angle"),
            say("Cloud, as stated"), say("Compared with it"), say("Pixels may be shown"),
            say("Credit and licence")]  # fmt: skip
    widths = ("1.7fr", "1.4fr", "1.2fr", "0.8fr", "0.8fr", "0.9fr", "1.1fr", "0.9fr", "1.8fr")
    return [
        heading(say("Images"), level=2),
        table(head, rows, widths=widths, is_compact=True, caption=say(
            "Images used, by date. {before} is the earlier period, {after} the later.",
            before=model["before"], after=model["after"])),
    ]  # fmt: skip


def _pairs(model: Model) -> list[Block]:
    if not model["pairs"]:
        return []
    keys = ("before", "after", "sections", "seen", "dx", "dy", "rmse", "worst", "refused")
    head = [say("Before"), say("After"), say("Sections"), say("Border compared"), say("East (dx)"),
            say("North (dy)"), say("Disagreement"), say("Worst"), say("Not aligned")]  # fmt: skip
    rows: list[list[Text]] = [[row[key] for key in keys] for row in model["pairs"]]
    caption = say(
        "Pairs. East and north: how far the later image was moved, middle of all sections. "
        "Disagreement: what remained after that (rmse), middle and worst."
    )
    widths = ("1.3fr", "1.3fr", "0.9fr", "1.1fr", "1fr", "1fr", "1.3fr", "0.9fr", "0.9fr")
    return [table(head, rows, caption=caption, right=range(2, 9), widths=widths, is_compact=True)]


def _sections(model: Model) -> list[Block]:
    told = model["sections"]
    if not told["rows"]:
        return []
    keys = ("where", "pair", "seen", "dx", "dy", "rmse", "conditions", "blocked")
    head = [say("Section"), say("Pair"), say("Compared"), say("East (dx)"), say("North (dy)"),
            say("Disagreement"), say("How alike the dates are"), say("Blocked by")]  # fmt: skip
    cells = [[said(str(row[key])) for key in keys] for row in told["rows"][: told["shown"]]]
    widths = ("1.3fr", "1.2fr", "1fr", "0.9fr", "0.9fr", "1.6fr", "2.4fr", "1.6fr")
    used = [at for at in range(len(keys)) if any(row[at].strip(" –—-") for row in cells)]
    rows: list[list[Text]] = [[row[at] for at in used] for row in cells]
    head, shares = [head[at] for at in used], [widths[at] for at in used]
    right = [now for now, at in enumerate(used) if keys[at] in {"seen", "dx", "dy", "rmse"}]
    caption = say("Section by section ({n}).", n=told["text"])
    return [table(head, rows, caption=caption, right=right, widths=shares, is_compact=True)]


def _trust(model: Model) -> list[Block]:
    told = model["trust"]
    made: list[Block] = []
    if told.get("rates"):
        rows: list[list[Text]] = [
            [row["score"], row["per_km"], row["bounds"]] for row in told["rates"]
        ]
        made += [
            heading(say("How much of what the machine marks is false"), level=2),
            para(told["rates_from"]),
            table([say("Score of at least"), say("False lines per km of border"),
                   say("95 % interval")], rows, right=(1, 2)),
            para(told["chances_from"]),
        ]  # fmt: skip
    if told.get("limits"):
        limits: list[list[Text]] = [[sentence(row["kind"]), row["said"]] for row in told["limits"]]
        made += [
            heading(say("What this method cannot see"), level=2),
            para(told["limits_from"]),
            table([say("Class"), say("What simulation found of it")], limits,
                  widths=("1fr", "4fr")),
        ]  # fmt: skip
    return made


def evidence(model: Model, plates: Plates) -> list[Block]:
    """The evidence index: what each number rests on, as far as it fits."""
    told = model.get("evidence")
    made = [
        heading(say("Evidence index")),
        para(say("Every number, finding and image has a name. On the desk that made this report, "
                 "{command} and such a name lead to everything that it rests on; {verify} checks "
                 "the whole record.", command="vallum trace", verify="vallum verify")),
        para([say("Newest row of the ledger:"), " ", code(model["ledger_head"])]),
    ]  # fmt: skip
    made += plates.abreast(("evidence", ""))
    lines = list(_leaves(told)) if told else []
    if lines:
        made.append(bullets(lines[:_MOST_EVIDENCE], is_compact=True))
    if len(lines) > _MOST_EVIDENCE:
        made.append(para(say("All of it stands in report.json."), tone="small"))
    return made


def _leaves(told: object, depth: int = 0) -> Iterator[Text]:
    """Yield a tree of evidence line by line, whatever words its branches have."""
    if isinstance(told, Mapping):
        texts = [str(one) for one in told.values() if isinstance(one, str) and one]
        if texts:
            yield [" " * (3 * depth), bold(sentence(texts[0])), *(f" · {one}" for one in texts[1:])]
        for one in told.values():
            if isinstance(one, Mapping | list | tuple):
                yield from _leaves(one, depth + 1)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from _leaves(one, depth)
