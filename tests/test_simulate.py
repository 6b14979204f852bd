"""The simulation: truth is exact, pictures follow it, and chance repeats."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import LineString, Point

from vallum.frontier import Frontier
from vallum.ground.errors import NoChainage
from vallum.ground.geodesy import geodesic_length_m
from vallum.ground.kinds import Answer, Change, Held, Kind, Reason
from vallum.ground.records import Candidate, Finding
from vallum.ground.span import Span, Spans
from vallum.review.settle import settle
from vallum.simulate import analysts, barriers, hoeryong, plan, scene
from vallum.simulate.chance import generator
from vallum.simulate.land import Window, coarse_land, colours, ground
from vallum.simulate.season import Season, Sun
from vallum.simulate.truth import Built, Truth, compare

SOUTH = Sun(azimuth_deg=180.0, elevation_deg=45.0)


@pytest.fixture(scope="module")
def frontier() -> Frontier:
    return Frontier.packaged("prk-north")


@pytest.fixture(scope="module")
def stage(frontier: Frontier, tmp_path_factory: pytest.TempPathFactory) -> hoeryong.Stage:
    return hoeryong.stage(frontier, tmp_path_factory.mktemp("stage"), gsd_m=2.0)


@pytest.fixture(scope="module")
def truth(stage: hoeryong.Stage) -> Truth:
    return stage.truth


def claims(
    truth: Truth, *, east_m: float = 0.0, changes: set[Change] | None = None
) -> list[Candidate]:
    """The truth itself, as candidates, moved east."""
    there = Transformer.from_crs(4326, plan.EPSG, always_xy=True)

    def moved(xy: np.ndarray) -> np.ndarray:
        x, y = there.transform(*xy.T)
        return np.column_stack(there.transform(x + east_m, y, direction="INVERSE"))

    return [
        Candidate(
            span=item.span,
            off_m=80.0,
            category=item.category,
            change=item.change,
            score=5.0,
            length_m=item.length_m,
            width_m=item.width_m,
            before="scene-b",
            after="scene-a",
            shape=shapely.transform(item.shape, moved),
        )
        for item in truth.items
        if item.change in (changes or set(Change))
    ]


# pictures ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_picture_and_another_seed_another_place() -> None:
    first, again = (scene.background((120, 160), 7) for _ in range(2))
    assert first.shape == (3, 120, 160)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - scene.background((120, 160), 8)).mean() > 5


def test_another_season_recolours_the_same_place() -> None:
    winter = scene.background((200, 200), 3, 0.5, "winter").astype(float)
    summer = scene.background((200, 200), 3, 0.5, Season.SUMMER).astype(float)
    assert (summer[1] - summer[0]).mean() > (winter[1] - winter[0]).mean() + 10


def test_blocks_of_one_land_fit_without_a_seam() -> None:
    land = coarse_land((400, 400), 5, 0.5)
    whole = Window(column=0, row=0, width=400, height=400)
    part = Window(column=130, row=90, width=200, height=220)
    picture = colours(ground(land, whole), Season.SPRING, SOUTH)
    piece = colours(ground(land, part), Season.SPRING, SOUTH)
    inner = np.abs(picture[:, 90:310, 130:330] - piece)[:, 30:-30, 30:-30]
    assert inner.max() < 0.5


def test_second_date_moves_the_content_by_the_stated_shift() -> None:
    before = scene.background((300, 300), 11)
    after = scene.second_date(before, 2, shift_px=(2.3, -1.6), wobble_px=0.0, patches=0.0)
    window = np.outer(np.hanning(260), np.hanning(260))
    (dx, dy), _ = cv2.phaseCorrelate(
        before[1, 20:280, 20:280].astype(float), after[1, 20:280, 20:280].astype(float), window
    )
    assert (dx, dy) == pytest.approx((2.3, -1.6), abs=0.15)


@pytest.mark.parametrize(("bands", "dtype"), [(1, np.uint8), (4, np.uint16), (8, np.uint16)])
def test_second_date_keeps_bands_and_type(bands: int, dtype: type) -> None:
    image = generator("image").integers(200, 250, (bands, 40, 50)).astype(dtype)
    after = scene.second_date(image, 1, jpeg_quality=80)
    assert after.shape == image.shape
    assert after.dtype == dtype
    assert not np.array_equal(after, image)


def test_jpeg_loses_a_little() -> None:
    image = scene.background((64, 64), 1)
    after = scene.second_date(image, 1, jpeg_quality=40)
    assert not np.array_equal(after, scene.second_date(image, 1))
    assert after.shape == image.shape


# barriers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_shows_where_it_stands_and_nowhere_else(kind: Kind) -> None:
    plain = np.full((3, 120, 120), 110, np.uint8)
    shape = LineString([(10, 60), (110, 60)]) if kind.is_line else Point(60, 60)
    painted = barriers.paint(plain, shape, kind, None, SOUTH, generator(kind))
    change = np.abs(painted.astype(int) - plain).max(axis=0)
    assert change[48:72, 40:80].max() > 8
    assert change[:30].max() == 0
    assert change[90:].max() == 0


@pytest.mark.parametrize(
    ("azimuth_deg", "dark"), [(180.0, "above"), (0.0, "below"), (90.0, "left"), (270.0, "right")]
)
def test_a_shadow_falls_away_from_the_sun(azimuth_deg: float, dark: str) -> None:
    plain = np.full((3, 100, 100), 120, np.uint8)
    look = replace(barriers.LOOKS[Kind.WATCHTOWER], strip_m=0.0)
    sun = Sun(azimuth_deg=azimuth_deg, elevation_deg=45.0)
    painted = barriers.paint(plain, Point(50, 50), Kind.WATCHTOWER, look, sun, generator(1))
    y, x = np.nonzero(painted[0] < 80)
    side = {
        "above": 50 - y.mean(),
        "below": y.mean() - 50,
        "left": 50 - x.mean(),
        "right": x.mean() - 50,
    }
    assert side[dark] == max(side.values())
    assert side[dark] > 5


def test_a_fence_is_faint_in_one_pixel_and_clear_along_its_line() -> None:
    rows = [
        barriers.paint(
            scene.background((100, 400), seed),
            LineString([(0, 50), (400, 50)]),
            Kind.FENCE,
            None,
            SOUTH,
            generator(seed),
        )[1].astype(float)
        - scene.background((100, 400), seed)[1]
        for seed in (1, 2, 3)
    ]
    profile = np.mean(rows, axis=(0, 2))
    assert 3 < np.abs(profile).max() < 30
    assert np.abs(np.delete(profile, range(40, 60))).max() == 0


def test_painting_repeats_with_the_same_chance() -> None:
    plain = np.full((1, 60, 60), 4000, np.uint16)
    line = LineString([(5, 5), (55, 50)])
    first, again = (
        barriers.paint(plain, line, Kind.WALL, None, SOUTH, generator(4)) for _ in range(2)
    )
    assert first.dtype == np.uint16
    assert np.array_equal(first, again)
    assert not np.array_equal(first, plain)


# the stage -----------------------------------------------------------------------------------


def test_the_truth_has_the_published_amounts(truth: Truth) -> None:
    assert truth.span.length_m == 7400
    assert truth.length_m(Kind.FENCE, Change.NEW) == pytest.approx(9200, abs=1)
    assert truth.length_m(Kind.FENCE, Change.UPGRADED) == pytest.approx(9500, abs=1)
    assert truth.count(Kind.GUARD_POST, Change.NEW) == 169
    assert truth.count(Kind.WATCHTOWER, Change.UNCHANGED) == 5
    assert 150 <= truth.length_m(Kind.FENCE, Change.REMOVED) <= 300
    assert truth.count(Kind.FENCE, Change.REMOVED) == 1
    assert truth.length_m(Kind.PATROL_ROAD, Change.UPGRADED) > 2000


def test_lengths_in_the_truth_are_those_of_its_shapes(truth: Truth) -> None:
    for item in truth.items:
        expected = geodesic_length_m(item.shape) if item.category.is_line else 0.0
        assert item.length_m == pytest.approx(expected, abs=0.01)


def test_posts_stand_apart_on_the_right_bank(truth: Truth, frontier: Frontier) -> None:
    posts = [item.shape for item in truth.items if item.category is Kind.GUARD_POST]
    _, off_m = frontier.locate_many([p.x for p in posts], [p.y for p in posts])
    assert off_m.min() > 40
    there = Transformer.from_crs(4326, plan.EPSG, always_xy=True)
    x, y = there.transform([p.x for p in posts], [p.y for p in posts])
    steps = np.hypot(np.diff(x), np.diff(y))
    assert 35 < np.median(steps) < 55
    assert steps.min() > 20


def test_cloud_and_gap_are_said_and_lie_apart(truth: Truth) -> None:
    assert 300 <= truth.cloud.length_m <= 550
    assert 300 <= truth.gap.length_m <= 400
    assert not truth.cloud & truth.gap
    assert truth.visible.length_m == 7400 - truth.cloud.length_m - truth.gap.length_m


def test_every_file_says_that_it_is_simulated_and_when(stage: hoeryong.Stage) -> None:
    for path in (*stage.before, *stage.after):
        with rasterio.open(path) as file:
            assert path.name.startswith("simulated-")
            assert file.tags()["SIMULATED"] == "YES"
            assert file.tags()["ACQUISITIONDATETIME"][:10] in path.name
            assert (file.count, file.dtypes[0], file.nodata) == (3, "uint8", 0)
            assert file.crs.to_epsg() == 32652
            assert file.profile["tiled"]
    assert [path.name[10:14] for path in (*stage.before, *stage.after)] == ["2019"] * 2 + [
        "2022"
    ] * 2


def at(file: rasterio.DatasetReader, frontier: Frontier, at_m: float, off_m: float) -> np.ndarray:
    lon, lat = frontier.points_at([at_m], off_m)
    x, y = Transformer.from_crs(4326, plan.EPSG, always_xy=True).transform(lon[0], lat[0])
    return next(iter(file.sample([(x, y)])))


def test_every_metre_has_a_picture_before_and_the_gap_none_after(
    stage: hoeryong.Stage, frontier: Frontier
) -> None:
    seen = {True: Spans(), False: Spans()}
    for paths, is_after in ((stage.before, False), (stage.after, True)):
        for path in paths:
            with rasterio.open(path) as file:
                for start in range(stage.span.start_m, stage.span.end_m, 50):
                    if all(at(file, frontier, start + 25, off).all() for off in (-380, 5, 380)):
                        seen[is_after] |= Span(start, start + 50)
    assert seen[False] == Spans((stage.span,))
    assert seen[True] == Spans((stage.span,)) - stage.truth.gap


def test_the_cloud_is_white_where_the_truth_says(stage: hoeryong.Stage, frontier: Frontier) -> None:
    middle = stage.truth.cloud.hull
    assert middle is not None
    with rasterio.open(stage.after[0]) as file:
        under = [at(file, frontier, middle.middle_m, off).min() for off in range(-100, 101, 20)]
        clear = [
            at(file, frontier, stage.span.start_m + 900, off).min() for off in range(50, 251, 20)
        ]
    assert np.mean(under) > 190 > 150 > np.mean(clear)


def test_the_pictures_are_misregistered_as_the_truth_says(
    stage: hoeryong.Stage, frontier: Frontier
) -> None:
    lon, lat = frontier.points_at([stage.span.start_m + 1000], 0.0)
    x, y = Transformer.from_crs(4326, plan.EPSG, always_xy=True).transform(lon[0], lat[0])
    cuts, places = [], []
    for path in (stage.before[0], stage.after[0]):
        with rasterio.open(path) as file:
            column, row = (~file.transform) * (x, y)
            left, upper = round(column) - 150, round(row) - 150
            places.append(file.transform * (left, upper))
            window = rasterio.windows.Window(left, upper, 300, 300)
            cuts.append(cv2.GaussianBlur(file.read(1, window=window).astype(float), (0, 0), 1.0))
    # edges alone, because the fields change their colour
    edges = [
        cv2.magnitude(cv2.Sobel(c, cv2.CV_64F, 1, 0), cv2.Sobel(c, cv2.CV_64F, 0, 1)) for c in cuts
    ]
    (dx, dy), _ = cv2.phaseCorrelate(*edges, np.outer(np.hanning(300), np.hanning(300)))
    moved = (2 * dx + places[1][0] - places[0][0], -2 * dy + places[1][1] - places[0][1])
    before, after = (
        next(t for t in stage.truth.scenes if t.name == path.name)
        for path in (stage.before[0], stage.after[0])
    )
    assert moved == pytest.approx((after.dx_m - before.dx_m, after.dy_m - before.dy_m), abs=1.6)
    assert math.hypot(*moved) > 1.5


def test_the_truth_survives_its_file(stage: hoeryong.Stage) -> None:
    again = Truth.read(stage.truth_path)
    assert again.span == stage.truth.span
    assert (again.cloud, again.gap) == (stage.truth.cloud, stage.truth.gap)
    assert again.scenes == stage.truth.scenes
    assert len(again.items) == len(stage.truth.items)
    for read, made in zip(again.items, stage.truth.items, strict=True):
        assert replace(read, shape=made.shape) == made
        assert shapely.equals_exact(read.shape, made.shape, tolerance=1e-7)
    assert Truth.from_json(again.to_json()) == again


def test_a_stage_repeats_byte_for_byte(
    stage: hoeryong.Stage, frontier: Frontier, tmp_path: Path
) -> None:
    shares: list[float] = []
    again = hoeryong.stage(
        frontier, tmp_path, gsd_m=2.0, progress=lambda _word, share: shares.append(share)
    )
    for one, other in zip(
        (*stage.before, *stage.after, stage.truth_path),
        (*again.before, *again.after, again.truth_path),
        strict=True,
    ):
        assert one.read_bytes() == other.read_bytes()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("seed", range(2, 10))
def test_every_seed_finds_room_for_all_that_is_built(frontier: Frontier, seed: int) -> None:
    site = plan.Site(frontier=frontier, span=hoeryong.stretch_of(frontier), seed=seed)
    works = plan.works(site)
    assert sum(work.category is Kind.GUARD_POST for work in works) == 169
    for work in works:
        if work.change is not None:
            assert work.shape.is_valid
            assert not work.shape.is_empty
    lines = [
        w.shape
        for w in works
        if w.change in {Change.NEW, Change.UPGRADED} and w.category is Kind.FENCE
    ]
    lon, lat = shapely.get_coordinates([plan.to_degrees(line) for line in lines]).T
    _, off_m = frontier.locate_many(lon, lat)
    assert off_m.min() > 35
    assert off_m.max() < 380


def test_another_border_is_no_stage(tmp_path: Path) -> None:
    elsewhere = Frontier(name="elsewhere", line=LineString([(20, 50), (21, 50)]))
    with pytest.raises(NoChainage):
        hoeryong.stage(elsewhere, tmp_path)


# comparing -----------------------------------------------------------------------------------


def test_the_truth_agrees_with_itself(truth: Truth, frontier: Frontier) -> None:
    score = compare(claims(truth), truth, frontier, seen=truth.visible)
    everywhere = score.whole_lines["all"]
    assert everywhere.completeness == everywhere.correctness == everywhere.kinds_right == 1.0
    assert everywhere.quality == 1.0
    assert score.whole_lines["new"].true_m == pytest.approx(9200, abs=1)
    assert score.whole_lines["upgraded"].true_m > 9500
    assert score.whole_posts["new"].n_found == 169
    assert score.whole_posts["unchanged"].n_true == 5
    assert score.seen_m == truth.visible.length_m


def test_what_is_not_seen_is_left_out_on_both_sides(truth: Truth, frontier: Frontier) -> None:
    score = compare(claims(truth), truth, frontier, seen=truth.visible)
    assert score.lines["new"].true_m < score.whole_lines["new"].true_m - 500
    assert score.lines["new"].completeness == 1.0
    nothing = compare(claims(truth), truth, frontier, seen=Spans())
    assert nothing.lines["all"].true_m == 0
    assert math.isnan(nothing.lines["all"].completeness)


@pytest.mark.parametrize(("east_m", "found"), [(2.0, True), (9.0, False)])
def test_a_claim_counts_within_the_buffer(
    truth: Truth, frontier: Frontier, east_m: float, found: bool
) -> None:
    moved = compare(claims(truth, east_m=east_m), truth, frontier, seen=truth.visible)
    assert (moved.posts["new"].n_found > 0) == found
    assert (moved.posts["new"].n_false == 0) == found
    assert (moved.lines["new"].completeness > 0.95) == found


def test_two_claims_of_one_post_are_one_found_and_one_false(
    truth: Truth, frontier: Frontier
) -> None:
    twice = claims(truth) + claims(truth, east_m=1.0)
    posts = compare(twice, truth, frontier, seen=truth.visible).whole_posts["new"]
    assert (posts.n_found, posts.n_false, posts.n_missed) == (169, 169, 0)


def test_a_wrong_class_and_a_wrong_change_are_seen(truth: Truth, frontier: Frontier) -> None:
    walls = [
        replace(one, category=Kind.WALL) if one.category is Kind.FENCE else one
        for one in claims(truth, changes={Change.NEW})
    ]
    score = compare(walls, truth, frontier, seen=truth.visible)
    assert score.lines["new"].correctness == 1.0
    assert score.lines["new"].kinds_right == 0.0
    removed = [replace(one, change=Change.REMOVED) for one in claims(truth, changes={Change.NEW})]
    score = compare(removed, truth, frontier, seen=truth.visible)
    assert score.lines["removed"].correctness == 0.0
    assert score.lines["all"].correctness == 1.0


def test_only_held_findings_count(truth: Truth, frontier: Frontier) -> None:
    def finding(held: Held, one: Candidate) -> Finding:
        return Finding(
            about=one.id,
            held=held,
            category=one.category,
            change=one.change,
            span=one.span,
            off_m=one.off_m,
            shape=one.shape,
            length_m=one.length_m,
            agreement="test",
        )

    mine = claims(truth, changes={Change.NEW})
    for held, completeness in ((Held.CONFIRMED, 1.0), (Held.REJECTED, 0.0), (Held.DISPUTED, 0.0)):
        score = compare([finding(held, one) for one in mine], truth, frontier, seen=truth.visible)
        assert score.lines["new"].completeness == completeness


def test_no_claims_is_a_score_too(truth: Truth, frontier: Frontier) -> None:
    score = compare([], truth, frontier, seen=truth.visible)
    assert score.lines["all"].completeness == 0.0
    assert math.isnan(score.lines["all"].correctness)
    assert score.posts["new"].n_found == 0


@given(share=st.floats(0.05, 0.95))
@settings(max_examples=15, deadline=None)
def test_completeness_is_the_share_that_is_claimed(share: float) -> None:
    frontier = Frontier(name="flat", line=LineString([(129.0, 42.0), (129.2, 42.0)]))
    fence = frontier.line_of(Span(1000, 3000))
    truth = Truth(
        span=Span(0, 5000),
        items=(
            Built(
                category=Kind.FENCE,
                change=Change.NEW,
                shape=fence,
                span=Span(1000, 3000),
                length_m=geodesic_length_m(fence),
                width_m=1.0,
            ),
        ),
    )
    part = frontier.line_of(Span(1000, 1000 + round(2000 * share)))
    claim = Candidate(
        span=Span(1000, 3000),
        off_m=0.0,
        category=Kind.FENCE,
        change=Change.NEW,
        score=1.0,
        shape=part,
        before="b",
        after="a",
    )
    score = compare([claim], truth, frontier, seen=Spans((Span(0, 5000),))).lines["new"]
    assert score.completeness == pytest.approx(share, abs=0.006)
    assert score.correctness == 1.0


# analysts ------------------------------------------------------------------------------------


def test_faultless_analysts_say_what_is_true(truth: Truth, frontier: Frontier) -> None:
    seen = [one for one in claims(truth) if not (truth.cloud & one.span)]
    wrong = claims(truth, east_m=14.0, changes={Change.REMOVED})
    verdicts = analysts.answer(
        seen + wrong,
        truth,
        frontier,
        miss_rate=0,
        false_accept_rate=0,
        cannot_tell_rate=0,
        class_error_rate=0,
        change_error_rate=0,
    )
    said = {(v.about, v.analyst): v for v in verdicts}
    assert {v.analyst for v in verdicts} == {"analyst-a", "analyst-b"}
    assert all(v.is_simulated and v.at is None and v.seconds > 0 for v in verdicts)
    for one in seen:
        assert said[one.id, "analyst-a"].answer is Answer.YES
        assert said[one.id, "analyst-a"].category is one.category
        assert said[one.id, "analyst-a"].change is None
    for one in wrong:
        assert said[one.id, "analyst-b"].answer is Answer.NO
        assert said[one.id, "analyst-b"].reason is not Reason.NONE


def test_what_stood_before_is_no_change(truth: Truth, frontier: Frontier) -> None:
    towers = [replace(one, change=Change.NEW) for one in claims(truth, changes={Change.UNCHANGED})]
    verdicts = analysts.answer(
        towers, truth, frontier, miss_rate=0, false_accept_rate=0, cannot_tell_rate=0
    )
    hidden = {one.id for one in towers if truth.cloud & one.span}
    assert {v.reason for v in verdicts if v.about not in hidden} == {Reason.EXISTED_BEFORE}


def test_analysts_say_what_happened_to_an_upgraded_fence_that_the_machine_calls_new(
    truth: Truth, frontier: Frontier
) -> None:
    upgraded = [
        one for one in claims(truth, changes={Change.UPGRADED}) if not truth.cloud & one.span
    ]
    called_new = [replace(one, change=Change.NEW) for one in upgraded]
    verdicts = analysts.answer(called_new, truth, frontier, miss_rate=0, cannot_tell_rate=0,
                               change_error_rate=0)  # fmt: skip
    assert {(v.answer, v.change) for v in verdicts} == {(Answer.YES, Change.UPGRADED)}
    findings = settle(called_new, verdicts, {}, frontier)
    assert len(findings) == len(upgraded) > 0
    assert {(one.held, one.change) for one in findings} == {(Held.CONFIRMED, Change.UPGRADED)}
    score = compare(findings, truth, frontier, seen=truth.visible)
    assert score.lines["upgraded"].correctness > 0.99
    assert score.lines["new"].claimed_m == 0


def test_analysts_mistake_what_happened_at_the_stated_rate_and_nothing_else_with_it(
    truth: Truth, frontier: Frontier
) -> None:
    posts = [
        one
        for one in claims(truth, changes={Change.NEW})
        if one.category is Kind.GUARD_POST and not truth.cloud & one.span
    ]
    asked = [replace(one, before=f"scene-{n}") for n in range(8) for one in posts]
    two = ("analyst-a", "analyst-b")
    never = analysts.answer(asked, truth, frontier, names=two, change_error_rate=0)
    often = analysts.answer(asked, truth, frontier, names=two, change_error_rate=0.2)
    assert [replace(one, change=None) for one in often] == never
    yes = [one for one in often if one.answer is Answer.YES]
    wrong = [one.change for one in yes if one.change is not None]
    assert len(wrong) / len(yes) == pytest.approx(0.2, abs=0.03)
    assert set(wrong) == {Change.UPGRADED, Change.REMOVED, Change.UNCHANGED}
    third = analysts.answer(asked, truth, frontier, change_error_rate=0.2, class_error_rate=0)
    called = {one.about for one in third if one.analyst == "analyst-c"}
    said: dict[str, set[Change | None]] = {}
    for one in often:
        said.setdefault(one.about, set()).add(one.change)
    differ = {about for about, changes in said.items() if len(changes) > 1}
    assert differ
    assert differ <= called


def test_nobody_can_tell_under_the_cloud(truth: Truth, frontier: Frontier) -> None:
    inside = [
        one
        for one in claims(truth, changes={Change.NEW})
        if (truth.cloud & one.span).length_m == one.span.length_m
    ]
    assert inside
    verdicts = analysts.answer(inside, truth, frontier)
    assert {(v.answer, v.reason) for v in verdicts} == {(Answer.CANNOT_TELL, Reason.CLOUD)}


def test_analysts_err_at_the_stated_rates_and_the_third_only_decides(
    truth: Truth, frontier: Frontier
) -> None:
    posts = [
        one
        for one in claims(truth, changes={Change.NEW})
        if one.category is Kind.GUARD_POST and not truth.cloud & one.span
    ]
    right = [replace(one, score=float(n), before=f"scene-{n}") for n in range(6) for one in posts]
    false = [
        replace(one, shape=shapely.transform(one.shape, lambda xy: xy + 0.002)) for one in right
    ]
    verdicts = analysts.answer(right + false, truth, frontier, seed=3)
    by = {name: {v.about: v for v in verdicts if v.analyst == name} for name in analysts.NAMES}
    first = [by["analyst-a"][one.id].answer for one in right]
    assert first.count(Answer.NO) / len(first) == pytest.approx(0.05, abs=0.02)
    assert first.count(Answer.CANNOT_TELL) / len(first) == pytest.approx(0.04, abs=0.02)
    said_false = [by["analyst-b"][one.id].answer for one in false]
    assert said_false.count(Answer.YES) / len(false) == pytest.approx(0.03, abs=0.015)
    differ = {
        one.id
        for one in right + false
        if len(
            {
                (by[name][one.id].answer, by[name][one.id].category, by[name][one.id].change)
                for name in analysts.NAMES[:2]
            }
        )
        > 1
    }
    assert set(by["analyst-c"]) == differ
    # independent: both miss the same one no oftener than the product of the rates allows
    both = sum(
        by["analyst-a"][one.id].answer is by["analyst-b"][one.id].answer is Answer.NO
        for one in right
    )
    assert both / len(right) < 0.01


def test_the_order_of_candidates_changes_no_answer(truth: Truth, frontier: Frontier) -> None:
    asked = claims(truth)
    forth = analysts.answer(asked, truth, frontier, seed=9)
    back = analysts.answer(asked[::-1], truth, frontier, seed=9)
    alone = analysts.answer(asked[40:41], truth, frontier, seed=9)
    assert sorted(forth, key=lambda v: v.id) == sorted(back, key=lambda v: v.id)
    assert all(one in forth for one in alone)
    assert forth != analysts.answer(asked, truth, frontier, seed=10)


def test_analysts_draw_the_stock_and_some_of_what_was_missed(
    truth: Truth, frontier: Frontier
) -> None:
    drawn = analysts.additions(
        truth, frontier, [], pairs=[(truth.visible, "b", "a")], missed_share_drawn=0.5
    )
    assert all(one.origin == "analyst" and (one.before, one.after) == ("b", "a") for one in drawn)
    towers = [one for one in drawn if one.category is Kind.WATCHTOWER]
    seen_towers = [
        i for i in truth.items if i.category is Kind.WATCHTOWER and i.span.start_m in truth.visible
    ]
    assert len(towers) == len(seen_towers)
    assert {one.change for one in towers} == {Change.UNCHANGED}
    posts = sum(one.category is Kind.GUARD_POST for one in drawn)
    assert 0.35 < posts / 149 < 0.65
    verdicts = analysts.answer(drawn, truth, frontier, miss_rate=0, cannot_tell_rate=0)
    assert {v.answer for v in verdicts} == {Answer.YES}
    score = compare(drawn, truth, frontier, seen=truth.visible)
    assert score.lines["all"].correctness > 0.99
    assert score.whole_lines["all"].claimed_m < score.lines["all"].claimed_m + 50


def test_analysts_draw_nothing_that_the_machine_shows(truth: Truth, frontier: Frontier) -> None:
    drawn = analysts.additions(truth, frontier, claims(truth), missed_share_drawn=1.0)
    assert {one.change for one in drawn} == {Change.UNCHANGED}
    assert {(one.before, one.after) for one in drawn} == {("scene-b", "scene-a")}
    assert drawn == analysts.additions(truth, frontier, claims(truth), missed_share_drawn=1.0)
