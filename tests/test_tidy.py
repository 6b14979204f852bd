"""Names of numbers are taken apart and put together; numbers become one tidy table."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_book import fake_book
from vallum.ground.kinds import Basis, Change, Kind
from vallum.ground.numbers import FORMS, WITHDRAWN, Parts, parts_of
from vallum.ground.records import Estimate
from vallum.measure.tidy import COLUMNS, tidy

CHANGES = st.sampled_from([str(change) for change in Change])
KINDS = st.sampled_from([*(kind.value for kind in Kind), "all", "primary", "secondary", "tertiary"])
AREAS = st.one_of(
    st.just(""), st.from_regex(r"[a-z0-9]+(_[a-z0-9]+){0,3}", fullmatch=True)
)  # fmt: skip
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1)).map(str)
STATUSES = st.sampled_from(
    ["changed", "unchanged", "indeterminate", "not_comparable", "comparable"]
)


@st.composite
def parts(draw: st.DrawFn) -> Parts:
    """Parts of any number that vallum may write."""
    form, section = draw(st.sampled_from(["", *FORMS])), draw(AREAS)
    made = draw(
        st.one_of(
            st.builds(Parts, quantity=st.just("barrier_km"), kind=KINDS, change=CHANGES),
            st.builds(
                Parts, quantity=st.just("posts"), kind=st.one_of(st.just(""), KINDS), change=CHANGES
            ),
            st.builds(Parts, quantity=st.just("posts_per_border_km_comparable"), change=CHANGES),
            st.builds(Parts, quantity=st.just("border_km_with_infrastructure"), change=CHANGES),
            st.builds(Parts, quantity=STATUSES.map("border_km_{}".format)),
            st.builds(
                Parts,
                quantity=st.sampled_from(["barrier_km_built_by", "barrier_km_removed_by"]),
                kind=st.one_of(st.just(""), KINDS),
                at=DAYS,
            ),
        )
    )
    return replace(made, form=form, section=section)


@given(parts())
def test_what_a_name_says_is_what_it_was_made_of(made):
    assert parts_of(made.name) == made


@given(
    st.one_of(
        st.from_regex(r"[a-z]+(_[a-z0-9]+){0,7}", fullmatch=True),
        st.builds(
            "barrier_km_imported_{}".format,
            st.from_regex(r"[a-z]+(_(in|new|bounds|[a-z]+)){0,4}", fullmatch=True),
        ),
    )
)
def test_any_name_put_together_again_is_the_same_to_the_letter(name):
    assert parts_of(name).name == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("frontier_km", ("frontier_km", "", "", "", "", "")),
        ("border_km_changed", ("border_km_changed", "", "", "", "", "")),
        ("border_km_changed_estimated", ("border_km_changed", "", "", "", "", "estimated")),
        ("border_km_changed_bounds", ("border_km_changed", "", "", "", "", "bounds")),
        (
            "border_km_changed_if_missing_at_random",
            ("border_km_changed", "", "", "", "", "if_missing_at_random"),
        ),
        ("border_km_changed_in_hoeryong_si", ("border_km_changed", "", "", "", "hoeryong_si", "")),
        ("barrier_km_double_fence_new", ("barrier_km", "double_fence", "new", "", "", "")),
        ("barrier_km_secondary_new", ("barrier_km", "secondary", "new", "", "", "")),
        ("barrier_km_all_removed_estimated", ("barrier_km", "all", "removed", "", "", "estimated")),
        ("posts_new", ("posts", "", "new", "", "", "")),
        ("posts_stock_before", ("posts_stock", "", "", "before", "", "")),
        ("posts_watchtower_stock_after", ("posts_stock", "watchtower", "", "after", "", "")),
        ("posts_new_per_fence_km", ("posts_per_fence_km", "", "new", "", "", "")),
        ("posts_net_change", ("posts_net_change", "", "", "", "", "")),
        ("posts_guard_post_new", ("posts", "guard_post", "new", "", "", "")),
        ("barrier_km_life_unknown_new", ("barrier_km", "life_unknown", "new", "", "", "")),
        (
            "posts_new_per_border_km_comparable",
            ("posts_per_border_km_comparable", "", "new", "", "", ""),
        ),
        (
            "border_km_with_new_infrastructure",
            ("border_km_with_infrastructure", "", "new", "", "", ""),
        ),
        (
            "barrier_km_built_by_2020-12-31",
            ("barrier_km_built_by", "", "", "2020-12-31", "", ""),
        ),
        ("barrier_km_removed_by_2021-03-31", ("barrier_km_removed_by", "", "", "2021-03-31", "", "")),
        ("barrier_km_at_stage_removed", ("barrier_km_at_stage", "", "removed", "", "", "")),
        ("barrier_km_not_enough_looks", ("barrier_km_not_enough_looks", "", "", "", "", "")),
        ("barrier_km_imported_pedestrian", ("barrier_km_imported", "pedestrian", "", "", "", "")),
        (
            "border_km_with_imported_barrier_vehicle_within_300_m",
            ("border_km_with_imported_barrier_within", "vehicle", "", "300_m", "", ""),
        ),
        (
            "border_km_with_imported_barrier_within_300_m",
            ("border_km_with_imported_barrier_within", "", "", "300_m", "", ""),
        ),
    ],
)  # fmt: skip
def test_names_are_read_as_people_read_them(name, said):
    got = parts_of(name)
    assert (got.quantity, got.kind, got.change, got.at, got.section, got.form) == said


def test_beside_an_estimate_stands_what_people_confirmed_of_the_same_thing():
    assert parts_of("barrier_km_all_new_estimated").counted_name == "barrier_km_all_new"
    assert parts_of("posts_new_bounds").counted_name == "posts_new"


def _number(name: str, **more) -> Estimate:
    return Estimate(**{"name": name, "value": 9.314, "unit": "km", "method": "m",
                       "wording": "about", **more})  # fmt: skip


def test_the_table_has_a_row_for_each_number_that_stands_and_the_promised_columns():
    book = fake_book(7.4, n_chips=0)
    gone = _number("barrier_km_wall_extended", value=math.nan, wording=WITHDRAWN)
    table = tidy([*book.estimates, gone])
    assert tuple(table.columns) == COLUMNS
    assert list(table["name"]) == [one.name for one in book.estimates]
    assert table["value"].tolist() == [one.value for one in book.estimates]
    wide = table[(table["quantity"] == "barrier_km") & (table["kind"] != "all")]
    assert set(wide["change"]) <= {str(change) for change in Change}
    assert {"fence", "wall"} <= set(wide["kind"])


def test_a_refused_number_is_no_number_and_says_why():
    table = tidy(
        [_number("barrier_km_all_new_estimated", value=math.nan, n=200, n_positive=4,
                 basis=Basis.SAMPLED, reason="only 4 of 200 stretches hold something")]
    )  # fmt: skip
    (row,) = table.to_dict("records")
    assert math.isnan(row["value"])
    assert row["reason"] == "only 4 of 200 stretches hold something"
    assert (row["n"], row["n_positive"], row["basis"]) == (200, 4, "sampled")
    assert not table[["name", "kind", "section", "reason", "run"]].isna().any().any()


def test_a_project_without_numbers_has_an_empty_table_of_the_same_shape():
    table = tidy([])
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 0
    assert table.dtypes.equals(tidy([_number("frontier_km")]).dtypes)
    assert isinstance(table, pd.DataFrame)
