"""What images show, at which pixel size, and that every threshold says where it is from."""

import math

import pytest

from vallum.change import limits
from vallum.claims.observable import (
    SOUGHT,
    THRESHOLDS,
    can_be,
    implies,
    in_part,
    kin,
    observable,
    shown_by,
)
from vallum.ground.kinds import Kind
from vallum.ground.saidkinds import Subject

NEVER = (
    Subject.CAMERA, Subject.MINES, Subject.SPIKES, Subject.LIGHTS, Subject.JAMMER, Subject.RADAR,
    Subject.ORDER, Subject.ARREST, Subject.BUFFER_ZONE, Subject.ELECTRIC_FENCE,
)  # fmt: skip
COARSER_M = (0.3, 0.5, 0.7, 1.0, 2.0)


@pytest.mark.parametrize("subject", NEVER, ids=lambda one: one.value)
def test_what_no_satellite_image_shows_is_never_observable(subject):
    assert all(observable(subject, gsd_m) for gsd_m in (0.1, 0.3, 0.5, 10.0))


def test_a_camera_cannot_be_seen_at_thirty_centimetres_and_the_words_say_so():
    assert "too small" in observable(Subject.CAMERA, 0.3)


def test_whether_a_fence_is_live_no_image_shows_but_a_fence_supports_it_in_part():
    assert "live" in observable(Subject.ELECTRIC_FENCE, 0.3)
    assert "live" in in_part(Subject.ELECTRIC_FENCE, Kind.FENCE)
    assert Kind.FENCE in can_be(Subject.ELECTRIC_FENCE)


@pytest.mark.parametrize("subject", Subject, ids=lambda one: one.value)
def test_every_subject_is_either_never_seen_or_has_a_threshold(subject):
    assert (subject in THRESHOLDS) is not (subject in NEVER)


@pytest.mark.parametrize("subject", THRESHOLDS, ids=lambda one: one.value)
def test_every_threshold_says_where_it_is_from_and_holds_at_its_own_pixel_size(subject):
    limit = THRESHOLDS[subject]
    assert len(limit.source) > 20
    assert limit.is_guess or "SIMULATED" in limit.source or "simulated" in limit.source
    assert observable(subject, limit.most_m) == ""
    assert "too coarse" in observable(subject, limit.most_m * 1.01)


def test_a_row_of_wire_needs_pixels_of_sixty_centimetres():
    assert observable(Subject.FENCE, 0.5) == ""
    assert "0.7" in observable(Subject.FENCE, 0.7)
    assert observable(Subject.FENCE, 10.0)


@pytest.mark.parametrize("gsd_m", [math.nan, 0.0, -1.0, math.inf], ids=str)
def test_an_unknown_pixel_size_shows_nothing(gsd_m):
    assert "not known" in observable(Subject.WALL, gsd_m)


@pytest.mark.parametrize("subject", sorted(SOUGHT), ids=lambda one: one.value)
def test_no_threshold_promises_more_than_the_simulated_limits(subject):
    kind = Kind(subject.value)
    most_m = THRESHOLDS[subject].most_m
    table_m = min((gsd for gsd in COARSER_M if gsd >= most_m), default=COARSER_M[-1])
    found = limits.share_found(kind, limits.USUAL_WIDTH_M[kind], table_m)
    assert found.share >= limits.USABLE


@pytest.mark.parametrize(
    "subject",
    [Subject.DOUBLE_FENCE, Subject.WALL, Subject.PATROL_ROAD, Subject.GUARD_POST],
    ids=lambda one: one.value,
)
def test_thresholds_from_the_table_are_the_coarsest_that_it_allows(subject):
    kind = Kind(subject.value)
    coarser_m = next(gsd for gsd in COARSER_M if gsd > THRESHOLDS[subject].most_m)
    found = limits.share_found(kind, limits.USUAL_WIDTH_M[kind], coarser_m)
    assert found.share < limits.USABLE


def test_nothing_is_contradicted_that_no_comparison_looks_for():
    assert not SOUGHT & {
        Subject.CHECKPOINT, Subject.GATE, Subject.DITCH, Subject.BUILDING, Subject.INFRASTRUCTURE,
    }  # fmt: skip


def test_kin_is_wider_than_what_can_be_meant():
    assert can_be(Subject.WALL) < kin(Subject.WALL)
    assert Kind.FENCE in kin(Subject.WALL)
    assert Kind.WALL not in can_be(Subject.FENCE)
    assert kin(Subject.CAMERA) == frozenset()


IMPLIED = (
    (Subject.DOUBLE_FENCE, Subject.FENCE),
    (Subject.ELECTRIC_FENCE, Subject.FENCE),
    (Subject.WATCHTOWER, Subject.GUARD_POST),
    (Subject.GUARD_POST, Subject.INFRASTRUCTURE),
    (Subject.WALL, Subject.INFRASTRUCTURE),
)


def pair(one):
    return "-".join(subject.value for subject in one)


@pytest.mark.parametrize("both", IMPLIED, ids=pair)
def test_a_special_thing_is_one_of_its_kind_and_not_the_other_way_round(both):
    one, other = both
    assert implies(one, other)
    assert not implies(other, one)


@pytest.mark.parametrize(
    "both",
    [
        (Subject.CAMERA, Subject.FENCE),
        (Subject.ORDER, Subject.ARREST),
        (Subject.WALL, Subject.PATROL_ROAD),
        (Subject.WALL, Subject.FENCE),
        (Subject.CAMERA, Subject.INFRASTRUCTURE),
        (Subject.BUILDING, Subject.INFRASTRUCTURE),
        (Subject.BUILDING, Subject.CHECKPOINT),
        (Subject.BUILDING, Subject.GUARD_POST),
        (Subject.BUFFER_ZONE, Subject.ELECTRIC_FENCE),
        (Subject.BUFFER_ZONE, Subject.CLEARED_STRIP),
        (Subject.BUFFER_ZONE, Subject.INFRASTRUCTURE),
    ],
    ids=pair,
)
def test_what_may_be_something_else_implies_nothing(both):
    one, other = both
    assert not implies(one, other)
    assert not implies(other, one)


@pytest.mark.parametrize("subject", Subject, ids=lambda one: one.value)
def test_everything_implies_itself_and_what_is_vague_nothing_that_is_more_special(subject):
    assert implies(subject, subject)
    for vague in (Subject.INFRASTRUCTURE, Subject.BUFFER_ZONE, Subject.BUILDING):
        assert subject is vague or not implies(vague, subject)


@pytest.mark.parametrize("subject", Subject, ids=lambda one: one.value)
def test_what_shows_all_of_it_can_be_it_and_the_rest_leaves_something_open(subject):
    assert shown_by(subject) <= can_be(subject)
    for kind in can_be(subject):
        assert bool(in_part(subject, kind)) is (kind not in shown_by(subject))


@pytest.mark.parametrize(
    ("subject", "kinds"),
    [
        (Subject.FENCE, {Kind.FENCE, Kind.DOUBLE_FENCE}),
        (Subject.DOUBLE_FENCE, {Kind.DOUBLE_FENCE}),
        (Subject.WATCHTOWER, {Kind.WATCHTOWER}),
        (Subject.ELECTRIC_FENCE, set()),
        (Subject.CHECKPOINT, set()),
        (Subject.BUFFER_ZONE, set()),
    ],
    ids=lambda one: one.value if isinstance(one, Subject) else "",
)
def test_images_show_no_more_than_the_kind_that_was_found(subject, kinds):
    assert shown_by(subject) == kinds
