"""A place is found by whatever name somebody types, and lies on the bank it belongs to."""

import unicodedata

import pytest

from vallum.frontier import Frontier
from vallum.ground.names import SYSTEMS, find, fold, lines, places, regions

ALL = places("prk-north")


@pytest.mark.parametrize(
    "typed",
    [
        "회령",
        "會寧",
        "会宁",
        "Hoeryŏng",
        "hoeryong",
        "HOERYEONG",
        "Hoe-ryong",
        " Huìníng ",
        "huining",
    ],
)
def test_hoeryong_is_found_by_every_name(typed):
    assert find(typed, ALL)[0].name == "Hoeryong"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("manpo", "Manpo"), ("Manp'o", "Manpo"), ("Manp’o", "Manpo"), ("manpho", "Manpo"),
        ("jian", "Ji'an"), ("Ji an", "Ji'an"), ("신의주", "Sinuiju"), ("xinyizhou", "Sinuiju"),
        ("단둥", "Dandong"), ("Хасан", "Khasan"), ("haсан".replace("ha", "ха"), "Khasan"),
        ("Yalu", "Amnok / Yalu"), ("amnok", "Amnok / Yalu"), ("두만강", "Tuman / Tumen"),
        ("圖們", "Tumen"), ("saebyol", "Kyongwon"), ("kyonghung", "Undok"), ("나진", "Rason (Rajin)"),
    ],
)  # fmt: skip
def test_old_and_foreign_names_find_the_place(typed, name):
    assert find(typed, ALL)[0].name == name


def test_whole_names_come_before_beginnings_and_parts():
    found = [place.name for place in find("Tumen", ALL)]
    assert set(found[:2]) == {"Tuman / Tumen", "Tumen"}
    names = [place.name for place in find("namy", ALL)]
    assert names == ["Namyang"]
    assert find("", ALL) == find("-'", ALL) == ()
    assert find("Timbuktu", ALL) == ()


def test_folding_keeps_hangul_and_chinese_characters():
    assert fold("Hoeryŏng-si") == "hoeryongsi"
    assert fold("P'yŏng’an ") == "pyongan"
    assert fold(unicodedata.normalize("NFD", "회령")) == "회령"
    assert fold("會寧") == "會寧"
    assert fold("Ŭiju") == fold("UIJU")


@pytest.mark.parametrize("name", ["prk-north", "prk-chn", "prk-rus"])
def test_towns_lie_on_the_bank_they_belong_to(name):
    frontier = Frontier.packaged("prk-north")
    rows = places(name)
    assert rows == ALL
    _, off_m = frontier.locate_many([p.lon for p in rows], [p.lat for p in rows])
    for place, off in zip(rows, off_m.tolist(), strict=True):
        if "/" not in place.country and abs(off) > place.within_m:
            assert (off > 0) == (place.country == "KP"), place.name
        assert abs(off) < 60_000  # Tonghua, of which news speaks, is the farthest


def test_an_own_line_gets_every_place_and_keeps_what_is_near():
    assert places("my-line") == places()
    assert len(places()) >= 70


@pytest.mark.parametrize("name", [line for line in lines() if line != "prk-north"])
def test_towns_of_other_borders_lie_beside_their_line(name):
    frontier, rows = Frontier.packaged(name), places(name)
    assert len(rows) >= 30
    _, off_m = frontier.locate_many([p.lon for p in rows], [p.lat for p in rows])
    assert float(abs(off_m).max()) < 20_001
    for place in rows:
        assert place.source.startswith("GeoNames ")
        assert all(text == text.strip() for text in place.spellings)


def test_ends_of_regions_are_packaged_places():
    for line in lines():
        known = {place.name for place in places(line)}
        for region in regions(line):
            assert {region.after, region.before} <= known | {""}, region.name
            assert region.is_at_border or not (region.after or region.before)
    assert regions("prk-chn") == regions("prk-north")
    assert len(regions("my-line")) > len(regions("prk-north"))


def test_the_table_is_whole():
    assert len({place.name for place in ALL}) == len(ALL)
    for place in ALL:
        assert place.country in {"KP", "CN", "RU", "CN/KP", "KP/RU", "CN/KP/RU"}
        assert set(place.names) <= {*SYSTEMS, "other"}
        assert place.spellings[0] == place.name
        assert all(text == unicodedata.normalize("NFC", text).strip() for text in place.spellings)
        assert place.source == "set by hand" or place.source.startswith("GeoNames ")
        assert 100 < place.within_m <= 5000


def test_each_name_is_written_in_its_own_script():
    for place in ALL:
        assert all("가" <= c <= "힣" for c in place.names.get("hangul", "")), place.name
        for system in ("hanja", "hanzi"):
            assert all("\u4e00" <= c <= "\u9fff" for c in place.names.get(system, "")), place.name
        for system in ("mccune_reischauer", "dprk", "revised", "pinyin"):
            assert place.names.get(system, "").isprintable()
            assert fold(place.names.get(system, "")).isascii(), place.name
        if place.names.get("revised"):
            assert place.names["revised"].isascii()


def test_both_rivers_have_both_of_their_names():
    yalu, tumen = ALL[0], ALL[1]
    assert {"Yalu River", "Amnok River"} <= set(yalu.spellings)
    assert {"Tumen River", "Tuman River"} <= set(tumen.spellings)
