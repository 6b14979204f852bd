"""The gallery pages say what is measured now."""

from pathlib import Path

import pytest

from vallum import steps
from vallum.ground.records import Estimate
from vallum.report.printing import bounds_text, value_text

PAGES = Path(__file__).parents[1] / "docs/gallery"
DASH = "–"


def row_of(number: Estimate) -> tuple[str, str]:
    return value_text(number), bounds_text(number) or DASH


def rows_on(page: str) -> dict[str, tuple[str, str]]:
    """Return printed value and bounds by the name under which a number is traced."""
    found = {}
    for line in (PAGES / f"{page}.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[-1].startswith("`"):
            value, bounds = (cell.replace("\u00a0", "\u202f") for cell in cells[1:3])
            found[cells[-1].strip("`")] = value, bounds
    return found


def measured(border) -> dict[str, tuple[str, str]]:
    for step in (steps.cover, steps.align, steps.detect, steps.measure):
        step(border)
    return {number.name: row_of(number) for number in border.rows(Estimate)}


@pytest.mark.real
def test_the_page_of_the_fence_prints_what_is_measured(shared_data, tmp_path):
    border, _ = steps.new(tmp_path / "b", frontier="usa-mex", before="2016", after="2017")
    with border:
        lines = shared_data / "barriers/usa-mex-fence-2017.geojson"
        steps.add_barriers(border, lines, subtype="gen_type")
        now, told = measured(border), rows_on("us-mexico-fence")
    assert len(told) >= 8
    assert {name: now[name] for name in told} == told


@pytest.mark.real
def test_the_page_of_the_coverage_prints_what_is_measured(shared_data, tmp_path):
    border, _ = steps.new(
        tmp_path / "b",
        frontier="tur-syr",
        before="2023-01-01..2023-02-05",
        after="2023-02-06..2023-12-31",
    )
    with border:
        steps.add_footprints(border, shared_data / "footprints/maxar-open-catalog.geojson.gz")
        now, told = measured(border), rows_on("turkey-syria-coverage")
    assert len(told) >= 6
    assert {name: now[name] for name in told} == told


@pytest.mark.parametrize("page", ["us-mexico-fence", "turkey-syria-coverage", "simulated-hoeryong"])
def test_every_picture_of_a_page_is_there_with_words_for_those_who_cannot_see_it(page):
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    pictures = [part.partition(")")[0] for part in text.split("](pictures/")[1:]]
    assert pictures
    for name in pictures:
        assert (PAGES / "pictures" / name).is_file(), name
    assert "![](" not in text
