"""Tracks drawn and measured together are what they are one by one."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.spatial import cKDTree

from vallum.change import candidates, fuse, judge, lines, polylines, profile
from vallum.change.detect import judged_lines
from vallum.change.found import Settings
from vallum.change.gather import gather
from vallum.simulate.scene import background, second_date


@pytest.fixture(scope="module")
def seen():
    before = background((320, 448), 31)
    after = second_date(before, 5, shift_px=(0.3, 0.2))
    rng = np.random.default_rng(8)
    for _ in range(14):
        x, y, to_x, to_y = rng.integers(20, (428, 300, 428, 300))
        colour = int(rng.integers(20, 240))
        for band in after:
            cv2.line(band, (int(x), int(y)), (int(to_x), int(to_y)), colour, 2)
    clear = np.ones(before.shape[1:], bool)
    return gather(before, after, clear, 0.5, Settings())


def test_directions_are_known_wherever_a_line_may_run(seen):
    for layer in seen.layers:
        strong = layer.decades > lines.FLOOR
        assert layer.direction[strong].any()
        assert (lines.FLOOR - fuse._LEAST_SEEN) > 0.1


def test_lines_measured_together_are_what_they_are_one_by_one(seen):
    layer = seen.layers[0]
    tracks = lines.trace(layer, bridge_px=20, shortest_px=20)
    assert len(tracks) > 3
    for track in tracks:
        course = (track.points - (layer.step - 1) / 2) / layer.step
        for name in ("decades", "learned", "classical"):
            alone = lines.along(getattr(layer, name), course)
            assert getattr(track, name) == pytest.approx(alone, abs=1e-4)


def test_lines_that_score_too_little_are_left_out_and_the_others_stay_as_they_are(seen):
    everything = lines.trace(seen.layers[0], bridge_px=20, shortest_px=20)
    least = everything.one(len(everything) // 2).score
    some = lines.trace(seen.layers[0], bridge_px=20, shortest_px=20, least_score=least)
    wanted = [track for track in everything if track.score >= least]
    assert len(some) == len(wanted)
    for one, other in zip(some, wanted, strict=True):
        assert np.array_equal(one.points, other.points)
        assert np.array_equal(one.learned, other.learned)
        assert one.score == other.score


def test_no_track_is_given_up_that_would_have_scored_enough(seen):
    for layer in seen.layers:
        tracks = lines.trace(layer, bridge_px=20, shortest_px=20)
        scores = [judge.score_of(judge.measures(track, 0.5)) for track in tracks]
        for least in sorted(scores):
            kept = judge.hopeful(tracks, 0.5, least)
            wanted = [track for track, score in zip(tracks, scores, strict=True) if score >= least]
            assert [track.score for track in kept] == [track.score for track in wanted]
            assert judge.hopeful(tracks, 0.5, max(scores) + 1e-6) == []


def test_what_the_other_date_shows_never_raises_a_score_over_its_bound(seen):
    track = lines.trace(seen.layers[0], bridge_px=20, shortest_px=20).one(0)
    known = judge.measures(track, 0.5)
    one = profile.measure(track, *seen.bright, 1.0, 1.0)[1]
    scores = [
        judge.score_of(
            judge.with_profile(known, replace(one, steadiness_then=steadiness, step_then=step))
        )
        for steadiness in (0.0, 0.5, 1.0)
        for step in (0.0, 2.0, 9.0)
    ]
    assert max(scores) == judge.best_of(known)
    assert min(scores) < judge.best_of(known)


def test_tracks_that_cannot_reach_the_threshold_are_not_measured_and_are_not_missed(
    monkeypatch, seen
):
    everything = judged_lines(seen, 0.5, Settings(line_threshold=-99.0))
    measured = []
    measure = profile.measure

    def counted(track, *rest):
        measured.append(track)
        return measure(track, *rest)

    monkeypatch.setattr(profile, "measure", counted)
    least = float(np.median([one.score for one in everything]))
    some = judged_lines(seen, 0.5, Settings(line_threshold=least))
    wanted = [one for one in everything if one.score >= least]
    assert [one.score for one in some] == [one.score for one in wanted]
    assert len(some) <= len(measured) < len(everything)


# -- polylines, plainly -----------------------------------------------------------------------


def plain_neighbours(crest):
    """Return the pairs of crest pixels within 4.3 px, the earlier of each first."""
    places = np.column_stack((crest.xs, crest.ys))
    pairs = cKDTree(places).query_pairs(4.3, output_type="ndarray")
    return {(int(a), int(b)) for a, b in np.sort(pairs, axis=1)}


def test_neighbours_of_the_crest_are_all_pixels_within_a_step_of_it(seen):
    crest = lines._crest(seen.layers[0])
    near = lines._near(crest)
    pairs = list(zip(near.one.tolist(), near.other.tolist(), strict=True))
    assert pairs == sorted(plain_neighbours(crest))
    for one, other, way in zip(near.one, near.other, near.way, strict=True):
        dx, dy = lines._ways()[way]
        assert (crest.xs[other] - crest.xs[one], crest.ys[other] - crest.ys[one]) == (dx, dy)


def test_the_crest_is_no_weaker_than_what_lies_across_it(seen):
    layer = seen.layers[0]
    crest = lines._crest(layer)
    tops = set(zip(crest.ys.tolist(), crest.xs.tolist(), strict=True))
    assert len(tops) > 100
    for y, x in zip(*np.nonzero(layer.decades > lines.FLOOR), strict=True):
        angle = layer.direction[y, x] * np.pi / 16
        here = layer.decades[y, x]
        is_top = True
        for reach in (-2, -1, 1, 2):
            dx, dy = round(-reach * np.sin(angle)), round(reach * np.cos(angle))
            beside = layer.decades[y + dy, x + dx]
            is_top &= bool(here > beside if reach < 0 else here >= beside)
        assert is_top == ((int(y), int(x)) in tops)


def plainly_cut(line):
    """Return the parts of one line between jumps and sharp turns."""
    leap = np.diff(line, axis=0)
    heading = np.arctan2(leap[:, 1], leap[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    cut = np.zeros(len(line), bool)
    cut[1:-1] = turn > np.radians(75)
    cut[1:] |= np.hypot(*leap.T) > 16
    return [part for part in np.split(line, np.flatnonzero(cut)) if len(part) > 1]


def test_lines_are_cut_together_as_they_are_one_by_one():
    rng = np.random.default_rng(4)
    parts = [rng.uniform(1, 9, (n, 2)).cumsum(axis=0) for n in (1, 2, 3, 40, 1, 60, 9, 2)]
    for part in parts:  # some jump, some turn back
        part[9::10] += rng.uniform(-25, 25, part[9::10].shape)
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    together = lines._unfolded(np.concatenate(parts), owner)
    alone = [piece for part in parts if len(part) > 1 for piece in plainly_cut(part)]
    assert len(together) == len(alone) > len(parts)
    for number, piece in enumerate(alone):
        assert np.array_equal(together.one(number), piece)


def several():
    rng = np.random.default_rng(2)
    parts = [rng.uniform(0, 60, (n, 2)) for n in (2, 7, 3, 40, 2)]
    first = np.cumsum([0] + [len(part) for part in parts])
    return polylines.Lines(points=np.concatenate(parts), first=first), parts


def test_many_polylines_are_measured_as_one_by_one():
    together, parts = several()
    assert together.lengths() == pytest.approx(
        [float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in parts], rel=1e-14
    )
    by_pixel = together.by_pixel()
    for number, part in enumerate(parts):
        assert by_pixel.one(number) == pytest.approx(lines.resampled(part, 1.0), abs=1e-9)
    some = together.some(np.array([3, 0]))
    assert len(some) == 2
    assert np.array_equal(some.one(0), parts[3])
    assert np.array_equal(some.one(1), parts[0])


def test_joined_ends_make_one_line_whichever_way_the_parts_run():
    together, parts = several()
    # The tail of 0 meets the tail of 1, the head of 1 that of 4; 2 and 3 stay alone.
    mate = [-1] * 10
    for one, two in ((1, 3), (2, 8)):
        mate[one], mate[two] = two, one
    chains = lines._chains(together, mate)
    assert len(chains) == 3
    assert np.array_equal(chains.one(0), np.concatenate((parts[0], parts[1][::-1], parts[4])))
    assert np.array_equal(chains.one(1), parts[2])
    assert np.array_equal(chains.one(2), parts[3])


def test_ends_are_joined_once_each_and_never_to_a_ring():
    pairs = [[1, 2], [1, 4], [3, 4], [5, 0], [5, 6]]
    mate = lines._mates(pairs, 4)
    assert [mate[end] for end in (1, 2, 3, 4, 5, 6)] == [2, 1, 4, 3, 6, 5]
    assert mate[0] == mate[7] == -1


def test_where_there_is_no_evidence_there_are_no_tracks(seen):
    layer = seen.layers[0]
    weak = np.where(np.random.default_rng(0).random(layer.decades.shape) > 0.999, 1.5, 0)
    for decades in (np.zeros_like(layer.decades), weak.astype(np.float32)):
        found = lines.trace(replace(layer, decades=decades), bridge_px=20, shortest_px=20)
        assert list(found) == judge.hopeful(found, 0.5, -99) == []


# -- profiles and candidates ------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 7, 8, 9, 23, 24, 200, 203])
def test_means_over_pieces_are_those_of_numpy(n):
    window = np.random.default_rng(n).normal(size=(n, 33)).astype(np.float32)
    parts = np.array_split(window, max(1, n // 8))
    assert np.array_equal(profile._pieces(window), [np.mean(part, axis=0) for part in parts])


def test_how_near_a_course_comes_to_the_edge_is_told_from_what_lies_around_it():
    rng = np.random.default_rng(9)
    solid = np.ones((300, 260), np.uint8)
    solid[rng.integers(0, 300, 60), rng.integers(0, 260, 60)] = 0
    solid = np.pad(solid, 1)
    whole = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    n_near = 0
    for _ in range(80):
        course = rng.uniform(-2, 262, (1, 2)) + np.outer(np.arange(9), rng.uniform(-2, 2, 2))
        x, y = (
            np.clip(np.rint(at).astype(int), 0, side - 3) + 1
            for at, side in zip(course.T, (262, 302), strict=True)
        )
        truth = float(whole[y, x].min())
        found = candidates._edge_m(solid, course, 0.5)
        is_near = truth < candidates._EDGE_M
        assert (found < candidates._EDGE_M) == is_near
        n_near += is_near
        if is_near:
            assert found == truth
    assert 20 < n_near < 70


@pytest.mark.parametrize("n", [1, 2, 7, 33, 34])
def test_medians_and_quantiles_are_those_of_numpy(n):
    values = np.random.default_rng(n).normal(size=n).astype(np.float32)
    assert profile.median(values) == float(np.median(values))
    for share in (0.25, 0.4):
        assert profile.lowest(values, share) == pytest.approx(np.quantile(values, share), abs=1e-6)
