"""File mode: two files outside any project, georeferenced or not."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from click.testing import CliRunner, Result
from rasterio.crs import CRS
from rasterio.warp import Resampling, reproject
from shapely.geometry import LineString, mapping, shape

import small_images
from vallum import steps
from vallum.cli import main
from vallum.ground.errors import BadImage, BadLine, BadSetting
from vallum.ground.kinds import Change, Kind
from vallum.imagery import frame
from vallum.simulate.barriers import paint
from vallum.simulate.scene import NOON, background, second_date
from vallum.steps.paired import PIXELS, Detection

GSD_M = 0.5
SIZE = (360, 560)
PLACE = Affine(GSD_M, 0, small_images.EAST, 0, -GSD_M, small_images.NORTH)
EPSG = 32652
BUILT = LineString([(60.5, 150.5), (300, 180), (500, 160)])  # columns and rows
MOVED = (3.0, -2.0)
LINE = [(10.0, 220.0), (550.0, 220.0)]  # 30 m below what was built
DETECT_JSON = {
    "blocked", "blocked_by", "candidates", "clear_share", "compared_km", "compared_km2",
    "compared_mpx", "coordinates", "false_per_km", "files", "gsd_m", "line_km", "n_candidates",
    "notes", "shift", "shifts", "written",
}  # fmt: skip
PROPERTIES = {
    "id", "category", "change", "score", "false_per_km", "length_m", "width_m", "kinds",
    "evidence_mean", "is_bright", "gap_m", "post_spacing_m", "group", "flags", "start_m", "end_m",
    "off_m",
}  # fmt: skip
ALIGN_JSON = {
    "dx_px", "dy_px", "dx_m", "dy_m", "rmse_px", "ce90_px", "reliability", "n_tiles",
    "blocked_by", "gsd_m", "compared", "files", "notes",
}  # fmt: skip
NUMBERS = ("dx_px", "dy_px", "dx_m", "dy_m", "rmse_px", "ce90_px", "reliability", "n_tiles")


def vallum(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def on_earth(xy: Any) -> LineString:
    """Return a line in pixels as longitude and latitude."""
    at = np.asarray(shapely.get_coordinates(LineString(xy)))
    x, y = PLACE * (at[:, 0], at[:, 1])
    placed = frame.from_crs(LineString(np.column_stack([x, y])), EPSG)
    assert isinstance(placed, LineString)
    return placed


def in_image(line: Any) -> Any:
    """Return a shape in longitude and latitude in pixels."""
    local = frame.to_crs(line, EPSG)
    return shapely.transform(local, lambda xy: np.column_stack(~PLACE * (xy[:, 0], xy[:, 1])))


def geojson(path: Path, line: LineString) -> Path:
    feature = {"type": "Feature", "properties": {}, "geometry": mapping(line)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def covered(found: Any) -> float:
    """Return the share of what was built that lies within 2 m (4 px) of what was found."""
    near = shapely.union_all([one.buffer(4) for one in found])
    return float(BUILT.intersection(near).length / BUILT.length)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair of dates in several forms; a wall was built, and the second lies off by `MOVED`."""
    where = tmp_path_factory.mktemp("pair")
    before = background(SIZE, 3)
    built = paint(before, BUILT, Kind.WALL, None, NOON, np.random.default_rng(0))
    after = second_date(built, 5, shift_px=MOVED, wobble_px=0)
    small_images.write(where / "before.tif", before, transform=PLACE)
    small_images.write(where / "after.tif", after, transform=PLACE)
    for name, pixels in (("before", before), ("after", after)):
        picture = np.moveaxis(pixels, 0, -1)[..., ::-1]
        assert cv2.imwrite(str(where / f"{name}.png"), picture)
    geojson(where / "line.geojson", on_earth(LINE))
    geojson(where / "pixels.geojson", LineString(LINE))
    at = " ".join(f"{lon},{lat}" for lon, lat in on_earth(LINE).coords)
    (where / "line.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><LineString>'
        f"<coordinates>{at}</coordinates></LineString></Placemark></Document></kml>"
    )
    return where


