"""The dress rehearsal in the small: its images read back right, and its steps resume and stay linear."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import sqlalchemy as sa
from rasterio.windows import Window
from shapely import LineString, box

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from rehearsal import frames, images, land, run, tiff
from vallum import steps
from vallum.frontier import Frontier
from vallum.ground.records import Candidate, Comparison, Look, Scene
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project, open_project
from vallum.steps import seeing

SMALL = land.Size(gsd_m=2.0, block_px=128, base_blocks=4, frame_bases=4, reach_m=300.0, error_m=2.0)
STRETCH = (600_000, 602_000)
FLAT = land.Size(gsd_m=2.0, block_px=64, base_blocks=2, frame_bases=4)


# -- files whose blocks repeat ------------------------------------------------------------------


def frame(**changes: object) -> frames.Frame:
    told = {
        "name": "simulated-2019-03-05-a000.tif", "taken": datetime(2019, 3, 5, 2, tzinfo=UTC),
        "is_after": False, "sensor": 0, "epsg": 32652, "column": 1500, "row": 2400,
        "error_m": (1.25, -0.5), "cloudy": frozenset({(1, 2)}), "missing": frozenset({(3, 0)}),
        "spans": (0, 2000),
    }  # fmt: skip
    return frames.Frame(**(told | changes))


@pytest.fixture(scope="module")
def stock() -> images.Stock:
    """Land of soft noise; under cloud it is brighter by 60."""
    side = FLAT.base_px
    y, x = np.mgrid[:side, :side]
    soft = 90 + 30 * np.sin(2 * np.pi * x / side) * np.cos(4 * np.pi * y / side)
    base = np.empty((2, 2, 2, 3, side, side), np.uint8)
    for at in np.ndindex(2, 2, 2, 3):
        base[at] = np.clip(soft + 9 * at[0] + 5 * at[1] + 60 * at[2] + 3 * at[3], 1, 255)
    return images.Stock(size=FLAT, base=base)


@pytest.fixture(scope="module")
def written(stock: images.Stock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / frame().name
    stock.write(frame(), path)
    return path


def test_each_repeat_of_the_land_is_decoded_to_the_same_pixels(
    written: Path, stock: images.Stock
) -> None:
    side = FLAT.base_px
    with rasterio.open(written) as source:
        assert source.shape == (side * 4, side * 4)
        first = source.read(window=Window(0, 0, side, side))
        for row, column in ((0, 3), (2, 1), (3, 3)):
            again = source.read(window=Window(column * side, row * side, side, side))
            np.testing.assert_array_equal(again, first)
        cloudy = source.read(window=Window(2 * side, side, side, side))
    assert np.abs(first.astype(int) - stock.base[0, 0, 0]).mean() < 2.0
    assert np.abs(cloudy.astype(int) - stock.base[0, 0, 1]).mean() < 2.0


def test_what_is_missing_has_neither_pixels_nor_mask(written: Path) -> None:
    side = FLAT.base_px
    with rasterio.open(written) as source:
        mask = source.dataset_mask()
        assert not source.read(window=Window(0, 3 * side, side, side)).any()
    assert not mask[3 * side :, :side].any()
    assert mask[: 3 * side].all()
    assert mask[:, side:].all()


def test_coarser_resolutions_are_the_average_of_the_finest(written: Path) -> None:
    with rasterio.open(written) as source:
        assert source.overviews(1) == [2, 4, 8]
        fine = source.read()
        for number, step in enumerate((2, 4, 8)):
            with rasterio.open(written, overview_level=number) as coarse:
                seen, mask = coarse.read(), coarse.dataset_mask()
            shape = (3, seen.shape[1], step, seen.shape[2], step)
            average = fine.reshape(shape).astype(float).mean(axis=(2, 4))
            assert np.abs(seen - average)[:, mask > 0].mean() < 3.0
            assert (mask > 0).mean() == pytest.approx(15 / 16)


def test_the_file_says_where_and_when_and_that_it_is_simulated(written: Path) -> None:
    with rasterio.open(written) as source:
        assert source.crs.to_epsg() == 32652
        assert source.transform.c == 1500 * FLAT.base_m + 1.25
        assert source.transform.f == frames.NORTH_M - 2400 * FLAT.base_m - 0.5
        tags = source.tags()
    assert tags["ACQUISITIONDATETIME"] == "2019-03-05T02:00:00Z"
    assert "SIMULATED" in tags["SATELLITEID"]
    assert "SIMULATED" in tags["NOTE"]


def test_it_is_laid_out_like_a_cog_and_holds_each_block_once(written: Path) -> None:
    assert tiff.is_laid_out(written)
    n, different, unrepeated = next(iter(tiff.repeats(written)))
    assert n == 60  # of 64 blocks four are missing
    assert different == 8  # clear and cloudy land of four blocks each
    assert unrepeated > 2 * written.stat().st_size


def test_a_block_that_repeats_nothing_is_read_as_gdal_wrote_it(tmp_path: Path) -> None:
    tile = np.random.default_rng(3).integers(60, 190, (3, 64, 64)).astype(np.uint8)
    shared, (block,) = tiff.packed([tile])
    mask = tiff.packed_mask(np.ones((64, 64), bool))
    level = tiff.Level(height=64, width=64, blocks=[[block]], masks=[[mask]])
    place = tiff.Place(epsg=32652, west=0.0, north=64.0, gsd_m=1.0)
    tiff.write(tmp_path / "one.tif", [level], place, shared, 64, {})
    plain = {"driver": "GTiff", "width": 64, "height": 64, "count": 3, "dtype": "uint8"}
    jpeg = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "jpeg"}
    with rasterio.open(
        tmp_path / "gdal.tif", "w", **plain, **jpeg, photometric="ycbcr", jpeg_quality=85,
        transform=rasterio.Affine(1, 0, 0, 0, -1, 64), crs="EPSG:32652",
    ) as target:  # fmt: skip
        target.write(tile)
    with rasterio.open(tmp_path / "one.tif") as one, rasterio.open(tmp_path / "gdal.tif") as two:
        np.testing.assert_array_equal(one.read(), two.read())


def test_the_land_repeats_without_a_seam() -> None:
    land_after = land.painted(SMALL, is_after=True)
    steps_inside = np.abs(np.diff(land_after, axis=2)).mean()
    assert np.abs(land_after[:, :, 0] - land_after[:, :, -1]).mean() < 2 * steps_inside
    assert np.abs(land_after[:, 0] - land_after[:, -1]).mean() < 2 * steps_inside


def test_images_follow_the_whole_line_in_both_dates() -> None:
    line = Frontier.packaged(frames.LINE)
    every = frames.frames(line, land.FULL)
    for is_after in (False, True):
        meant = Spans.of(*(one.spans for one in every if one.is_after is is_after))
        assert 0.9 * line.length_m < meant.length_m <= line.length_m
    assert len({one.name for one in every}) == len(every)
    assert {one.epsg for one in every} == {32651, 32652}


# -- the steps ----------------------------------------------------------------------------------


def project(folder: Path) -> Project:
    made, _ = steps.new(
        folder, frontier=frames.LINE, before="2019", after="2022", corridor_m=200, section_m=500,
        stretch_km=f"{STRETCH[0] / 1000}..{STRETCH[1] / 1000}", is_simulated=True,
    )  # fmt: skip
    return made


class _Killed(BaseException):
    """Ends a step in the middle, as a signal would."""


def _ending(step: str, after: int) -> object:
    def show(what: str, done: float, total: float, unit: str) -> None:
        if what == step and done >= after:
            raise _Killed

    return show


def test_a_rehearsal_runs_to_its_end_and_resumes_with_the_same_rows(tmp_path: Path) -> None:
    files = images.images(tmp_path, STRETCH, SMALL)
    with project(tmp_path / "whole") as made:
        done = steps.add(made, files, in_place=True)
        assert not done.blocked, done.blocked
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    rows = []
    for name, stops in (("whole", {}), ("killed", {"cover": 3, "align": 1, "detect": 2})):
        for step in ("cover", "align", "detect", "measure"):
            for after in [*([stops[step]] if step in stops else []), 0]:
                with open_project(tmp_path / name) as made:
                    told = {"show": _ending(step, after)} if after else {}
                    if after:
                        with pytest.raises(_Killed):
                            getattr(steps, step)(made, **told)
                    else:
                        getattr(steps, step)(made)
        rows.append(run.rows_of(tmp_path / name))
    assert rows[0] == rows[1]
    kinds = Counter(kind for kind, _, _ in rows[0])
    assert kinds["Look"] >= 8
    assert kinds["Fit"] >= 3
    with open_project(tmp_path / "whole") as made:
        compared = [c for c in made.rows(Comparison) if not c.blocked_by]
        assert sum(c.seen.length_m for c in compared) > 1_200
        assert made.rows(Candidate)


def _statements(folder: Path, n_km: int) -> dict[str, int]:
    """Return how often each step asks the database, on footprints of a stretch; and the looks."""
    line = Frontier.packaged(frames.LINE)
    stretch = (600_000, 600_000 + 1000 * n_km)
    made, _ = steps.new(
        folder, frontier=frames.LINE, before="2019", after="2022", is_simulated=True,
        stretch_km=f"600..{600 + n_km}",
    )  # fmt: skip
    asked = Counter[str]()
    with made:
        scenes = [
            _footprint(one, line)
            for one in frames.frames(line, land.FULL)
            if frames.meets(one, stretch)
        ]
        with made.run("add") as work:
            work.add_all(scenes)
        for step in ("cover", "align", "detect", "measure"):

            def count(*_: object, step: str = step) -> None:
                asked[step] += 1

            engine = made.store._engine
            sa.event.listen(engine, "before_cursor_execute", count)
            getattr(steps, step)(made)
            sa.event.remove(engine, "before_cursor_execute", count)
        asked["looks"] = len(made.rows(Look))
    return asked


def _footprint(one: frames.Frame, line: Frontier) -> Scene:
    middle = line.point_at(sum(one.spans) / 2)
    return Scene(
        sha256="", name=one.name, taken=When.on(one.taken), taken_from="SIMULATED", gsd_m=0.5,
        footprint=box(middle.x - 0.08, middle.y - 0.06, middle.x + 0.08, middle.y + 0.06),
        is_simulated=True,
    )  # fmt: skip


def test_the_database_is_asked_in_proportion_to_the_sections(tmp_path: Path) -> None:
    short, middle, long = (_statements(tmp_path / str(km), km) for km in (20, 60, 100))
    for step in ("align", "detect", "measure"):
        # On footprints these add all their rows at once: the length does not matter.
        assert long[step] <= short[step] + 6, step
    looks, asked = (
        np.array([one[key] for one in (short, middle, long)]) for key in ("looks", "cover")
    )
    assert looks[2] > looks[1] > looks[0]
    # Each look is on disk before the next one is made: so many statements a look, however many.
    each = np.diff(asked) / np.diff(looks)
    assert each.max() <= 8
    assert each.max() - each.min() < 0.5


# -- what replaced slower code says the same ----------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_touched_sections_are_those_that_share_a_metre(seed: int, small_line: Frontier) -> None:
    random = np.random.default_rng(seed)
    sections = small_line.sections(700)[2:-1]
    starts = [section.span.start_m for section in sections]
    edges = np.sort(random.choice(small_line.length_m, 8, replace=False))
    touched = Spans.of(*zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    found = list(seeing._touched(sections, starts, touched))
    assert found == [section for section in sections if touched & section.span]


@pytest.fixture(scope="module")
def small_line() -> Iterator[Frontier]:
    return Frontier(name="test", line=LineString([(3.0, 42.0), (3.1, 42.0), (3.1, 42.1)]))


def test_rows_that_are_remembered_are_read_again_when_the_ledger_grew(tmp_path: Path) -> None:
    with project(tmp_path / "project") as made:
        look = Look(scene="a", span=Span(0, 10), seen=Spans(), valid=Spans(), clear_share=0.0)
        with made.store.remembering():
            assert made.rows(Look) == []
            with made.run("cover") as work:
                work.add(look)
            (kept,) = made.rows(Look)
            again = made.rows(Look)
            assert again == [kept]
            again.clear()
            assert made.rows(Look) == [kept]
        assert kept.id == look.id


def test_a_step_that_says_nothing_new_adds_no_run(tmp_path: Path) -> None:
    with project(tmp_path / "project") as made:
        looks = [
            Look(scene=name, span=Span(0, 10), seen=Spans(), valid=Spans(), clear_share=0.0)
            for name in "abc"
        ]
        with made.run("cover") as work:
            assert len(work.add_all(looks[:2])) == 2
        head = made.store.head()
        with made.run("cover") as work:
            assert work.add_all(looks[:2]) == []
        assert made.store.head() == head
        with made.run("cover") as work:
            assert [row.scene for row in work.add_all(looks)] == ["c"]
