"""Where changes lie, in sentences: beside what was compared, and no more than is known."""

import pytest

from vallum.ground.pictures import Terrain
from vallum.ground.span import Span, Spans
from vallum.measure import landwords


def land(start_km, **more):
    return Terrain(span=Span(start_km * 1000, start_km * 1000 + 2000), **more)


ROWS = [
    land(0, town_m=1000, slope_deg=2, obstacle="none", land_cover=("crop 0.70", "built 0.30")),
    land(2, town_m=2000, slope_deg=3, obstacle="none", land_cover=("crop 0.60",)),
    land(4, town_m=9000, slope_deg=20, obstacle="steep", land_cover=("trees 0.90",)),
    land(6, town_m=12000, slope_deg=12, obstacle="river", river_width_m=90),
]
ALL = Spans.of((0, 8000))


def test_the_share_of_changes_stands_beside_the_share_of_what_was_compared():
    told = landwords.sentences(ROWS, Spans.of((0, 3000), (5000, 6000)), ALL)
    assert told[0] == (
        "Of 4.0 km with a confirmed change, 3.0 km (75%) lie within 5 km of a town; of the "
        "border that was compared, 50% of 8.0 km do."
    )
    assert "not why" in told[-1]
    assert "2 separate stretches" in told[-2]


@pytest.mark.parametrize(
    ("n_runs", "changed_m", "word"),
    [(1, 9000, ""), (4, 9000, ""), (20, 9000, "more often than"), (20, 5500, ""),
     (20, 500, "less often than")],
    ids=["one wall", "four", "many", "hardly more", "many and less"],
)  # fmt: skip
def test_more_often_needs_many_separate_stretches_and_an_interval(n_runs, changed_m, word):
    one = landwords.Share(
        words="near", changed_m=changed_m, changed_of_m=10_000, compared_m=40_000,
        compared_of_m=100_000, n_runs=n_runs,
    )  # fmt: skip
    said = [text for text in ("more often than", "less often than") if text in one.sentence]
    assert said == ([word] if word else [])


def test_what_is_not_more_common_is_not_called_so():
    town = landwords.shares(ROWS, Spans.of((0, 2000), (4000, 6000)), ALL)[0]
    assert "often" not in town.sentence


def test_changes_outside_what_was_compared_do_not_count():
    town = landwords.shares(ROWS, ALL, Spans.of((0, 4000)))[0]
    assert (town.changed_m, town.changed_of_m) == (4000, 4000)


def test_too_little_change_is_said_to_be_too_little():
    told = landwords.sentences(ROWS, Spans.of((0, 500)), ALL)
    assert len(told) == 1
    assert "too little" in told[0]


def test_land_that_is_mostly_unknown_is_not_spoken_of():
    told = landwords.sentences(ROWS, Spans.of((0, 4000)), ALL)
    assert not any("along a river" in one for one in told)
    assert any("in land that is mostly fields" in one for one in told)


def test_nothing_known_gives_no_sentence():
    assert landwords.sentences([land(0)], Spans.of((0, 2000)), ALL) == ()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"slope_deg": 2, "settled_share": 0.3, "obstacle": "none"}, "flat, settled, no obstacle"),
        ({"slope_deg": 9, "settled_share": 0.0, "obstacle": "river"}, "hilly, unsettled, river"),
        ({"slope_deg": 20, "town_m": 800, "obstacle": "steep"}, "steep, near a town"),
        ({"town_m": 8000}, "far from towns"),
        ({}, "land not known"),
    ],
    ids=["flat", "river", "steep", "town alone", "nothing"],
)
def test_a_section_has_one_word_for_sampling(more, word):
    assert landwords.stratum(land(0, **more)) == word
