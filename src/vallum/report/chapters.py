"""The report for print: what stands in it and in which order, as blocks, from the model alone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from vallum.report import annexes, cases, heard
from vallum.report.annexes import SENTENCE
from vallum.report.blocks import (
    Block,
    Run,
    Text,
    bold,
    bullets,
    code,
    columns,
    footnote,
    framed,
    heading,
    joined,
    newline,
    page_of,
    para,
    picture,
    sentence,
    small,
    table,
    turned,
)
from vallum.report.blocks import annexes as begin_annexes
from vallum.report.book import SIMULATED
from vallum.report.model import Model
from vallum.report.plates import PLATE_BY_NAME
from vallum.report.tongue import said, say

_PORTRAIT_MM, _LANDSCAPE_MM, _HALF_MM = (174.0, 205.0), (265.0, 138.0), (84.0, 200.0)
_LOCATOR_MM, _MAP_MM = 68.0, 160.0
_BUILT_MM = 116.0  # tall; leaves room for the table of findings
_MOST_ENLARGED = 1.2
_MM = 25.4 / 72
_NARROW_MM = 125.0
_NOTED = frozenset({"strip", "map", "locator", "calendar", "context", "built"})
"""Figures that have their notes in the drawing or in the annex; said once is enough."""
_LEAST_WIDE = 1.25  # wider than that, a figure is set on a page on its side
_SIZE = re.compile(rb'viewBox="[\d.eE+-]+ [\d.eE+-]+ ([\d.]+) ([\d.]+)"')


class Plates:
    """The figures of a report, each set once where it belongs; what is left goes to the annex."""

    def __init__(self, model: Model, svgs: Mapping[str, bytes]) -> None:
        self.told = model.get("figures") or {}
        self.mark = f"{SIMULATED}. " if model["is_simulated"] else ""
        self._size_mm = {name: _size_mm(svg) for name, svg in svgs.items()}
        self._used: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether there is such a figure and it was not set yet."""
        return name in self._size_mm and name in self.told and name not in self._used

    def left(self) -> list[str]:
        """Names of figures that no chapter has set."""
        return [name for name in self._size_mm if self.has(name)]

    def is_wide(self, name: str) -> bool:
        """Whether it is read better on a page on its side."""
        width_mm, height_mm = self._size_mm[name]
        return width_mm > _PORTRAIT_MM[0] and width_mm > height_mm * _LEAST_WIDE

    def set(
        self, name: str, text: str = "", *, turned_page: bool = False, most_mm: float = math.inf
    ) -> list[Block]:
        """The figure as a block, as large as the page allows; nothing where there is none."""
        return self._set(name, text, _LANDSCAPE_MM if turned_page else _PORTRAIT_MM, most_mm)

    def abreast(self, *wanted: tuple[str, str], most_tall_mm: float = _HALF_MM[1]) -> list[Block]:
        """Figures with their words, two narrow ones side by side, a wide one on its own."""
        found = [(name, text) for name, text in wanted if self.has(name)]
        narrow = [one for one in found if self._size_mm[one[0]][0] <= _NARROW_MM]
        made: list[Block] = []
        for at in range(0, len(narrow), 2):
            row = narrow[at : at + 2]
            parts = [self._set(name, text, (_HALF_MM[0], most_tall_mm)) for name, text in row]
            made.append(columns(parts if len(parts) > 1 else [*parts, []], ("1fr", "1fr")))
        for name, text in found:
            made += self.set(name, text)
        return made

    def _set(
        self, name: str, text: str, room_mm: tuple[float, float], most_mm: float = math.inf
    ) -> list[Block]:
        if not self.has(name):
            return []
        self._used.add(name)
        told, own_mm = self.told[name], self._size_mm[name]
        width_mm = min(own_mm[0] * _MOST_ENLARGED, room_mm[0], room_mm[1] * own_mm[0] / own_mm[1],
                       most_mm)  # fmt: skip
        notes = () if name in _NOTED else told.get("notes", ())
        said_once = dict.fromkeys(
            one for words in (text, *notes) for one in SENTENCE.split(words) if one
        )
        words = " ".join(said_once) or _what(name)
        return [
            picture(f"{name}.svg", told["alt"], caption=f"{self.mark}{words}".strip(),
                    width_mm=width_mm)
        ]  # fmt: skip


def _what(name: str) -> str:
    plate = PLATE_BY_NAME.get(name)
    return f"{sentence(said(plate.what))}." if plate else ""


def _size_mm(svg: bytes) -> tuple[float, float]:
    """Width and height of a drawing as it was made."""
    found = _SIZE.search(svg[:4000])
    width, height = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
    return width * _MM, max(height, 1.0) * _MM


