"""Pages for print: the report and its sheets as PDF/UA-1, set by typst from blocks.

PDF/UA-1 (ISO 14289-1) asks for tags, a language, a title, and words for every picture. The bytes
follow from the blocks alone: our own fonts, no date, no file names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from vallum.report.blocks import Block
from vallum.report.book import SIMULATED, Chip
from vallum.report.figures.ink import FONTS, Figures, drawable
from vallum.report.model import Model
from vallum.report.tongue import say, spoken

_LANGUAGE = {"en": ("en", None), "ko": ("ko", "KR"), "zh-Hans": ("zh", "CN")}
"""Language and region as typst knows them, by our tag."""
_UNPRINTED = "…"
_SIZE_PT = 9.5


def document(model: Model, figures: Mapping[str, Figures], chips: Sequence[Chip]) -> bytes:
    """Return the report as PDF/UA-1, printed from the model alone.

    Args:
        model: what `model.build` returned, with `figures` and `downloads`.
        figures: by name; embedded as drawings, not as pixels.
        chips: pictures, in the order of the model.
    """
    from vallum.report.cases import pictures
    from vallum.report.chapters import chapters

    files = {f"{name}.svg": figure.svg for name, figure in figures.items()}
    files |= pictures(chips)
    return typeset(
        chapters(model, {name: figure.svg for name, figure in figures.items()}),
        files,
        title=model["title"],
        description=f"{model['headline']['found']}; {model['headline']['unseen']}",
        edition=edition_text(model),
        foot=say("Made with vallum {version}. Level: {level}.", version=model["version"],
                 level=model["level"]),
        is_simulated=model["is_simulated"],
        is_numbered=True,
    )  # fmt: skip


def edition_text(model: Model) -> str:
    """Return which edition this is, with its day, as the history of the model prints it."""
    history = model.get("history") or {}
    parts = (history.get("edition") or "", history.get("day") or "")
    return ", ".join(dict.fromkeys(filter(None, parts)))


def typeset(
    blocks: Sequence[Block],
    files: Mapping[str, bytes],
    *,
    title: str,
    description: str,
    edition: str = "",
    foot: str = "",
    is_simulated: bool = False,
    is_numbered: bool = False,
    size_pt: float = _SIZE_PT,
) -> bytes:
    """Return pages as PDF/UA-1, in the language that is being written.

    Args:
        blocks: what stands on them; see `blocks`.
        files: pictures by the names that blocks use.
        title: of the document.
        description: one sentence on what it says.
        edition: printed at the head of every page.
        foot: printed at the foot of every page.
        is_simulated: mark every page.
        is_numbered: whether headings have numbers.
        size_pt: size of the running text.
    """
    language, region = _LANGUAGE[spoken()]
    bare_title = title.removeprefix(SIMULATED).strip() if is_simulated else title
    data = {
        "title": title,
        "description": description,
        "head": bare_title,
        "edition": edition,
        "foot": foot,
        "mark": SIMULATED if is_simulated else "",
        "lang": language,
        "region": region,
        "numbered": is_numbered,
        "size": size_pt,
        "words": {
            "page": say("page {n}", n="@n"),
            "page-of": say("page {n} of {all}", n="@n", all="@all"),
        },
        "blocks": list(blocks),
    }
    text = json.dumps(_settable(data), ensure_ascii=False, allow_nan=False)
    template = (resources.files("vallum.report") / "templates/print.typ").read_bytes()
    return _compiled({"main.typ": template, "data.json": text.encode(), **files})


def _compiled(files: Mapping[str, bytes]) -> bytes:
    """Compile `main.typ` among files that lie alone in a folder: it can read nothing else."""
    import typst

    with tempfile.TemporaryDirectory(prefix="vallum-print-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        compiler = typst.Compiler(
            Path(folder) / "main.typ", Path(folder), _fonts(), ignore_system_fonts=True
        )
        made = compiler.compile(format="pdf", pdf_standards="ua-1")
    return made if isinstance(made, bytes) else b""


@cache
def _fonts() -> Any:
    """Our fonts, and the one for rare signs that figures use as well; none of the machine's."""
    import matplotlib as mpl
    import typst

    rare = Path(mpl.get_data_path()) / "fonts/ttf"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS, rare]
    )


def _settable(value: Any) -> Any:
    """The same with letters that no font has written as dots: PDF/UA-1 allows no empty boxes."""
    if isinstance(value, str):
        return _set(value)
    if isinstance(value, dict):
        return {key: _settable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(one) for one in value]
    return value


def _set(text: str) -> str:
    if drawable(text):
        return text
    kept = ""
    for letter in text:
        shown = letter if drawable(letter) else " " if letter.isspace() else _UNPRINTED
        kept += "" if shown == _UNPRINTED == kept[-1:] else shown
    return kept
