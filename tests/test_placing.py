"""A place becomes a stretch as long as it is uncertain; what cannot be placed has none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from vallum.claims.draft import Place
from vallum.claims.edtf import bracket_of
from vallum.claims.places import Gazetteer, borders, likeliest, on_bank, packaged, spots
from vallum.claims.placing import FARTHEST_M, Land, put, put_one, put_words, side_of
from vallum.frontier import Frontier
from vallum.ground import names
from vallum.ground.errors import BadDate, BadSetting
from vallum.ground.names import NamedPlace
from vallum.ground.saidkinds import Precision
from vallum.ground.span import Span

NORTH = Frontier.packaged("prk-north")
LAND = Land.of(NORTH, packaged("prk-north"), names.regions("prk-north"), names.places("prk-north"))
STRAIGHT = Frontier(
    name="straight", line=LineString([[20.0, 50.0], [24.0, 50.0]]), left="PL", right="BY"
)


def at(words, land=LAND):
    (placed,) = put_words(words, land)
    return placed


def read(sentence, land=LAND):
    found = tuple(spot.place for spot in spots(sentence, land.gazetteer))
    return put(on_bank(sentence, found or tuple(s.place for s in borders(sentence))), land)


def town(name, at_m, off_m=0.0, country="PL", **more):
    point = STRAIGHT.point_at(at_m, off_m)
    given = {"kind": "town", "within_m": 1000, "source": "made up", **more}
    return NamedPlace(name=name, country=country, lon=point.x, lat=point.y, **given)


def land_of(*towns):
    return Land.of(STRAIGHT, Gazetteer.of(towns), (), towns)


def test_a_town_is_as_long_as_its_point_is_uncertain_and_its_streets_reach():
    land = land_of(town("Oldmill", 100_000))
    placed = at("Oldmill", land)
    assert placed.precision is Precision.LOCALITY
    assert placed.radius_m == 1000 + 2500
    assert placed.span.start_m == pytest.approx(96_500, abs=2)
    assert placed.span.end_m == pytest.approx(103_500, abs=2)
    assert (placed.country, placed.side) == ("PL", "left")


def test_near_a_town_is_wider_and_a_stated_distance_widens_by_it():
    land = land_of(town("Oldmill", 100_000))
    (near,) = read("A wall stands near Oldmill.", land)
    (off,) = read("A wall stands 20 km north of Oldmill.", land)
    assert near.is_near
    assert off.is_near
    assert near.span.length_m == pytest.approx(15_000, abs=4)
    assert off.span.length_m == pytest.approx(47_000, abs=4)


def test_a_county_is_wider_than_the_town_after_which_it_is_called():
    assert at("Onsong County").span.length_m > at("Onsong").span.length_m
    assert at("무산군").span.length_m > at("무산").span.length_m


def test_between_two_towns_is_all_from_one_to_the_other():
    (placed,) = read("Fences run between Musan and Hoeryong.")
    musan, hoeryong = at("Musan").span, at("Hoeryong").span
    assert placed.name == "Musan to Hoeryong"
    assert placed.precision is Precision.SECTION
    assert placed.span == Span(musan.start_m, hoeryong.end_m)
    both = read("Fences stand in Musan and Hoeryong.")
    assert [one.name for one in both] == ["Musan", "Hoeryong"]
    (open_end,) = read("Fences run between Musan and Nowhereville.")
    assert open_end.span is None
    assert open_end.precision is Precision.UNPLACED


def test_the_whole_border_is_the_whole_frontier():
    (placed,) = read("Cameras stand along the entire border region.")
    assert placed.span == NORTH.span
    assert placed.precision is Precision.REGION


@pytest.mark.parametrize(
    ("province", "inside", "outside"),
    [
        ("North Hamgyong", ("Musan", "Hoeryong", "Onsong"), ("Hyesan", "Dandong")),
        ("Hamgyong-bukto", ("Hoeryong",), ("Hyesan",)),
        ("Ryanggang", ("Hyesan", "Pochon", "Samjang"), ("Manpo", "Hoeryong")),
        ("Yanggang Province", ("Hyesan",), ("Manpo",)),
        ("Chagang", ("Manpo", "Chosan"), ("Sinuiju", "Hyesan")),
        ("North Pyongan", ("Sinuiju", "Uiju", "Pyoktong"), ("Manpo",)),
        ("Liaoning", ("Dandong",), ("Hunchun",)),
        ("Jilin", ("Ji'an", "Changbai", "Hunchun"), ("Dandong",)),
        ("Primorye", ("Khasan",), ("Tumen",)),
        ("Yalu River", ("Sinuiju", "Hyesan"), ("Hoeryong",)),
        ("Tumen River", ("Musan", "Khasan"), ("Hyesan",)),
    ],
)
def test_a_province_or_river_is_the_part_of_the_line_on_which_it_borders(province, inside, outside):
    placed = at(province)
    assert placed.precision is Precision.REGION
    for name in inside:
        assert placed.span.overlaps(at(name).span), name
    for name in outside:
        assert not placed.span.overlaps(at(name).span), name


@pytest.mark.parametrize("line", names.lines())
def test_every_region_lies_between_packaged_places(line):
    frontier = Frontier.packaged(line)
    land = Land.of(frontier, packaged(line), names.regions(line), names.places(line))
    for region in names.regions(line):
        kind = "river" if region.kind == "river" else "province"
        place = Place(name=region.name, as_stated="", precision=Precision.REGION, kind=kind)
        span = put_one(place, land).span
        assert (span is not None) == region.is_at_border, region.name
        if span is not None:
            assert 0 < span.length_m < frontier.length_m, region.name


def test_a_province_that_does_not_border_has_no_stretch():
    placed = at("South Hamgyong")
    assert placed.span is None
    assert placed.country == "KP"


def test_a_town_far_behind_the_line_is_a_region_of_it_and_one_farther_off_is_none():
    tonghua = at("Tonghua")
    assert tonghua.precision is Precision.REGION
    assert tonghua.span.length_m > 100_000
    far = at("Farville", land_of(town("Farville", 100_000, 70_000)))
    assert far.span is None
    assert far.precision is Precision.UNPLACED
    assert (
        "70 km from the frontier"
        in put(
            [spots("in Farville", Gazetteer.of([town("Farville", 1e5, 7e4)]))[0].place],
            land_of(town("Farville", 100_000, 70_000)),
        )[0].basis
    )


def test_of_two_towns_of_one_name_the_one_at_the_line_is_meant_if_the_other_is_far_away():
    near, far = town("Sanhe", 50_000), town("Sanhe", 200_000, 90_000, country="BY")
    for order in ((near, far), (far, near)):
        placed = at("Sanhe", land_of(*order))
        assert placed.country == "PL"
        assert 50_000 in range(placed.span.start_m, placed.span.end_m)
        assert placed.rivals == ("Sanhe (BY), 90 km away",)


def test_two_towns_of_one_name_at_the_line_are_left_to_a_person():
    placed = at("Sanhe", land_of(town("Sanhe", 50_000), town("Sanhe", 200_000, country="BY")))
    assert placed.span is None
    assert placed.precision is Precision.UNPLACED
    assert [text.split(",")[0] for text in placed.rivals] == ["Sanhe (PL)", "Sanhe (BY)"]
    assert all("km " in text for text in placed.rivals)


def test_two_entries_of_one_town_become_one_stretch():
    placed = at("Nogales", land_of(town("Nogales", 50_000), town("Nogales", 51_000, country="BY")))
    assert placed.span.start_m == pytest.approx(46_500, abs=2)
    assert placed.span.end_m == pytest.approx(54_500, abs=2)


@pytest.mark.parametrize(
    ("sentence", "side"),
    [
        ("A wall stands in Dandong.", "left"),
        ("A wall stands in Sinuiju.", "right"),
        ("A wall stands opposite Dandong.", "right"),
        ("A wall stands on the Chinese side of the border.", "left"),
        ("Walls stand on both banks of the Tumen River.", ""),
        ("A wall stands along the Tumen River.", ""),
    ],
)
def test_the_side_follows_from_the_country_and_the_words(sentence, side):
    assert {placed.side for placed in read(sentence)} == {side}


def test_sides_are_known_by_name_or_code_and_stay_open_where_both_fit():
    assert side_of(NORTH, "RU") == side_of(NORTH, "CN") == "left"
    assert side_of(NORTH, "KP") == "right"
    assert side_of(STRAIGHT, "BY") == "right"
    assert side_of(NORTH, "CN/KP") == side_of(NORTH, "") == side_of(NORTH, "FI") == ""


def test_what_no_gazetteer_has_is_kept_without_a_stretch():
    placed = at("Nowhereville")
    assert (placed.name, placed.span, placed.precision) == (
        "Nowhereville", None, Precision.UNPLACED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "name", "precision", "length_m"),
    [
        ("km 12.5..13", "km 12.5..13", Precision.SECTION, 500),
        ("km 12.5 = gate", "gate", Precision.SECTION, 1),
        ("42.44, 129.75 = tower", "tower", Precision.EXACT, 20),
        ("42.44, 129.75 ±80 m", "point", Precision.VICINITY, 160),
        ("42.44, 129.75 ±500 m", "point", Precision.LOCALITY, 1000),
    ],
)
def test_a_person_types_kilometres_or_a_point(words, name, precision, length_m):
    placed = at(words)
    assert (placed.name, placed.precision, placed.basis) == (name, precision, "person")
    assert length_m <= placed.span.length_m <= length_m * 2 + 2
    assert "42.44" not in placed.name + placed.as_stated


@pytest.mark.parametrize("words", ["km 13..12", "km 2000", "12.5, 20.1", "99.9, 500.1"])
def test_what_does_not_lie_on_the_frontier_is_refused(words):
    with pytest.raises(BadSetting):
        put_words(words, LAND)


@given(at_m=st.integers(10_000, 250_000), off_m=st.integers(-FARTHEST_M, FARTHEST_M))
def test_the_place_itself_always_lies_in_its_stretch(at_m, off_m):
    placed = at("Oldmill", land_of(town("Oldmill", at_m, 0.99 * off_m)))
    assert placed.span.start_m - 50 <= at_m <= placed.span.end_m + 50


def test_other_borders_have_their_own_towns_which_count_only_where_a_place_stands():
    assert likeliest("Fences stand in Terespol and at Krynki.") == "pol-blr"
    assert likeliest("A wall runs from Kilis to Tell Abyad.") == "tur-syr"
    assert likeliest("nothing") == "prk-north"
    gazetteer = packaged("usa-mex")
    assert [s.place.name for s in spots("A gate opened in Mission.", gazetteer)] == ["Mission"]
    assert spots("Mission control reported a wall.", gazetteer) == ()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", "2019-01-01", "2019-12-31"),
        ("2021-04~", "2021-04-01", "2021-04-30"),
        ("2021-04-XX", "2021-04-01", "2021-04-30"),
        ("2019?", "2019-01-01", "2019-12-31"),
        ("2021-21", "2021-03-01", "2021-05-31"),
        ("2021-24", "2021-12-01", "2022-02-28"),
        ("2019/2021-05", "2019-01-01", "2021-05-31"),
        ("2019..2021", "2019-01-01", "2021-12-31"),
        ("2019/..", "2019-01-01", None),
        ("../2019-05-14", None, "2019-05-14"),
        ("[2019,2020]", "2019-01-01", "2020-12-31"),
    ],
)
def test_edtf_gives_first_and_last_day_never_padded(text, first, last):
    bracket = bracket_of(text)
    day = date.fromisoformat
    assert bracket.first == (day(first) if first else None)
    assert bracket.last == (day(last) if last else None)


@pytest.mark.parametrize(
    "text", ["", "hello", "2021-04-31", "../..", "2022/2021", "2019/2020/2021", "-inf", "x" * 300]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(BadDate):
        bracket_of(text)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text):
    try:
        bracket = bracket_of(text)
    except BadDate:
        return
    assert bracket.first or bracket.last
