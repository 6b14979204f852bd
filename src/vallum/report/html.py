"""The report as one HTML file: filled from the model, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vallum.report.book import SIMULATED, Chip
from vallum.report.model import Model


def page(model: Model, own_file: Model, figures: Mapping[str, bytes], chips: Sequence[Chip]) -> str:
    """Return the report.

    Args:
        model: what `model.build` returned, with `figures` and `downloads`.
        own_file: name, size and hash of `report.json` itself.
        figures: SVG bytes of `strip`, `map` and, where there is something to show, `reliability`,
            `ranges`, `built`, `context` and `timeline`.
        chips: pictures, in the order of the model.
    """
    style, script = _text("report.css"), _text("report.js")
    return _environment().get_template("report.html.j2").render(
        model=model,
        mark=SIMULATED if model["is_simulated"] else "",
        downloads=[*model["downloads"], own_file],
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=_policy(style, script),
        strip=_data_uri(figures["strip"], "image/svg+xml"),
        map=_data_uri(figures["map"], "image/svg+xml"),
        **{
            name: _data_uri(figures[name], "image/svg+xml") if name in figures else ""
            for name in ("reliability", "ranges", "built", "context", "timeline")
        },
        chips=[
            {
                **told,
                "before_uri": _data_uri(chip.png_before, "image/png"),
                "after_uri": _data_uri(chip.png_after, "image/png"),
            }
            for told, chip in zip(model["chips"], chips, strict=True)
        ],
    )  # fmt: skip


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vallum.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


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


def _data_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
