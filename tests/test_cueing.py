"""`vallum cue`: from images of a project, or plain files, to ranked stretches with reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import small_series
from vallum import config
from vallum.commands import cueing as door
from vallum.ground.errors import BadSetting
from vallum.ground.records import Cue
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.imagery.series import groups
from vallum.project import Project, open_project
from vallum.simulate.series import Series, series
from vallum.steps import cue_words, cueing, making
from vallum.steps.done import Done
from vallum.steps.seeing import scenes_in_use

_LENGTH_M = 3000


def _series() -> Series:
    """A quiet SIMULATED stretch with one strip that everybody can see, in its middle kilometre."""
    one = series(7, length_m=_LENGTH_M, reach_m=400, n_dates=24, years=3.0, n_strips=1)
    chance = np.random.default_rng(1)
    ndvi = (0.6 + 0.02 * chance.standard_normal(one.ndvi.shape)).astype(np.float32)
    ndvi[12:, 60:62, 110:190] = 0.15
    shown = np.ones(one.shown.shape, bool)
    shown[11] = False
    shown[:, :, 250:] &= (np.arange(len(shown)) < 1)[:, None, None]
    return replace(one, ndvi=ndvi, shown=shown)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("cue")
    line = small_series.line(root / "line.geojson", _LENGTH_M)
    made, _ = making.new(root / "p", frontier=line, before="2018", after="2021", is_simulated=True)
    settings = replace(
        made.config,
        cue=replace(made.config.cue, reach_m=300),
        cover=replace(made.config.cover, mask_clouds=False),
    )
    scenes = small_series.write(made.imagery_folder, _series())
    with made.run("add") as work:
        work.add_all(scenes)
    made.close()
    config.write(settings, root / "p" / config.FILE_NAME)
    with open_project(root / "p") as opened:
        yield opened


@pytest.fixture(scope="module")
def done(project: Project) -> Done:
    return cueing.cue(project)


def test_the_cell_with_the_strip_comes_first_with_place_dates_and_reasons(
    project: Project, done: Done
) -> None:
    first = min((row for row in cueing.current(project) if row.rank), key=lambda row: row.rank)
    one = _series()
    assert first.span == Span(1000, 2000)
    assert first.off_m == pytest.approx(205, abs=15)
    assert 700 <= first.along_m <= 1000
    assert first.since is not None
    assert first.since.earliest <= one.dates[10]
    assert first.since.latest >= one.dates[12]
    assert any("800" in text or "m of ground" in text for text in first.reasons)
    assert done.facts["n_found"] == 1


def test_quiet_ground_is_said_to_be_quiet_and_unseen_ground_to_be_unseen(
    project: Project, done: Done
) -> None:
    first, _, last = cueing.current(project)
    assert (first.rank, first.blocked_by) == (0, "")
    assert last.blocked_by == ""  # half of it was seen
    assert last.clear_share < first.clear_share
    assert done.exit_code == 0


def test_a_second_run_adds_nothing_and_changes_no_file(project: Project, done: Done) -> None:
    files = [Path(name) for name in done.files]
    before = [file.read_bytes() for file in files]
    again = cueing.cue(project)
    assert again.n_added == 0
    assert [file.read_bytes() for file in files] == before
    assert {file.name for file in files} >= {"cues.csv", "cues.kmz", "map.svg", "map.png"}


def test_areas_and_queries_are_made_for_every_cue(done: Done) -> None:
    by_name = {Path(name).name: Path(name) for name in done.files}
    areas = json.loads(by_name["areas.geojson"].read_text())
    queries = json.loads(by_name["stac-queries.json"].read_text())
    assert len(areas["features"]) == len(queries) == done.facts["n_found"]
    assert queries[0]["search"]["intersects"]["type"] == "Polygon"


def test_other_cells_replace_the_old_ones(project: Project, done: Done) -> None:
    finer = replace(project.config, cue=replace(project.config.cue, cell_m=1500))
    recut = replace(project, config=finer)
    cueing.cue(recut)
    rows = cueing.current(recut)
    assert [row.span for row in rows] == [Span(0, 1500), Span(1500, _span_end(project))]
    old = [row for row in project.rows(Cue) if row.span == Span(1000, 2000)]
    assert old[0].rank == 0
    assert "replaced" in old[0].blocked_by


def _span_end(project: Project) -> int:
    return project.extent.end_m


def test_without_images_every_cell_is_blocked_with_the_reason(tmp_path: Path) -> None:
    line = small_series.line(tmp_path / "line.geojson", 2000)
    made, _ = making.new(tmp_path / "p", frontier=line, before="2018", after="2021")
    with made:
        done = cueing.cue(made)
        assert done.exit_code == 3
        assert all("5 to 45 m" in row.blocked_by for row in cueing.current(made))


def test_plain_files_are_enough_and_a_bad_one_costs_one_line(tmp_path: Path) -> None:
    line = small_series.line(tmp_path / "line.geojson", _LENGTH_M)
    one = replace(_series(), shown=np.ones_like(_series().shown))
    few = np.array([2, 20])
    one = replace(one, dates=tuple(one.dates[i] for i in few), ndvi=one.ndvi[few],
                  shown=one.shown[few])  # fmt: skip
    small_series.write(tmp_path / "images", one)
    (tmp_path / "images" / "s2_2019-01-01.tif").write_bytes(b"no picture")
    options = ["--line", str(line), "--reach-m", "300", "--no-cloud-mask", "--json"]
    result = CliRunner().invoke(door.cue, [str(tmp_path / "images"), *options])
    told = json.loads(result.stdout)
    assert result.exit_code == 3
    assert told["facts"]["cues"][0]["start_m"] == 1000
    assert sum("s2_2019-01-01.tif" in line for line in told["blocked"]) == 1
    assert any("only 2 dates" in text for text in told["facts"]["cues"][0]["reasons"])


def test_plain_files_without_a_border_are_refused() -> None:
    result = CliRunner().invoke(door.cue, ["a.tif"])
    assert result.exit_code == 2
    assert "--line" in result.output


@pytest.mark.parametrize(
    ("end_m", "last"),
    [(2400, Span(1000, 2400)), (2600, Span(2000, 2600)), (300, Span(0, 300))],
    ids=["short rest joins", "long rest stays", "all is one"],
)
def test_cells_partition_the_border(end_m: int, last: Span) -> None:
    spans = cueing.cells(Span(0, end_m), 1000)
    assert spans[-1] == last
    assert sum(span.length_m for span in spans) == end_m


def test_cues_without_a_calibrated_rate_come_last_and_say_so() -> None:
    free = Cue(span=Span(0, 1000), score=99.0, reasons=(cue_words.NOT_CALIBRATED,))
    rated = Cue(span=Span(1000, 2000), score=9.0, reasons=("why",))
    ranked = cueing.rank([free, rated])
    assert [row.rank for row in ranked] == [2, 1]
    assert any("1 of them" in text and "not known" in text for text in cue_words.told(ranked))
    assert cue_words.facts(ranked)["n_not_calibrated"] == 1


@pytest.mark.parametrize(("n_dates", "is_said"), [(8, True), (20, False)], ids=["8", "20"])
def test_that_few_dates_find_little_is_said(n_dates: int, is_said: bool) -> None:
    lines = cue_words.told([Cue(span=Span(0, 1000), n_dates=n_dates)])
    assert (cue_words.FEW_DATES in lines) is is_said


@pytest.mark.parametrize(
    ("setting", "value"),
    [("reach_m", 1_000_000), ("cell_m", 100_000_000), ("false_per_100km", 0.001),
     ("false_per_100km", 500.0)],
    ids=["reach", "cell", "too few", "too many"],
)  # fmt: skip
def test_settings_without_bound_or_measure_are_refused(project, setting, value) -> None:
    with pytest.raises(BadSetting, match=f"cue.{setting}"):
        cueing._ready(
            project.frontier, [project.extent], [], replace(project.config.cue, **{setting: value})
        )


def test_images_too_coarse_for_a_cell_and_of_unknown_date_are_named_as_the_reason(project) -> None:
    images = [cueing._image(project, scene) for scene in scenes_in_use(project).values()]
    fine = cueing._left_out(images, ())
    assert "need cue.cell_m 120" in fine
    unknown = When(date(1960, 1, 1), date(2026, 1, 1))
    old = [replace(one, scene=replace(one.scene, taken=unknown)) for one in images]
    assert groups(old) == ()
    assert f"{len(old)} images of unknown date" in cueing._left_out(old, ())


def test_a_date_that_is_a_range_is_said_to_be_one() -> None:
    told = cue_words._on(When(date(2020, 1, 1), date(2020, 2, 1)))
    assert told == "on a day between 2020-01-01 and 2020-02-01"


def test_no_stretch_by_date_is_advised_for_a_series() -> None:
    told = cue_words.for_series("a.tif: float32; convert it with gdal_translate -ot UInt16 -scale")
    assert "every date with the same two ends" in told


def test_the_next_step_names_a_folder_only_if_it_was_written() -> None:
    assert "out/cue" not in cueing._then([], "")
    assert "see the map in res" in cueing._then([], "res")
