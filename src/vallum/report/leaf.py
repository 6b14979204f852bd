"""The sheet of one finding, set: as a page for the browser and as PDF/UA-1, from its model."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vallum.report.blocks import (
    Block,
    Run,
    Text,
    alarm,
    bold,
    bullets,
    code,
    columns,
    heading,
    joined,
    newline,
    pair,
    para,
    picture,
    sentence,
    small,
    table,
    terms,
)
from vallum.report.book import SIMULATED, Chip
from vallum.report.figures.chips import light
from vallum.report.figures.ink import Figures
from vallum.report.pdf import typeset
from vallum.report.sheet import Model
from vallum.report.tongue import many, said, say

_CHIP_MM = (78.0, 70.0, 62.0, 54.0)
"""Widths of a picture in print: the first with which all of the sheet stands on one page."""
_STYLE = """
:root { --ink: #1a1a1a; --soft: #4d4d4d; --line: #d9d9d9; --alarm: #8b0000; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 20px 40px; max-width: 860px; background: #fff; color: var(--ink);
  font: 16px/1.5 system-ui, "Noto Sans", "Noto Sans CJK KR", "Noto Sans CJK SC", sans-serif; }
.mark { background: var(--alarm); color: #fff; font-weight: 700; padding: .4rem .8rem; }
.kicker, .small, figcaption, caption { color: var(--soft); font-size: .88rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .3rem 0 .5rem; }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; border-top: 2px solid; padding-top: .5rem; }
figure { margin: 1rem 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.pair img, .where img { width: 100%; height: auto; display: block; }
.where { max-width: 420px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  border-bottom: 1px solid var(--line); }
code { font-size: .85em; overflow-wrap: anywhere; }
@media (max-width: 560px) { .pair { grid-template-columns: 1fr; } }
@media print { body { max-width: none; font-size: 11px; } h2 { break-after: avoid; }
  tr, figure { break-inside: avoid; } }
"""


def sheet_html(model: Model, locator: Figures, chip: Chip | None) -> str:
    """Return the sheet as one HTML file that loads nothing and runs no script.

    Args:
        model: what `sheet_model` returned.
        locator: where it lies.
        chip: its pictures; None where none may be shown.
    """
    environment = Environment(
        loader=PackageLoader("vallum.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=say, many=many, said=said, sentence=sentence)
    pictures = (light(chip.png_before), light(chip.png_after)) if chip else ()
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return environment.get_template("sheet.html.j2").render(
        model=model,
        mark=SIMULATED if model["is_simulated"] else "",
        style=Markup(_STYLE),  # noqa: S704 - our own text
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
        locator=_uri(locator.svg, "image/svg+xml"),
        locator_alt=locator.alt,
        pictures=[_uri(data, "image/webp") for data in pictures],
    )


def _uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def sheet_pdf(model: Model, locator: Figures, chip: Chip | None) -> bytes:
    """Return the sheet as PDF/UA-1: one page, or two where much is to be said.

    Args:
        model: what `sheet_model` returned.
        locator: where it lies.
        chip: its pictures; None where none may be shown.
    """
    files = {"locator.svg": locator.svg}
    if chip:
        files |= {"before.png": chip.png_before, "after.png": chip.png_after}
    made = b""
    for width_mm in _CHIP_MM:
        made = _typeset(model, locator, files, width_mm)
        if _n_pages(made) == 1:
            break
    return made


def _typeset(model: Model, locator: Figures, files: Mapping[str, bytes], width_mm: float) -> bytes:
    return typeset(
        _blocks(model, locator, width_mm),
        files,
        title=f"{model['title']}: {model['headline']}",
        description=f"{model['headline']}, {model['where']['stretch']}. {model['dated']}",
        edition=model["finding"],
        foot=say("Made with vallum {version}. Level: {level}.", version=model["version"],
                 level=model["level"]),
        is_simulated=model["is_simulated"],
        size_pt=8.2,
    )  # fmt: skip


def _n_pages(pdf: bytes) -> int:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def _blocks(model: Model, locator: Figures, width_mm: float) -> list[Block]:
    where = model["where"]
    made = []
    if model["is_simulated"]:
        text = say("{mark}: every picture, chart and number here shows no real place",
                   mark=SIMULATED)  # fmt: skip
        made.append(para(text, tone="mark"))
    made += [
        heading(model["headline"]),
        para([bold(f"{where['stretch']}, {where['off']}. "), model["dated"]]),
        *_pictures(model, width_mm),
        columns(
            [_known(model), [picture("locator.svg", locator.alt, width_mm=58)]], ("1.7fr", "1fr")
        ),
        _measures(model),
        *_claims(model),
        _images(model),
        *_foot(model),
    ]
    return made


def _pictures(model: Model, width_mm: float) -> list[Block]:
    chip = model["chip"]
    if chip is None:
        return [para(model["why_no_chip"] + ".", tone="loud")]
    sides = ((say("Before"), chip["before"]), (say("After"), chip["after"]))
    return [
        pair("", ["before.png", "after.png"],
             [f"{side}, {day}. {chip['alt']}" for side, day in sides],
             f"{chip['caption']} {chip['credit']}.", width_mm=width_mm)
    ]  # fmt: skip


def _known(model: Model) -> list[Block]:
    rows: list[tuple[str, Text]] = [(name, text) for name, text in model["facts"]]
    agreement = model["agreement"]
    rule: list[Run] = [newline(), small(agreement["rule"])] if agreement["rule"] else []
    rows += [
        (say("Who agreed"), [agreement["text"], *rule]),
        (say("Place"), model["where"]["position"]),
        (say("Read with care"), "; ".join(model["care"])),
        (say("Name"), code(model["trace"])),
    ]
    return [terms(rows)]


def _measures(model: Model) -> Block:
    rows: list[list[Text]] = [
        [one["label"], one["printed"], one["bounds"] or "–", small(one["method"])]
        for one in model["measures"]
    ]
    head = [say("Measured"), say("Value"), say("Bounds"), say("How")]
    return table(head, rows, widths=("1.5fr", "0.8fr", "1.3fr", "3.4fr"))


def _claims(model: Model) -> list[Block]:
    items: list[Text] = [
        [bold(f"{one['label']}: "), one["says"], " ", small(_grounds(one))]
        for one in model["claims"]
    ]
    if not items:
        return []
    if model["more_claims"]:
        items.append(small(model["more_claims"]))
    return [heading(say("What was said of it"), level=2), bullets(items)]


def _grounds(one: Model) -> str:
    """What the status of a claim rests on, and how its source is graded."""
    grade = " ".join(filter(None, (one["grade"], one["grade_words"])))
    return " ".join(filter(None, (one["why"], grade)))


def _images(model: Model) -> Block:
    rows: list[list[Text]] = [
        [row["taken"], row["sensor"], row["gsd"], joined([row["credit"], row["licence"]]),
         code(row["id"])]
        for row in model["images"]["rows"]
    ]  # fmt: skip
    if not rows:
        return para(say("No images were used."), tone="small")
    head = [say("Image taken"), say("Sensor"), say("Pixel size"), say("Credit and licence"),
            say("Name")]  # fmt: skip
    return table(head, rows, widths=("1fr", "1fr", "0.8fr", "2.2fr", "1.9fr"))


def _foot(model: Model) -> list[Block]:
    line = model["line"]
    parts: list[Run] = [model["images"]["more"] + ". "] if model["images"]["more"] else []
    if model["level"] != "public":
        parts.append(alarm(say("For the desk only.") + " "))
    parts += [
        say("Line: {name}, {credit}.", name=line["name"], credit=line["credit"] or line["source"]),
        " ", say("Newest row of the ledger:"), " ",
        code(model["ledger_head"]),
    ]  # fmt: skip
    return [para(parts, tone="small")]
