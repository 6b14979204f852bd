"""`vallum shop`: what is missing, what to buy, and files that a provider and a catalogue take."""

import csv
import json
import zipfile
from dataclasses import replace

import pytest
import shapely
from click.testing import CliRunner

import small_survey
from vallum.commands.spending import shop as command
from vallum.ground.errors import BadSetting, BadTable
from vallum.ground.kinds import Status
from vallum.ground.pictures import Cue, Terrain
from vallum.ground.records import Scene
from vallum.ground.span import Span
from vallum.measure import orders, prices
from vallum.steps import missing, shopping


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with small_survey.make(tmp_path_factory.mktemp("shop")) as project:
        yield project


@pytest.fixture(scope="module")
def price_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("prices") / "prices.toml"
    path.write_text(prices.EXAMPLE, encoding="utf-8")
    return path


def told(gaps):
    return {
        (one.span.start_m - small_survey.START_M, one.span.end_m - small_survey.START_M):
        (one.status, one.missing)
        for one in gaps
    }  # fmt: skip


def test_every_stretch_is_missing_what_it_is_missing(project):
    found = told(missing.gaps(project))
    assert found == {
        (8000, 10_000): (Status.NOT_COMPARABLE, ("after",)),
        (10_000, 12_000): (Status.NOT_COMPARABLE, ("after",)),
        (14_000, 15_000): (Status.INDETERMINATE, ("before", "after")),
        (16_000, 20_000): (Status.NOT_COMPARABLE, ("before",)),
    }


def test_pixels_too_coarse_for_what_is_looked_for_are_a_gap_too(project):
    found = told(missing.gaps(project, coarsest_m=0.5))
    assert found[0, 2000] == (Status.NOT_COMPARABLE, ("before", "after"))
    assert (2000, 4000) not in found


def test_an_image_that_is_for_looking_only_does_not_count(project):
    scene = next(one for one in project.rows(Scene) if one.name == "a")
    with project.run("test") as work:
        work.add(replace(scene, looking_only="tilted"))
    try:
        found = told(missing.gaps(project))
        assert found[16_000, 20_000][1] == ("before", "after")
    finally:
        with project.run("test") as work:
            work.add(scene)
    assert told(missing.gaps(project))[16_000, 20_000][1] == ("before",)