def chapters(model: Model, svgs: Mapping[str, bytes]) -> list[Block]:
    """Return the whole report as blocks, in the order of the house.

    Args:
        model: of the report, with `figures` and `downloads`.
        svgs: figures by name, for their proportions.
    """
    plates = Plates(model, svgs)
    made: list[Block] = []
    for part in (_cover, _numbers, _ranges, _along, _map, _found, _seen_first, cases.strongest,
                 heard.overview, _unseen, _method, annexes.corrections,
                 annexes.credits):  # fmt: skip
        made += part(model, plates)
    made.append(begin_annexes(say("Annexes"), say(
        "What the pages before rest on: every quantity, claim, image and number, with its method. "
        "The same stands in report.json and the tables beside this file.")))  # fmt: skip
    for part in (_all_quantities, cases.others, heard.in_full, _dates, _seen_of_it, _how,
                 annexes.tables, annexes.numbers, annexes.figures_left, annexes.files,
                 annexes.evidence):  # fmt: skip
        made += part(model, plates)
    return made


def _cover(model: Model, plates: Plates) -> list[Block]:
    told = model["headline"]
    from_names = [code(name) for name in told["numbers"]]
    note = footnote([say("From these numbers:"), " ", *joined(from_names), "."])
    found: Text = [told["found"] + ".", note] if from_names else told["found"] + "."
    mark = (
        [para(say("{mark}: every picture, chart and number here shows no real place",
                  mark=SIMULATED), tone="mark")]
        if model["is_simulated"] else []
    )  # fmt: skip
    return [
        *mark,
        para(model["title"], tone="kicker"),
        para(found, tone="found"),
        para(sentence(told["unseen"]) + ".", tone="unseen"),
        para(told["under"], tone="lead"),
        *annexes.edition(model),
        *_beside([para(say("Contents"), tone="contents")],
                 plates.set("locator", most_mm=_LOCATOR_MM)),
    ]  # fmt: skip


def _beside(left: list[Block], right: list[Block]) -> list[Block]:
    """Two parts of a page side by side; the left one alone where there is no other."""
    return [columns([left, right], ("1.45fr", "1fr"))] if right else left


def _numbers(model: Model, plates: Plates) -> list[Block]:
    """The key numbers, and what is known of every metre."""
    del plates
    rows: list[list[Text]] = []
    for number in model["key_numbers"]:
        value = " ".join(filter(None, (number["printed"], number["thing"])))
        rows.append(
            [
                [sentence(number["label"]), newline(), code(number["trace"])],
                [small(sentence(said(number["wording"]))), " ", bold(value)],
                sentence(said(number["bounds"])),
                [said(number["denominator"]) or "–", " ", page_of(f"n-{number['name']}")],
            ]
        )
    head = [say("Number"), say("Value"), say("Bounds or interval"), say("Of what; how reached")]
    return [
        heading(say("Key numbers"), own_page=True),
        table(head, rows, widths=("3.1fr", "2.3fr", "2.3fr", "2.9fr"), anchors=()),
        para(said(model["rounding"]), tone="small"),
        heading(say("What is known of every metre"), level=2),
        *_statuses(model),
    ]


def _statuses(model: Model) -> list[Block]:
    statuses = model["statuses"]
    if not statuses["rows"]:
        return [para(say("No statuses were measured."))]
    total = statuses["total"]
    rows: list[list[Text]] = [
        [sentence(said(row["label"])), row["printed"], row["exact"], row["share"],
         code(row["trace"])]
        for row in statuses["rows"]
    ]  # fmt: skip
    rows.append([say("All of it"), total["printed"], total["exact"], total["share"],
                 code(total["trace"])])  # fmt: skip
    return [
        table(
            [say("Status"), say("Border"), say("Exactly"), say("Share"), "vallum trace …"],
            rows, right=(1, 2, 3), widths=("3.4fr", "1.1fr", "1.2fr", "0.9fr", "2.2fr"),
            last_is_sum=True,
            caption=say("Every metre of the border has exactly one of five statuses; they add "
                        "up to the border."),
        )
    ]  # fmt: skip


def _cell(one: Model | None) -> Text:
    """A cell of what can be said: words, the number, and what goes with it."""
    if not one:
        return "–"
    found: list[Run] = []
    if one.get("words"):
        found += [small(str(one["words"])), " "]
    if one.get("number"):
        found.append(bold(str(one["number"])))
    for text in one.get("more") or ():
        found += [newline(), small(str(text))]
    return found or "–"


