"""A numbered tour for Google Earth Pro: where to take pictures, and the markers on the ground.

Made from plain values. All pictures in it are ours and lie inside; nothing is fetched from a net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vallum.report.kml import (
    GOOGLE,
    NAMESPACE,
    Element,
    box,
    packed,
    places,
    root_with_document,
    text_of,
)
from vallum.report.kml import sub as _sub

_FLY_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Square:
    """A picture that lies on the ground: west, south, east and north in degrees, and its PNG."""

    name: str
    west: float
    south: float
    east: float
    north: float
    png: bytes


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One picture to take.

    Attributes:
        title: as shown in the list.
        text: in its balloon.
        lon: of its middle.
        lat: of its middle.
        range_m: height of the camera above the ground.
        heading_deg: what is up, from north.
        outline: longitude and latitude of the corners.
        squares: the markers in its corners.
    """

    title: str
    text: str
    lon: float
    lat: float
    range_m: float
    heading_deg: float
    outline: Sequence[tuple[float, float]]
    squares: Sequence[Square]


def tour_bytes(
    title: str,
    words: str,
    stops: Sequence[Stop],
    line: Sequence[tuple[float, float]],
    *,
    is_simulated: bool = False,
) -> bytes:
    """Return a KMZ with one folder per stop, a tour that halts at each, and the border.

    The same values give the same bytes.

    Args:
        title: name of the whole.
        words: how to use it.
        stops: in the order in which they are to be taken.
        line: longitude and latitude along the border.
        is_simulated: the border is a made-up one.
    """
    pictures = {square.name: square.png for stop in stops for square in stop.squares}
    head = f"SIMULATED {title}" if is_simulated else title
    return packed(_document(head, words, stops, line), pictures)


def _document(
    title: str, words: str, stops: Sequence[Stop], line: Sequence[tuple[float, float]]
) -> bytes:
    root, document = root_with_document(gx=GOOGLE)
    _sub(document, "name", title)
    _sub(document, "open", "1")
    _sub(document, "description", words)
    style = _sub(document, "Style", id="frame")
    _sub(_sub(style, "LineStyle"), "color", "80ffffff")
    _sub(_sub(style, "PolyStyle"), "fill", "0")
    _sub(_sub(style, "IconStyle"), "scale", "0")
    _sub(_sub(style, "LabelStyle"), "scale", "0")
    style = _sub(document, "Style", id="border")
    _sub(_sub(style, "LineStyle"), "color", "ff00ffff")
    _tour(document, stops)
    frames = _sub(document, "Folder")
    _sub(frames, "name", f"Frames ({len(stops)})")
    for stop in stops:
        _frame(frames, stop)
    # Hidden: whatever is drawn over the ground cannot be seen through.
    border = _sub(document, "Placemark")
    _sub(border, "name", "Border line (hidden; it would cover what is under it)")
    _sub(border, "visibility", "0")
    _sub(border, "styleUrl", "#border")
    string = _sub(border, "LineString")
    _sub(string, "tessellate", "1")
    _sub(string, "coordinates", _places(line))
    return text_of(root)


def _tour(document: Element, stops: Sequence[Stop]) -> None:
    tour = _sub(document, "Tour", space=GOOGLE)
    _sub(tour, "name", "Tour: halts at every frame; press play to go on")
    played = _sub(tour, "Playlist", space=GOOGLE)
    for stop in stops:
        fly = _sub(played, "FlyTo", space=GOOGLE)
        _sub(fly, "duration", f"{_FLY_S:g}", space=GOOGLE)
        _sub(fly, "flyToMode", "bounce", space=GOOGLE)
        _look(fly, stop)
        halt = _sub(played, "TourControl", space=GOOGLE)
        _sub(halt, "playMode", "pause", space=GOOGLE)


def _frame(frames: Element, stop: Stop) -> None:
    folder = _sub(frames, "Folder")
    _sub(folder, "name", stop.title)
    _look(folder, stop)
    place = _sub(folder, "Placemark")
    _sub(place, "name", f"Go to {stop.title}")
    _sub(place, "description", stop.text)
    _look(place, stop)
    _sub(place, "styleUrl", "#frame")
    point = _sub(place, "Point")
    _sub(point, "coordinates", _places([(stop.lon, stop.lat)]))
    for square in stop.squares:
        overlay = _sub(folder, "GroundOverlay")
        _sub(overlay, "name", f"Marker {square.name.removeprefix('files/').removesuffix('.png')}")
        _sub(overlay, "drawOrder", "99")
        _sub(_sub(overlay, "Icon"), "href", square.name)
        box(overlay, "LatLonBox", (square.west, square.south, square.east, square.north))
    edge = _sub(folder, "Placemark")
    _sub(edge, "name", "Outline (hidden)")
    _sub(edge, "visibility", "0")
    _sub(edge, "styleUrl", "#frame")
    string = _sub(edge, "LineString")
    _sub(string, "tessellate", "1")
    _sub(string, "coordinates", _places([*stop.outline, stop.outline[0]]))


def _look(parent: Element, stop: Stop) -> None:
    look = _sub(parent, "LookAt")
    for name, text in (
        ("longitude", f"{stop.lon:.8f}"),
        ("latitude", f"{stop.lat:.8f}"),
        ("altitude", "0"),
        ("heading", f"{stop.heading_deg:.3f}"),
        ("tilt", "0"),
        ("range", f"{stop.range_m:.1f}"),
        ("altitudeMode", "relativeToGround"),
    ):
        _sub(look, name, text)


def _places(at: Sequence[tuple[float, float]]) -> str:
    return places(at, decimals=7)


__all__ = ["GOOGLE", "NAMESPACE", "Square", "Stop", "tour_bytes"]
