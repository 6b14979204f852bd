"""What images from above show, by the size of their pixels: one table for numbers, claims, report.

A thing has two sizes. Up to the finer one it is usually found, so that its absence says something.
Up to the coarser one somebody reports to have seen one: what people confirm there may be right, but
that none was found there says nothing. The table is `data/visibility/visibility.csv`; every row
says where its figure is from, or that it is a guess.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from vallum.ground.errors import BadTable, BrokenInstall
from vallum.ground.kinds import Change, Kind
from vallum.ground.saidkinds import Subject

COLUMNS = ("subject", "use", "gsd_m", "is_guess", "caution", "source")
ABSENCE, PRESENCE = "absence", "presence"
_FILE = "data/visibility/visibility.csv"
_ROUNDED = 1.005  # a pixel of 0.6 m is 0.6003 m after a change of projection


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The coarsest pixels at which a kind of thing is usually found, and ever was seen.

    Attributes:
        most_m: ground sample distance beyond which its absence says nothing.
        source: where the figure is from.
        is_guess: nobody measured it, not even on simulated ground.
        caution: how much is missed even then, in words.
        reported_m: coarsest ground sample distance at which it is reported seen; at least `most_m`.
        reported_by: who reports that, or why it is thought so.
    """

    most_m: float
    source: str
    is_guess: bool = False
    caution: str = ""
    reported_m: float = math.nan
    reported_by: str = ""


@cache
def thresholds() -> Mapping[Subject, Threshold]:
    """Return the packaged table by what is seen; what no image shows is not in it.

    Raises:
        BrokenInstall: the table is missing or is not the one that belongs to this version.
    """
    try:
        text = (resources.files("vallum") / _FILE).read_text(encoding="utf-8")
        return MappingProxyType(parsed(text.splitlines(), _FILE))
    except (OSError, BadTable) as error:
        raise BrokenInstall(
            f"{_FILE} is missing or changed; what images show is not known, install vallum again"
        ) from error


def parsed(lines: Iterable[str], name: str) -> dict[Subject, Threshold]:
    """Return a table by what is seen; lines that begin with # are remarks.

    Raises:
        BadTable: a column is missing, a value is no number above 0, a subject has no row of
            absence, or has two.
    """
    absent: dict[Subject, Threshold] = {}
    present: dict[Subject, list[tuple[float, str]]] = {}
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    for number, row in enumerate(rows, start=1):
        try:
            subject, gsd_m = Subject(row["subject"]), float(row["gsd_m"])
            source, use = row["source"].strip(), row["use"]
            if not (0 < gsd_m < math.inf and source and use in {ABSENCE, PRESENCE}):
                raise ValueError("a size above 0, its use and its source are needed")
            if use == PRESENCE:
                present.setdefault(subject, []).append((gsd_m, source))
                continue
            if subject in absent:
                raise ValueError(f"a second row of absence for {subject}")
            is_guess = {"yes": True, "no": False}[row["is_guess"]]
            absent[subject] = Threshold(
                most_m=gsd_m, source=source, is_guess=is_guess, caution=row["caution"].strip()
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadTable(f"{name} row {number}: {error}; nothing was read of it") from error
    if missing := sorted(set(present) - set(absent)):
        raise BadTable(f"{name}: no row of absence for {missing[0]}; nothing was read of it")
    return {key: _with_reports(one, present.get(key, [])) for key, one in absent.items()}


def _with_reports(one: Threshold, reports: list[tuple[float, str]]) -> Threshold:
    """Return it with the coarsest report; what is usually found was seen."""
    gsd_m, source = max([*reports, (one.most_m, one.source)], key=lambda entry: entry[0])
    return Threshold(
        most_m=one.most_m, source=one.source, is_guess=one.is_guess, caution=one.caution,
        reported_m=gsd_m, reported_by=source,
    )  # fmt: skip


def of_kind(kind: Kind) -> Threshold:
    """Return what is known of a class of structure."""
    return thresholds()[Subject(kind.value)]


def is_known(gsd_m: float) -> bool:
    """Say whether a pixel size is one."""
    return math.isfinite(gsd_m) and gsd_m > 0


def is_observable(kind: Kind, gsd_m: float) -> bool:
    """Say whether the absence of a structure says anything on images of this pixel size."""
    return is_known(gsd_m) and gsd_m <= of_kind(kind).most_m * _ROUNDED


def shows_anything(gsd_m: float) -> bool:
    """Say whether the absence of at least one class says anything; True where it is not known."""
    return not is_known(gsd_m) or any(is_observable(kind, gsd_m) for kind in Kind)


def too_coarse(subject: Subject, gsd_m: float) -> str:
    """Return why the absence of a thing says nothing on such images; empty where it does.

    Args:
        subject: one that is in the table.
        gsd_m: ground sample distance of the coarser of two images; NaN if not known.
    """
    most_m = thresholds()[subject].most_m
    if not is_known(gsd_m):
        return "the pixel size of the images is not known"
    if gsd_m > most_m * _ROUNDED:
        return (
            f"pixels of {gsd_m:.2g} m are too coarse for a {subject.label} (at most {most_m:g} m)"
        )
    return ""


_SEEN_BEFORE = frozenset({Change.REMOVED, Change.UNCHANGED})
_SEEN_AFTER = frozenset(Change) - {Change.REMOVED}


def doubts(kind: Kind, change: Change, before_m: float, after_m: float) -> tuple[str, ...]:
    """Return what the pixels of two images leave open of a thing that people found on them.

    It may have been seen on pixels coarser than those that usually show it; and where it is said
    to be new or gone, its absence may have been on an image that could not show it.

    Args:
        kind: class.
        change: what is said to have happened.
        before_m: pixel size of the earlier image; NaN if not known.
        after_m: of the later one.
    """
    limit, found = of_kind(kind), []
    for is_seen, when, gsd_m in (
        (change in _SEEN_BEFORE, "earlier", before_m),
        (change in _SEEN_AFTER, "later", after_m),
    ):
        if is_known(gsd_m) and is_observable(kind, gsd_m):
            continue
        size = f"{gsd_m:.2g} m" if is_known(gsd_m) else "unknown size"
        if not is_seen:
            standing = "may have stood there already" if when == "earlier" else "may still stand"
            found.append(
                f"its absence was not observable: the {when} image has pixels of {size}, a "
                f"{kind.label} needs at most {limit.most_m:g} m; it {standing}"
            )
        elif is_known(gsd_m) and gsd_m > limit.reported_m * _ROUNDED:
            found.append(
                f"seen on pixels of {size}; nobody is known to have seen a {kind.label} at more "
                f"than {limit.reported_m:g} m"
            )
        else:
            found.append(
                f"seen on pixels of {size}; a {kind.label} is usually found at up to "
                f"{limit.most_m:g} m only"
            )
    return tuple(found)
