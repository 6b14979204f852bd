"""The key of small buildings: heights from shadows, classes from sizes, and what it cannot tell."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from vallum.ground.errors import BadInput
from vallum.ground.kinds import Kind
from vallum.measure import classes
from vallum.measure.classes import classify, height_from_shadow
from vallum.simulate.barriers import LOOKS

PAGE = Path(__file__).parents[1] / "docs" / "explain" / "classes.md"
NAN = math.nan


def test_under_a_sun_at_45_degrees_a_thing_is_as_high_as_its_shadow_is_long():
    assert height_from_shadow(9.0, 45.0, gsd_m=0.5).value_m == pytest.approx(9.0)


def test_the_worked_example_of_the_page_holds():
    found = height_from_shadow(12.9, 35.0, gsd_m=0.5)
    assert (round(found.value_m, 1), round(found.error_m, 1)) == (9.0, 0.8)


def test_ground_that_rises_behind_a_thing_makes_its_shadow_too_short():
    # A tower of 9 m on ground that rises by 5 degrees: the shadow ends where the ray meets it.
    sun, slope = math.radians(35), math.radians(5)
    shadow_m = 9.0 / (math.tan(sun) + math.tan(slope))
    plain = height_from_shadow(shadow_m, 35, gsd_m=0.5)
    assert plain.value_m < 8.2
    assert height_from_shadow(shadow_m, 35, gsd_m=0.5, slope_deg=5).value_m == pytest.approx(9.0)


@pytest.mark.parametrize(("height_m", "sun_deg"), [(3.4, 25), (3.4, 60), (9.0, 25), (9.0, 60)])
def test_the_error_of_a_height_holds_the_truth_about_19_times_in_20(height_m, sun_deg):
    chance = np.random.default_rng(5)
    gsd_m, held, n = 0.5, 0, 4000
    for _ in range(n):
        slope, sun = chance.normal(0, 1.5), sun_deg + chance.normal(0, 0.1)
        true_m = height_m / (math.tan(math.radians(sun)) + math.tan(math.radians(slope)))
        measured_m = true_m + chance.normal(0, gsd_m / 2)
        found = height_from_shadow(measured_m, sun_deg, gsd_m=gsd_m)
        held += found.low_m <= height_m <= found.high_m
    assert 0.93 <= held / n <= 0.97


@pytest.mark.parametrize(
    "said", [(0, 40, 0.5), (5, 0, 0.5), (5, 90, 0.5), (5, -3, 0.5), (5, 40, 0), (NAN, 40, 0.5)]
)
def test_no_shadow_and_no_sun_give_no_height(said):
    with pytest.raises(BadInput, match="gives no height"):
        height_from_shadow(said[0], said[1], gsd_m=said[2])


def test_a_slope_away_from_the_sun_that_no_ray_reaches_is_said():
    with pytest.raises(BadInput, match="has no end"):
        height_from_shadow(5, 10, gsd_m=0.5, slope_deg=-12)


@pytest.mark.parametrize("kind", [Kind.GUARD_POST, Kind.WATCHTOWER, Kind.BUILDING])
def test_what_the_simulator_paints_as_a_class_is_that_class_by_the_key(kind):
    look = LOOKS[kind]
    found, _ = classify(look.width_m, look.width_m, look.height_m, to_line_m=6, height_error_m=1)
    assert found is kind


@pytest.mark.parametrize(("side_m", "height_m"), [(2.0, 6.0), (2.0, 9.0), (4.0, 9.0), (3.0, 11.0)])
def test_the_towers_of_the_inner_german_border_are_watchtowers(side_m, height_m):
    # BT-6, BT-9, BT 4x4 and BT-11 by their published heights and floor plans.
    found, why = classify(side_m, side_m, height_m, to_line_m=20, height_error_m=0.9)
    assert found is Kind.WATCHTOWER
    assert "over 5 m" in why


@pytest.mark.parametrize(
    ("roof", "height_m", "to_line_m", "kind", "why"),
    [
        ((4, 4), 3.0, 10, Kind.GUARD_POST, "10 m from the line"),
        ((3, 5), 3.0, 50, Kind.GUARD_POST, "a roof of 5.0 m"),
        ((4, 4), 3.0, 51, Kind.BUILDING, "may be a shed"),
        ((4, 4), 3.0, NAN, None, "distance to the barrier is not known"),
        ((4, 4), NAN, 10, None, "no shadow was measured"),
        ((4, 4), 4.6, 10, None, "on both sides of 5 m"),
        ((5.8, 4), 3.0, 10, None, "may be that of a guard post or of a building"),
        ((6, 20), 4.0, 10, Kind.BUILDING, "longer than that of a guard post"),
        ((20, 6), 12.0, 10, Kind.BUILDING, "longer than that of a guard post"),
        ((7.5, 7.5), 7.0, 10, None, "watchtower or building"),
        ((7.5, 7.5), NAN, 10, None, "watchtower or building"),
        ((7.5, 7.5), 3.0, 10, Kind.BUILDING, "longer than that of a guard post"),
        ((9.0, 4.0), NAN, 10, Kind.BUILDING, "longer than that of a guard post"),
        ((1.8, 1.8), 2.0, 10, None, "under 4 pixels"),
    ],
)
def test_the_key_names_a_class_only_where_the_measurements_allow_it(
    roof, height_m, to_line_m, kind, why
):
    found, said = classify(*roof, height_m, to_line_m=to_line_m, height_error_m=0.8)
    assert found is kind
    assert why in said


def test_what_is_too_small_to_be_entered_is_no_post_even_on_sharp_images():
    found, why = classify(1.0, 1.0, 2.0, to_line_m=5, gsd_m=0.1)
    assert (found, "too small" in why) == (None, True)


def test_a_building_among_others_is_part_of_a_garrison_and_stays_a_building():
    found, why = classify(8, 30, 4, to_line_m=200, n_buildings=4)
    assert found is Kind.BUILDING
    assert "part of a garrison" in why
    assert "garrison" not in classify(8, 30, 4, to_line_m=200, n_buildings=2)[1]


def test_a_height_without_an_error_is_taken_to_be_known_to_a_quarter():
    assert classify(4, 4, 6.6, to_line_m=5)[0] is None
    assert classify(4, 4, 6.7, to_line_m=5)[0] is Kind.WATCHTOWER


@pytest.mark.parametrize("roof", [(0, 4), (4, -1), (NAN, 4)])
def test_a_roof_without_a_size_is_refused(roof):
    with pytest.raises(BadInput, match="has no size"):
        classify(*roof, 3, to_line_m=5)


def test_the_page_prints_every_limit_of_the_key_as_the_code_has_it():
    page = PAGE.read_text(encoding="utf-8")
    stated = dict(re.findall(r"\| `([A-Z_]+)` \| ([\d.]+)", page))
    limits = {
        name: value
        for name, value in vars(classes).items()
        if name.isupper() and isinstance(value, int | float)
    }
    assert {name: float(value) for name, value in stated.items()} == limits
    assert "own proposal" in page
