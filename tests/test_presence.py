"""A known path on other dates: there, not there, or nothing can be said of it."""

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import LineString, Point

import small_border
from vallum import steps
from vallum.change import presence as rooms
from vallum.change import straight
from vallum.ground.kinds import Answer, Change, Held, Kind, Seen
from vallum.ground.records import Candidate, Finding, Fit, Scene, Sighting, Verdict
from vallum.ground.span import Span
from vallum.project import open_project
from vallum.steps.judging import record
from vallum.steps.sighting import _known, _placed

SIZE = 360
GRID = GeoBox((SIZE, SIZE), Affine(0.5, 0, 500_000, 0, -0.5, 5_000_000), "EPSG:32614")
CLEAR = np.ones((SIZE, SIZE), bool)
FENCE = LineString([(500_040, 4_999_920), (500_090, 4_999_915), (500_140, 4_999_905)])
POST = Point(500_090, 4_999_910)


def ground(seed: int = 0, rough: float = 1.0) -> np.ndarray:
    """What stays the same from date to date."""
    rng = np.random.default_rng(seed)
    out = np.full((SIZE, SIZE), 110.0, np.float32)
    for size, amount in ((4, 5), (12, 8), (40, 12)):
        grain = rng.standard_normal((SIZE // size + 3,) * 2).astype(np.float32)
        out += rough * amount * cv2.resize(grain, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return out


def picture(seed: int, *, thing=None, amount: float = 25.0, base=None, width: int = 2):
    """One date (band, y, x): the ground, fresh noise, and perhaps a line or a post."""
    rng = np.random.default_rng(100 + seed)
    out = (ground() if base is None else base).copy()
    if thing is not None:
        x, y = (~GRID.affine) * np.asarray(thing.coords).T
        at = np.rint(np.column_stack((x, y)) - 0.5).astype(np.int32).reshape(-1, 1, 2)
        mask = np.zeros((SIZE, SIZE), np.uint8)
        if isinstance(thing, Point):
            cv2.rectangle(mask, tuple(at[0, 0] - 3), tuple(at[0, 0] + 3), 255, -1)
        else:
            cv2.polylines(mask, [at], False, 255, width)
        out += amount * cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6) / 255
    out = out * 1.03 + rng.normal(0, 2, out.shape)
    return out[None].astype(np.float32)


def example(thing, kind=Kind.FENCE, width_m: float = 1.0, **changes) -> rooms.Example:
    """The thing as accepted on a third date, against a date without it."""
    strips = [
        straight.straighten(one, CLEAR, GRID, thing, width_m)
        for one in (picture(1, thing=thing, **changes), picture(2))
    ]
    made = rooms.example_of(*strips, is_point=isinstance(thing, Point))
    assert made is not None
    return made


def ask(image, thing=FENCE, *, clear=CLEAR, kind=Kind.FENCE, width_m: float = 1.0, made=None):
    """What an image says of the thing."""
    return rooms.presence(image, clear, GRID, thing, kind, width_m, example=made)


# --- arrays -------------------------------------------------------------------------------------


def test_a_fence_is_present_where_it_stands_and_absent_where_it_does_not() -> None:
    made = example(FENCE)
    there, gone = ask(picture(3, thing=FENCE), made=made), ask(picture(4), made=made)
    assert (there.state, gone.state) == (Seen.PRESENT, Seen.ABSENT)
    assert there.snr > 6 > 3 > gone.snr
    assert there.share_seen == gone.share_seen == 1
    assert there.reason == gone.reason == ""


def test_a_line_that_turned_dark_is_the_same_line() -> None:
    told = ask(picture(3, thing=FENCE, amount=-25), made=example(FENCE))
    assert told.state is Seen.PRESENT


@pytest.mark.parametrize("aside_m", [-1.0, 1.0])
def test_a_fence_a_little_aside_of_its_path_is_found(aside_m: float) -> None:
    beside = FENCE.parallel_offset(abs(aside_m), "left" if aside_m < 0 else "right")
    assert ask(picture(3, thing=LineString(beside.coords)), made=example(FENCE)).state is (
        Seen.PRESENT
    )


def test_another_fence_beside_it_is_not_this_one() -> None:
    beside = LineString(FENCE.parallel_offset(12, "left").coords)
    assert ask(picture(3, thing=beside), made=example(FENCE)).state is Seen.ABSENT


def test_a_river_bank_on_both_dates_makes_no_fence() -> None:
    bank = ground()
    row = np.arange(SIZE)[:, None]
    line = np.interp(np.arange(SIZE), [80, 180, 280], [160, 170, 190])
    bank = bank + np.where(row > line, 25, 0).astype(np.float32)
    strips = [
        straight.straighten(one, CLEAR, GRID, FENCE, 1.0)
        for one in (picture(1, thing=FENCE, base=bank), picture(2, base=bank))
    ]
    made = rooms.example_of(*strips)
    assert ask(picture(4, base=bank), made=made).state is not Seen.PRESENT
    assert ask(picture(5, base=bank, thing=FENCE), made=made).state is Seen.PRESENT


def test_under_cloud_nothing_is_said() -> None:
    clear = CLEAR.copy()
    clear[:, : SIZE * 2 // 3] = False
    told = ask(picture(3, thing=FENCE), clear=clear, made=example(FENCE))
    assert told.state is Seen.NOT_OBSERVABLE
    assert told.share_seen < 0.5
    assert "is clear" in told.reason


def test_where_the_ground_is_too_rough_it_is_never_said_to_be_absent() -> None:
    made = example(FENCE, amount=8)
    rough = ground(seed=9, rough=6)
    told = ask(picture(4, base=rough), made=made)
    assert told.state is Seen.NOT_OBSERVABLE
    assert "would not stand out" in told.reason


def test_without_an_accepted_image_absence_cannot_be_told() -> None:
    assert ask(picture(3, thing=FENCE, amount=40)).state is Seen.PRESENT
    told = ask(picture(4))
    assert told.state is Seen.NOT_OBSERVABLE
    assert "no accepted image" in told.reason


def test_pixels_that_are_too_coarse_say_nothing() -> None:
    coarse = GeoBox((SIZE, SIZE), Affine(30, 0, 500_000, 0, -30, 5_000_000), "EPSG:32614")
    line = LineString([(502_000, 4_996_000), (508_000, 4_995_000)])
    told = rooms.presence(picture(3), CLEAR, coarse, line, Kind.FENCE, 0.4)
    assert told.state is Seen.NOT_OBSERVABLE
    assert math.isnan(told.snr)
    assert "too coarse" in told.reason


def test_an_example_of_another_pixel_size_is_refused() -> None:
    made = example(FENCE)
    told = ask(picture(3, thing=FENCE), width_m=3.0, made=made)
    assert told.state is Seen.NOT_OBSERVABLE
    assert "another pixel size" in told.reason


def test_a_post_is_present_where_it_stands_and_absent_where_it_does_not() -> None:
    made = example(POST, Kind.GUARD_POST, 3.5, amount=40)
    there = ask(
        picture(3, thing=POST, amount=40), POST, kind=Kind.GUARD_POST, width_m=3.5, made=made
    )
    gone = ask(picture(4), POST, kind=Kind.GUARD_POST, width_m=3.5, made=made)
    assert (there.state, gone.state) == (Seen.PRESENT, Seen.ABSENT)


def test_a_wide_strip_is_looked_at_with_coarser_samples() -> None:
    wide = straight.straighten(picture(1), CLEAR, GRID, FENCE, 12.0)
    assert wide.step_px == 3
    assert wide.width == pytest.approx(8)
    made = example(FENCE, Kind.CLEARED_STRIP, 12.0, width=24, amount=20)
    told = ask(picture(3, thing=FENCE, width=24, amount=20), kind=Kind.CLEARED_STRIP, width_m=12.0,
               made=made)  # fmt: skip
    assert told.state is Seen.PRESENT


def test_a_long_path_read_in_parts_is_the_same_strip() -> None:
    straight_line = LineString([(500_040, 4_999_910), (500_140, 4_999_910)])
    halves = [LineString([(500_040, 4_999_910), (500_090, 4_999_910)]),
              LineString([(500_090, 4_999_910), (500_140, 4_999_910)])]  # fmt: skip
    image = picture(3, thing=FENCE)
    whole = straight.straighten(image, CLEAR, GRID, straight_line, 1.0)
    parts = straight.joined([straight.straighten(image, CLEAR, GRID, h, 1.0) for h in halves])
    np.testing.assert_allclose(whole.values, parts.values, atol=1e-3)


def test_where_nothing_was_built_it_is_seldom_said_to_be_present() -> None:
    made = example(FENCE, amount=15)
    answers = [ask(picture(10 + n, base=ground(seed=n)), made=made).state for n in range(40)]
    assert answers.count(Seen.PRESENT) <= 4


# --- a project ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory):
    """A border with a fence built in 2022, and images of 2018 and 2023 beside the pair."""
    folder = tmp_path_factory.mktemp("sight")
    small = small_border.make(folder)
    before = small_border._ground(0)
    rng = np.random.default_rng(5)
    small_border.write(small.images / "scene_2018-05-03.tif", small_border._noisy(before, rng))
    later = before.copy()
    small_border._fence(later, small)
    small_border.write(
        small.images / "scene_2023-05-06.tif", small_border._noisy(later * 0.95 + 5, rng)
    )
    project, _ = steps.new(
        folder / "p", frontier=str(small.line), before="2019", after="2022", corridor_m=100
    )
    with project:
        steps.add(project, [small.images])
        steps.cover(project)
        dates = {str(scene.taken)[:4]: scene.id for scene in project.rows(Scene)}
        lon, lat = project.frontier.points_at(np.linspace(205, 795, 12), 25.5)
        drawn = Candidate(
            span=Span(205, 795), off_m=25.5, category=Kind.FENCE, change=Change.NEW, score=1.0,
            length_m=590.0, width_m=1.0, shape=LineString(np.column_stack((lon, lat))),
            before=dates["2019"], after=dates["2022"], origin="analyst",
        )  # fmt: skip
        record(project, [], [drawn], None, [])
    return folder / "p"


def test_every_other_image_is_asked_and_a_second_run_adds_nothing(border) -> None:
    with open_project(border) as project:
        first = steps.sight(project)
        assert (first.facts["things"], first.facts["sightings"]) == (1, 2)
        head = project.store.head()
        again = steps.sight(project)
        assert (again.n_added, project.store.head()) == (0, head)
        days = {s.id: str(s.taken)[:4] for s in project.rows(Scene)}
        told = {days[row.scene]: row for row in project.rows(Sighting)}
    assert told["2018"].state is Seen.ABSENT
    assert told["2023"].state is Seen.PRESENT
    assert told["2023"].snr > 4
    json.dumps(first.to_json())


@pytest.mark.parametrize("mark", ["looking_only", "repeats"])
def test_images_for_looking_and_second_deliveries_are_not_asked(border, mark) -> None:
    with open_project(border) as project:
        steps.sight(project)
        extra = next(s for s in project.rows(Scene) if str(s.taken).startswith("2023"))
        other = next(s for s in project.rows(Scene) if str(s.taken).startswith("2022"))
        value = other.id if mark == "repeats" else "tilted by 30 degrees"
        with project.run("test") as work:
            work.add(replace(extra, **{mark: value}))
        try:
            asked = [
                look.scene for _, _, looks in _placed(project, _known(project)) for look in looks
            ]
            assert asked
            assert extra.id not in asked
            assert steps.sight(project).facts["sightings"] == 1
        finally:
            with project.run("test") as work:
                work.add(extra)


def test_only_what_was_confirmed_is_asked_once_people_have_settled(border) -> None:
    with open_project(border) as project:
        (candidate,) = project.rows(Candidate)
        verdicts = [
            Verdict(about=candidate.id, analyst=name, answer=Answer.YES) for name in ("a", "b")
        ]
        with project.run("review") as work:
            work.add_all(verdicts)
        steps.settle(project)
        held = [f for f in project.rows(Finding) if f.held is Held.CONFIRMED]
        done = steps.sight(project)
        assert done.facts["things"] == len(held) == 1
        assert done.facts["present"] == done.facts["absent"] == 1
        lines = "\n".join(steps.trace(project, candidate.id).lines)
        assert lines.count("Sighting") == 2
        fits = {fit.id: fit for fit in project.rows(Fit)}
        rows = [row for row in project.rows(Sighting) if row.about == candidate.id]
        assert all(not fits[row.fit].blocked_by for row in rows)