# -- align ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aligned(folder: Path) -> dict[str, Any]:
    result = vallum("align", folder / "before.tif", folder / "after.tif", "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_a_thing_of_a_is_found_further_right_and_up_in_b(aligned: dict[str, Any]) -> None:
    assert aligned.keys() == ALIGN_JSON
    assert aligned["dx_px"] == pytest.approx(MOVED[0], abs=0.15)
    assert aligned["dy_px"] == pytest.approx(MOVED[1], abs=0.15)
    assert aligned["dx_m"] == pytest.approx(aligned["dx_px"] * GSD_M, rel=2e-3)
    assert aligned["dy_m"] == pytest.approx(aligned["dy_px"] * GSD_M, rel=2e-3)
    assert 0 < aligned["rmse_px"] < aligned["ce90_px"] < 1
    assert aligned["reliability"] > 0.5
    assert aligned["blocked_by"] == ""
    assert aligned["compared"] == "by georeference"


def test_pictures_without_georeference_are_compared_pixel_by_pixel(
    folder: Path, aligned: dict[str, Any]
) -> None:
    found = steps.align_files(folder / "before.png", folder / "after.png")
    assert (found.dx_px, found.dy_px) == pytest.approx((aligned["dx_px"], aligned["dy_px"]))
    assert found.dx_m is None
    assert found.gsd_m is None
    assert found.compared == "pixel by pixel"
    assert any("no georeference" in note for note in found.notes)
    words = found.done()
    right, down = (float(v) for v in re.findall(r"([+-][\d.]+) px", words.lines[0]))
    assert (right, down) == pytest.approx(MOVED, abs=0.15)
    assert words.next.startswith("vallum detect")


def test_another_number_type_size_and_band_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    with rasterio.open(folder / "after.tif") as source:
        grey = source.read(1)[:300, :500].astype(np.float32) / 255
    grey[:20, :20] = np.nan
    other = small_images.write(tmp_path / "grey.tif", grey[None], transform=PLACE)
    with rasterio.open(folder / "before.tif") as source:
        deep = (source.read().astype(np.uint16) * 13) + 7
    one = small_images.write(tmp_path / "deep.tif", deep, transform=PLACE)
    found = steps.align_files(one, other, ignore_georeference=True)
    assert (found.dx_px, found.dy_px) == pytest.approx(MOVED, abs=0.25)
    assert any("500 x 300 px that both have" in note for note in found.notes)
    assert any("scaled to 16 bits" in note for note in found.notes)


def test_by_georeference_only_what_remains_counts(folder: Path, tmp_path: Path) -> None:
    with rasterio.open(folder / "after.tif") as source:
        pixels = source.read()
    corner = PLACE * (20, 40)
    cut = small_images.write(
        tmp_path / "cut.tif",
        np.ascontiguousarray(pixels[:, 40:, 20:]),
        transform=Affine(GSD_M, 0, corner[0], 0, -GSD_M, corner[1]),
    )
    found = steps.align_files(folder / "before.tif", cut)
    assert (found.dx_px, found.dy_px) == pytest.approx(MOVED, abs=0.15)
    plain = steps.align_files(folder / "before.tif", cut, ignore_georeference=True)
    assert (plain.dx_px, plain.dy_px) == pytest.approx((MOVED[0] - 20, MOVED[1] - 40), abs=0.15)


def test_two_places_are_refused_with_exit_code_3_and_no_numbers(
    folder: Path, tmp_path: Path
) -> None:
    other = small_images.write(tmp_path / "other.tif", background(SIZE, 77), transform=PLACE)
    result = vallum("align", folder / "before.tif", other, "--json")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told.keys() == ALIGN_JSON
    assert [told[name] for name in NUMBERS] == [None] * len(NUMBERS)
    assert told["blocked_by"]
    out = tmp_path / "none.geojson"
    line = folder / "line.geojson"
    result = vallum(
        "detect", folder / "before.tif", other, "--line", line, "-o", out, "--width-m", 40
    )
    assert result.exit_code == 3
    assert "nothing written: not aligned" in result.stdout
    assert not out.exists()


# -- detect -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def detected(folder: Path) -> dict[str, Any]:
    """What `vallum detect` prints with --json, beside the line."""
    result = vallum(
        "detect", folder / "before.tif", folder / "after.tif", "--line", folder / "line.geojson",
        "-o", folder / "out.geojson", "--width-m", 60, "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def walls(collection: dict[str, Any]) -> list[Any]:
    return [
        shape(one["geometry"])
        for one in collection["features"]
        if one["properties"]["change"] == "new" and one["geometry"]["type"] == "LineString"
    ]


def test_what_was_built_is_written_in_degrees_where_it_stands(
    folder: Path, detected: dict[str, Any]
) -> None:
    written = json.loads((folder / "out.geojson").read_text())
    found = walls(written)
    assert covered([in_image(one) for one in found]) > 0.85
    first = written["features"][0]["properties"]
    assert first.keys() == PROPERTIES
    assert first["off_m"] == pytest.approx(-27, abs=8)
    assert 0 <= first["start_m"] < first["end_m"] <= 270
    assert first["false_per_km"] == pytest.approx(10 ** -first["score"], rel=1e-3)
    assert "crs" not in written
    assert written["vallum"]["coordinates"] == "EPSG:4326"
    lengths = sum(one["properties"]["length_m"] for one in written["features"][: len(found)])
    assert lengths == pytest.approx(sum(in_image(one).length for one in found) * GSD_M, rel=0.01)


def test_json_holds_the_summary_the_shift_and_every_property(detected: dict[str, Any]) -> None:
    assert detected.keys() == DETECT_JSON
    assert detected["n_candidates"] == len(detected["candidates"]) > 0
    assert all(one.keys() == PROPERTIES for one in detected["candidates"])
    assert detected["shift"]["dx_px"] == pytest.approx(MOVED[0], abs=0.2)
    assert detected["line_km"] == pytest.approx(0.27, abs=0.002)
    assert detected["compared_km"] == pytest.approx(0.27, abs=0.015)
    assert detected["compared_km2"] == pytest.approx(0.27 * 0.12, rel=0.1)
    assert detected["compared_mpx"] == pytest.approx(detected["compared_km2"] / GSD_M**2, rel=0.01)


def test_pictures_give_the_same_in_pixels_of_before(
    folder: Path, detected: dict[str, Any], tmp_path: Path
) -> None:
    found = steps.detect_files(
        folder / "before.png",
        folder / "after.png",
        folder / "pixels.geojson",
        to=tmp_path / "out.geojson",
        left_m=60,
        right_m=60,
        gsd_m=GSD_M,
    )
    written = json.loads((tmp_path / "out.geojson").read_text())
    assert written["vallum"]["coordinates"] == PIXELS == found.coordinates
    assert covered(walls(written)) > 0.85
    one, other = found.candidates[0], detected["candidates"][0]
    # The end of a line moves by some metres with a count of brightness.
    assert (one.category, one.length_m) == (
        other["category"],
        pytest.approx(other["length_m"], 0.04),
    )
    assert one.off_m == pytest.approx(other["off_m"], abs=0.5)
    table = found.frame()
    assert table.crs is None
    assert list(table["id"]) == list(range(1, len(found.candidates) + 1))


def test_without_a_line_the_whole_image_is_searched_and_kinds_can_be_chosen(folder: Path) -> None:
    found = steps.detect_files(folder / "before.png", folder / "after.png", kinds=["wall", "fence"])
    assert covered([one.shape for one in found.candidates if one.change is Change.NEW]) > 0.85
    assert {one.category for one in found.candidates} <= {Kind.WALL, Kind.FENCE}
    assert found.candidates[0].start_m is None
    assert found.line_km is None
    assert found.clear_share > 0.9


def test_another_crs_another_pixel_size_and_a_kml_line(folder: Path, tmp_path: Path) -> None:
    with rasterio.open(folder / "after.tif") as source:
        pixels = source.read().astype(np.uint16) * 10
    target = Affine(5e-6, 0, 129.7297, 0, -4e-6, 42.4500)
    turned = np.zeros((3, 500, 800), np.uint16)
    reproject(
        pixels, turned, src_transform=PLACE, src_crs=CRS.from_epsg(EPSG), src_nodata=0,
        dst_transform=target, dst_crs=CRS.from_epsg(4326), resampling=Resampling.bilinear,
    )  # fmt: skip
    other = small_images.write(
        tmp_path / "degrees.tif", turned, transform=target, crs="EPSG:4326", nodata=0
    )
    result = vallum(
        "detect", folder / "before.tif", other, "--line", folder / "line.kml",
        "-o", tmp_path / "out.geojson", "--left-m", 50, "--right-m", 0,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "out.geojson").read_text())
    assert covered([in_image(one) for one in walls(written)]) > 0.7
    assert all(one["properties"]["off_m"] < 1 for one in written["features"])
    assert "candidates at 1 false lines per km" in result.stdout


def test_a_shift_that_is_not_taken_back_is_said(folder: Path) -> None:
    result = vallum(
        "detect", folder / "before.png", folder / "before.png", "--no-align", "--no-cloud-mask",
        "--json",
    )  # fmt: skip
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["shift"] is None
    assert told["candidates"] == []


def test_of_a_large_scene_only_what_is_needed_is_read(folder: Path, tmp_path: Path) -> None:
    files = []
    for name in ("before", "after"):
        with rasterio.open(folder / f"{name}.tif") as source:
            pixels = source.read(1)
        file = tmp_path / f"{name}.tif"
        corner = PLACE * (-4000, -3000)
        with rasterio.open(
            file, "w", driver="GTiff", width=7000, height=6500, count=1, dtype="uint8", tiled=True,
            crs=f"EPSG:{EPSG}", transform=Affine(GSD_M, 0, corner[0], 0, -GSD_M, corner[1]),
            nodata=0, SPARSE_OK=True,
        ) as target:  # fmt: skip
            window = rasterio.windows.Window(4000, 3000, SIZE[1], SIZE[0])
            target.write(pixels, 1, window=window)
        files.append(file)
    found = steps.detect_files(*files, folder / "line.geojson", left_m=45, right_m=10)
    assert found.shifts[0].dx_px == pytest.approx(MOVED[0], abs=0.2)
    shapes = [in_image(one.shape) for one in found.candidates if one.change is Change.NEW]
    assert covered(shapes) > 0.8


# -- what goes wrong --------------------------------------------------------------------------


def complaint(*words: object) -> tuple[int, str]:
    result = vallum(*words)
    return result.exit_code, result.output


def test_files_that_cannot_be_used_are_named(folder: Path, tmp_path: Path) -> None:
    before = folder / "before.tif"
    assert complaint("align", tmp_path / "gone.tif", before) == (
        1, f"vallum: {tmp_path / 'gone.tif'}: is not there; check the path  [BadImage]\n"
    )  # fmt: skip
    text = tmp_path / "page.tif"
    text.write_text("<!DOCTYPE html><html></html>")
    code, said = complaint("detect", text, before)
    assert code == 1
    assert "page.tif: is a web page" in said
    empty = np.zeros((3, *SIZE), np.uint8)
    small_images.write(tmp_path / "empty.tif", empty, transform=PLACE, nodata=0)
    with pytest.raises(BadImage, match=r"empty\.tif: holds no valid pixel"):
        steps.align_files(tmp_path / "empty.tif", before)


def test_a_slip_on_the_command_line_is_a_usage_error(folder: Path) -> None:
    before, after = folder / "before.tif", folder / "after.tif"
    for words, said in (
        (("align", before), "give two files, A and B"),
        (("detect", before, after, before), "3 came"),
        (("detect", "--line", folder / "line.geojson"), "give BEFORE and AFTER"),
        (("align", before, after, "--scheduler", "local"), "for projects"),
        (("detect", before, after, "--kinds", "moat"), "'moat' is no kind"),
        (("detect", before, after, "-o", "x.shp"), "written as GeoJSON"),
        (("detect", before, after, "-o", before.with_suffix(".geojson").parent / "no" / "x.json"),
         "its folder is not there"),
        (("detect", before, after, "--left-m", 0, "--right-m", 0), "has no area"),
    ):  # fmt: skip
        code, output = complaint(*words)
        assert (code, said in output) == (2, True), output


def test_without_files_a_project_is_wanted(tmp_path: Path) -> None:
    code, said = complaint("detect", "--project", tmp_path)
    assert code == 2
    assert "NotAProject" in said


def test_one_image_without_georeference_is_refused_by_detect(folder: Path) -> None:
    with pytest.raises(BadImage, match=r"before\.png: has no georeference, the other image has"):
        steps.detect_files(folder / "before.png", folder / "after.tif")


def test_images_of_two_places_lie_apart(folder: Path, tmp_path: Path) -> None:
    far = Affine(GSD_M, 0, small_images.EAST + 50_000, 0, -GSD_M, small_images.NORTH)
    with rasterio.open(folder / "after.tif") as source:
        other = small_images.write(tmp_path / "far.tif", source.read(), transform=far)
    with pytest.raises(BadImage, match=r"middles lie 50\.\d km apart"):
        steps.detect_files(folder / "before.tif", other)


def test_a_line_outside_the_images_is_refused(folder: Path, tmp_path: Path) -> None:
    away = geojson(tmp_path / "away.geojson", on_earth([(9000, 220), (12_000, 220)]))
    with pytest.raises(BadLine, match=r"away: the line passes 4\.\d km from"):
        steps.detect_files(folder / "before.tif", folder / "after.tif", away)
    with pytest.raises(BadLine, match=r"lies outside the images of 560 x 360 px"):
        steps.detect_files(
            folder / "before.png",
            folder / "after.png",
            geojson(away, LineString([(-9, 1), (-8, 1)])),
        )


def test_nothing_usable_in_both_is_no_result(folder: Path, tmp_path: Path) -> None:
    with rasterio.open(folder / "after.tif") as source:
        pixels = source.read()
    mask = np.zeros(SIZE, bool)
    mask[300:] = True  # valid, but not beside the line
    other = small_images.write(tmp_path / "masked.tif", pixels, transform=PLACE, mask=mask)
    found = steps.detect_files(
        folder / "before.tif", other, folder / "line.geojson", to=tmp_path / "out.geojson",
        left_m=20, right_m=20, align=False,
    )  # fmt: skip
    assert "nothing usable in both images" in found.blocked_by
    assert found.done().exit_code == 3
    assert not (tmp_path / "out.geojson").exists()


def test_an_output_never_replaces_what_is_read(folder: Path) -> None:
    line = folder / "line.geojson"
    with pytest.raises(BadSetting, match="would overwrite"):
        steps.detect_files(folder / "before.tif", folder / "after.tif", line, to=line)


def test_the_examples_of_the_page_run() -> None:
    page = Path(__file__).parents[1] / "docs" / "how-to" / "compare-two-images.md"
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    namespace: dict[str, Any] = {}
    for block in blocks:
        tree = ast.parse(block)
        if "before.tif" not in block:  # those need files
            exec(compile(tree, str(page), "exec"), namespace)
    assert [one.category.is_line for one in namespace["found"]].count(True) == 1
    assert Detection().to_json().keys() == DETECT_JSON
