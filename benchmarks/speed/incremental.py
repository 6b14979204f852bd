"""What one scene more costs on a whole border, beside what it costs on a border of its own.

    python benchmarks/speed/incremental.py [--km 1366]

SIMULATED: along the packaged line prk-north lie footprints of two dates (without pixels) and one
pair of small images with pixels, 10 m a pixel. The later image of the pair comes last. Its cost is
taken twice: in the project of the whole line, and in one that measures only its own stretch. Also
measured: a run where nothing is new, and a corrected line. All times are CPU seconds of one process.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from record import Row, keep  # noqa: E402
from vallum import steps  # noqa: E402
from vallum.frontier import Frontier, geodesic_length_m  # noqa: E402
from vallum.ground.records import Scene  # noqa: E402
from vallum.ground.when import When  # noqa: E402
from vallum.imagery import frame  # noqa: E402
from vallum.project import Project, open_project  # noqa: E402

LINE = "prk-north"
SCENE_KM, OVERLAP_KM = 20.0, 2.0
AT_KM, LENGTH_KM, AROUND_KM = 600.0, 6.0, 4.0
BEND_M, KEPT_M = 3_000.0, 0.2
GSD_M, CORRIDOR_M = 10.0, 1000
STEPS = ("cover", "align", "detect")


def footprints(line: Frontier, end_km: float) -> list[Scene]:
    """Return two dates of scenes of 20 km, one after another along the line, without pixels."""
    found = []
    for day, year in (("2019-05-01", 2019), ("2022-05-10", 2022)):
        for k, start in enumerate(np.arange(0.0, end_km, SCENE_KM - OVERLAP_KM)):
            span = replace_span(line, start, min(start + SCENE_KM, end_km))
            found.append(
                Scene(
                    sha256=f"SIMULATED {year} {k}", name=f"SIMULATED {year} {k}",
                    taken=When.parse(day), taken_from="given", gsd_m=0.5,
                    footprint=line.corridor(span, 1500, 1500), is_simulated=True,
                )
            )  # fmt: skip
    return found


def replace_span(line: Frontier, start_km: float, end_km: float):
    """Return a span from kilometres, on the line."""
    return type(line.span)(round(start_km * 1000), min(round(end_km * 1000), line.length_m))


def image(path: Path, line: Frontier, seed: int) -> Path:
    """Write a SIMULATED image of the stretch with pixels."""
    span = replace_span(line, AT_KM, AT_KM + LENGTH_KM)
    epsg = next(one.epsg for one in line.sections(2000) if one.span.overlaps(span))
    area: BaseGeometry = frame.to_crs(line.corridor(span, 1500, 1500), epsg)
    west, south, east, north = area.bounds
    height, width = round((north - south) / GSD_M), round((east - west) / GSD_M)
    rng, noise = np.random.default_rng(7), np.random.default_rng(seed)
    ground = cv2.GaussianBlur(rng.uniform(40, 210, (height, width)).astype(np.float32), (0, 0), 1.5)
    ground = (ground - ground.mean()) * 4 + 120 + noise.normal(0, 2, ground.shape)
    profile = {
        "driver": "GTiff", "width": width, "height": height, "count": 3, "dtype": "uint8",
        "crs": f"EPSG:{epsg}", "transform": from_origin(west, north, GSD_M, GSD_M),
        "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.stack([np.clip(ground, 1, 255).astype(np.uint8)] * 3))
    return path


def cpu_s() -> float:
    """Return CPU seconds of this process and those that it waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(one) for one in whose]
    return sum(one.ru_utime + one.ru_stime for one in used)


def cost(project: Project, work: Callable[[], object]) -> tuple[float, Counter[str]]:
    """Return what work costs: CPU seconds, and rows by kind."""
    seq, began = project.store.head()[0], cpu_s()
    work()
    used = cpu_s() - began
    return used, Counter(entry.kind for entry in project.store.entries(after=seq))


def compare(project: Project) -> dict[str, float]:
    """Run the steps; return the CPU seconds of each."""
    found = {}
    for name in STEPS:
        began = cpu_s()
        getattr(steps, name)(project)
        found[name] = cpu_s() - began
    return found


