"""The four real inputs, end to end (skipped by name where the data is not beside the project)."""

import json
from pathlib import Path

import pytest
import rasterio
from pyproj import Transformer

from vallum import steps
from vallum.ground.records import Comparison, Fit
from vallum.ground.span import Spans

pytestmark = pytest.mark.real


def line(folder: Path, *points: tuple[float, float]) -> Path:
    path = folder / "line.geojson"
    path.write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name": "line", "source": "drawn for a test", "tolerance_m": 1},
                "geometry": {"type": "LineString", "coordinates": points},
            }
        )
    )
    return path


def test_fence_km_by_type_agree_with_the_file(shared_data: Path, tmp_path: Path) -> None:
    border, _ = steps.new(tmp_path / "b", frontier="usa-mex", before="2005", after="2017")
    with border:
        source = shared_data / "barriers" / "usa-mex-fence-2017.geojson"
        told = steps.add_barriers(border, source, subtype="gen_type", credit="Reveal, OSM")
        numbers = steps.measure(border).facts
        assert sum("exactly repeats" in text for text in told.lines) == 5
        for name, km in {
            "all": 1127.8,
            "pedestrian": 618.1,
            "vehicle": 484.0,
            "unknown": 25.6,
        }.items():
            assert numbers[f"barrier_km_imported_{name}"] == pytest.approx(km, rel=0.005)
        # The reference samples every 50 m; vallum counts every metre.
        for near_m, km in {100: 925.8, 300: 993.2, 1000: 1148.8}.items():
            name = f"border_km_with_imported_barrier_within_{near_m}_m"
            assert numbers[name] == pytest.approx(km, rel=0.001)
        steps.run(border)
        page = border.out_folder / "report" / "report.html"
        assert "ODbL" in page.read_text(encoding="utf-8")
        assert steps.run(border).n_added == 0


def test_coverage_without_pixels(shared_data: Path, tmp_path: Path) -> None:
    border, _ = steps.new(
        tmp_path / "b", frontier="tur-syr", before="2010..2022", after="2023..2025"
    )
    with border:
        steps.add_footprints(border, shared_data / "footprints" / "maxar-open-catalog.geojson.gz")
        steps.cover(border)
        numbers = steps.measure(border).facts
        assert numbers["border_km_under_any_image"] == pytest.approx(104.6, abs=0.2)
        assert numbers["border_km_on_two_or_more_dates"] == pytest.approx(79.6, abs=0.2)


def test_a_shift_that_the_georeference_hides_is_found(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "imagery" / "puerto-rico-pair"
    with rasterio.open(folder / "pre.tif") as source:
        box = source.bounds
    place = Transformer.from_crs(32619, 4326, always_xy=True).transform
    middle = (box.bottom + box.top) / 2
    drawn = line(tmp_path, *(place(x, middle) for x in (box.left + 15, box.right - 15)))
    border, _ = steps.new(
        tmp_path / "b", frontier=drawn, before="2016", after="2017", corridor_m=60
    )
    with border:
        steps.add(border, [folder / "pre.tif"], taken="2016")
        steps.add(border, [folder / "post.tif"], taken="2017")
        steps.cover(border)
        steps.align(border)
        (fit,) = border.rows(Fit)
        # What is at (row, column) before is at (row - 17, column + 5) after; or vallum must refuse.
        if not fit.blocked_by:
            assert fit.dx_m == pytest.approx(-5 * 0.305, abs=0.305)
            assert fit.dy_m == pytest.approx(-17 * 0.305, abs=0.305)


def test_farmland_where_nothing_was_built_gives_few_candidates(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "imagery" / "naip-nd-10dates"
    drawn = line(tmp_path, (-99.1835, 47.008), (-99.1600, 47.018), (-99.1260, 47.030))
    border, _ = steps.new(
        tmp_path / "b", frontier=drawn, before="2012", after="2014", corridor_m=500
    )
    with border:
        years = ("2012", "2014")
        files = [path for path in sorted(folder.glob("*.tif")) if path.stem[8:12] in years]
        steps.add(border, files, licence="public domain", credit="USDA NAIP", may_publish=True)
        done = steps.run(border)
        compared = Spans(p for c in border.rows(Comparison) if not c.blocked_by for p in c.seen)
        assert compared.length_m > 4500
        # Every candidate is a false one; the figure is kept in benchmarks/README.md.
        assert done.facts["candidates"] / (compared.length_m / 1000) <= 2.0
        assert steps.run(border).n_added == 0
