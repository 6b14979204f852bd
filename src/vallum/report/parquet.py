"""GeoParquet 1.1, for pandas, DuckDB and databases: the tables with their types and places."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd

from vallum.ground.errors import BadSetting
from vallum.report.book import SIMULATED, Book
from vallum.report.columns import meaning_of
from vallum.report.export import (
    candidates_table,
    claims_table,
    estimates_table,
    findings_table,
    frontier_table,
    images_table,
    statuses_table,
)

FOLDER = "parquet"
NUMBERS = "estimates"  # a table without places
_ROWS_TOGETHER = 50_000


def files(book: Book) -> dict[str, bytes]:
    """Return the tables by their path in the publication.

    The same columns and the same values as the CSV files; numbers and truth values keep their
    type. What the file is and whom to credit stand in its metadata, under `vallum`.

    Raises:
        BadSetting: pyarrow is not installed.
    """
    check()
    return {
        f"{FOLDER}/{name}.parquet": _packed(book, name, table)
        for name, table in _tables(book).items()
    }


def check() -> None:
    """Say whether Parquet can be written here.

    Raises:
        BadSetting: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise BadSetting(
            "Parquet files need pyarrow, which is not installed; nothing was written; run "
            '`pip install "vallum[parquet]"`, or publish without --parquet'
        ) from error


def _tables(book: Book) -> Mapping[str, gpd.GeoDataFrame]:
    said = {"claims": claims_table(book)} if book.claims else {}
    return {
        "findings": findings_table(book),
        "candidates": candidates_table(book),
        **said,
        "statuses": statuses_table(book),
        "images": images_table(book),
        "frontier": frontier_table(book),
        NUMBERS: estimates_table(book),
    }


def _packed(book: Book, name: str, table: gpd.GeoDataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    placed = _typed(table)
    if name == NUMBERS:
        arrow = pa.Table.from_pandas(placed.drop(columns="geometry"), preserve_index=False)
        places = {}
    else:
        out = io.BytesIO()
        placed.to_parquet(out, index=False, schema_version="1.1.0", write_covering_bbox=True)
        arrow = pq.read_table(io.BytesIO(out.getvalue()))
        places = {b"geo": arrow.schema.metadata[b"geo"]}
    # What pandas and geopandas add says which versions were used, not what is in the table.
    told = {**_without_maker(places), b"vallum": _about(book, name, list(table.columns))}
    out = io.BytesIO()
    pq.write_table(
        arrow.replace_schema_metadata(told), out, compression="zstd", row_group_size=_ROWS_TOGETHER
    )
    return out.getvalue()


def _typed(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns without any value as text: a column of nothing has no type that tools agree on."""
    empty = [
        column
        for column in table.columns
        if column != "geometry" and table[column].dtype == object and table[column].isna().all()
    ]
    return table.astype(dict.fromkeys(empty, "string")) if empty else table


def _without_maker(places: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    if not places:
        return {}
    told: dict[str, Any] = json.loads(places[b"geo"])
    told.pop("creator", None)
    return {b"geo": json.dumps(told, sort_keys=True).encode()}


def _about(book: Book, name: str, columns: list[str]) -> bytes:
    told = {
        "title": f"{book.title}: {name}",
        "is_simulated": book.is_simulated,
        "mark": SIMULATED if book.is_simulated else "",
        "line": book.frontier.title or book.frontier.name,
        "line_credit": book.frontier.credit,
        "line_licence": book.frontier.licence,
        "licence": book.cite_as.licence,
        "version": book.version,
        "ledger_head": book.ledger_head,
        "columns": {column: meaning for column in columns if (meaning := meaning_of(column))},
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
