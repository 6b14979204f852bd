"""The derived items as a STAC collection: what was compared, from which images, with what result.

Static files with links to each other only. An item is a pair of images that was compared; images
are items of their own, outline and date without pixels, so that `derived_from` leads somewhere.
Written by hand after STAC 1.1.0, so that the bytes follow from the book alone.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import Status
from vallum.ground.records import Finding, Scene
from vallum.ground.span import Spans
from vallum.ground.when import When
from vallum.report.book import SIMULATED, Book

FOLDER = "stac"
COLLECTION = f"{FOLDER}/collection.json"
_STAC = "1.1.0"
_JSON, _GEOJSON = "application/json", "application/geo+json"
_DECIMALS = 6
_SIMPLER_DEG = 0.00005  # about 5 m: a corridor's edge is no measurement
Json = dict[str, Any]


def files(book: Book) -> dict[str, bytes]:
    """Return the files of the collection by their path in the publication; none without pairs."""
    pairs = _pairs(book)
    if not pairs:
        return {}
    used = {scene_id for pair in pairs for scene_id in pair}
    scenes = [book.scene_by_id[scene_id] for scene_id in sorted(used)]
    items = {f"{FOLDER}/images/{_slug(one.id)}.json": _image(book, one) for one in scenes}
    ends = np.array([(one.span.start_m, one.span.end_m) for one in book.confirmed]).reshape(-1, 2)
    for (before, after), spans in pairs.items():
        item = _pair(book, book.scene_by_id[before], book.scene_by_id[after], spans, ends)
        items[f"{FOLDER}/pairs/{item['id']}.json"] = item
    items = dict(sorted(items.items()))
    return {
        COLLECTION: _json(_collection(book, items)),
        **{path: _json(item) for path, item in items.items()},
    }


def _pairs(book: Book) -> dict[tuple[str, str], Spans]:
    """Metres compared by each pair of images, in the order of the line."""
    found: dict[tuple[str, str], Spans] = defaultdict(Spans)
    for comparison in book.comparisons:
        before, after = book.scene_of(comparison.before), book.scene_of(comparison.after)
        if before and after and comparison.seen and not comparison.blocked_by:
            key = (book.id_of(before), book.id_of(after))
            found[key] = found[key] | comparison.seen
    return dict(sorted(found.items(), key=lambda pair: (next(iter(pair[1])), pair[0])))


def _slug(row_id: str) -> str:
    return row_id.replace(":", "-").replace("/", "-")


def _json(value: Json) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _collection(book: Book, items: Mapping[str, Json]) -> Json:
    boxes = [item["bbox"] for item in items.values()]
    days = [scene.taken for scene in book.scenes]
    first = min((day.earliest for day in days), default=book.before.earliest)
    last = max((day.latest for day in days), default=book.after.latest)
    line = book.frontier
    credit = line.credit or line.source
    return {
        "type": "Collection",
        "stac_version": _STAC,
        "id": _collection_id(book),
        "title": book.title,
        "description": _described(book, f"Pairs of images compared along “{line.title or line.name}"
                                        "”, and what was found. No pixels. Border line: "
                                        f"{credit}. Made with vallum {book.version}."),
        "license": book.cite_as.licence or "other",
        "keywords": ["border", "barrier", "change", *([SIMULATED] if book.is_simulated else [])],
        "providers": _providers(book),
        "extent": {
            "spatial": {"bbox": [_around(boxes)]},
            "temporal": {"interval": [[_begin(first), _end(last)]]},
        },
        "links": [
            {"rel": "root", "href": "./collection.json", "type": _JSON},
            *({"rel": "item", "href": f"./{path.removeprefix(FOLDER + '/')}", "type": _GEOJSON}
              for path in items),
        ],
        "assets": _assets(),
    }  # fmt: skip


def _assets() -> Json:
    """What the publication holds beside the collection."""
    about = {
        "findings": ("findings.geojson", _GEOJSON, "Findings"),
        "candidates": ("candidates.geojson", _GEOJSON, "Candidates, settled or not"),
        "geopackage": ("findings.gpkg", "application/geopackage+sqlite3", "All layers for QGIS"),
        "statuses": ("statuses.csv", "text/csv", "Every metre of the border with its status"),
        "estimates": ("estimates.csv", "text/csv", "Every number, unrounded"),
    }
    return {
        key: {"href": f"../{name}", "type": kind, "title": title, "roles": ["data"]}
        for key, (name, kind, title) in about.items()
    }


def _providers(book: Book) -> list[Json]:
    if not book.cite_as.publisher:
        return []
    provider = {"name": book.cite_as.publisher, "roles": ["producer", "licensor"]}
    return [provider | ({"url": book.cite_as.url} if book.cite_as.url else {})]


def _collection_id(book: Book) -> str:
    words = "".join(one if one.isalnum() else "-" for one in book.name.lower()).strip("-")
    mark = "simulated-" if book.is_simulated else ""
    return f"vallum-{mark}{words or 'border'}-{book.ledger_head[:12]}"


def _described(book: Book, text: str) -> str:
    return f"{SIMULATED}: shows no real place. {text}" if book.is_simulated else text


def _image(book: Book, scene: Scene) -> Json:
    """An image as an item: where and when, and no pixels."""
    known = {
        "gsd": scene.gsd_m,
        "view:off_nadir": scene.off_nadir_deg,
        "eo:cloud_cover": scene.cloud_percent,
    }
    numbers = {name: value for name, value in known.items() if math.isfinite(value)}
    text = "Outline and date of an image that was compared; its pixels are not here."
    more = {
        **numbers,
        **({"platform": scene.sensor} if scene.sensor else {}),
        "license": "other",
        "vallum:terms": scene.licence or "not stated",
        "vallum:credit": scene.credit or "not stated",
        "vallum:date_read_from": scene.taken_from,
    }
    item = _item(book, f"image-{_slug(scene.id)}", scene.footprint, scene.taken, text, more)
    return _with_links(item, [])


def _touching(ends: NDArray[np.int64], spans: Spans) -> list[int]:
    """Return which stretches, `(n, 2)` in metres, share a metre with the spans, in their order."""
    starts = np.array([part.start_m for part in spans])
    lasts = np.array([part.end_m for part in spans])
    # The first part that ends behind the beginning of a stretch is the only one to ask.
    next_part = np.searchsorted(lasts, ends[:, 0], side="right")
    has_next = next_part < len(lasts)
    begins = starts[np.minimum(next_part, len(starts) - 1)]
    return np.flatnonzero(has_next & (begins < ends[:, 1])).tolist()


def _pair(book: Book, before: Scene, after: Scene, spans: Spans, ends: NDArray[np.int64]) -> Json:
    """A pair of images as an item: which metres were compared, and what was found there."""
    # Only what lies wholly or in part on compared metres; findings say the same by themselves.
    found = [book.confirmed[number] for number in _touching(ends, spans)]
    seen = spans & book.extent
    shape = shapely.union_all(
        [book.frontier.corridor(part, book.left_m, book.right_m) for part in seen or spans]
    ).simplify(_SIMPLER_DEG)
    statuses = {
        f"vallum:metres_{status}": (book.status_spans.get(status, Spans()) & seen).length_m
        for status in Status
        if status != Status.NOT_COMPARABLE
    }
    more = {
        "vallum:compared_m": seen.length_m,
        "vallum:spans_m": [[part.start_m, part.end_m] for part in seen],
        **statuses,
        "vallum:confirmed": _counted(found),
        "license": book.cite_as.licence or "other",
    }
    text = "Border that this pair of images lets one compare, and what people confirmed on it."
    name = f"pair-{_slug(before.id)}-{_slug(after.id)}"
    item = _item(book, name, shape, before.taken | after.taken, text, more)
    return _with_links(
        item,
        [
            {"rel": "derived_from", "href": f"../images/{_slug(one.id)}.json", "type": _GEOJSON,
             "title": role}
            for role, one in (("before", before), ("after", after))
        ],
    )  # fmt: skip


def _counted(findings: Iterable[Finding]) -> Json:
    counts: dict[str, int] = defaultdict(int)
    for finding in findings:
        counts[f"{finding.category} {finding.change}"] += 1
    return dict(sorted(counts.items()))


def _item(book: Book, name: str, shape: BaseGeometry, taken: When, text: str, more: Json) -> Json:
    rounded = shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS))
    return {
        "type": "Feature",
        "stac_version": _STAC,
        "stac_extensions": [],
        "id": name,
        "collection": _collection_id(book),
        "geometry": json.loads(json.dumps(mapping(rounded))),
        "bbox": [round(float(edge), _DECIMALS) for edge in shape.bounds],
        "properties": {
            "title": f"{SIMULATED} {name}" if book.is_simulated else name,
            "description": _described(book, text),
            "datetime": None,  # the day is known at best, never the time of day
            "start_datetime": _begin(taken.earliest),
            "end_datetime": _end(taken.latest),
            "vallum:simulated": book.is_simulated,
            **more,
        },
        "links": [],
        "assets": {},
    }


def _with_links(item: Json, links: Sequence[Json]) -> Json:
    up = [{"rel": rel, "href": "../collection.json", "type": _JSON}
          for rel in ("root", "parent", "collection")]  # fmt: skip
    return item | {"links": [*up, *links]}


def _begin(day: date) -> str:
    return _stamp(datetime.combine(day, time.min, UTC))


def _end(day: date) -> str:
    return _stamp(datetime.combine(day, time.min, UTC) + timedelta(days=1, seconds=-1))


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _around(boxes: Sequence[Sequence[float]]) -> list[float]:
    west, south = (min(box[at] for box in boxes) for at in (0, 1))
    east, north = (max(box[at] for box in boxes) for at in (2, 3))
    return [west, south, east, north]
