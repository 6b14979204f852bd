"""The hallway: each verb reads rows, calls rooms, adds rows and says what it did.

Only these modules join the rooms to the store. Every verb takes an open `Project` (but `new` and
`demo`, which make one) and returns a `Done`; `align_files` and `detect_files` take two plain files,
`read` a text and `scrub` a photograph.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vallum.steps.asking import trace
    from vallum.steps.backing import backup, export_project, import_project, restore
    from vallum.steps.casing import case
    from vallum.steps.catalogues import add_stac
    from vallum.steps.claiming import decide, grade_claim, propose
    from vallum.steps.claims_table import claims_export, claims_import, claims_list
    from vallum.steps.correcting import correct_line
    from vallum.steps.cueing import cue, cue_files
    from vallum.steps.datebook import dates
    from vallum.steps.doctoring import doctor
    from vallum.steps.editions import diff, freeze
    from vallum.steps.finding import detect
    from vallum.steps.handing import handover_form
    from vallum.steps.judging import review_export, review_import, settle
    from vallum.steps.keepingup import watch
    from vallum.steps.linting import lint
    from vallum.steps.making import add, add_barriers, add_footprints, new, set_aside
    from vallum.steps.matching import match, match_by, weighed
    from vallum.steps.noting import notebook
    from vallum.steps.pairing import align_files, detect_files
    from vallum.steps.reading import read, read_in
    from vallum.steps.recomputing import recompute
    from vallum.steps.sample_table import sample_export, sample_import
    from vallum.steps.sampling import sample
    from vallum.steps.scrubbing import scrub
    from vallum.steps.seeing import align, cover
    from vallum.steps.sheeting import sheet
    from vallum.steps.shooting import capture_plan, place, shots
    from vallum.steps.shopping import example_prices, shop
    from vallum.steps.sighting import sight
    from vallum.steps.sources import source_add, source_change, source_grade, source_list
    from vallum.steps.stamping import stamp
    from vallum.steps.statusing import runs, status
    from vallum.steps.surveying import terrain
    from vallum.steps.taking import intake
    from vallum.steps.telling import measure, publish
    from vallum.steps.vaulting import vault_check, vault_key, vault_new, vault_rotate
    from vallum.steps.verifying import verify
    from vallum.steps.viewing import depict, place_view
    from vallum.steps.whole import demo, run
    from vallum.steps.withdrawing import withdraw

_HOMES = {
    "add": "making",
    "add_barriers": "making",
    "add_footprints": "making",
    "add_stac": "catalogues",
    "align": "seeing",
    "align_files": "pairing",
    "backup": "backing",
    "capture_plan": "shooting",
    "case": "casing",
    "claims_export": "claims_table",
    "claims_import": "claims_table",
    "claims_list": "claims_table",
    "correct_line": "correcting",
    "cover": "seeing",
    "cue": "cueing",
    "cue_files": "cueing",
    "dates": "datebook",
    "decide": "claiming",
    "demo": "whole",
    "depict": "viewing",
    "detect": "finding",
    "detect_files": "pairing",
    "diff": "editions",
    "doctor": "doctoring",
    "example_prices": "shopping",
    "export_project": "backing",
    "freeze": "editions",
    "grade_claim": "claiming",
    "handover_form": "handing",
    "import_project": "backing",
    "intake": "taking",
    "lint": "linting",
    "match": "matching",
    "match_by": "matching",
    "measure": "telling",
    "new": "making",
    "notebook": "noting",
    "place": "shooting",
    "place_view": "viewing",
    "propose": "claiming",
    "publish": "telling",
    "read": "reading",
    "read_in": "reading",
    "recompute": "recomputing",
    "restore": "backing",
    "review_export": "judging",
    "review_import": "judging",
    "run": "whole",
    "runs": "statusing",
    "sample": "sampling",
    "sample_export": "sample_table",
    "sample_import": "sample_table",
    "scrub": "scrubbing",
    "set_aside": "making",
    "settle": "judging",
    "sheet": "sheeting",
    "shop": "shopping",
    "shots": "shooting",
    "sight": "sighting",
    "source_add": "sources",
    "source_change": "sources",
    "source_grade": "sources",
    "source_list": "sources",
    "stamp": "stamping",
    "status": "statusing",
    "terrain": "surveying",
    "trace": "asking",
    "vault_check": "vaulting",
    "vault_key": "vaulting",
    "vault_new": "vaulting",
    "vault_rotate": "vaulting",
    "verify": "verifying",
    "watch": "keepingup",
    "weighed": "matching",
    "withdraw": "withdrawing",
}

__all__ = [
    "add",
    "add_barriers",
    "add_footprints",
    "add_stac",
    "align",
    "align_files",
    "backup",
    "capture_plan",
    "case",
    "claims_export",
    "claims_import",
    "claims_list",
    "correct_line",
    "cover",
    "cue",
    "cue_files",
    "dates",
    "decide",
    "demo",
    "depict",
    "detect",
    "detect_files",
    "diff",
    "doctor",
    "example_prices",
    "export_project",
    "freeze",
    "grade_claim",
    "handover_form",
    "import_project",
    "intake",
    "lint",
    "match",
    "match_by",
    "measure",
    "new",
    "notebook",
    "place",
    "place_view",
    "propose",
    "publish",
    "read",
    "read_in",
    "recompute",
    "restore",
    "review_export",
    "review_import",
    "run",
    "runs",
    "sample",
    "sample_export",
    "sample_import",
    "scrub",
    "set_aside",
    "settle",
    "sheet",
    "shop",
    "shots",
    "sight",
    "source_add",
    "source_change",
    "source_grade",
    "source_list",
    "stamp",
    "status",
    "terrain",
    "trace",
    "vault_check",
    "vault_key",
    "vault_new",
    "vault_rotate",
    "verify",
    "watch",
    "weighed",
    "withdraw",
]


def __getattr__(name: str) -> Any:
    """Import a verb when it is first asked for: rasters and maths are heavy."""
    if name not in _HOMES:
        raise AttributeError(f"vallum has no step '{name}'; there are: {', '.join(__all__)}")
    return getattr(importlib.import_module(f"vallum.steps.{_HOMES[name]}"), name)
