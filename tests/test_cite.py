"""How to cite the numbers: nobody can mistake one state of a project for another."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_book import fake_book, fake_frontier
from vallum import config
from vallum.ground.errors import BadSetting
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import APART, Estimate, Level, Release
from vallum.ground.when import When
from vallum.project import create
from vallum.report.cite import STYLES, Cited, citation_file, cite, cited_of, images_text

HEAD, MANIFEST = "ab" * 32, "cd" * 32
CITED = Cited(
    name="Tumen & Yalu_50%", line="China and North Korea", line_length_m=1_384_000, start_m=1000,
    end_m=9000, credit="© OpenStreetMap contributors", licence="ODbL-1.0",
    images="2 images of 2019 against 3 images of 2022", version="0.2.0", ledger_head=HEAD,
    manifest_sha256=MANIFEST, published=date(2026, 3, 5),
)  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_every_style_names_line_credit_version_images_state_and_publication(style):
    text = cite(CITED, style).replace("\\", "").replace("{copyright}", "©").replace("~", "\u202f")
    for wanted in (
        "China and North Korea", "1,384.0\u202fkm", "ODbL-1.0", "OpenStreetMap contributors",
        "vallum 0.2.0", "3 images of 2022", HEAD, MANIFEST, "2026", "Tumen & Yalu_50%",
    ):  # fmt: skip
        assert wanted in text, wanted


@pytest.mark.parametrize("style", STYLES)
def test_a_simulated_project_says_first_that_it_shows_no_real_place(style):
    made_up = cite(replace(CITED, is_simulated=True), style)
    assert "SIMULATED" in made_up
    assert "shows no real place" in made_up
    assert "SIMULATED" not in cite(CITED, style)
    if style == "text":
        assert made_up.startswith("SIMULATED")


def test_a_citation_says_when_the_numbers_are_not_those_that_were_published():
    assert f"Publication {MANIFEST}" in cite(CITED)
    changed = cite(replace(CITED, is_newest=False))
    assert f"The numbers changed after publication {MANIFEST}" in changed
    assert "ublication" not in cite(replace(CITED, manifest_sha256="", published=None))


@given(st.text(max_size=60))
def test_no_name_can_break_bibtex(name):
    text = cite(replace(CITED, name=name), "bibtex")
    bare = re.sub(r"\\[{}]", "", text)
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert re.match(r"@misc\{vallum-[a-z0-9-]+-abababababab,\n", text)


def test_letters_that_latex_takes_for_commands_are_escaped():
    text = cite(CITED, "bibtex")
    assert r"title = {{Tumen \& Yalu\_50\%}}" in text
    assert r"\copyright{}" in text
    assert not set(text) & set("\u202f–“”©")


def test_csl_is_one_item_with_its_day():
    (item,) = json.loads(cite(CITED, "csl"))
    assert item["type"] == "dataset"
    assert item["title"] == "Tumen & Yalu_50%"
    assert item["issued"] == {"date-parts": [[2026, 3, 5]]}
    assert "issued" not in json.loads(cite(replace(CITED, published=None), "csl"))[0]


def test_an_unknown_style_is_refused_with_those_that_are_known():
    with pytest.raises(BadSetting, match="text, bibtex, csl"):
        cite(CITED, "chicago")


def test_the_dates_of_the_images_are_said_and_their_absence_too():
    book = fake_book(7.4, n_chips=0)
    said = images_text(book.scenes, book.before, book.after)
    assert said == "1 image of 2019-03-14 against 1 image of 2022-04-09"
    aside = [replace(scene, set_aside="cloud") for scene in book.scenes]
    assert images_text(aside, book.before, When.parse("2022")) == (
        "no images of 2019 against no images of 2022"
    )


def test_the_file_in_a_publication_holds_all_styles_and_no_hash_of_its_own_manifest():
    book = fake_book(7.4, is_simulated=True, n_chips=0)
    text = citation_file(book)
    cited = cited_of(book)
    assert all(cite(cited, style) in text for style in STYLES)
    assert cited.manifest_sha256 == ""
    assert text.startswith("SIMULATED")
    assert "manifest.json" in text


@pytest.fixture
def project(tmp_path):
    settings = config.Config(
        name="Ford",
        border=config.Border(
            frontier="test-line", start_m=0, end_m=5000, left_m=500, right_m=500, section_m=1000
        ),
        dates=config.Dates(before="2019", after="2022"),
    )
    with create(tmp_path / "ford", settings, fake_frontier(7.4)) as made:
        with made.run("measure") as work:
            work.add(_number("border_km_changed", 1.2), _number("posts_new", 3.0, unit="posts"),
                     _number("barrier_km_wall_new", math.nan, wording=WITHDRAWN))  # fmt: skip
        yield made


def _number(name: str, value: float, **more) -> Estimate:
    return Estimate(**{"name": name, "value": value, "low": value, "unit": "km", "method": "m",
                       "wording": "at least", **more})  # fmt: skip


def _publish(project, manifest: str, head: str) -> None:
    with project.run("publish") as work:
        work.add(Release(manifest_sha256=manifest, level=Level.PUBLIC, estimate_ids=(),
                         ledger_head=head, n_files=1))  # fmt: skip


def test_a_project_is_cited_in_the_state_in_which_it_is(project):
    head = project.store.head_without(*APART)
    first = project.cite()
    assert first.startswith("Ford. ")
    assert head in first
    assert "ublication" not in first
    _publish(project, MANIFEST, head)
    assert f"Publication {MANIFEST}" in project.cite()
    with project.run("measure") as work:
        work.add(_number("border_km_changed", 1.4))
    later = project.cite()
    assert f"The numbers changed after publication {MANIFEST}" in later
    assert head not in later
    _publish(project, "ef" * 32, project.store.head_without(*APART))
    assert f"Publication {'ef' * 32}" in project.cite()
    assert json.loads(project.cite("csl"))[0]["title"] == "Ford"


def test_the_numbers_of_a_project_are_a_tidy_table_with_the_run_that_wrote_them(project):
    table = project.estimates
    assert sorted(table["name"]) == ["border_km_changed", "posts_new"]
    assert set(table["run"]) <= set(project.frame("Run")["id"])
    row = table.set_index("name").loc["posts_new"]
    assert (row["quantity"], row["change"], row["value"]) == ("posts", "new", 3.0)
    assert "nan" not in project._repr_html_()
