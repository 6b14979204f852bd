"""Markers in SIMULATED screenshots, seen by a camera that shares no code with vallum."""

import cv2
import numpy as np
import pytest

import small_globe
from vallum.frontier import Frontier
from vallum.ground.span import Span
from vallum.imagery.shots import markers, plan
from vallum.report import tour

SIZE = (960, 600)


@pytest.fixture(scope="module")
def made():
    return plan.lay(Frontier.packaged("prk-chn"), Span(1_004_000, 1_008_000))


@pytest.fixture(scope="module")
def world(made):
    stops = [
        tour.Stop(
            title=frame.name, text="", lon=frame.lon, lat=frame.lat, range_m=frame.range_m,
            heading_deg=frame.heading_deg, outline=frame.outline,
            squares=[
                tour.Square(
                    name=f"files/{m.number}.png",
                    **dict(zip(("west", "south", "east", "north"), m.box(rim=markers.RIM), strict=True)),
                    png=markers.picture(m.number),
                )
                for m in frame.markers
            ],
        )
        for frame in made.frames
    ]  # fmt: skip
    return small_globe.globe().opened(tour.tour_bytes("t", "w", stops, [(0, 0), (1, 1)]))


def shoot(world, n, **more):
    shot = small_globe.globe().Shot(world.views[n], small_globe.camera(**more))
    return shot, shot.picture(world, small_globe.ground())


def grey(picture, quality=80):
    packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize(
    "view",
    [{}, {"tilt_deg": 4.0, "tilt_to_deg": 70.0}, {"turn_deg": 137.0}, {"zoom": 1.4}],
    ids=["as asked", "tilted", "turned", "from above"],
)
def test_a_picture_places_itself_to_a_tenth_of_a_metre(made, world, view):
    shot, picture = shoot(world, 1, **view)
    found = markers.locate(markers.find(grey(picture)), [made], SIZE)
    assert not found.why_not
    assert found.frame == made.frames[1]
    assert small_globe.off_m(shot, found.placing) < 0.2
    assert found.placing.tilt_deg == pytest.approx(view.get("tilt_deg", 0.0), abs=0.3)
    assert not found.placing.looking_only


def test_a_strong_tilt_is_for_looking_only_and_says_how_wrong_lengths_would_be(made, world):
    shot, picture = shoot(world, 2, tilt_deg=21.0, tilt_to_deg=0.0, zoom=1.2)
    found = markers.locate(markers.find(grey(picture)), [made], SIZE)
    assert found.placing.looking_only == (
        "tilted 21 degrees; lengths would be wrong by up to 7%. Usable for looking, not for measuring"
    )
    assert small_globe.off_m(shot, found.placing) < 0.5


def test_three_markers_are_enough_and_two_are_refused(made, world):
    shot, picture = shoot(world, 1)
    seen = [one for one in markers.find(grey(picture)) if one.number in own(made.frames[1])]
    assert len(seen) == 4
    three = markers.locate(seen[1:], [made], SIZE)
    assert small_globe.off_m(shot, three.placing) < 0.5
    two = markers.locate(seen[2:], [made], SIZE)
    assert two.placing is None
    assert two.why_not == "only 2 corner markers of 4 found"


def own(frame):
    return {marker.number for marker in frame.markers}


def test_a_marker_read_at_a_wrong_place_is_left_out(made, world):
    shot, picture = shoot(world, 1)
    seen = markers.find(grey(picture))
    wrong = markers.Seen(number=seen[0].number, corners=seen[0].corners + 40)
    found = markers.locate([wrong, *seen[1:]], [made], SIZE)
    assert found.n_markers == len(seen) - 1
    assert small_globe.off_m(shot, found.placing) < 0.5


def test_a_picture_without_markers_says_so(made, world):
    bare = small_globe.globe().World(views=world.views)
    _, picture = shoot(bare, 0)
    found = markers.locate(markers.find(grey(picture)), [made], SIZE)
    assert found.placing is None
    assert found.why_not == "no corner markers found"


def test_markers_of_another_plan_place_nothing(world):
    other = plan.lay(Frontier.packaged("prk-chn"), Span(1_004_000, 1_008_000), width_m=900)
    _, picture = shoot(world, 1)
    found = markers.locate(markers.find(grey(picture)), [other], SIZE)
    assert found.placing is None
    assert found.why_not


def test_a_marker_drawn_over_is_not_half_believed(world):
    _, picture = shoot(world, 1)
    seen = markers.find(grey(picture))
    hidden = picture.copy()
    middle = seen[0].corners.mean(axis=0)
    corner = seen[0].corners[0]
    cv2.circle(
        hidden,
        tuple(np.rint(corner * 0.7 + middle * 0.3).astype(int).tolist()),
        9,
        (90, 120, 90),
        -1,
    )
    left = {one.number: one.corners for one in markers.find(grey(hidden))}
    for one in seen:
        if one.number in left:
            assert np.abs(left[one.number] - one.corners).max() < 1.0
