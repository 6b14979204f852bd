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
        "Of 4.0 km with a confirmed change, 3.0 km (75%) lie within 5 km of a town: more often "
        "than the border that was compared (50% of 8.0 km)."
    )
    assert "not why" in told[-1]


def test_what_is_not_more_common_is_not_called_so():
    town = landwords.shares(ROWS, Spans.of((0, 2000), (4000, 6000)), ALL)[0]
    assert "about as often as" in town.sentence


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