def _ranges(model: Model, plates: Plates) -> list[Block]:
    """What can be said, and before and after by section, side by side."""
    told = model["said"]
    made = [heading(say("What can be said"), own_page=plates.has("ranges"))]
    if not told["rows"]:
        return [*made, para(told["without"]), *plates.abreast(("dumbbell", ""))]
    return made + plates.abreast(
        ("ranges", say("Solid bar: confirmed. Dot with whisker: estimated, with its 95 % interval. "
                       "Hatched bar: possible. Thick line: all of the border.")),
        ("dumbbell", ""),
    )  # fmt: skip


def _all_quantities(model: Model, plates: Plates) -> list[Block]:
    """The table of what can be said, with chosen areas, and how the numbers compare."""
    told = model["said"]
    made: list[Block] = []
    if told["rows"]:
        head = [say("Quantity"), *(column["head"] for column in told["columns"])]
        rows: list[list[Text]] = []
        for row in told["rows"]:
            first = [sentence(row["label"]), newline(), code(row["estimated"]["trace"])]
            rows.append([first, *(_cell(row[column["key"]]) for column in told["columns"])])
            if row["only_if"]:
                only: Text = [
                    *_cell(row["only_if"]), " ",
                    say("Nothing shows that this is so. Quote it only with these words."),
                ]  # fmt: skip
                rows.append([row["only_if"]["head"], "–", only, "–", "–"])
        made.append(
            table(head, rows, widths=("2.4fr", "1.8fr", "2.8fr", "2.4fr", "1.6fr"), is_compact=True,
                  caption=say("Confirmed, estimated and possible, with the border they speak of."))
        )  # fmt: skip
        made += [
            para([bold(column["head"]), ". ", column["means"]], tone="small")
            for column in told["columns"]
        ]
    made += _standing(model) if model["findings"] else []
    made += _chosen(model) + plates.abreast(("forest", ""), ("published", ""))
    return [heading(say("All quantities")), *made] if made else []


def _chosen(model: Model) -> list[Block]:
    told = model["said"]
    if not told["chosen"]:
        return []
    rows: list[list[Text]] = [
        [sentence(row["area"]), [sentence(row["label"]), newline(), code(row["trace"])], _cell(row)]
        for row in told["chosen"]
    ]
    mark = say("Each is {mark}.", mark=told["chosen_mark"])
    return [
        heading(say("Chosen areas"), level=2),
        para(say("These areas were chosen for interest, not by chance. What is true of them says "
                 "nothing of the rest of the border.")),
        table([say("Area"), say("Quantity"), say("In this area only")], rows, caption=mark),
    ]  # fmt: skip


def _along(model: Model, plates: Plates) -> list[Block]:
    del model
    if not plates.has("strip"):
        return []
    is_wide = plates.is_wide("strip")
    text = say("Everything is placed by its distance along the border line.")
    blocks = [
        heading(say("Along the line"), own_page=not is_wide),
        *plates.set("strip", text, turned_page=is_wide),
    ]
    return [turned(blocks)] if is_wide else blocks


def _map(model: Model, plates: Plates) -> list[Block]:
    if not plates.has("map"):
        return []
    disclaimer = said(model["line"]["disclaimer"])
    return [
        heading(say("Where it is"), own_page=True),
        *plates.set("map", disclaimer, most_mm=_MAP_MM),
    ]


def _found(model: Model, plates: Plates) -> list[Block]:
    """The findings by class and change."""
    del plates
    made = [heading(say("Findings by class and change"))]
    if model["findings"]:
        made.append(_grouped(model["findings"], say(
            "Length of barrier and length of border are different things and are never added. Two "
            "drawings of one thing within a few metres count once in lengths and key numbers; "
            "pieces and files list each. What is in doubt is in no total.")))  # fmt: skip
    else:
        made.append(para(say("Nothing has been confirmed.")))
    return made if model["findings"] else made + _standing(model)


def _standing(model: Model) -> list[Block]:
    """What stood there before; among the chapters only where nothing else is known."""
    if not model["standing"]:
        return []
    caption = say("Standing at both dates, or imported from a source.")
    return [
        heading(say("Structures on record without a change"), level=2),
        _grouped(model["standing"], caption),
    ]


def _grouped(rows: Sequence[Model], caption: str) -> Block:
    head = [say("Class"), say("Change"), say("Held to be"), say("Pieces"),
            say("Length of barrier"), say("Bounds"), say("Length of border")]  # fmt: skip
    shown: list[list[Text]] = [
        [[row["kind"], newline(), code(row["trace"])], row["change"], said(row["held"]),
         row["pieces"], said(row["barrier"]), row["bounds"], row["border"]]
        for row in rows
    ]  # fmt: skip
    widths = ("2.6fr", "1.3fr", "1.4fr", "0.9fr", "1.3fr", "2.2fr", "1.3fr")
    return table(head, shown, caption=caption, right=(3, 4, 6), widths=widths)


