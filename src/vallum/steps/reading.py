"""`read`: claims out of a text, as suggestions for a person to approve."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from vallum.claims.draft import ClaimDraft, Place
from vallum.claims.read import read as claims_of
from vallum.frontier import Frontier
from vallum.ground.errors import BadDate, BadInput, TooLarge
from vallum.ground.prose.text import Markup
from vallum.ground.saidkinds import Precision
from vallum.ground.when import When
from vallum.steps.done import Done

STDIN = "-"
_MOST_BYTES = 10_000_000
_MARKUPS = {
    ".md": Markup.MARKDOWN,
    ".markdown": Markup.MARKDOWN,
    ".html": Markup.HTML,
    ".htm": Markup.HTML,
    ".xhtml": Markup.HTML,
}
_FRONTIER = "prk-north"
_FARTHEST_M = 60_000
"""A place farther from the line than this lies at no chainage of it."""
# Guesses: a town reaches some 3 km along the river; "near" it, 10 km either way.
_WIDE_M = {Precision.LOCALITY: 3_000, Precision.VICINITY: 10_000}


@dataclass(frozen=True)
class Reach:
    """Where one place lies along the frontier, in metres of chainage, as far as it is sure."""

    start_m: int
    end_m: int


@dataclass(frozen=True, kw_only=True)
class WasRead(Done):
    """What a text claims.

    Attributes:
        claims: in the order of the text.
        published: the day that "last month" was counted from.
        reaches: for each claim, one stretch for each of its places; None where it has no point.
    """

    claims: tuple[ClaimDraft, ...] = ()
    published: date | None = None
    reaches: tuple[tuple[Reach | None, ...], ...] = field(default=())

    def to_json(self) -> Any:
        """Return a list with one object per claim."""
        return [
            _claim_json(claim, reaches, self.published)
            for claim, reaches in zip(self.claims, self.reaches, strict=True)
        ]


def _claim_json(
    claim: ClaimDraft, reaches: Sequence[Reach | None], published: date | None
) -> dict[str, Any]:
    """Return a claim with its spans: of each place, and from the first to the last of them."""
    told = claim.to_json()
    for place, reach in zip(told["places"], reaches, strict=True):
        place["span"] = [reach.start_m, reach.end_m] if reach else None
    known = [reach for reach in reaches if reach]
    whole = [min(r.start_m for r in known), max(r.end_m for r in known)] if known else None
    return {**told, "span": whole, "published": published.isoformat() if published else None}


def read(
    text_or_path: Path | str, *, published: date | str, frontier: Frontier | None = None
) -> WasRead:
    """Return the claims that a text makes about structures, orders and arrests at a border.

    Args:
        text_or_path: a file (.txt, .md, .html; others are read as plain text), `-` for standard
            input, or the text itself.
        published: day of publication; "last month" is counted from it.
        frontier: the line that places are put on; the northern border of North Korea if left out.

    Returns:
        WasRead; offsets count the characters of the text as decoded, line ends untouched.

    Raises:
        BadInput: there is no such file, or it is no text.
        BadDate: `published` is no day.
        TooLarge: the file is larger than 10 MB.
    """
    day = _day(published)
    name, text, markup = _opened(text_or_path)
    claims = claims_of(text, published=day, markup=markup)
    reaches = _reaches(claims, frontier)
    return WasRead(
        step="read",
        lines=_told(name, claims, day),
        claims=claims,
        published=day,
        reaches=reaches,
        facts={"n_claims": len(claims), "n_placed": sum(any(one) for one in reaches)},
    )


def _day(published: date | str) -> date:
    if isinstance(published, date):
        return When.on(published).earliest
    when = When.parse(published)
    if when.days != 1:
        raise BadDate(f"'{published}' is no single day; write the day of publication, 2019-05-15")
    return when.earliest


def _opened(text_or_path: Path | str) -> tuple[str, str, Markup]:
    """Return name, text and markup of what is to be read."""
    if text_or_path == STDIN:
        content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        return "standard input", _decoded(content, "standard input"), Markup.PLAIN
    path = Path(text_or_path)
    if _is_file(path):
        markup = _MARKUPS.get(path.suffix.lower(), Markup.PLAIN)
        with path.open("rb") as handle:
            return path.name, _decoded(handle.read(_MOST_BYTES + 1), path.name), markup
    if isinstance(text_or_path, str) and len(text_or_path.split()) > 1:
        return "text", text_or_path, Markup.PLAIN
    raise BadInput(
        f"{text_or_path}: there is no such file; nothing was read, give a file, `-`, or the text "
        "itself in quotation marks"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long text is no name of a file
        return False


def _decoded(content: bytes, name: str) -> str:
    if len(content) > _MOST_BYTES:
        raise TooLarge(
            f"{name} is larger than {_MOST_BYTES // 1_000_000} MB; nothing was read, cut it"
        )
    if b"\0" in content[:4096]:
        raise BadInput(f"{name} is no text; nothing was read, save it as .txt, .md or .html")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


# -- along the frontier -----------------------------------------------------------------------


def _reaches(
    claims: Sequence[ClaimDraft], frontier: Frontier | None
) -> tuple[tuple[Reach | None, ...], ...]:
    """Return a stretch for each place of each claim, as wide as the place is uncertain.

    Rivers and mountains have one point only, which says nothing of where; they have no stretch.
    """
    points = sorted({point for claim in claims for one in claim.places if (point := _point(one))})
    if not points:
        return tuple((None,) * len(claim.places) for claim in claims)
    line = frontier or Frontier.packaged(_FRONTIER)
    at_m, off_m = line.locate_many([lon for lon, _ in points], [lat for _, lat in points])
    known = {
        point: round(float(at))
        for point, at, off in zip(points, at_m, off_m, strict=True)
        if abs(float(off)) <= _FARTHEST_M
    }
    return tuple(tuple(_reach(one, known, line) for one in claim.places) for claim in claims)


def _point(place: Place) -> tuple[float, float] | None:
    if place.lon is None or place.lat is None or place.precision is Precision.REGION:
        return None
    return place.lon, place.lat


def _reach(place: Place, known: dict[tuple[float, float], int], line: Frontier) -> Reach | None:
    point = _point(place)
    if point is None or point not in known:
        return None
    wide = _WIDE_M[place.precision] + (place.within_m or 0)
    first, last = max(0, known[point] - wide), min(int(line.length_m), known[point] + wide)
    return Reach(first, last) if first < last else None


# -- in words ---------------------------------------------------------------------------------


def _told(name: str, claims: Sequence[ClaimDraft], day: date) -> tuple[str, ...]:
    lines: list[str] = []
    for claim in claims:
        where = "; ".join(place.name for place in claim.places) or "no place stated"
        when = f"{claim.time.expression} = {claim.time.edtf}" if claim.time else "no time stated"
        what = f"{claim.kind.replace('_', ' ')}, {claim.modality.replace('_', ' ')}"
        amount = f", {claim.quantity.as_stated}" if claim.quantity else ""
        who = claim.attribution or "the text itself"
        lines.append(f"{claim.start}-{claim.end}: {what}{amount}")
        lines.append(f"    {where}; {when}; says {who} ({claim.access})")
    n = len(claims)
    lines.append(
        f"{n or 'no'} claim{'s' * (n != 1)} in {name}, published {day.isoformat()}; each is a "
        "suggestion until a person approves it"
    )
    return tuple(lines)
