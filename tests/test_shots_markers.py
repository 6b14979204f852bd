"""Markers in SIMULATED screenshots, seen by a camera that shares no code with vallum."""

import itertools

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


def test_three_markers_are_enough_and_one_is_refused(made, world):
    shot, picture = shoot(world, 1)
    seen = [one for one in markers.find(grey(picture)) if one.number in own(made.frames[1])]
    assert len(seen) == 4
    three = markers.locate(seen[1:], [made], SIZE)
    assert small_globe.off_m(shot, three.placing) < 0.5
    one = markers.locate(seen[3:], [made], SIZE)
    assert one.placing is None
    assert one.why_not == "only 1 corner marker of 4 found"


@pytest.fixture(scope="module")
def tilted(made, world):
    """A picture of frame 1, tilted as people tilt without meaning to, and its own markers."""
    shot, picture = shoot(world, 1, tilt_deg=1.5, tilt_to_deg=60.0)
    return shot, [one for one in markers.find(grey(picture)) if one.number in own(made.frames[1])]


def test_two_markers_place_a_picture_and_say_how_far_it_may_be_off(made, tilted):
    shot, seen = tilted
    whole = markers.locate(seen, [made], SIZE).placing
    for n, two in enumerate(itertools.combinations(seen, 2)):
        found = markers.locate(list(two), [made], SIZE)
        assert found.frame == made.frames[1], n
        assert found.placing.rmse_m > 10 * whole.rmse_m
        assert small_globe.off_m(shot, found.placing) < 4 * found.placing.rmse_m
        assert bool(found.placing.looking_only) == (found.placing.rmse_m > 2.0)
        again = markers.place.fit(found.points, SIZE, model="homography")
        assert small_globe.off_m(shot, again) < 4 * found.placing.rmse_m


def test_two_markers_are_refused_where_a_third_contradicts_them(made, tilted):
    _, seen = tilted
    number = next(
        n for n in range(900, 980) if n not in {m.number for f in made.frames for m in f.markers}
    )
    stray = markers.Seen(number=number, corners=seen[2].corners)
    assert markers.locate([*seen[:2], stray], [made], SIZE).placing is None


def test_two_markers_at_places_that_no_frame_has_are_refused(made, tilted):
    _, seen = tilted
    moved = markers.Seen(number=seen[1].number, corners=seen[1].corners + np.array([60.0, 25.0]))
    assert markers.locate([seen[0], moved], [made], SIZE).placing is None


def test_two_numbers_drawn_by_lot_name_hardly_ever_a_frame(tilted):
    _, seen = tilted
    whole = plan.lay(Frontier.packaged("prk-chn"), Span(900_000, 1_100_000))
    rng = np.random.default_rng(5)
    for _ in range(120):
        drawn = [
            markers.Seen(number=int(first + rng.integers(size)), corners=one.corners)
            for one, first, size in zip(seen[:2], plan.FIRST, plan.MODULI, strict=False)
        ]
        assert markers.locate(drawn, [whole], SIZE).placing is None
    frame = whole.frames[7]
    numbers = [marker.number for marker in frame.markers[:2]]
    like = sum(
        abs((f.heading_deg - frame.heading_deg + 180) % 360 - 180) < 1.5 for f in whole.frames
    )
    assert markers.chance_of(frame, numbers, [whole]) == pytest.approx(like / (250 * 249))


def test_two_markers_are_refused_where_chance_alone_would_name_a_frame(made, tilted, monkeypatch):
    _, seen = tilted
    monkeypatch.setattr(markers, "MOST_CHANCE", 0.0)
    found = markers.locate(seen[:2], [made], SIZE)
    assert (found.placing, "too few among so many frames" in found.why_not) == (None, True)


@pytest.mark.parametrize(("height_m", "is_only"), [(4.0, False), (20.0, True)], ids=["low", "high"])
def test_hills_are_told_from_what_the_markers_show(made, world, height_m, is_only):
    view = small_globe.camera(width=640, height=400)
    shot = small_globe.globe().Shot(world.views[1], view, height_m=height_m)
    found = markers.locate(
        markers.find(grey(shot.picture(world, small_globe.ground()))), [made], (640, 400)
    )
    assert found.placing.rmse_m > 0.2
    assert ("do not lie on flat ground" in found.placing.looking_only) == is_only


def test_a_picture_turned_to_north_still_holds_its_markers(made, world):
    for turn_deg in (30.0, 90.0):
        shot, picture = shoot(world, 2, turn_deg=turn_deg)
        found = markers.locate(markers.find(grey(picture)), [made], SIZE)
        assert small_globe.off_m(shot, found.placing) < 0.3


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
