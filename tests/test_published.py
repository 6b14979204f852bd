"""Published investigations, entered as findings with coverage, give the published figures."""

import csv
import importlib.util
import math
import sys
from pathlib import Path

import pytest

from vallum.ground.kinds import Status
from vallum.measure.published import figures

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def reenact():
    spec = importlib.util.spec_from_file_location("reenact", ROOT / "tools" / "reenact.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["reenact"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["reenact"]


@pytest.fixture(scope="module")
def printed():
    return {figure.id: figure for figure in figures()}


@pytest.fixture(scope="module")
def made(reenact):
    return reenact.made()


@pytest.fixture(scope="module")
def numbers(reenact, made):
    return {
        study.__name__: story.numbers for study, story in zip(reenact.STUDIES, made[0], strict=True)
    }


def test_the_page_is_what_the_figures_give(reenact, made):
    assert reenact.PAGE.read_text(encoding="utf-8") == made[1]


def test_hoeryong_prints_lengths_of_fence_and_both_stocks(numbers, printed):
    found = numbers["hoeryong"]
    assert found["barrier_km_fence_new"].value == pytest.approx(printed["H4"].low, abs=0.001)
    assert found["barrier_km_fence_upgraded"].value == pytest.approx(printed["H5"].low, abs=0.001)
    assert found["posts_new"].value == printed["H3"].low
    assert found["posts_stock_before"].value == printed["H2"].low
    assert found["posts_stock_after"].value == printed["H2"].low + printed["H3"].low
    # More fence than border is no mistake; more border than border would be.
    assert found["barrier_km_fence_new"].value > found["frontier_km"].value
    assert found["border_km_with_new_infrastructure"].value <= found["frontier_km"].value


def test_the_five_statuses_of_reuters_add_up_and_bound_the_change(numbers, printed):
    found = numbers["reuters"]
    whole = printed["R1"].low + printed["R2"].low
    assert math.fsum(found[f"border_km_{status}"].value for status in Status) == whole
    assert found["border_km_changed"].low == printed["R3"].low
    assert found["border_km_changed"].high == printed["R3"].low + printed["R4"].low
    assert found["border_km_changed"].wording == "at least"


def test_layers_of_the_six_areas_add_up_to_the_printed_total_within_rounding(numbers, printed):
    found = numbers["six_areas"]
    layers = sum(found[f"barrier_km_fence_{change}"].value for change in ("new", "upgraded"))
    assert abs(layers - printed["W6"].low) <= 1.5
    assert found["posts_stock_after"].value == printed["W10"].low


def test_what_was_not_looked_at_again_is_not_called_removed(numbers, printed):
    found = numbers["removal"]
    looked = sum(printed[name].low for name in ("A2", "A3", "A4"))
    assert found["border_km_with_removed_infrastructure"].value == looked
    assert found["border_km_not_comparable"].value == printed["A1"].low - looked


def test_a_coast_without_coverage_has_no_upper_bound_and_no_stock(numbers):
    found = numbers["coast"]
    assert math.isnan(found["barrier_km_fence_new"].high)
    assert found["barrier_km_fence_new"].open_m > 0
    assert "posts_stock_after" not in found


def test_every_study_says_what_it_cannot_give_and_where_its_figures_were_printed(made):
    stories, page = made
    assert len(stories) == 5
    for story in stories:
        assert story.printed
        assert story.possible
        assert story.not_derivable
    assert page.count("Figures as printed by:") == 5


@pytest.mark.real
def test_the_packaged_figures_are_those_beside_the_project(shared_data):
    with (shared_data / "published-figures.csv").open(encoding="utf-8", newline="") as handle:
        theirs = {row["id"]: row for row in csv.DictReader(handle)}
    ours = {figure.id: figure for figure in figures()}
    assert ours.keys() == theirs.keys()
    for name, row in theirs.items():
        for mine, column in ((ours[name].low, "value_min"), (ours[name].high, "value_max")):
            assert (math.isnan(mine) and not row[column]) or mine == float(row[column])
        assert ours[name].unit == row["unit"]
        assert ours[name].source_url == row["source_url"]
