"""Dates and credits written into screenshots, and how their ends are used."""

from datetime import date

import cv2
import numpy as np
import pytest

from vallum.ground.kinds import Seen
from vallum.ground.when import When
from vallum.imagery.shots import words
from vallum.review import dating

TODAY = date(2026, 11, 22)


def low(text):
    return words.Word(text=text, box=(0, 580, 400, 595), is_low=True)


def high(text):
    return words.Word(text=text, box=(0, 5, 400, 20), is_low=False)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Imagery Date: 4/25/2022  42°20'N 129°14'E elev 210 m", "2022-04-25"),
        ("ImageryDate:4/25/2022lat42.1", "2022-04-25"),
        ("Imagery Date: 25/4/2022", "2022-04-25"),
        ("Imagery Date: Apr 25, 2022", "2022-04-25"),
        ("Imagery Date: 25 April 2022", "2022-04-25"),
        ("Imagery Date: 2022-04-25", "2022-04-25"),
        ("이미지 날짜: 2022. 4. 25.", "2022-04-25"),
        ("이미지 날짜: 2022년 4월 25일", "2022-04-25"),
        ("图像日期：2022/4/25", "2022-04-25"),
        ("影像日期: 2022年4月25日", "2022-04-25"),
        ("拍摄日期 2022年4月", "2022-04-01..2022-04-30"),
        ("Imagery Date: 4/2022", "2022-04-01..2022-04-30"),
        ("25.4.2022 42°20'N 129°14'E", "2022-04-25"),
        ("lmageryDate:2022-04-25 10:31 5/13/2024", "2022-04-25"),
    ],
    ids=lambda value: (
        None if "2022-04" in str(value) and ":" not in str(value) else str(value)[:18]
    ),
)
def test_a_date_is_read_in_the_forms_that_google_earth_writes(text, day):
    assert words.told([low(text)], TODAY).oldest == When.parse(day)


@pytest.mark.parametrize(
    "text",
    [
        "Image © 2023 Maxar Technologies",
        "lat 42.1 lon 129.2",
        "Imagery Date: 13/45/2022",
        "8/8/2049",
        "eye alt 1.20 km",
    ],
)
def test_what_is_no_date_is_not_read_as_one(text):
    told = words.told([low(text)], TODAY)
    assert told.oldest is None
    assert told.newest is None


def test_day_and_month_that_can_be_exchanged_are_both_covered_unless_others_tell():
    word = low("Imagery Date: 4/11/2022")
    told = words.told([word], TODAY)
    assert told.oldest == When.parse("2022-04-11..2022-11-04")
    assert "month/day or day/month" in told.note
    others = [low("Imagery Date: 9/25/2019"), high("3/31/2019")]
    assert words.months_first(others) is True
    assert words.told([word], TODAY, is_month_first=True).oldest == When.on(date(2022, 4, 11))
    assert words.told([word], TODAY, is_month_first=False).oldest == When.on(date(2022, 11, 4))
    assert words.months_first([*others, high("31/3/2019")]) is None


def test_the_status_bar_is_the_oldest_and_the_slider_the_newest_day():
    told = words.told([low("Imagery Date: 4/25/2020"), high("9/30/2021")], TODAY)
    assert told.taken == When.parse("2020-04-25..2021-09-30")
    assert words.told([low("Imagery Date: 4/25/2020")], TODAY).taken is None


def test_present_by_uses_the_upper_end_and_last_absent_the_lower():
    absent = words.told([low("Imagery Date: 2/25/2019"), high("8/30/2019")], TODAY).taken
    present = words.told([low("Imagery Date: 4/25/2020"), high("9/30/2021")], TODAY).taken
    found = dating.dating(
        [
            dating.Shot(scene="a", taken=absent, state=Seen.ABSENT),
            dating.Shot(scene="b", taken=present, state=Seen.PRESENT),
        ]
    )
    assert found.first_seen == date(2021, 9, 30)
    assert found.last_absent == date(2019, 2, 25)
    assert found.built == When.parse("2019-02-25..2021-09-30")


def test_ends_that_run_backwards_date_nothing_and_are_told():
    told = words.told([low("Imagery Date: 4/25/2021"), high("9/30/2020")], TODAY)
    assert (told.oldest, told.newest, told.taken) == (None, None, None)
    assert "before its status bar" in told.note


def at(text, left, top=580):
    return words.Word(text=text, box=(left, top, left + 9 * len(text), top + 15), is_low=True)


@pytest.mark.parametrize(
    "clock",
    [
        [at("5/13/2024", 1800, 600)],
        [at("5/13/2024", 1800)],
        [at("10:31 AM 5/13/2024", 1800)],
        [at("10:31", 1800, 580), at("2024-05-13", 1800, 600)],
        [at("2024. 5. 13.", 1800, 600)],
    ],
    ids=["alone", "in-row", "one-line", "two-lines", "korean"],
)
def test_the_clock_of_the_computer_is_never_the_status_bar(clock):
    told = words.told([*clock, high("9/30/2022")], TODAY)
    assert (told.oldest, told.taken) == (None, None)
    assert "clock: it is not used" in told.note
    marked = words.told([at("Imagery Date: 4/25/2019", 300), *clock, high("9/30/2022")], TODAY)
    assert marked.taken == When.parse("2019-04-25..2022-09-30")
    laid = [at("4/25/2019", 300), at("lat 42.31 lon 129.2 elev 210 m", 500), *clock]
    assert words.told(laid, TODAY).oldest == When.parse("2019-04-25")


def test_a_mark_without_its_date_takes_the_one_beside_it_and_none_far_away():
    mark = at("Imagery Date:", 300)
    assert words.told([mark, at("4/25/2019", 430)], TODAY).oldest == When.parse("2019-04-25")
    assert words.told([mark, at("5/13/2024", 1800)], TODAY).oldest is None
    merged = "Imagery Date: 13/45/2019 42°20'N 129°14'E 5/13/2024"
    assert words.told([at(merged, 300)], TODAY).oldest is None


def test_a_clock_does_not_tell_how_the_picture_writes_days():
    bar = at("Imagery Date: 4/11/2022", 300)
    assert words.months_first([bar, at("5/13/2024", 1800)]) is None
    assert words.months_first([bar, high("9/30/2022")]) is True
    assert words.months_first([bar, high("10:31 30/9/2022")]) is None


def test_credits_are_read_with_the_name_of_the_program():
    told = words.told([low("Image © 2023 Maxar Technologies"), low("Google Earth")], TODAY)
    assert told.credit == "Image © 2023 Maxar Technologies; Google Earth"


def test_the_strips_of_a_picture_are_read_and_its_middle_is_not(tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(70, 130, (500, 1000, 3)).astype(np.uint8)
    picture = cv2.GaussianBlur(picture, (0, 0), 3)
    picture[470:] = 20
    for text, at in (("Imagery Date: 4/25/2022", (300, 492)), ("SECRET 1/31/2001", (300, 250))):
        cv2.putText(
            picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (235, 235, 235), 1, cv2.LINE_AA
        )
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture)
    found = words.as_words(words.read([str(path)])[0])
    assert words.told(found, TODAY).oldest == When.on(date(2022, 4, 25))
    assert not any("SECRET" in word.text for word in found)
