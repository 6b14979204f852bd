"""Looks of barriers: every kind, wide variety, each style what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import LineString, Point

from vallum.ground.kinds import LINES, Kind
from vallum.simulate import barriers
from vallum.simulate.looks import STYLES, random_look, stronger
from vallum.simulate.season import Sun

NORTH = Sun(azimuth_deg=0.0, elevation_deg=45.0)
LINE = LineString([(0, 60), (160, 60)])
GREY = np.full((3, 120, 160), 120, np.uint8)


def painted(kind: Kind, look: barriers.Look, shape: LineString | Point = LINE) -> np.ndarray:
    """How much brighter a grey picture is with the structure."""
    seen = barriers.paint(GREY, shape, kind, look, NORTH, np.random.default_rng(1))
    return seen.astype(float) - 120


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_chance_gives_the_same_look(kind: Kind) -> None:
    first, again = (random_look(np.random.default_rng(3), kind) for _ in range(2))
    assert first == again
    assert first != random_look(np.random.default_rng(4), kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_looks_can_be_drawn_and_run_from_faint_to_strong(kind: Kind) -> None:
    rng = np.random.default_rng(5)
    shape = LINE if kind in LINES else Point(80, 60)
    strength = [
        float(np.abs(painted(kind, random_look(rng, kind), shape)).sum()) for _ in range(60)
    ]
    assert all(np.isfinite(strength))
    assert np.quantile(strength, 0.95) > 6 * max(1.0, np.quantile(strength, 0.05))


@pytest.mark.parametrize("kind", list(Kind))
def test_covers_stay_between_nothing_and_all(kind: Kind) -> None:
    rng = np.random.default_rng(6)
    for _ in range(100):
        look = random_look(rng, kind)
        for look_then in (look, stronger(rng, look)):
            for cover in (look_then.cover, look_then.shade, look_then.strip_cover):
                assert 0 <= cover <= 1
            assert all(0 <= part <= 255 for part in (*look_then.colour, *look_then.strip_colour))


def test_every_style_shows_its_part_and_nothing_else() -> None:
    rng = np.random.default_rng(7)
    for kind in (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL):
        plain = random_look(rng, kind, style="plain")
        assert plain.cover > 0
        assert (plain.height_m, plain.strip_m, plain.post_each_m) == (0, 0, 0)
        shadow = random_look(rng, kind, style="shadow")
        assert (shadow.cover, shadow.strip_m, shadow.post_each_m) == (0, 0, 0)
        assert shadow.shade > 0 < shadow.height_m
        strip = random_look(rng, kind, style="strip")
        assert (strip.cover, strip.height_m, strip.post_each_m) == (0, 0, 0)
        assert strip.strip_m > 0 < strip.strip_cover
        posts = random_look(rng, kind, style="posts")
        assert (posts.cover, posts.strip_m) == (0, 0)
        assert posts.post_each_m > 0 < (posts.post_cover or 0)


def test_a_shadow_alone_only_darkens_away_from_the_sun() -> None:
    look = random_look(np.random.default_rng(8), Kind.FENCE, style="shadow", contrast=1.0)
    change = painted(Kind.FENCE, replace(look, height_m=3.0))[0]
    assert change.max() <= 0
    assert change[61:66, 20:140].mean() < -5
    assert change[:58].min() == 0


def test_posts_alone_are_dashed_along_the_line() -> None:
    look = random_look(np.random.default_rng(9), Kind.FENCE, style="posts", contrast=1.0)
    look = replace(look, height_m=0.0, post_each_m=6.0, colour=(230, 230, 230), post_cover=0.9)
    row = painted(Kind.FENCE, look)[0, 58:62].max(axis=0)[5:150]
    starts = np.flatnonzero((row[1:] > 15) & (row[:-1] <= 15))
    assert np.median(np.diff(starts)) == pytest.approx(12, abs=1.5)
    assert (row == 0).mean() > 0.5


def test_a_double_fence_has_two_rows_4_to_12_m_apart() -> None:
    rng = np.random.default_rng(10)
    gaps = [random_look(rng, Kind.DOUBLE_FENCE).gap_m for _ in range(200)]
    assert 4 <= min(gaps) < 5
    assert 11 < max(gaps) <= 12
    look = random_look(rng, Kind.DOUBLE_FENCE, style="plain", contrast=1.0)
    look = replace(look, gap_m=8.0, colour=(250, 250, 250), width_m=0.5)
    across = painted(Kind.DOUBLE_FENCE, look)[0, :, 40:120].mean(axis=1)
    assert set(np.flatnonzero(across > 0.4 * across.max())) <= {51, 52, 67, 68}
    assert across[58:62].max() == 0


def test_posts_are_2_6_to_6_m_wide_and_towers_are_high() -> None:
    rng = np.random.default_rng(11)
    posts = [random_look(rng, Kind.GUARD_POST) for _ in range(200)]
    towers = [random_look(rng, Kind.WATCHTOWER) for _ in range(50)]
    width = [look.width_m for look in (*posts, *towers)]
    assert 2.6 <= min(width) < 3.0
    assert 5.6 < max(width) <= 6.0
    assert min(look.height_m for look in towers) >= 6 > max(look.height_m for look in posts)


def test_a_wall_that_leans_shows_its_face_on_one_side() -> None:
    look = random_look(np.random.default_rng(12), Kind.WALL, style="usual", contrast=1.5)
    look = replace(look, shade=0.0, strip_m=0.0, height_m=4.0, colour=(240, 240, 240), uneven=0.0)
    upright = np.abs(painted(Kind.WALL, look)[0]).sum(axis=1)
    leaning = np.abs(painted(Kind.WALL, replace(look, lean=(0.0, -0.6)))[0]).sum(axis=1)
    assert upright[50:57].sum() == 0
    assert leaning[55:58].min() > 0
    assert leaning[63:].sum() == 0


def test_a_post_that_leans_has_its_roof_displaced() -> None:
    look = replace(barriers.LOOKS[Kind.WATCHTOWER], shade=0.0, strip_m=0.0, colour=(240, 240, 240))
    here = painted(Kind.WATCHTOWER, look, Point(80, 60))[0]
    there = painted(Kind.WATCHTOWER, replace(look, lean=(0.5, 0.0)), Point(80, 60))[0]
    columns = np.arange(160)
    middle = [(seen.clip(80).sum(axis=0) - 80 * 120) @ columns for seen in (here, there)]
    weight = [seen.clip(80).sum() - 80 * 120 * 160 for seen in (here, there)]
    assert middle[1] / weight[1] - middle[0] / weight[0] == pytest.approx(9, abs=2)


def test_contrast_scales_what_is_seen() -> None:
    faint, strong = (
        random_look(np.random.default_rng(13), Kind.FENCE, style="usual", contrast=contrast)
        for contrast in (0.25, 1.0)
    )
    assert faint.cover == pytest.approx(0.25 * strong.cover)
    assert faint.colour == strong.colour


def test_looks_can_be_measured_against_their_ground() -> None:
    rng = np.random.default_rng(14)
    dark = [random_look(rng, Kind.WALL, ground=(40, 40, 40)).colour[0] for _ in range(200)]
    bright = [random_look(rng, Kind.WALL, ground=(200, 200, 200)).colour[0] for _ in range(200)]
    assert np.mean(bright) > np.mean(dark) + 20


@pytest.mark.parametrize("kind", [Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL])
def test_an_upgrade_is_higher_and_covers_more(kind: Kind) -> None:
    rng = np.random.default_rng(15)
    for _ in range(30):
        look = random_look(rng, kind, style="usual")
        grown = stronger(rng, look)
        assert grown.height_m > look.height_m
        assert grown.cover >= look.cover
        assert grown.width_m >= look.width_m


def test_an_upgraded_road_stays_flat() -> None:
    rng = np.random.default_rng(16)
    grown = stronger(rng, random_look(rng, Kind.PATROL_ROAD))
    assert (grown.height_m, grown.post_each_m) == (0, 0)


def test_an_unknown_style_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="dotted"):
        random_look(np.random.default_rng(1), Kind.FENCE, style="dotted")
    assert "posts" in STYLES
