"""Places put on a frontier: a stretch as long as what is stated is uncertain, or none.

Words say little of where. Atlos, whose terms are used, means 10 m by "exact", 100 m by "vicinity"
and 1 km by "locality"; a town beside a river is longer than that, and a gazetteer gives one point
of it. So a place is a disc around that point, put on the line: every metre of frontier that some
point of the disc is nearest to, from the first to the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from vallum.claims.draft import Place
from vallum.claims.places import Gazetteer, spots
from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.geodesy import moved
from vallum.ground.names import NamedPlace, NamedRegion, fold
from vallum.ground.saidkinds import Precision
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Placed

FARTHEST_M = 60_000
"""A place farther from the line than this lies at no chainage of it."""
BESIDE_M = 15_000
"""Farther from the line than this, a place says only roughly which part of the line is meant."""
# How far built-up land reaches from the point of a gazetteer: guesses, wide on purpose.
_HALF_M = {
    "city": 4_000, "county": 7_000, "town": 2_500, "island": 4_000, "lake": 6_000,
    "mountain": 15_000, "station": 1_500, "port": 1_500, "bridge": 1_000, "dam": 1_000,
    "landmark": 1_500,
}  # fmt: skip
_OTHER_HALF_M = 3_000
# The 25 counties of North Korea on this line have 1,384 km of it, 55 km each on average.
_AREA_M = 27_000
_NEAR_M = 4_000
_RING = np.linspace(0.0, 360.0, 36, endpoint=False)
_CODES = {
    "CN": ("china",), "KP": ("north korea",), "RU": ("russia",), "TR": ("turkey", "türkiye"),
    "SY": ("syria",), "PL": ("poland",), "BY": ("belarus",), "US": ("united states", "usa"),
    "MX": ("mexico",),
}  # fmt: skip
_KM = re.compile(
    r"km ?(?P<first>\d+(?:\.\d+)?)(?: ?(?:\.\.|-|–|to) ?(?P<last>\d+(?:\.\d+)?))?", re.IGNORECASE
)
_POINT = re.compile(
    r"(?P<lat>-?\d{1,2}\.\d+)[ ,]+(?P<lon>-?\d{1,3}\.\d+)(?: ?[±~] ?(?P<off>\d+) ?m)?"
)


@dataclass(frozen=True, eq=False)
class Land:
    """A frontier with what is known around it.

    Attributes:
        line: the frontier.
        gazetteer: the names that are looked for.
        regions: provinces and rivers by name.
        towns: packaged places by name, between which regions lie.
    """

    line: Frontier
    gazetteer: Gazetteer
    regions: Mapping[str, NamedRegion]
    towns: Mapping[str, NamedPlace]

    @classmethod
    def of(
        cls,
        line: Frontier,
        gazetteer: Gazetteer,
        regions: Iterable[NamedRegion] = (),
        towns: Iterable[NamedPlace] = (),
    ) -> Land:
        """Return a frontier with regions, and with the places between which they lie."""
        by_name: dict[str, NamedPlace] = {}
        for town in towns:
            by_name.setdefault(town.name, town)
        return cls(line, gazetteer, {one.name: one for one in regions}, by_name)


@dataclass(frozen=True)
class _Lie:
    """Where a place lies: the stretch it can mean, how far off it is, how far off it may be."""

    span: Span
    off_m: float
    radius_m: int


def put(places: Sequence[Place], land: Land) -> tuple[Placed, ...]:
    """Return places as they lie on a frontier; "from A to B" becomes one stretch.

    Args:
        places: as read from a text.
        land: the frontier, and what is known around it.
    """
    done: list[Placed] = []
    for place in places:
        here = put_one(place, land)
        if place.is_end and done:
            done[-1] = _between(done[-1], here)
        else:
            done.append(here)
    return tuple(done)


def put_one(place: Place, land: Land) -> Placed:
    """Return one place as it lies on a frontier; `unplaced` and without span where it has none."""
    if place.kind == "border":
        return _placed(place, land, land.line.span, Precision.REGION)
    region = land.regions.get(place.name) or _region_named(place, land)
    if region is not None and (place.lon is None or place.kind == "river"):
        return _placed(place, land, _stretch(region, land), Precision.REGION)
    if place.lon is None or place.lat is None:
        wide = place.precision is Precision.REGION
        return _placed(place, land, None, Precision.REGION if wide else Precision.UNPLACED)
    if place.kind == "river":
        near = abs(_lie(land.line, place.lon, place.lat, 1).off_m) <= FARTHEST_M
        return _placed(place, land, land.line.span if near else None, Precision.REGION)
    return _of_point(place, land)


def _of_point(place: Place, land: Land) -> Placed:
    """Return a place that a gazetteer gives a point, or its rival, or neither of the two."""
    meant = (place, *(_instead(place, other) for other in place.also))
    lies = [(one.name, one.country, _around(one, land.line)) for one in meant]
    near = [entry for entry in lies if abs(entry[2].off_m) <= FARTHEST_M]
    known = {entry[0] for entry in lies}
    rivers = tuple(name for name in place.rivals if name not in known)
    rivals = (*(_in_words(*entry) for entry in lies[1:]), *rivers)
    if not near:
        why = f"gazetteer, {abs(lies[0][2].off_m) / 1000:.0f} km from the frontier"
        far = _placed(place, land, None, Precision.UNPLACED)
        return replace(far, rivals=rivals, basis=why)
    name, country, lie = near[0]
    hull = Span(min(e[2].span.start_m for e in near), max(e[2].span.end_m for e in near))
    if len(near) > 1 and hull.length_m > sum(e[2].span.length_m for e in near):
        return replace(
            _placed(place, land, None, Precision.UNPLACED),
            rivals=(*(_in_words(*entry) for entry in near), *rivers),
        )
    if len(near) > 1:
        lie = _Lie(hull, lie.off_m, hull.length_m // 2)
    is_beside = abs(lie.off_m) > BESIDE_M
    is_wide = is_beside or place.kind == "mountain"
    chosen = replace(place, name=name, country=country)
    made = _placed(chosen, land, lie.span, Precision.REGION if is_wide else Precision.LOCALITY)
    basis = f"gazetteer, {abs(lie.off_m) / 1000:.0f} km from the frontier" if is_beside else ""
    return replace(
        made, rivals=(*(_in_words(*e) for e in lies if e[2] is not lie), *rivers),
        radius_m=lie.radius_m, basis=basis or made.basis,
    )  # fmt: skip


def _instead(place: Place, other: NamedPlace) -> Place:
    return replace(
        place, name=other.name, country=other.country, lon=other.lon, lat=other.lat,
        within_m=other.within_m, kind=other.kind, also=(),
    )  # fmt: skip


def _around(place: Place, line: Frontier) -> _Lie:
    """Return where the disc lies that a place can mean."""
    half = _AREA_M if place.kind == "area" else _HALF_M.get(place.kind, _OTHER_HALF_M)
    near = _NEAR_M if place.is_near and not place.off_m else 0
    radius_m = (place.within_m or 0) + half + near + place.off_m
    lon, lat = place.lon or 0.0, place.lat or 0.0
    lie = _lie(line, lon, lat, radius_m)
    if abs(lie.off_m) > BESIDE_M:
        # Which part of the line is meant is the less sure, the farther away the place lies.
        return _lie(line, lon, lat, max(radius_m, round(abs(lie.off_m))))
    return lie


@lru_cache(maxsize=4096)
def _lie(line: Frontier, lon: float, lat: float, radius_m: int) -> _Lie:
    """Return the metres of line that are nearest to some point of a disc."""
    rings = [moved(lon, lat, _RING, share * radius_m) for share in (0.5, 1.0)]
    at_m, off_m = line.locate_many(
        [lon, *rings[0][0], *rings[1][0]], [lat, *rings[0][1], *rings[1][1]]
    )
    first = max(0, min(int(at_m.min()), int(at_m[0]) - radius_m))
    last = min(line.length_m, max(int(at_m.max()) + 1, int(at_m[0]) + radius_m))
    first = min(first, line.length_m - 1)
    return _Lie(Span(first, max(last, first + 1)), float(off_m[0]), radius_m)


def _region_named(place: Place, land: Land) -> NamedRegion | None:
    if place.lon is not None or place.precision is not Precision.REGION:
        return None
    return land.gazetteer.known.get(fold(place.name))


def _stretch(region: NamedRegion, land: Land) -> Span | None:
    """Return the part of the line on which a region borders, up to the first places outside it.

    The true ends lie between the last place inside and the first outside, so that the stretches
    of two neighbours overlap. None where the region is not at this line.
    """
    if not region.is_at_border:
        return None
    ends = [_at_m(name, land) for name in (region.after, region.before)]
    named = [name for name in (region.after, region.before) if name]
    if sum(end is not None for end in ends) < len(named):
        return None  # another line, or a part of this one
    first = ends[0] if ends[0] is not None else 0
    last = ends[1] if ends[1] is not None else land.line.length_m
    return Span(first, last) if first < last else None


def _at_m(name: str, land: Land) -> int | None:
    town = land.towns.get(name)
    if town is None:
        return None
    lie = _lie(land.line, town.lon, town.lat, 1)
    middle = round(lie.span.middle_m)
    return middle if abs(lie.off_m) <= FARTHEST_M else None


def _placed(place: Place, land: Land, span: Span | None, precision: Precision) -> Placed:
    country = place.bank if place.bank and place.bank != "both" else place.country
    side = "" if place.bank == "both" else side_of(land.line, country)
    if place.is_opposite and side:
        side = "right" if side == "left" else "left"
        country = ""
    return Placed(
        name=place.name,
        as_stated=place.as_stated,
        precision=precision,
        span=span,
        radius_m=span.length_m // 2 if span else 0,
        country=country,
        side=side,
        is_near=place.is_near,
        rivals=place.rivals,
        basis="text" if precision is Precision.UNPLACED and place.lon is None else "gazetteer",
    )


def side_of(line: Frontier, country: str) -> str:
    """Return the side of a line on which a country lies; empty where both do, or none.

    Args:
        line: says which countries lie on its sides, by name or ISO code.
        country: ISO code.
    """
    if not country or "/" in country:
        return ""
    wanted = {country.casefold(), *_CODES.get(country, ())}
    sides = [
        side
        for side, named in (("left", line.left), ("right", line.right))
        if wanted & {part.strip() for part in re.split(r",| then |/|;", named.casefold())}
    ]
    return sides[0] if len(sides) == 1 else ""


def _between(first: Placed, last: Placed) -> Placed:
    """Return the stretch from one place to another; None where one of them has no stretch."""
    spans = [one.span for one in (first, last) if one.span is not None]
    whole = Spans(spans).hull if len(spans) == 2 else None
    same = first.country == last.country
    return Placed(
        name=f"{first.name} to {last.name}",
        as_stated="; ".join(one.as_stated for one in (first, last) if one.as_stated),
        precision=Precision.SECTION if whole else Precision.UNPLACED,
        span=whole,
        radius_m=whole.length_m // 2 if whole else 0,
        country=first.country if same else "",
        side=first.side if first.side == last.side else "",
        is_near=first.is_near or last.is_near,
        rivals=(*first.rivals, *last.rivals),
        basis=first.basis if first.basis == last.basis else "gazetteer",
    )


def _in_words(name: str, country: str, lie: _Lie) -> str:
    if abs(lie.off_m) > FARTHEST_M:
        return f"{name} ({country or 'country not known'}), {abs(lie.off_m) / 1000:.0f} km away"
    return f"{name} ({country or 'country not known'}), {lie.span}"


# -- by hand ----------------------------------------------------------------------------------


def put_words(words: str, land: Land) -> tuple[Placed, ...]:
    """Return places that a person typed: names, "A to B", "km 12.5..13", or "42.44, 129.75 ±50 m".

    Several are kept apart by ";". A name that nothing knows is kept, unplaced.

    Raises:
        BadSetting: kilometres or a point that do not lie on this frontier.
    """
    return tuple(_typed(part.strip(), land) for part in words.split(";") if part.strip())


def _typed(words: str, land: Land) -> Placed:
    bare, _, named = words.partition(" = ")
    name = named.strip() or words
    if km := _KM.fullmatch(bare.strip()):
        return _of_km(name, km, words, land)
    if point := _POINT.fullmatch(bare.strip()):
        return _of_coordinates(name if named else "point", point, land)
    if words.casefold() in {"border", "the border", "whole border", "entire border"}:
        whole = Place(name="border", as_stated="", precision=Precision.REGION, kind="border")
        return replace(put_one(whole, land), basis="person")
    sentence = f"from {words}" if " to " in words else f"in {words}"
    found = spots(sentence, land.gazetteer)
    if not found or (len(found) > 1 and not found[1].place.is_end):
        return Placed(name=words, basis="person")
    (made,) = put([spot.place for spot in found], land)[:1]
    return replace(made, as_stated="", basis="person")


def _of_km(name: str, km: re.Match[str], words: str, land: Land) -> Placed:
    first_m = round(float(km["first"]) * 1000)
    last_m = round(float(km["last"]) * 1000) if km["last"] else first_m + 1
    if not 0 <= first_m < last_m <= land.line.length_m:
        raise BadSetting(
            f"'{words}': the frontier has km 0 to {land.line.length_m / 1000:.1f}, and the second "
            "number must be the larger one; nothing was changed, write it like km 12.5..13"
        )
    span = Span(first_m, last_m)
    return Placed(
        name=name, precision=Precision.SECTION, span=span, radius_m=span.length_m // 2,
        basis="person",
    )  # fmt: skip


def _of_coordinates(name: str, point: re.Match[str], land: Land) -> Placed:
    """Return a point of an object, as a stretch: the point itself is not kept."""
    off_m = int(point["off"] or 10)
    lon, lat = float(point["lon"]), float(point["lat"])
    lie = _lie(land.line, lon, lat, off_m) if abs(lon) <= 180 and abs(lat) <= 90 else None
    if lie is None or abs(lie.off_m) > FARTHEST_M:
        raise BadSetting(
            f"'{name}': the point lies more than {FARTHEST_M // 1000} km from the frontier, or not "
            "on Earth; nothing was changed, write latitude first, 42.44, 129.75"
        )
    precision = (
        Precision.EXACT
        if off_m <= 10
        else Precision.VICINITY if off_m <= 100 else Precision.LOCALITY
    )  # fmt: skip
    return Placed(
        name=name, precision=precision, span=lie.span, radius_m=off_m,
        side="left" if lie.off_m < 0 else "right", basis="person",
    )  # fmt: skip