def _seen_first(model: Model, plates: Plates) -> list[Block]:
    built = model["built"]
    if not (built["curves"] or built["rows"] or built["stages"] or plates.has("brackets")):
        return []
    notes = " ".join(
        say(
            "{what}: {total} confirmed, {findings}.",
            what=sentence(one["what"]),
            total=one["total"],
            findings=one["findings"],
        )
        for one in built["curves"]
    )
    made = [heading(say("Built by when"))]
    made += plates.abreast(("built", notes), ("brackets", ""), most_tall_mm=_BUILT_MM)
    return made + plates.set("years")


def _dates(model: Model, plates: Plates) -> list[Block]:
    """Tables of built by when, and the context beside it."""
    built, made = model["built"], list[Block]()
    notes = dict.fromkeys(
        part for one in built["curves"] for part in SENTENCE.split(one["note"]) if part
    )
    if notes:
        made.append(para(" ".join(notes)))
    if built["rows"]:
        rows: list[list[Text]] = [
            [say("{what} by {day}", what=row["what"], day=row["day"]),
             [small(row["words"]), " ", bold(row["limits"])], row["estimate"],
             [row["findings"], newline(), code(f"vallum trace {row['trace']}")]]
            for row in built["rows"]
        ]  # fmt: skip
        made.append(table(
            [say("By"), say("Certain limits"), say("Estimate"), say("Rests on")], rows,
            widths=("1.5fr", "1.7fr", "1.7fr", "2.2fr"), is_compact=True,
            caption=say("Of what is confirmed, never of the whole border. The limits follow from "
                        "the looks alone; the estimate between them rests on an assumption."),
        ))  # fmt: skip
    for key, caption in (("open", say("What the looks leave open.")),
                         ("stages", say("How far it was built on the newest image that shows it, "
                                        "where people said so."))):  # fmt: skip
        if built[key]:
            lines: list[list[Text]] = [
                [sentence(row["label"]), [small(row["words"]), " ", bold(row["number"])],
                 row["findings"]]
                for row in built[key]
            ]  # fmt: skip
            made.append(table([say("What"), say("Length of barrier"), say("Rests on")], lines,
                              caption=caption))  # fmt: skip
    made += annexes.context(model, plates)
    return [heading(say("Built by when: the numbers")), *made] if made else []


def _unseen(model: Model, plates: Plates) -> list[Block]:
    made = [heading(say("What could not be seen"), own_page=True)]
    told = model["unseen"]
    if told["rows"]:
        made.append(para(say("{km} of border could not be compared. Nothing here says that nothing "
                             "stands there.", km=told["printed"]), tone="unseen"))  # fmt: skip
        rows: list[list[Text]] = [
            [sentence(said(row["reason"])), row["printed"], row["exact"], row["where"]]
            for row in told["rows"]
        ]
        made.append(table([say("Reason"), say("Border"), say("Exactly"), say("Where")], rows,
                          right=(1, 2), widths=("2fr", "1fr", "1fr", "3fr"),
                          caption=say("Each metre is given to one reason only.")))  # fmt: skip
    elif model["statuses"]["rows"]:
        made.append(para(say("Every metre of this border could be compared.")))
    else:
        made.append(para(say("How much of the border could be compared was not measured.")))
    return made + plates.set("calendar")


def _seen_of_it(model: Model, plates: Plates) -> list[Block]:
    del plates
    made = annexes.visible(model)
    return [heading(say("What the images could show")), *made] if made else []


def _method(model: Model, plates: Plates) -> list[Block]:
    del plates
    made = [heading(say("Method"), own_page=True)]
    made.append(framed([para(paragraph) for paragraph in model["method"]]))
    made.append(heading(say("What would change our mind"), level=2))
    made.append(bullets([
        say("A dated image that shows a stretch which we could not compare, or shows another thing "
            "than we say."),
        say("Other people who read the same images, without knowing our answers, and differ."),
        say("A measurement on the ground, or a plan, that gives another length or another date."),
        say("An error in the line, the dates or the alignment of the images named below."),
    ]))  # fmt: skip
    return made


def _how(model: Model, plates: Plates) -> list[Block]:
    """The line, how candidates were settled, how far people agree, the settings."""
    made = [heading(say("Line, review and settings"))]
    made.append(heading(say("The line that was measured along"), level=2))
    made += annexes.line(model)
    reliability = say(
        "Points on the dashed line: what was said came true as often as it was said. Bars: 95 % "
        "interval. Brier score {score} (0 is perfect).",
        score=model["trust"].get("brier", ""),
    )
    made += plates.abreast(("agreement", ""), ("reliability", reliability))
    return made + annexes.candidates(model) + annexes.settings(model)
