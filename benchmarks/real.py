"""The four real inputs, end to end: prints what vallum measures on each, beside what is known.

    python benchmarks/real.py            # needs the real data beside the project (../shared/data)

Nothing was built in the ten-date set, so every candidate there is a false one.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from vallum import steps
from vallum.ground.records import Candidate, Comparison, Fit
from vallum.ground.span import Spans
from vallum.steps.finding import _current

DATA = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[2] / "shared")) / "data"


def line(folder: Path, name: str, *points: tuple[float, float]) -> Path:
    """Write a frontier through `points` (lon, lat) and return its file."""
    path = folder / f"{name}.geojson"
    feature = {
        "type": "Feature",
        "properties": {
            "name": name,
            "source": "drawn for a benchmark",
            "licence": "none",
            "tolerance_m": 1,
        },
        "geometry": {"type": "LineString", "coordinates": points},
    }
    path.write_text(json.dumps(feature))
    return path


def fence(folder: Path) -> None:
    """US-Mexico fence 2017 on the packaged line."""
    border, _ = steps.new(folder / "usa-mex", frontier="usa-mex", before="2005", after="2017")
    with border:
        told = steps.add_barriers(
            border, DATA / "barriers" / "usa-mex-fence-2017.geojson", subtype="gen_type"
        )
        began = time.perf_counter()
        facts = steps.measure(border).facts
        print("\n## US-Mexico fence 2017")
        print(*told.lines, sep="\n")
        known = {"all": 1127.8, "pedestrian": 618.1, "vehicle": 484.0, "unknown": 25.6}
        print("| fence-km | vallum | file's own |\n|---|---|---|")
        for name, km in known.items():
            print(f"| {name} | {facts[f'barrier_km_imported_{name}']:.1f} | {km} |")
        print("| border-km within | vallum | sampled every 50 m |\n|---|---|---|")
        for near_m, km in {100: 925.8, 300: 993.2, 1000: 1148.8}.items():
            print(
                f"| {near_m} m | {facts[f'border_km_with_imported_barrier_within_{near_m}_m']:.1f} | {km} |"
            )
        print(f"measured in {time.perf_counter() - began:.1f} s")


def footprints(folder: Path) -> None:
    """Turkey-Syria coverage without pixels."""
    border, _ = steps.new(
        folder / "tur-syr", frontier="tur-syr", before="2010..2022", after="2023..2025"
    )
    with border:
        steps.add_footprints(border, DATA / "footprints" / "maxar-open-catalog.geojson.gz")
        began = time.perf_counter()
        steps.cover(border)
        facts = steps.measure(border).facts
        print("\n## Turkey-Syria, footprints only")
        print("| border-km | vallum | sampled every 100 m |\n|---|---|---|")
        print(f"| under any strip | {facts['border_km_under_any_image']:.1f} | 104.6 |")
        print(f"| on two or more dates | {facts['border_km_on_two_or_more_dates']:.1f} | 79.6 |")
        print(f"| of | {facts['frontier_km']:.1f} | 906.0 |")
        print(f"measured in {time.perf_counter() - began:.1f} s")


def nothing_built(folder: Path) -> None:
    """Ten dates over farmland where nothing was built: every candidate is a false one."""
    files = sorted((DATA / "imagery" / "naip-nd-10dates").glob("*.tif"))
    dates = [path.stem[-10:] for path in files]
    print("\n## Farmland, ten dates, 5 m, nothing built: false candidates")
    print(
        "| before | after | km compared | lines | posts | false lines per km | false posts per km | moved m | residual m |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    total_km = total_lines = total_posts = 0.0
    for before, after in [*pairwise(dates), (dates[0], dates[-1])]:
        name = f"naip-{before}-{after}"
        drawn = line(folder, name, (-99.1835, 47.008), (-99.1600, 47.018), (-99.1260, 47.030))
        border, _ = steps.new(
            folder / name, frontier=drawn, before=before, after=after, corridor_m=500
        )
        with border:
            steps.add(border, files, licence="public domain", credit="USDA NAIP", may_publish=True)
            for step in (steps.cover, steps.align, steps.detect):
                step(border)
            comparisons = border.rows(Comparison)
            km = Spans(p for c in comparisons if not c.blocked_by for p in c.seen).length_m / 1000
            names = _current(comparisons)
            found = [c for c in border.rows(Candidate) if c.id in names]
            n_lines = sum(c.category.is_line for c in found)
            n_posts = len(found) - n_lines
            fits = [f for f in border.rows(Fit) if not f.blocked_by]
            moved = max(((f.dx_m**2 + f.dy_m**2) ** 0.5 for f in fits), default=float("nan"))
            rmse = max((f.rmse_m for f in fits), default=float("nan"))
        total_km, total_lines, total_posts = (
            total_km + km,
            total_lines + n_lines,
            total_posts + n_posts,
        )
        per = max(km, 1e-9)
        print(
            f"| {before} | {after} | {km:.2f} | {n_lines} | {n_posts} | {n_lines / per:.2f} "
            f"| {n_posts / per:.2f} | {moved:.2f} | {rmse:.2f} |"
        )
    print(
        f"| all | | {total_km:.2f} | {total_lines:.0f} | {total_posts:.0f} "
        f"| {total_lines / total_km:.2f} | {total_posts / total_km:.2f} | | |"
    )


def hurricane(folder: Path) -> None:
    """A pair whose georeferences agree and whose content lies 5.4 m apart."""
    drawn = line(folder, "pr", (-66.1948, 18.3306), (-66.1942, 18.3306), (-66.1936, 18.3306))
    import rasterio
    from pyproj import Transformer

    with rasterio.open(DATA / "imagery" / "puerto-rico-pair" / "pre.tif") as source:
        box = source.bounds
    to_geo = Transformer.from_crs(32619, 4326, always_xy=True).transform
    middle = (box.bottom + box.top) / 2
    ends = [to_geo(x, middle) for x in (box.left + 15, (box.left + box.right) / 2, box.right - 15)]
    drawn = line(folder, "puerto-rico", *ends)
    border, _ = steps.new(
        folder / "puerto-rico", frontier=drawn, before="2016", after="2017", corridor_m=60
    )
    with border:
        for name, taken in (("pre.tif", "2016"), ("post.tif", "2017")):
            steps.add(border, [DATA / "imagery" / "puerto-rico-pair" / name], taken=taken)
        steps.cover(border)
        steps.align(border)
        print(
            "\n## Puerto Rico before and after the hurricane: content moved (-1.5, -5.2) m, 5.4 m in all"
        )
        for fit in border.rows(Fit):
            print(
                f"moved {fit.dx_m:.2f} m east, {fit.dy_m:.2f} m north; rmse {fit.rmse_m:.2f} m, "
                f"reliability {fit.reliability:.2f}, {fit.n_tiles} tiles {fit.blocked_by}"
            )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for part in (fence, footprints, hurricane, nothing_built):
            part(Path(scratch))
