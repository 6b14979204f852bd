"""The hallway: each verb reads rows, calls rooms, adds rows and says what it did.

Only these modules join the rooms to the store. Every verb takes an open `Project` (but `new` and
`demo`, which make one) and returns a `Done`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vallum.steps.asking import status, trace, verify
    from vallum.steps.finding import detect
    from vallum.steps.judging import review_export, review_import, settle
    from vallum.steps.making import add, add_barriers, add_footprints, new, set_aside
    from vallum.steps.seeing import align, cover
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
    "review_export": "judging",
    "review_import": "judging",
    "settle": "judging",
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
    "cover",
    "demo",
    "detect",
    "measure",
    "new",
    "publish",
    "review_export",
    "review_import",
    "run",
    "set_aside",
    "settle",
    "status",
    "trace",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a verb when it is first asked for: rasters and maths are heavy."""
    if name not in _HOMES:
        raise AttributeError(f"vallum has no step '{name}'; there are: {', '.join(__all__)}")
    return getattr(import_module(f"vallum.steps.{_HOMES[name]}"), name)
