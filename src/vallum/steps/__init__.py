"""The hallway: each verb reads rows, calls rooms, adds rows and says what it did.

Only these modules join the rooms to the store. Every verb takes an open `Project` (but `new` and
`demo`, which make one) and returns a `Done`; `align_files` and `detect_files` take two plain files,
`read` a text and `scrub` a photograph.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vallum.steps.asking import status, trace, verify
    from vallum.steps.finding import detect
    from vallum.steps.judging import review_export, review_import, settle
    from vallum.steps.linting import lint
    from vallum.steps.making import add, add_barriers, add_footprints, new, set_aside
    from vallum.steps.pairing import align_files, detect_files
    from vallum.steps.reading import read
    from vallum.steps.sample_table import sample_export, sample_import
    from vallum.steps.sampling import sample
    from vallum.steps.scrubbing import scrub
    from vallum.steps.seeing import align, cover
    from vallum.steps.sighting import sight
    from vallum.steps.telling import measure, publish
    from vallum.steps.whole import demo, run

_HOMES = {
    "new": "making",
    "add": "making",
    "add_barriers": "making",
    "add_footprints": "making",
    "set_aside": "making",
    "cover": "seeing",
    "align": "seeing",
    "detect": "finding",
    "align_files": "pairing",
    "detect_files": "pairing",
    "review_export": "judging",
    "review_import": "judging",
    "settle": "judging",
    "sight": "sighting",
    "sample": "sampling",
    "sample_export": "sample_table",
    "sample_import": "sample_table",
    "read": "reading",
    "scrub": "scrubbing",
    "lint": "linting",
    "measure": "telling",
    "publish": "telling",
    "run": "whole",
    "demo": "whole",
    "status": "asking",
    "trace": "asking",
    "verify": "asking",
}

__all__ = [
    "add",
    "add_barriers",
    "add_footprints",
    "align",
    "align_files",
    "cover",
    "demo",
    "detect",
    "detect_files",
    "lint",
    "measure",
    "new",
    "publish",
    "read",
    "review_export",
    "review_import",
    "run",
    "sample",
    "sample_export",
    "sample_import",
    "scrub",
    "set_aside",
    "settle",
    "sight",
    "status",
    "trace",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a verb when it is first asked for: rasters and maths are heavy."""
    if name not in _HOMES:
        raise AttributeError(f"vallum has no step '{name}'; there are: {', '.join(__all__)}")
    return getattr(import_module(f"vallum.steps.{_HOMES[name]}"), name)