def made(folder: Path, line: Frontier, before: Path, stretch_km: str, end_km: float) -> Project:
    """Return a project with footprints and the earlier image, everything done."""
    project, _ = steps.new(
        folder, frontier=LINE, before="2019", after="2022", corridor_m=CORRIDOR_M,
        stretch_km=stretch_km, is_simulated=True,
    )  # fmt: skip
    with project.run("simulated") as work:
        work.add_all(footprints(line, end_km))
    steps.add(project, [before], taken="2019-05-01")
    compare(project)
    return project


def bent(line: Frontier, path: Path) -> Path:
    """Write the line with 3 km of it moved by up to 8 m, where that keeps its length."""
    coords = np.asarray(line.line.coords)
    at_m, _ = line.locate_many(*coords.T)
    before_m = geodesic_length_m(line.line)
    for start_m in np.arange(100_000.0, line.length_m - 100_000.0, 1_500.0):
        share = (at_m - start_m) / BEND_M
        inside = (share > 0) & (share < 1)
        new = coords.copy()
        off_m = 8.0 * np.sin(np.pi * share[inside]) ** 2
        new[inside] = np.column_stack(line.points_at(at_m[inside], off_m))
        made = LineString(new)
        if inside.sum() > 10 and abs(geodesic_length_m(made) - before_m) < KEPT_M:
            break
    told = line.to_geojson()
    told["features"][0]["geometry"] = json.loads(json.dumps(made.__geo_interface__))
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def main() -> None:
    """Print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--km", type=float, default=0.0, help="length of the long border")
    asked = parser.parse_args()
    line = Frontier.packaged(LINE)
    end_km = min(asked.km or 1e9, line.length_m / 1000)
    folder = Path(tempfile.mkdtemp(prefix="vallum-incremental-"))
    try:
        measured(folder, line, end_km)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(folder: Path, line: Frontier, end_km: float) -> None:
    """Measure in a folder, print and keep."""
    before, after = (image(folder / f"SIMULATED-{n}.tif", line, n) for n in (1, 2))
    own = f"{AT_KM - AROUND_KM:g}..{AT_KM + LENGTH_KM + AROUND_KM:g}"
    began = time.process_time()
    whole = made(folder / "whole", line, before, f"0..{end_km:g}", end_km)
    making_s = time.process_time() - began
    alone = made(folder / "alone", line, before, own, end_km)
    used: dict[str, tuple[float, Counter[str]]] = {}
    parts: dict[str, dict[str, float]] = {}
    for name, project in (("alone", alone), ("whole", whole)):

        def work(project: Project = project, name: str = name) -> None:
            steps.add(project, [after], taken="2022-05-10")
            parts[name] = compare(project)

        used[name] = cost(project, work)
    nothing_s, nothing = cost(whole, lambda: compare(whole))
    before_line = {name: len(project.sections) for name, project in (("whole", whole),)}
    changed = steps.correct_line(whole, bent(line, folder / "line.geojson"), why="SIMULATED bend")
    whole.close()
    with open_project(folder / "whole") as again:
        line_s, line_rows = cost(again, lambda: compare(again))
    alone.close()
    n_touched = len(changed.facts["touched_sections"])  # type: ignore[arg-type]
    for name, (seconds, rows) in used.items():
        print(f"{name}: {seconds:.2f} s, rows {dict(rows)}, "
              f"{ {step: round(s, 2) for step, s in parts[name].items()} }")  # fmt: skip
    print(f"corrected line: shift {changed.facts['shift_m']} m, {n_touched} of "
          f"{before_line['whole']} sections, rows {dict(line_rows)}")  # fmt: skip
    note = f"SIMULATED, {end_km:.0f} km, {before_line['whole']} sections"
    scene_s, alone_s = used["whole"][0], used["alone"][0]
    keep(
        "speed/incremental",
        [
            Row(name="one scene more, whole border", value=scene_s, unit="CPU s", better="less",
                peer="the same on its own 14 km", peer_value=alone_s, bound=alone_s, note=note),
            Row(name="rows that it adds", value=sum(used["whole"][1].values()), unit="rows",
                better="less", peer="the same on its own 14 km",
                peer_value=float(sum(used["alone"][1].values())), note=note),
            Row(name="nothing new, whole border", value=nothing_s, unit="CPU s", better="less",
                note=f"{note}; {sum(nothing.values())} rows"),
            Row(name="a corrected line, whole border", value=line_s, unit="CPU s", better="less",
                peer="everything from nothing", peer_value=making_s,
                note=f"{note}; {n_touched} sections anew"),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
