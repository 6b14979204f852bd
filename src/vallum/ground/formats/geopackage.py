"""GeoPackage, read row by row through SQLite: read-only, with a budget, tables only; and packed."""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from vallum.ground.errors import BadInput
from vallum.ground.formats.checks import (
    MAX_TEXT,
    Gathered,
    Refused,
    crs_of_epsg,
    crs_of_wkt,
    from_crs,
)
from vallum.ground.whole import replace_whole

SQLITE_VERSION = sqlite3.sqlite_version
_BUDGET_S = 40.0
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_STANDARD = (
    "gpkg_",
    "rtree_",
    "trigger_insert_feature_count_",
    "trigger_delete_feature_count_",
    "fgti_",
    "fgtd_",
)


def pack(path: Path) -> None:
    """Write a GeoPackage of ours anew, without its free pages and its count of commits.

    GDAL commits once more or less as the clock ticks, and SQLite counts the commits in the file's
    header (bytes 24 and 92 of its file format): the same rows would not be the same bytes.

    Args:
        path: a file that nobody else has open; replaced as a whole.
    """
    packed = path.with_name(f"{path.name}.packed")
    packed.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = DELETE")
        base.execute("VACUUM INTO ?", (str(packed),))
    replace_whole(packed, path)


def read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the features of all feature tables of a GeoPackage and what was wrong with others."""
    found = Gathered(name)
    unsaved = path.with_name(path.name + "-wal")
    if unsaved.is_file() and unsaved.stat().st_size:
        raise BadInput(
            f"{name}: has unsaved changes in {unsaved.name} beside it; close the program "
            "that has it open (QGIS?) and try again"
        )
    try:
        with closing(_opened(path)) as base:
            tables = list(_feature_tables(base, found))
            for table, column, to_degrees in tables:
                found.to_degrees = to_degrees
                _read_table(base, table, column, found, several=len(tables) > 1)
    except sqlite3.Error:
        raise BadInput(
            f"{name}: is no sound GeoPackage (damaged, or it asks for endless work); "
            "nothing was read. Export it again"
        ) from None
    return found.done()


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        base.execute(f"PRAGMA {pragma}")
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 256 << 20)
    base.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    base.setlimit(sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000)
    base.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    end = time.monotonic() + _BUDGET_S
    base.set_progress_handler(lambda: int(time.monotonic() > end), 10_000)
    base.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return base


def _feature_tables(
    base: sqlite3.Connection, found: Gathered
) -> Iterator[tuple[str, str, Callable[[BaseGeometry], BaseGeometry] | None]]:
    kinds = {
        n: (k, str(s or ""))
        for k, n, s in base.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view')"
        )
    }
    triggers = [n for (n,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    foreign = sum(not str(n).lower().startswith(_STANDARD) for n in triggers)
    if foreign:
        found.problem(
            f"{found.name}: holds {foreign} trigger{'s' if foreign > 1 else ''} that no "
            "GeoPackage needs; the file was opened read-only and nothing of that ran"
        )
    layers = base.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")
    usable = 0
    for table, column, srs in layers.fetchall():
        kind, sql = kinds.get(table, ("missing", ""))
        if kind != "table" or "virtual table" in " ".join(sql.lower().split()[:3]):
            found.problem(
                f"{found.name}: layer {_shown(table)} is a {kind}, not a plain table; it "
                "was not read. Export it as a table if you need it"
            )
            continue
        usable += 1
        yield str(table), str(column), _to_degrees(base, srs, found.name)
    if not usable:
        raise BadInput(
            f"{found.name}: holds no table of features; nothing was read. Export the "
            "layer itself and try again"
        )


def _to_degrees(
    base: sqlite3.Connection, srs: Any, name: str
) -> Callable[[BaseGeometry], BaseGeometry] | None:
    row = base.execute(
        "SELECT organization, organization_coordsys_id, definition "
        "FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if row is None or srs in {0, -1}:
        raise BadInput(
            f"{name}: does not say in which coordinate system it is; "
            "save it as EPSG:4326 and try again"
        )
    organization, code, definition = row
    if str(organization).upper() == "EPSG" and isinstance(code, int):
        return from_crs(crs_of_epsg(code, name), name)
    return from_crs(crs_of_wkt(str(definition), name), name)


def _read_table(
    base: sqlite3.Connection, table: str, column: str, found: Gathered, *, several: bool
) -> None:
    rows = base.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - quoted; SQLite has no other way
    names = [entry[0] for entry in rows.description]
    if column not in names:
        raise BadInput(f"{found.name}: layer {_shown(table)} has no geometry column; export again")
    where = names.index(column)
    for row in rows:
        properties = {key: value for key, value in zip(names, row, strict=True) if key != column}
        if several:
            properties["layer"] = table
        with found.feature(str(properties.get("name") or "")):
            found.add(_shape(row[where], found), properties)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shown(name: Any) -> str:
    return repr(str(name)[: min(80, MAX_TEXT)])


def _shape(blob: Any, found: Gathered) -> BaseGeometry | None:
    """Return the geometry of a GeoPackage blob: header, envelope, then WKB."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        raise Refused("its geometry is damaged")
    flags = blob[3]
    envelope = _ENVELOPES.get(flags >> 1 & 7)
    if envelope is None or flags & 0x20:
        raise Refused("its geometry is of a kind that vallum does not read")
    if flags & 0x10:
        return None
    return checked_wkb(blob[8 + envelope :], found)


