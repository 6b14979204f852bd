"""Our own good files of every format that is taken, and the projects that take them: SIMULATED.

Everything is made here, by the product itself where it writes the format.
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyrage
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from shapely.geometry import LineString, Polygon

import desk_rows
import small_border
import small_claims
import small_orders
import small_papers
import small_published
from vallum import steps
from vallum.project import open_project
from vallum.steps.reading import read_in
from vallum.steps.sources import source_add
from vallum.steps.vaulting import vault_new

_SIZE_PX = 96


@dataclass(frozen=True, kw_only=True)
class Good:
    """One good file and how a person gives it.

    Args:
        door: a key of `f7_corpora.DOORS`.
        folder: what is copied before the file is spoiled: what lies beside it belongs to it.
        file: the file to spoil, in the folder.
        given: what the command is given, in the folder: the file, or a folder around it.
        weight: how often it is taken, against the others.
    """

    door: str
    folder: Path
    file: str
    given: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class World:
    """The projects, and the good files."""

    home: Path
    goods: tuple[Good, ...]


def make(home: Path, *, is_full: bool = True) -> World:
    """Make everything in a new folder, which stands for a person's home.

    Args:
        home: is made.
        is_full: also a publication and a case file, which take their time.
    """
    home.mkdir(parents=True)
    files = home / "good"
    _land(home)
    _desk(home)
    _said(home)
    goods = [
        *_lines(files / "lines"),
        *_images(files / "images"),
        *_deliveries(files / "deliveries"),
        *_papers(files / "papers"),
        *_tables(home, files / "tables"),
        *_own(home, files / "own"),
        *_texts(files / "texts"),
        *(_published(home, files / "published") if is_full else ()),
    ]
    return World(home=home, goods=tuple(goods))


def _land(home: Path) -> None:
    """Make a project without images, on the line of `small_border`."""
    (home / "land-line.geojson").write_text(json.dumps(small_border._line()))
    line = str(home / "land-line.geojson")
    project, _ = steps.new(home / "land", frontier=line, before="2019", after="2022")
    project.close()


def _desk(home: Path) -> None:
    """Make a project with candidates, verdicts, a sample, a vault and a source."""
    root = small_published.make(home / "desk", n=3)
    with open_project(root) as project:
        people = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
        vault_new(project, home / "stick" / "vault", people, by="ada")
        steps.sample(project, n=4)
        steps.measure(project)
    with open_project(root) as project:
        row, _ = source_add(project, voice="publisher", name="The Border Post", reliability="B",
                            reliability_basis="checked for years")  # fmt: skip
        (home / "source").write_text(row.code)


def _said(home: Path) -> None:
    """Make a project with proposed claims."""
    with small_claims.make(home / "said") as project:
        read_in(project, [small_claims.article(project).id])


def _lone(door: str, folder: Path, *, weight: float = 1.0) -> Iterator[Good]:
    """Yield each file of a folder, in a folder of its own."""
    for path in sorted(folder.iterdir()):
        alone = folder.parent / f"{folder.name}-{path.name}-alone"
        alone.mkdir()
        shutil.move(path, alone / path.name)
        yield Good(door=door, folder=alone, file=path.name, given=path.name, weight=weight)
    folder.rmdir()


# -- shapes -----------------------------------------------------------------------------------


def _lines(folder: Path) -> Iterator[Good]:
    parts = {
        "line": gpd.GeoDataFrame(
            {"name": ["border"], "source": ["made up"], "licence": ["none"], "tolerance_m": [1.0]},
            geometry=[desk_rows.FRONTIER.line], crs=4326,
        ),
        "barriers": gpd.GeoDataFrame(
            {"gen_type": ["double", "single"], "date": ["2019", "2021-04"]},
            geometry=[_offset(1000, 2000), _offset(3000, 3400)], crs=4326,
        ),
        "footprints": gpd.GeoDataFrame(
            {"id": ["a", "b"], "datetime": ["2019-03-01T02:00:00Z", "2022-04-10"],
             "gsd": [0.5, 3.0], "platform": ["sat-9", "sat-8"]},
            geometry=[_area(1000, 4000), _area(3000, 5000)], crs=4326,
        ),
    }  # fmt: skip
    for door, frame in parts.items():
        here = folder / door
        here.mkdir(parents=True)
        text = frame.to_json()
        (here / f"{door}.geojson").write_text(text)
        (here / f"{door}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        (here / f"{door}.kml").write_bytes(kml(frame))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", kml(frame))
        (here / f"{door}.kmz").write_bytes(out.getvalue())
        frame.to_file(here / f"{door}.gpkg", driver="GPKG")
        yield from _lone(door, here, weight=0.7)
        shape = folder / f"{door}-shape"
        shape.mkdir()
        frame.rename(columns={"tolerance_m": "tolerance"}).to_file(shape / f"{door}.shp")
        for ending in ("shp", "dbf", "shx", "prj", "cpg"):
            name = f"{door}.shp"
            yield Good(door=door, folder=shape, file=f"{door}.{ending}", given=name, weight=0.3)


def _offset(start_m: float, end_m: float) -> LineString:
    return desk_rows.line(start_m, end_m)


def _area(start_m: float, end_m: float) -> Polygon:
    return desk_rows.line(start_m, end_m, 0.0).buffer(0.005)


def kml(frame: gpd.GeoDataFrame) -> bytes:
    """Write shapes as Google Earth does."""
    marks = []
    for row in frame.itertuples():
        shape = row.geometry
        ring = shape.exterior if isinstance(shape, Polygon) else shape
        where = f"<coordinates>{' '.join(f'{x},{y},0' for x, y in ring.coords)}</coordinates>"
        what = (
            f"<Polygon><outerBoundaryIs><LinearRing>{where}</LinearRing></outerBoundaryIs></Polygon>"
            if isinstance(shape, Polygon)
            else f"<LineString>{where}</LineString>"
        )
        data = "".join(
            f'<Data name="{name}"><value>{getattr(row, name)}</value></Data>'
            for name in frame.columns if name != "geometry"
        )  # fmt: skip
        marks.append(f"<Placemark><ExtendedData>{data}</ExtendedData>{what}</Placemark>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>n</name>{''.join(marks)}</Document></kml>"
    ).encode()


# -- images -----------------------------------------------------------------------------------


def _pixels(bands: int, dtype: str) -> np.ndarray:
    by = np.random.default_rng(7)
    return by.integers(40, 200, (bands, _SIZE_PX, _SIZE_PX)).astype(dtype)


def _images(folder: Path) -> Iterator[Good]:
    folder.mkdir(parents=True)
    corner = (small_border._WEST, small_border._NORTH + 20)
    at = {"crs": "EPSG:32652", "transform": from_origin(*corner, 0.5, 0.5)}
    kinds: dict[str, dict[str, object]] = {
        "plain": {"bands": 3},
        "sixteen": {"bands": 4, "dtype": "uint16", "compress": "deflate", "predictor": 2},
        "tiled": {"bands": 1, "tiled": True, "blockxsize": 32, "blockysize": 32,
                  "compress": "lzw"},
        "photo": {"bands": 3, "compress": "jpeg", "photometric": "ycbcr"},
        "big": {"bands": 3, "bigtiff": "yes", "compress": "zstd"},
        "float": {"bands": 1, "dtype": "float32", "nodata": float("nan")},
    }  # fmt: skip
    for name, more in kinds.items():
        options = dict(more)
        bands, dtype = int(str(options.pop("bands"))), str(options.pop("dtype", "uint8"))
        path = folder / f"{name}_2019-03-01.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=_SIZE_PX, height=_SIZE_PX, count=bands, dtype=dtype,
            **at, **options,
        ) as target:  # fmt: skip
            target.write(_pixels(bands, dtype))
            target.update_tags(TIFFTAG_DATETIME="2019:03:01 02:00:00")
    yield from _lone("images", folder, weight=2.0)
    shots = folder.parent / "shots"
    shots.mkdir()
    picture = Image.fromarray(np.moveaxis(_pixels(3, "uint8"), 0, 2))
    for ending in ("png", "jpg", "webp"):
        picture.resize((320, 240)).save(shots / f"screen 2019-03-01.{ending}")
    yield from _lone("images", shots, weight=0.05)
    heights = folder.parent / "heights"
    heights.mkdir()
    with rasterio.open(
        heights / "dem.tif", "w", driver="GTiff", width=60, height=60, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(129.65, 42.5, 0.004, 0.004),
    ) as target:  # fmt: skip
        target.write(np.random.default_rng(1).uniform(100, 300, (1, 60, 60)).astype("float32"))
    yield from _lone("heights", heights, weight=2.0)


def _deliveries(folder: Path) -> Iterator[Good]:
    """Orders as sellers deliver them, their papers spoiled; and packed ones."""
    makers = {
        "maxar": small_orders.maxar, "planet": small_orders.planet, "dimap": small_orders.dimap,
        "landsat": small_orders.landsat, "naip": small_orders.naip, "up42": small_orders.up42,
        "safe": small_orders.safe, "mosaic": small_orders.mosaic,
    }  # fmt: skip
    papers = (".xml", ".imd", ".til", ".json", ".txt", ".gml", ".geojson", ".shp", ".dbf")
    for name, maker in makers.items():
        root = folder / name
        maker(root / "order")
        for path in sorted((root / "order").rglob("*")):
            if path.suffix.lower() in papers and path.is_file():
                told = str(path.relative_to(root))
                yield Good(door="deliveries", folder=root, file=told, given="order", weight=0.5)
    packed = folder / "packed"
    packed.mkdir()
    source = folder / "up42" / "order"
    files = [path for path in sorted(source.rglob("*")) if path.is_file()]
    with zipfile.ZipFile(packed / "order.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, str(path.relative_to(source)))
    for name, mode in (("order.tar", "w"), ("order.tgz", "w:gz")):
        with tarfile.open(packed / name, mode) as tar:  # type: ignore[call-overload]
            for path in files:
                tar.add(path, str(path.relative_to(source)))
    yield from _lone("deliveries", packed)


# -- papers and texts -------------------------------------------------------------------------


def _papers(folder: Path) -> Iterator[Good]:
    folder.mkdir(parents=True)
    page = small_papers.PAGE
    web = small_papers.warc([("https://example.org/a", page)])
    for name, content in {
        "page.html": page.encode(),
        "paper.pdf": small_papers.pdf("A fence was built near Musan in 2019.", "12 posts."),
        "document.docx": small_papers.document(),
        "web.warc.gz": web,
        "web.warc": small_papers.warc([("https://example.org/a", page)], is_packed=False),
        "web.wacz": small_papers.wacz(web, "https://example.org/a"),
        "photo.jpg": small_papers.photo(),
        "photo.png": small_papers.photo("PNG"),
        "photo.webp": small_papers.photo("WEBP"),
        "table.csv": b"what,km\nfence,3.2\nposts,12\n",
        "words.txt": small_claims.ARTICLE.encode(),
    }.items():
        (folder / name).write_bytes(content)
    yield from _lone("intake", folder)
    pictures = folder.parent / "pictures"
    pictures.mkdir()
    for name, kind in (("photo.jpg", "JPEG"), ("photo.png", "PNG"), ("photo.webp", "WEBP")):
        (pictures / name).write_bytes(small_papers.photo(kind))
    yield from _lone("scrub", pictures)


def _texts(folder: Path) -> Iterator[Good]:
    for door in ("read", "lint"):
        here = folder / door
        here.mkdir(parents=True)
        (here / f"{door}.txt").write_text(
            small_claims.ARTICLE + "\n1,200 m of 3 km (40 %) was fenced between 2019 and 2021; "
            "12 of 30 posts, up from 7, in mid-April 2021 near Musan.\n"
        )
        (here / f"{door}.html").write_text(small_papers.PAGE)
        (here / f"{door}.md").write_text("# Fences\n\n| km | posts |\n|---|---|\n| 3 | 12 |\n")
        yield from _lone(door, here, weight=0.7)


# -- tables, settings, publications -----------------------------------------------------------


def _tables(home: Path, folder: Path) -> Iterator[Good]:
    doors = ("verdicts", "answers", "claims", "prices", "classes")
    for door in doors:
        (folder / door).mkdir(parents=True)
    with open_project(home / "desk") as project:
        steps.review_export(project, folder / "verdicts" / "verdicts.csv", analyst="ann")
        steps.review_export(project, folder / "verdicts" / "verdicts.gpkg", analyst="ann")
        steps.sample_export(project, folder / "answers" / "answers.csv")
    with open_project(home / "said") as project:
        steps.claims_export(project, folder / "claims" / "claims.csv")
    (folder / "classes" / "classes.csv").write_text("from_km,to_km,class\n0,3,river\n3,6,hill\n")
    prices = "provider,name,gsd_m,price_per_km2,min_price\nA,one,0.5,12.5,250\nB,two,3,1.8,0\n"
    (folder / "prices" / "prices.csv").write_text(prices)
    for door in doors:
        yield from _lone(door, folder / door)


def _own(home: Path, folder: Path) -> Iterator[Good]:
    """A project's own files, as a stranger's project has them."""
    (folder / "border").mkdir(parents=True)
    for name in ("vallum.toml", "frontier.geojson", "project.db"):
        shutil.copyfile(home / "desk" / name, folder / "border" / name)
        yield Good(door="project", folder=folder, file=f"border/{name}", given="border", weight=2.0)


def _published(home: Path, folder: Path) -> Iterator[Good]:
    """A publication to compare with, and a case file."""
    folder.mkdir(parents=True)
    with open_project(home / "desk") as project:
        steps.publish(project, folder=folder / "report" / "report")
        steps.case(project, folder / "bag" / "case")
    for name in ("report.json", "manifest.json"):
        yield Good(door="diff", folder=folder / "report", file=f"report/{name}", given="report",
                   weight=4.0)  # fmt: skip
    for path in sorted((folder / "bag").rglob("*")):
        if path.suffix in (".txt", ".json", ".jsonl", ".geojson", ".csv") and path.is_file():
            told = str(path.relative_to(folder / "bag"))
            yield Good(door="bag", folder=folder / "bag", file=told, given="case", weight=0.2)
