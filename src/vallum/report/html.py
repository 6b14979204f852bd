"""The report as one HTML file: filled from the model, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vallum.report import plates
from vallum.report.book import SIMULATED, Chip
from vallum.report.figures.chips import light
from vallum.report.model import Model
from vallum.report.tongue import LANGUAGES, many, said, say

PLACES = {
    "said": ("ranges",),
    "chart": ("strip",),
    "map": ("map", "locator"),
    "more_new": ("dumbbell",),
    "dates": ("brackets", "built"),
    "claims": ("timeline",),
    "more_claims": ("ladder",),
    "context": ("context",),
    "unseen": ("calendar",),
    "more_method": ("agreement", "reliability", "sections"),
    "evidence": ("evidence",),
}
"""In which section a figure stands; one that is named nowhere stands in the annex."""

_LIVE = (
    "extent", "words", "places", "statuses", "kinds", "changes", "helds", "things", "open",
    "pairs", "claims", "line", "insets", "base",
)  # fmt: skip
_MAIN_FILES = (
    "report.pdf", "report.json", "border.kmz", "findings.gpkg", "findings.geojson", "findings.csv",
    "estimates.csv", "statuses.csv", "claims.csv", "CITATION.txt",
)  # fmt: skip
_N_CASES = 6
_HEAD_PX, _LEAST_FOOT_PX = 58, 102  # words burned in above and under a pictured place
_STAMP_PX = 66  # and the stamp on it
_PATH, _FINE = re.compile(r' d="[^"]*'), re.compile(r"(\.\d\d)\d+")
_CASE = ("kind", "change", "held", "at_m", "end_m", "first", "last")


def page(model: Model, own_file: Model, figures: Mapping[str, bytes], chips: Sequence[Chip]) -> str:
    """Return the report, in the language that is being written.

    Args:
        model: what `model.build` returned, with `figures` and `downloads`.
        own_file: name, size and hash of `report.json` itself.
        figures: SVG bytes by the names of `plates.PLATES`, as far as there is something to show.
        chips: pictures, in the order of the model.
    """
    style, script = _text("report.css"), _text("report.js")
    cases = _cases(model)
    return _environment().get_template("report.html.j2").render(
        model=model,
        mark=SIMULATED if model["is_simulated"] else "",
        **_files([*model["downloads"], own_file]),
        n_cases=_N_CASES,
        others=_others(model),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=_policy(style, script),
        live=_data(model),
        placed=_placed(figures),
        names={plate.name: said(plate.what) for plate in plates.PLATES},
        figures={name: _svg_uri(svg) for name, svg in figures.items()},
        traced={number["name"] for number in model["numbers"]},
        chips=[
            {
                **told,
                "words_px": _burned_in(told),
                "case": cases.get(number, {}),
                "before_uri": _data_uri(light(chip.png_before), "image/webp"),
                "after_uri": _data_uri(light(chip.png_after), "image/webp"),
            }
            for number, (told, chip) in enumerate(zip(model["chips"], chips, strict=True))
        ],
    )  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("vallum.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(say=say, many=many, said=said)
    environment.filters["sentence"] = _sentence
    environment.filters["broken"] = _broken
    return environment


def _sentence(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _broken(name: str) -> Markup:
    """A long name that may be broken after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def _placed(figures: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Names of the figures of each section; the annex takes what no section names."""
    placed = {place: [one for one in names if one in figures] for place, names in PLACES.items()}
    known = {name for names in PLACES.values() for name in names}
    return placed | {"annex": [name for name in figures if name not in known]}


def _others(model: Model) -> list[tuple[str, str, str]]:
    """The same report in other languages, `(tag, its own name, where it lies)`."""
    languages: list[str] = model.get("languages", [])
    if model["language"] not in languages:
        return []
    main = languages[0]
    up = "" if model["language"] == main else "../"
    return [
        (tag, LANGUAGES[tag], f"{up}{'' if tag == main else f'{tag}/'}report.html")
        for tag in languages
        if tag != model["language"]
    ]


def _files(downloads: Sequence[Model]) -> dict[str, list[Model]]:
    """The files that most readers want, in their own order, and all the others."""
    by_name = {file["name"]: file for file in downloads}
    return {
        "downloads": [by_name[name] for name in _MAIN_FILES if name in by_name],
        "more_downloads": [file for file in downloads if file["name"] not in _MAIN_FILES],
    }


def _burned_in(chip: Model) -> str:
    """Heights of the words above, under and on the ground of a picture, which the swipe spares."""
    foot = chip["height_px"] - chip["width_px"] - _HEAD_PX  # the ground is square
    stamp = _STAMP_PX if chip["is_simulated"] else 0
    return f"{_HEAD_PX} {foot if foot >= _LEAST_FOOT_PX else _LEAST_FOOT_PX} {stamp}"


def _cases(model: Model) -> dict[int, dict[str, str]]:
    """What the finding of each pictured place is, by the number of its picture."""
    found: dict[int, dict[str, str]] = {}
    for line in model["live"].get("things", ()):
        words = line.split(" ")
        number = int(words[8])
        if number >= 0:
            told = dict(zip(_CASE, words, strict=False))
            found[number] = {key: "" if word == "-" else word for key, word in told.items()}
    return found


def _data(model: Model) -> Markup:
    """What strip and map are drawn from, for a `<template>` of the page: JSON that is no markup."""
    live: dict[str, Any] = {name: model["live"][name] for name in _LIVE if name in model["live"]}
    live["disclaimer"] = " ".join(
        filter(None, (model["line"]["disclaimer"], live.get("base", {}).get("credit", "")))
    )
    text = json.dumps(live, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - without any letter that could begin markup


def _text(name: str) -> str:
    return (resources.files("vallum.report") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A policy under which only our own style and script run and only inlined pictures load."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_source_hash(style)}'; "
        f"script-src '{_source_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _svg_uri(svg: bytes) -> Markup:
    """A drawing as plain text, a third smaller than in base64; finer than print it need not be."""
    text = _PATH.sub(lambda path: _FINE.sub(r"\1", path[0]), svg.decode())
    text = " ".join(text.split("\n"))
    for letter in "%#&<>\"'":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return Markup("data:image/svg+xml,") + Markup(text)  # noqa: S704 - every letter of markup is gone


def _data_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
