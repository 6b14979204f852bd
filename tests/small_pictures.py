"""A SIMULATED project for the pages about images: screenshots, cues, land, dates, a shopping list."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.warp import transform_bounds
from shapely.geometry import Point, box

import small_border
from vallum import config, steps
from vallum.ground.records import Cue, Look, Scene, Shot, Terrain
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.project import Project, open_project

WIDE, HIGH = 640, 360
GSD_M = 0.8
TURN_DEG = 20.0
SHOTS = ("shot-01.png", "shot-02.png", "shot-03.png")
ORDERS = (
    "order,from_km,to_km,provider,price,currency,why\r\n"
    "order 1,0.0,0.5,EXAMPLE,120.0,EUR,no usable image after\r\n"
    "order 2,0.5,1.0,EXAMPLE,80.5,EUR,no usable image before\r\n"
)


def make(folder: Path) -> Path:
    """Write a border of 1 km with two images, three screenshots of it, cues and land."""
    small = small_border.make(folder / "came")
    project, _ = steps.new(
        folder / "p", frontier=small.line, before="2019", after="2022",
        corridor_m=100, section_m=500, is_simulated=True,
    )  # fmt: skip
    with project:
        scenes = [_scene(project, path) for path in sorted(small.images.glob("*.tif"))]
        with project.run("SIMULATED rows") as work:
            work.add_all(scenes)
            work.add_all(_shots(project, scenes[-1]))
            work.add_all(_looks(project))
            work.add_all([*_cues(project), *_lands(project)])
        shop = project.out_folder / "shopping"
        shop.mkdir(parents=True)
        (shop / "orders.csv").write_bytes(("\ufeff" + ORDERS).encode())
        cells = replace(project.config, cue=replace(project.config.cue, cell_m=250))
    config.write(cells, folder / "p" / config.FILE_NAME)
    return folder / "p"


def _scene(project: Project, came: Path) -> Scene:
    """Return an image of the project; taking it in is tested elsewhere."""
    project.imagery_folder.mkdir(exist_ok=True)
    shutil.copy(came, project.imagery_folder / came.name)
    with rasterio.open(came) as source:
        footprint = box(*transform_bounds(source.crs, 4326, *source.bounds))
        crs, gsd_m = str(source.crs), source.res[0]
    return Scene(
        sha256=f"SIMULATED {came.name}", name=came.name, taken=When.parse(came.stem[6:]),
        taken_from="filename", gsd_m=gsd_m, n_bands=3, dtype="uint8", crs=crs,
        footprint=footprint, href=f"imagery/{came.name}", licence="SIMULATED",
        credit="made by a program", is_simulated=True,
    )  # fmt: skip


def _view(scene_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the screenshot, and the (2, 3) map from its columns and rows to the image's."""
    with rasterio.open(scene_path) as source:
        pixels = np.moveaxis(source.read([1, 2, 3]), 0, -1)
        scale = GSD_M / source.res[0]
        middle = np.array([source.width / 2, source.height / 2])
    turn = np.radians(TURN_DEG)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    move = middle - matrix @ np.array([(WIDE - 1) / 2, (HIGH - 1) / 2])
    known = np.column_stack([matrix, move])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(pixels, known, (WIDE, HIGH), flags=flags), known


def truth(project: Project, column: float, row: float) -> tuple[float, float]:
    """Return longitude and latitude of a pixel of the screenshot, counted from its middle."""
    later = max((s for s in project.rows(Scene) if s.sensor != "screenshot"), key=lambda s: s.taken)
    path = project.path_of(later)
    assert path is not None
    _, known = _view(path)
    with rasterio.open(path) as source:
        x, y = source.transform @ (known @ np.array([column, row, 1.0]) + 0.5)
        lon, lat = Transformer.from_crs(source.crs, 4326, always_xy=True).transform(x, y)
    return float(lon), float(lat)


def points(project: Project, *places: tuple[float, float]) -> list[dict[str, float]]:
    """Return right pairs, as the page sends them."""
    made = []
    for column, row in places or ((60, 40), (580, 60), (560, 320), (80, 300)):
        lon, lat = truth(project, column, row)
        made.append({"column": column, "row": row, "lon": lon, "lat": lat})
    return made


def _shots(project: Project, later: Scene) -> list[Shot]:
    path = project.path_of(later)
    assert path is not None
    pixels, _ = _view(path)
    folder = project.imagery_folder / "shots"
    folder.mkdir()
    rows = []
    for number, name in enumerate(SHOTS):
        made = pixels.copy()
        cv2.putText(made, f"SIMULATED {number + 1}", (16, 350), 0, 0.6, (255, 255, 255), 2)
        cv2.imwrite(str(folder / name), made[:, :, ::-1])
        more = {"taken": When.parse("2022-04-11..2022-09-30"), "taken_from": "picture"}
        rows.append(
            Shot(
                sha256=f"SIMULATED {name}",
                name=name,
                href=f"imagery/shots/{name}",
                width_px=WIDE,
                height_px=HIGH,
                credit="SIMULATED",
                why_not="no corner markers found; place it by hand or skip it",
                **(more if number == 1 else {}),
            )
        )
    return rows


def _looks(project: Project) -> list[Look]:
    return [
        Look(scene=scene.id, span=section.span, seen=Spans((section.span,)),
             valid=Spans((section.span,)), clear_share=1.0, made_with="SIMULATED")
        for scene in project.rows(Scene)
        for section in project.sections
    ]  # fmt: skip


def _cues(project: Project) -> list[Cue]:
    at = project.frontier.point_at(350, 40)
    return [
        Cue(span=Span(0, 250), n_dates=40, n_clear=22, clear_share=0.55, series="SIMULATED"),
        Cue(span=Span(250, 500), score=4.2, rank=1, along_m=230.0, off_m=40.0,
            since=When.parse("2020-04-01..2020-05-11"), shape=Point(at.x, at.y).buffer(0.001),
            reasons=("bare ground in a line of 230 m", "stays to the last date"),
            series="SIMULATED", n_dates=40, n_clear=25, clear_share=0.62),
        Cue(span=Span(500, 750), score=1.1, rank=2, along_m=60.0, reasons=("a short line",),
            series="SIMULATED", n_dates=40, n_clear=20, clear_share=0.5),
        Cue(span=Span(750, 1000), blocked_by="too few clear dates: 3", series="SIMULATED"),
    ]  # fmt: skip


def _lands(project: Project) -> list[Terrain]:
    first, second, *_ = project.sections
    return [
        Terrain(span=first.span, slope_deg=2.1, relief_m=14.0, river_width_m=0.0, obstacle="none",
                town="Oldmill", town_m=840.0, settled_share=0.12,
                land_cover=("crop 0.62", "grass 0.25"), stratum="flat, settled, no obstacle",
                sources=("heights: SIMULATED",)),
        Terrain(span=second.span, slope_deg=22.4, relief_m=160.0, river_width_m=55.0,
                obstacle="river", stratum="steep, empty, river", blocked_by="land cover: ends here",
                sources=("heights: SIMULATED",)),
    ]  # fmt: skip


def shot_ids(root: Path) -> list[str]:
    """Return the ids of the screenshots, by name."""
    with open_project(root) as project:
        rows = sorted(project.rows(Shot), key=lambda row: row.name)
    return [row.id for row in rows]
