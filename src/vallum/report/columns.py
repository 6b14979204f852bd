"""What the columns of tables and layers mean, in the language that is being written.

The names of columns are the same in every language, so that scripts keep working; what people read
beside them (aliases in QGIS, titles in the GeoPackage) follows the language.
"""

from __future__ import annotations

from dataclasses import fields

from vallum.ground.records import Candidate, Estimate, Finding, Row, Scene, field_notes
from vallum.report.tongue import say

_ROWS: tuple[type[Row], ...] = (Finding, Candidate, Scene, Estimate)


def alias_of(column: str) -> str:
    """A title for a column; its own name with spaces where none is known."""
    return _aliases().get(column) or column.replace("_", " ")


def meaning_of(column: str) -> str:
    """What a column holds, with its unit, as its row declares it; empty where none does."""
    for cls in _ROWS:
        for entry in fields(cls):
            if entry.name == column:
                _, meaning, unit = field_notes(entry)
                return f"{meaning} ({unit})" if unit else meaning
    return ""


def _aliases() -> dict[str, str]:
    return _things() | _times() | _accounts()


def _things() -> dict[str, str]:
    """Where a thing is and what it is."""
    return {
        "id": say("id"),
        "about": say("candidate it settles"),
        "held": say("settled as"),
        "settled": say("settled as"),
        "category": say("class"),
        "subtype": say("class in the source's words"),
        "layer": say("layer of the barrier"),
        "change": say("change"),
        "start_m": say("begins at (m along the line)"),
        "end_m": say("ends at (m along the line)"),
        "off_m": say("beside the line (m, left negative)"),
        "length_m": say("length (m)"),
        "width_m": say("width (m)"),
        "gap_m": say("gap between rows (m)"),
        "post_spacing_m": say("between posts (m)"),
        "score": say("chance given by the machine"),
        "flags": say("good to know"),
        "life": say("temporary or permanent"),
        "agreement": say("how it was settled"),
        "conflicts": say("images that contradict"),
        "n_looks": say("images asked"),
        "simulated": say("SIMULATED: shows no real place"),
        "lon": say("longitude"),
        "lat": say("latitude"),
        "status": say("status"),
        "label": say("status in words"),
    }


def _times() -> dict[str, str]:
    """When a thing was built or removed, and when an image was taken."""
    return {
        "built_earliest": say("built, at the earliest"),
        "built_latest": say("built, at the latest"),
        "removed_earliest": say("removed, at the earliest"),
        "removed_latest": say("removed, at the latest"),
        "first_seen": say("first seen on"),
        "last_absent": say("surely absent on"),
        "still_seen": say("last seen on"),
        "gone_by": say("surely gone on"),
        "dating": say("what the dates rest on"),
        "stage": say("how far it is built"),
        "taken_earliest": say("taken, at the earliest"),
        "taken_latest": say("taken, at the latest"),
        "taken_from": say("where the date was read"),
        "sensor": say("satellite"),
        "gsd_m": say("pixel size (m)"),
        "off_nadir_deg": say("viewing angle (degrees)"),
        "cloud_percent": say("cloud (%)"),
        "before": say("earlier image"),
        "after": say("later image"),
    }


def _accounts() -> dict[str, str]:
    """What the line is, what was said, and what a number is."""
    return {
        "name": say("name"),
        "tolerance_m": say("tolerance (m)"),
        "start": say("begins at"),
        "end": say("ends at"),
        "left": say("on the left"),
        "right": say("on the right"),
        "left_m": say("width on the left (m)"),
        "right_m": say("width on the right (m)"),
        "source": say("source"),
        "licence": say("licence"),
        "credit": say("credit"),
        "may_publish": say("pixels may be shown"),
        "says": say("what is said"),
        "who": say("who says so"),
        "when": say("when"),
        "where": say("where"),
        "why": say("why"),
        "grade": say("grade"),
        "grade_words": say("what the grade means"),
        "findings": say("findings that speak to it"),
        "cells": say("cells of the line (m)"),
        "value": say("value, unrounded"),
        "low": say("lower bound"),
        "high": say("upper bound"),
        "unit": say("unit"),
        "wording": say("words that may stand before it"),
        "reason": say("why there is no number"),
        "method": say("method"),
        "denominator": say("of how much border it speaks"),
    }
