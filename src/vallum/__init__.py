"""vallum measures how a land border is being closed, so that every number can be defended.

    import vallum

    with vallum.open("tumen") as border:
        vallum.steps.run(border)
        border.frame("Finding")        # GeoDataFrame, EPSG:4326
        border.frame("Estimate")

`vallum.steps` holds the verbs of the command line under the same names. Everything is imported
when it is first used.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vallum import steps
    from vallum.config import Config
    from vallum.frontier import Frontier, Place, Section, geodesic_length_m, packaged_names
    from vallum.ground.errors import VallumError
    from vallum.ground.kinds import Answer, Change, Held, Kind, Reason, Status
    from vallum.ground.records import (
        Candidate,
        Comparison,
        Estimate,
        Finding,
        Look,
        Scene,
        Verdict,
    )
    from vallum.ground.span import Span, Spans
    from vallum.ground.when import When
    from vallum.project import Project
    from vallum.steps.done import Done
    from vallum.steps.noting import notebook

__version__ = "0.1.0"

_HOMES = {
    "Answer": "ground.kinds",
    "Candidate": "ground.records",
    "Change": "ground.kinds",
    "Comparison": "ground.records",
    "Config": "config",
    "Done": "steps.done",
    "Estimate": "ground.records",
    "Finding": "ground.records",
    "Frontier": "frontier",
    "Held": "ground.kinds",
    "Kind": "ground.kinds",
    "Look": "ground.records",
    "Place": "frontier",
    "Project": "project",
    "Reason": "ground.kinds",
    "Scene": "ground.records",
    "Section": "frontier",
    "Span": "ground.span",
    "Spans": "ground.span",
    "Status": "ground.kinds",
    "VallumError": "ground.errors",
    "Verdict": "ground.records",
    "When": "ground.when",
    "geodesic_length_m": "frontier",
    "notebook": "steps.noting",
    "packaged_names": "frontier",
}

__all__ = [
    "Answer",
    "Candidate",
    "Change",
    "Comparison",
    "Config",
    "Done",
    "Estimate",
    "Finding",
    "Frontier",
    "Held",
    "Kind",
    "Look",
    "Place",
    "Project",
    "Reason",
    "Scene",
    "Section",
    "Span",
    "Spans",
    "Status",
    "VallumError",
    "Verdict",
    "When",
    "__version__",
    "geodesic_length_m",
    "notebook",
    "open",
    "packaged_names",
    "steps",
]


def open(folder: str | Path, *, force: bool = False) -> Project:  # noqa: A001 - the verb of the field
    """Return the project in `folder`, open; use it in a `with`, or close it.

    Raises:
        NotAProject: the folder holds none.
        BadSetting: its settings are wrong.
        NetworkDrive: it lies on a network drive and `force` is False.
    """
    from vallum.project import open_project

    return open_project(Path(folder), force=force)


def __getattr__(name: str) -> Any:
    if name == "steps":
        return importlib.import_module("vallum.steps")
    if name in _HOMES:
        return getattr(importlib.import_module(f"vallum.{_HOMES[name]}"), name)
    raise AttributeError(f"vallum has no '{name}'; there are: {', '.join(__all__)}")