def checked_wkb(wkb: bytes, found: Gathered) -> BaseGeometry:
    """Return the geometry of a WKB whose counts fit its size.

    Raises:
        Refused: a count promises more points than there are bytes, or the kind is unknown.
    """
    try:
        end, vertices = _walk(wkb, 0, 0)
    except (struct.error, RecursionError):
        raise Refused("its geometry is cut short or damaged") from None
    if end > len(wkb):
        raise Refused("its geometry is cut short or damaged")
    found.spend(vertices)
    try:
        return shapely.from_wkb(wkb)
    except shapely.errors.GEOSException:
        raise Refused("its geometry is damaged") from None


def _walk(wkb: bytes, at: int, depth: int) -> tuple[int, int]:
    """Return where a WKB geometry ends and how many vertices it has, without building it."""
    order = "<" if wkb[at : at + 1] == b"\x01" else ">"
    (code,) = struct.unpack_from(order + "I", wkb, at + 1)
    at += 5
    dims = 2
    if code & 0xE0000000:  # the older flags for Z, M and SRID
        dims += bool(code & 0x80000000) + bool(code & 0x40000000)
        at += 4 if code & 0x20000000 else 0
        code &= 0x1FFFFFFF
    dims += {0: 0, 1: 1, 2: 1, 3: 2}.get(code // 1000, 0)
    kind = code % 1000
    if kind == 1:
        return at + 8 * dims, 1
    (count,) = struct.unpack_from(order + "I", wkb, at)
    at += 4
    least = {2: 8 * dims, 3: 4}.get(kind, 5)
    if count * least > len(wkb) - at:
        raise Refused(f"its geometry promises {count:,} parts in {len(wkb):,} bytes")
    if kind == 2:
        return at + 8 * dims * count, count
    total = 0
    if kind == 3:
        for _ in range(count):
            (n,) = struct.unpack_from(order + "I", wkb, at)
            if n * 8 * dims > len(wkb) - at - 4:
                raise Refused(f"its geometry promises {n:,} vertices in {len(wkb):,} bytes")
            at, total = at + 4 + 8 * dims * n, total + n
        return at, total
    if kind not in {4, 5, 6, 7} or depth > 8:
        raise Refused("its geometry is of a kind that vallum does not read (curves are none)")
    for _ in range(count):
        at, vertices = _walk(wkb, at, depth + 1)
        total += vertices
    return at, total
