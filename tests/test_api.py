"""The front door: every name is there, nothing heavy is behind it until it is used."""

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box, mapping, shape

import small_border
import vallum
from vallum import steps


def test_every_name_of_the_front_door_opens() -> None:
    for name in vallum.__all__:
        assert getattr(vallum, name) is not None, name
    with pytest.raises(AttributeError, match="there are"):
        vallum.nothing  # noqa: B018


def test_every_verb_has_a_step() -> None:
    for name in steps.__all__:
        assert callable(getattr(steps, name)), name


def test_importing_vallum_imports_nothing_heavy() -> None:
    program = (
        "import sys, vallum; "
        "assert not {'numpy', 'shapely', 'pandas', 'rasterio'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("api")
    small = small_border.make(folder)
    project, _ = steps.new(
        folder / "border", frontier=small.line, before="2019", after="2022", corridor_m=100
    )
    with project:
        steps.add(project, [small.images])
        steps.run(project)
        yield project


def test_rows_come_as_geodataframes(border: vallum.Project) -> None:
    candidates = border.frame("Candidate")
    assert isinstance(candidates, gpd.GeoDataFrame)
    assert candidates.crs.to_epsg() == 4326
    assert (candidates.end_m > candidates.start_m).all()
    estimates = border.frame("estimate").set_index("name")
    assert estimates.loc["frontier_km", "value"] == pytest.approx(1.0, abs=0.005)


def test_the_painted_fence_is_among_the_candidates(border: vallum.Project) -> None:
    found = border.frame("Candidate")
    near = found[(found.change == "new") & (abs(found.off_m - 25) < 3)]
    assert near.length_m.sum() == pytest.approx(600, abs=60)
    assert near.start_m.min() == pytest.approx(200, abs=25)
    assert near.end_m.max() == pytest.approx(800, abs=25)


def test_the_shift_that_was_put_in_comes_out(border: vallum.Project) -> None:
    fit = border.frame("Fit").iloc[0]
    assert fit.dx_m == pytest.approx(-2.0 * small_border.GSD_M, abs=0.1)
    assert fit.dy_m == pytest.approx(-1.5 * small_border.GSD_M, abs=0.1)
    assert fit.gain[0] == pytest.approx(1 / 0.9, rel=0.03)


def test_an_unknown_kind_of_row_is_named(border: vallum.Project) -> None:
    with pytest.raises(vallum.VallumError, match="Candidate"):
        border.frame("things")


def test_a_notebook_shows_numbers_and_says_what_they_rest_on(border: vallum.Project) -> None:
    html = border._repr_html_()
    assert "border_km_changed" in html
    assert "tolerance" in html


def test_two_processes_give_the_same_rows_as_the_plain_loop(
    border: vallum.Project, tmp_path: Path
) -> None:
    small = small_border.make(tmp_path)
    ids = []
    for name, scheduler in (("plain", ""), ("processes", "local")):
        project, _ = steps.new(
            tmp_path / name, frontier=small.line, before="2019", after="2022",
            corridor_m=100, section_m=400,
        )  # fmt: skip
        with project:
            steps.add(project, [small.images])
            steps.run(project, scheduler=scheduler)
            ids.append(list(project.frame("Candidate").id))
    assert ids[0] == ids[1]
    assert ids[0]


def shapes(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def test_barriers_on_record_make_a_report_without_any_image(tmp_path: Path) -> None:
    small = small_border.make(tmp_path)
    line = json.loads(small.line.read_text())
    barrier = shapes(tmp_path / "fence.geojson", line | {"properties": {"gen_type": "pedestrian"}})
    project, _ = steps.new(tmp_path / "b", frontier=small.line, before="2019", after="2022")
    with project:
        steps.add_barriers(project, barrier, subtype="gen_type")
        page = Path(steps.run(project).files[0]).read_text(encoding="utf-8")
    assert "of barrier on record; " in page
    assert "could not be compared" in page


def test_footprints_alone_never_read_as_nothing_found(tmp_path: Path) -> None:
    small = small_border.make(tmp_path)
    west, south, east, north = shape(json.loads(small.line.read_text())["geometry"]).bounds
    around = mapping(box(west - 0.01, south - 0.01, east + 0.01, north + 0.01))
    catalogue = shapes(
        tmp_path / "catalogue.geojson",
        *(
            {"type": "Feature", "geometry": around,
             "properties": {"id": day, "datetime": f"{day}T02:00:00Z", "gsd": 0.5, "platform": "X"}}
            for day in ("2019-05-01", "2022-05-01")
        ),
    )  # fmt: skip
    project, _ = steps.new(tmp_path / "b", frontier=small.line, before="2019", after="2022")
    with project:
        steps.add_footprints(project, catalogue)
        done = steps.run(project)
        page = Path(done.files[0]).read_text(encoding="utf-8")
    assert done.facts["border_km_imaged_on_both"] == pytest.approx(1.0, abs=0.005)
    assert done.facts["border_km_not_examined"] == pytest.approx(1.0, abs=0.005)
    assert "Nothing was examined yet" in page
    assert "No change confirmed" not in page
