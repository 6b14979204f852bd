"""`vallum terrain`: rows of land by section, kept when a map is given later, and used to sample."""

import csv
import json

import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner

import small_survey
from vallum.commands.surveyed import terrain as command
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.pictures import Terrain
from vallum.ground.span import Span
from vallum.simulate import terrain as painted
from vallum.steps import surveying
from vallum.steps.sampling import Wanted, drawing
from vallum.steps.surveying import terrain

MIDDLE_M = small_survey.START_M + 10_000


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with small_survey.make(tmp_path_factory.mktemp("survey")) as project:
        yield project


@pytest.fixture(scope="module")
def maps(project, tmp_path_factory):
    stretches = (
        painted.Stretch(span=Span(small_survey.START_M, MIDDLE_M), slope_deg=2.0, settled=0.3),
        painted.Stretch(
            span=Span(MIDDLE_M, small_survey.END_M), slope_deg=10.0, river_m=300.0, cover=10
        ),
    )
    return painted.write(project.frontier, stretches, tmp_path_factory.mktemp("maps"), pixel_m=60.0)


def test_a_border_without_terrain_is_not_divided_by_it(project):
    with pytest.raises(BadSetting, match="run `vallum terrain` first"):
        drawing(project, Wanted(n=20, by="terrain"))


def test_maps_become_rows_a_table_sentences_and_strata(project, maps):
    done = terrain(project, dem=maps.dem, water=maps.water, licence="CC0")
    rows = {row.span: row for row in project.rows(Terrain)}
    assert len(rows) == len(project.sections)
    first, last = (rows[project.sections[k].span] for k in (0, -1))
    assert first.stratum.startswith("flat")
    assert first.stratum.endswith("no obstacle")
    assert (last.obstacle, last.stratum[:5]) == ("river", "hilly")
    assert "CC0" in first.sources[0]
    assert first.town
    assert any("Of 2.0 km with a confirmed change" in line for line in done.lines)
    with (project.out_folder / "terrain.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(rows)

    again = terrain(project, settlements=maps.settlements, dem=maps.dem.with_name("gone.tif"))
    assert again.blocked == (
        f"{maps.dem.with_name('gone.tif')}: does not exist; slopes are not told, check the path",
    )
    kept = {row.span: row for row in project.rows(Terrain)}[project.sections[0].span]
    assert kept.slope_deg == first.slope_deg
    assert kept.obstacle == "none"
    assert kept.stratum == "flat, settled, no obstacle"
    assert {one.partition(":")[0] for one in kept.sources} == {
        "heights", "water", "settlements", "towns",
    }  # fmt: skip

    drawn = drawing(project, Wanted(n=30, by="terrain"))
    assert "by the land" in drawn.strata[0].rule
    assert {one.name for one in drawn.strata} >= {"flat, settled, no obstacle"}
    assert terrain(project, settlements=maps.settlements).n_added == 0


def test_classes_of_a_map_may_be_given(project, tmp_path):
    table = tmp_path / "classes.csv"
    table.write_text("value,class\nx,y\n")
    with pytest.raises(BadTable, match="whole number"):
        terrain(project, classes=table)


def test_the_command_runs_without_any_map_and_tells_towns(project):
    ran = CliRunner().invoke(command, ["--project", str(project.root), "--json"])
    assert ran.exit_code == 0, ran.output
    facts = json.loads(ran.stdout)["facts"]
    assert all(one["town_m"] > 0 for one in facts["sections"])


def _row(**more):
    return Terrain(span=Span(0, 2000), **more)


def test_a_map_that_says_nothing_of_a_section_wipes_nothing_there():
    old = _row(slope_deg=3.0, settled_share=0.2, sources=("heights: a.tif", "settlements: s.tif"))
    new = _row(settled_share=0.0, blocked_by="dem: does not cover the section")
    both = surveying._with_earlier(new, old, {"land_cover"})
    assert (both.slope_deg, both.settled_share, both.blocked_by) == (3.0, 0.2, "")
    assert both.sources == old.sources


def test_the_sea_stays_the_sea_when_water_is_given_again_without_heights():
    old = _row(river_width_m=3000, obstacle="sea", slope_deg=1.0)
    new = _row(river_width_m=3000, obstacle="lake")
    assert surveying._with_earlier(new, old, {"water"}).obstacle == "sea"


def test_a_map_beside_no_section_is_a_line_and_wipes_nothing(project, maps, tmp_path):
    with rasterio.open(maps.dem) as source:
        profile = source.profile
        pixels = source.read()
    profile["transform"] = Affine.translation(900_000, 0) @ source.transform
    with rasterio.open(tmp_path / "else.tif", "w", **profile) as target:
        target.write(pixels)
    terrain(project, dem=maps.dem)
    before = [row.slope_deg for row in project.rows(Terrain)]
    done = terrain(project, dem=[tmp_path])
    assert len(done.blocked) == 1
    assert "else.tif: covers no section" in done.blocked[0]
    assert [row.slope_deg for row in project.rows(Terrain)] == before