def test_the_list_is_written_in_four_forms_that_agree(project, price_file, tmp_path):
    done = shopping.shop(project, prices=price_file, budget=700, to=tmp_path / "list")
    names = ["orders.csv", "orders.geojson", "orders.kmz", "stac-queries.json"]
    assert sorted(one.name for one in (tmp_path / "list").iterdir()) == names
    with (tmp_path / "list/orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    shapes = json.loads((tmp_path / "list/orders.geojson").read_text())["features"]
    assert [row["order"] for row in rows] == [one["properties"]["order"] for one in shapes]
    assert sum(float(row["price"]) for row in rows) == pytest.approx(done.facts["price"], abs=0.1)
    assert done.facts["price"] <= 700
    with zipfile.ZipFile(tmp_path / "list/orders.kmz") as file:
        kml = file.read("doc.kml").decode()
    assert kml.count("<Placemark>") == len({row["order"] for row in rows})
    assert "SIMULATED" in kml
    queries = json.loads((tmp_path / "list/stac-queries.json").read_text())
    assert {one["order"] for one in queries} == {row["order"] for row in rows}
    assert all(len(one["search"]["intersects"]["coordinates"][0]) <= 61 for one in queries)
    assert {one["search"]["datetime"][:4] for one in queries} <= {"2019", "2022"}


def test_areas_keep_the_limits_and_hold_the_corridor_of_what_is_missing(
    project, price_file, tmp_path
):
    shopping.shop(project, prices=price_file, budget=700, to=tmp_path)
    listed, _ = prices.read(price_file)
    limits = {one.name: one.limits for one in listed}
    shapes = json.loads((tmp_path / "orders.geojson").read_text())["features"]
    assert shapes
    for one in shapes:
        said, area = one["properties"], shapely.geometry.shape(one["geometry"])
        assert orders.breaches(area, limits[said["product"]]) == ()
        span = Span(round(said["from_km"] * 1000), round(said["to_km"] * 1000))
        land = project.frontier.corridor(span, 400, 400)
        assert land.difference(area).area < 1e-3 * land.area
        assert said["area_km2"] == pytest.approx(orders.area_km2(area), abs=0.01)


def test_a_missing_image_is_asked_for_near_the_day_of_its_partner(project, price_file, tmp_path):
    done = shopping.shop(project, prices=price_file, budget=2000, to=tmp_path)
    near = {one["epoch"]: one["best_near"] for one in done.facts["orders"]
            if one["from_km"] >= 416 and one["best_near"]}  # fmt: skip
    assert near["before"].startswith("9 April")


def test_nothing_new_shows_the_past(project, price_file, tmp_path):
    done = shopping.shop(project, prices=price_file, budget=500, to=tmp_path)
    assert any("new image" in line and "neither date" in line for line in done.lines)
    assert all("new image" not in one["product"] for one in done.facts["orders"])


def test_coarse_products_are_left_out_for_fine_things(project, price_file, tmp_path):
    done = shopping.shop(project, prices=price_file, budget=900, gsd_m=0.5, to=tmp_path)
    assert any("0.7 m do not show it" in line for line in done.lines)
    assert {one["gsd_m"] for one in done.facts["orders"]} == {0.5}
    assert shopping.coarsest_for(["fence", "patrol_road"]) == shopping.coarsest_for(["fence"])
    with pytest.raises(BadSetting, match="moat"):
        shopping.coarsest_for(["moat"])


def test_a_half_width_is_reached_as_expected(project, price_file, tmp_path):
    done = shopping.shop(project, prices=price_file, half_width_km=3.0, to=tmp_path)
    assert done.facts["half_width_before_km"] == pytest.approx(4.5)
    assert done.facts["half_width_after_km"] <= 3.0


def test_money_goes_first_where_more_is_to_be_expected(project, price_file, tmp_path):
    flat = [Terrain(span=s.span, stratum="flat" if s.span.start_m < 410_000 else "steep")
            for s in project.sections]  # fmt: skip
    cue = Cue(span=Span(408_000, 409_000), rank=1, score=1.0)
    with project.run("test") as work:
        work.add_all([*flat, cue])
    shares = {(g.span.start_m, g.span.end_m): g.share for g in missing.gaps(project)}
    assert (408_000, 409_000) in shares
    steep = shares[416_000, 420_000]
    assert steep > shares[409_000, 410_000]
    done = shopping.shop(project, prices=price_file, budget=80, aim="expected", to=tmp_path)
    assert done.facts["half_width_after_km"] < done.facts["half_width_before_km"]


def test_a_price_file_that_cannot_be_read_stops_before_anything_is_written(project, tmp_path):
    with pytest.raises(BadTable):
        shopping.shop(project, prices=tmp_path / "none.toml", budget=1, to=tmp_path / "list")
    assert not (tmp_path / "list").exists()


def test_the_example_is_written_once(tmp_path):
    path = tmp_path / "prices.toml"
    shopping.example_prices(path)
    assert prices.read(path)[1] == []
    with pytest.raises(BadSetting, match="there already"):
        shopping.example_prices(path)


def test_a_name_in_a_price_file_runs_in_no_spreadsheet(project, tmp_path):
    path = tmp_path / "prices.toml"
    text = prices.EXAMPLE.replace('provider = "EXAMPLE', "provider = \"=cmd('x')")
    path.write_text(text, encoding="utf-8")
    shopping.shop(project, prices=path, budget=300, to=tmp_path / "list")
    assert b",'=cmd(" in (tmp_path / "list/orders.csv").read_bytes()


def test_the_command_asks_for_prices_and_prints_what_to_do_next(project, price_file, tmp_path):
    ran = CliRunner().invoke(command, ["--project", str(project.root), "--budget", "100"])
    assert ran.exit_code == 2
    assert "--example-prices" in ran.output
    ran = CliRunner().invoke(
        command,
        ["--project", str(project.root), "--prices", str(price_file), "--budget", "100",
         "--to", str(tmp_path), "--json"],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["facts"]["currency"] == "EXAMPLE"


def test_images_that_show_no_class_are_not_bought_though_nobody_named_a_class() -> None:
    assert shopping.coarsest_for(()) == pytest.approx(1.0)
    assert shopping.coarsest_for(("fence",)) < shopping.coarsest_for(())


def test_a_half_width_that_no_area_can_give_is_said_to_be_missed(project, tmp_path):
    path = tmp_path / "p.toml"
    path.write_text(
        '[[product]]\nprovider = "A"\nname = "x\\u001b[2J\\ny"\ngsd_m = 0.5\nprice_per_km2 = 10\n'
        "max_aspect = 1\nmin_width_m = 100\n"
    )
    done = shopping.shop(project, prices=path, half_width_km=2.5, to=tmp_path)
    assert any(line.startswith("NOT REACHED: 2.5 km") for line in done.lines)
    assert not any(line.startswith("for ") for line in done.lines)
    assert done.blocked
    assert all(line.isprintable() for line in (*done.lines, *done.blocked))


def test_what_is_narrow_already_or_pays_nothing_is_refused(project, price_file, tmp_path):
    with pytest.raises(BadSetting, match="as narrow already"):
        shopping.shop(project, prices=price_file, half_width_km=50, to=tmp_path / "o")
    with pytest.raises(BadSetting, match="pays no order"):
        shopping.shop(project, prices=price_file, budget=1, to=tmp_path / "o")
    old = tmp_path / "old.toml"
    old.write_text('[[product]]\nprovider = "A"\nname = "a"\ngsd_m = 0.5\nprice_per_km2 = 10\n'
                   "since = 1990-01-01\nuntil = 1991-01-01\n")  # fmt: skip
    with pytest.raises(BadSetting, match="no product of old.toml can show"):
        shopping.shop(project, prices=old, budget=500, to=tmp_path / "o")
    assert not (tmp_path / "o").exists()
    with pytest.raises(BadSetting, match="cannot be written"):
        shopping.example_prices(tmp_path / "none/x.toml")
