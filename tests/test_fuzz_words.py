"""Words from outside: every parser of ours reads them or refuses them in one line, whatever they are."""

import math
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vallum.claims import read as reading
from vallum.claims.edtf import bracket_of
from vallum.claims.places import borders, likeliest, spots
from vallum.claims.times import moments
from vallum.ground.context import when_of
from vallum.ground.errors import BadInput, VallumError
from vallum.ground.records import ROWS
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery import dates, stated
from vallum.imagery.deliveries import papers
from vallum.imagery.stac import items

TODAY = date(2024, 5, 1)
PIECES = (
    "2019", "-05", "-31", "-21", "~", "?", "XX", "..", "/", "[", "]", ",", ":", "T", "Z", "+09:00",
    "24:00", "0", "km", "-", ".", "1e400", "NaN", "inf", "9" * 30, "\u0662\u0660", "\u0000", " ",
    "\u202e", "\ud83d\ude00", "mid-", "April ", "spring ", "last month", "3.2", " of ", "half ",
    "fence ", "posts ", "near Musan ", "1,200 m ", "40 % ", "two ", "dozen ", "\n", "''", "−",
)  # fmt: skip
WORDS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), st.text(max_size=40))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


def refused(call: Callable[[], object]) -> object:
    """Return what a parser returns, or the error with which it refuses, which has one line."""
    try:
        return call()
    except VallumError as error:
        told = str(error)
        assert told
        assert "\n" not in told
        assert len(told) < 500
        return error


PARSERS: dict[str, Callable[[str], object]] = {
    "borders": borders,
    "day-in-a-tag": lambda text: dates.day_in(text, TODAY),
    "day-in-a-name": lambda text: dates.in_name(text, TODAY),
    "edtf": bracket_of,
    "km": Span.parse_km,
    "likeliest-line": likeliest,
    "moment-of-papers": papers.moment,
    "moments": lambda text: moments(text, TODAY),
    "number-of-papers": papers.number,
    "papers-with-groups": lambda text: papers.flat(papers.groups(text)),
    "spots": spots,
    "text": lambda text: reading.read(text, published=TODAY),
    "when": When.parse,
    "when-of-context": when_of,
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_of_words_reads_or_refuses_them_in_one_line(name: str) -> None:
    parse = PARSERS[name]

    @settings(max_examples=25)
    @given(WORDS)
    @example("")
    @example("9" * 5000)
    @example("2019-01-01..." * 40)
    @example("9" * 400 + ".." + "9" * 401)
    @example("\u0662\u0660\u0661\u0669")
    def check(text: str) -> None:
        refused(lambda: parse(text))

    check()


@settings(max_examples=40)
@given(WORDS)
def test_a_span_that_is_read_is_printed_and_read_again_as_the_same(text: str) -> None:
    try:
        span = Span.parse_km(text)
    except VallumError:
        return
    km = f"{span.start_m / 1000:.3f}..{span.end_m / 1000:.3f}"
    assert Span.parse_km(km) == span


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(("gsd", "off_nadir", "id", "eo:cloud_cover")), PLAIN))
def test_what_a_catalogue_states_is_a_number_within_bounds_or_none(told: dict[str, object]) -> None:
    found = stated.number(told, 0, 90, "gsd", "off_nadir")
    assert math.isnan(found) or 0 <= found <= 90
    assert len(stated.text(told, 50, "id")) <= 50
    stated.conditions(told)


ITEM = st.fixed_dictionaries(
    {},
    optional={
        "type": PLAIN,
        "id": PLAIN,
        "collection": PLAIN,
        "bbox": PLAIN,
        "links": PLAIN | st.lists(st.fixed_dictionaries({"rel": PLAIN, "href": PLAIN})),
        "geometry": PLAIN
        | st.fixed_dictionaries(
            {"type": st.sampled_from(("Polygon", "Point", "Circle")), "coordinates": PLAIN}
        ),
        "properties": PLAIN
        | st.dictionaries(
            st.sampled_from(("datetime", "start_datetime", "end_datetime", "gsd", "proj:epsg",
                             "proj:code", "platform", "license", "providers", "eo:cloud_cover")),
            PLAIN | st.just("2022-05-01T02:15:21Z"),
        ),
        "assets": PLAIN
        | st.dictionaries(
            WORDS,
            st.fixed_dictionaries(
                {"href": PLAIN | st.just("./a.tif"), "roles": PLAIN, "eo:bands": PLAIN,
                 "type": PLAIN | st.just("image/tiff; application=geotiff")}
            ),
            max_size=3,
        ),
    },
)  # fmt: skip


@settings(max_examples=40)
@given(ITEM)
def test_a_stac_item_is_read_or_left_out_in_one_line(item: dict[str, object]) -> None:
    found = refused(lambda: items.read(item, "https://catalogue.example/items/a"))
    if isinstance(found, items.Item):
        refused(lambda: items.chosen(found, "red,green"))


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_a_row_of_a_stranger_is_refused_by_name_or_read(kind: str) -> None:
    from vallum.evidence.handed import read_row

    cls = ROWS[kind]
    names = st.sampled_from(sorted(cls.__dataclass_fields__))

    @settings(max_examples=4)
    @given(st.dictionaries(names | st.just("id"), PLAIN, max_size=6))
    @example({"id": "no such row"})
    def check(line: dict[str, object]) -> None:
        found = refused(lambda: read_row(cls, line))
        assert isinstance(found, cls) or (isinstance(found, BadInput) and kind in str(found))

    check()
