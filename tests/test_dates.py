"""A date is read where it stands, and digits that are no date are not taken for one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vallum.ground.errors import BadDate
from vallum.ground.when import When
from vallum.imagery import dates

TODAY = date(2026, 6, 1)
DAYS = st.dates(min_value=dates.OLDEST, max_value=TODAY)


def find(name="scene.tif", tags=None, stac=None, given=None):
    return dates.find(name, tags or {}, stac, given=given, today=TODAY)


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("naip-nd-2010-06-29.tif", "2010-06-29"),
        ("m_4709963_se_14_1_20120731.tif", "2012-07-31"),
        ("14MAR23084512-P2AS-053.TIF", "2014-03-23"),
        ("14mar23.tif", "2014-03-23"),
        ("14MAR2023.tif", "2023-03-14"),
        ("20190314T022651Z_3B.tif", "2019-03-14"),
        ("20160608101032.tif", "2016-06-08"),
        ("border_2019-03.tif", "2019-03"),
        ("2022..2023.tif", "2022..2023"),
        ("2022-05..2022-08.tif", "2022-05..2022-08"),
        ("20220501-20220831.tif", "2022-05-01..2022-08-31"),
        ("mosaic_2022-08-31_2022-05-01.tif", "2022-05-01..2022-08-31"),
        ("LC08_L1TP_127031_20130707_20170308_01_T1.TIF", "2013-07-07"),
        ("S2A_MSIL1C_20160608T101032_N0202_R022_T33UUU_20160609T101026.tif", "2016-06-08"),
    ],
)
def test_file_names_are_read(name, taken):
    assert dates.in_name(name, TODAY) == When.parse(taken)


@pytest.mark.parametrize(
    "name",
    [
        "tile_20190230.tif",
        "4709963.tif",
        "tile_20991231.tif",
        "18991231.tif",
        "2022-13.tif",
        "0123456789.tif",
        "1030050003F8D200.tif",
        "landsat-peru-1985.tif",
        "c120190314x9.tif",
        "99XYZ12.tif",
        "2019-03-1.tif",
        "20260602.tif",
    ],
)
def test_digits_that_are_no_date_are_not_read(name):
    assert dates.in_name(name, TODAY) is None


@given(DAYS)
def test_every_way_to_write_a_day_is_read_back(day):
    for pattern in ("%Y%m%d", "%Y-%m-%d", "x_%Y_%m_%d_y", "a-%Y%m%dT101112-b"):
        assert dates.in_name(f"{day.strftime(pattern)}.tif", TODAY) == When.on(day)
    assert dates.day_in(f"{day.isoformat()}T00:10:00+09:00", TODAY + timedelta(1)) in {
        day - timedelta(1),
        None,
    }
    assert dates.day_in(day.strftime("%Y:%m:%d 10:11:12"), TODAY) == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    taken = dates.in_name(text, TODAY)
    assert taken is None or dates.OLDEST <= taken.earliest <= taken.latest <= TODAY
    day = dates.day_in(text, TODAY)
    assert day is None or dates.OLDEST <= day <= TODAY


def test_an_acquisition_tag_comes_before_sidecar_and_name():
    found = find(
        "2018-01-01.tif",
        {"ACQUISITIONDATETIME": "2019-03-14T02:26:51Z"},
        {"datetime": "2020-01-01T00:00:00Z"},
    )
    assert (found.taken, found.read_from) == (When.parse("2019-03-14"), "tag ACQUISITIONDATETIME")
    assert "sidecar says 2020-01-01" in found.note


def test_a_stac_item_with_start_and_end_is_a_bracket():
    stac = {
        "datetime": None,
        "start_datetime": "2020-01-31T23:00:00Z",
        "end_datetime": "2020-02-01T01:00:00Z",
    }
    found = find("2018-01-01.tif", {}, stac)
    assert (str(found.taken), found.read_from) == ("2020-01-31..2020-02-01", "sidecar")


def test_the_tiff_date_comes_last_and_is_noted():
    tags = {"TIFFTAG_DATETIME": "2021:05:06 07:08:09"}
    assert find("2019-03-14.tif", tags).read_from == "filename"
    found = find("scene.tif", tags)
    assert (str(found.taken), found.read_from) == ("2021-05-06", "tag TIFFTAG_DATETIME")
    assert "often the day of processing" in found.note


def test_undated_is_refused_with_the_next_step():
    with pytest.raises(BadDate, match=r"scene.tif: .*--taken FROM..TO$"):
        find()
    with pytest.raises(BadDate, match=r"--taken 1985\)"):
        find("landsat-peru-1985.tif")


def test_what_was_said_and_what_is_written_must_agree():
    year = When.parse("2019")
    assert find(given=year).read_from == "given"
    assert str(find("2019-03-14.tif", given=year).taken) == "2019-03-14"
    assert str(find("2019-03.tif", given=When.parse("2019-03-14")).taken) == "2019-03-14"
    assert find("a.tif", {"TIFFTAG_DATETIME": "2021:05:06 07:08:09"}, given=year).taken == year
    with pytest.raises(BadDate, match=r"--taken says .* but its filename says 2018-03-14"):
        find("2018-03-14.tif", given=year)
