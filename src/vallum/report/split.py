"""GeoJSON by section of the border, so that no file is too large for a notebook or a web map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import geopandas as gpd
import numpy as np

from vallum.ground.span import Span
from vallum.report.book import Book
from vallum.report.export import Tables, collected

MOST_BYTES = 10_000_000
FOLDER = "sections"
INDEX = f"{FOLDER}/index.json"


def files(
    book: Book, *, most_bytes: int = MOST_BYTES, tables: Tables | None = None
) -> dict[str, bytes]:
    """Return the files by their path in the publication; none where the whole is small enough.

    Each feature is in exactly one file, by the middle of its stretch; `sections/index.json` says
    which file holds which stretch. The whole files stay beside them.

    Args:
        book: what is published.
        most_bytes: size above which a file is split.
        tables: of the same book, where they were made already.
    """
    tables = tables or Tables(book)
    found: dict[str, bytes] = {}
    parts = []
    for name, table in tables.layers().items():
        features = tables.features[name]
        size = len(collected(book, features, name))
        if size <= most_bytes:
            continue
        for part, n_chosen, text in _pieces(book, table, features, name, size, most_bytes):
            path = f"{FOLDER}/{name}-km-{part.start_m / 1000:g}-{part.end_m / 1000:g}.geojson"
            found[path] = text
            parts.append({"file": path.rpartition("/")[2], "of": f"{name}.geojson",
                          "start_m": part.start_m, "end_m": part.end_m,
                          "features": n_chosen})  # fmt: skip
    if found:
        index = {"title": book.title, "line": book.frontier.name, "parts": parts}
        found[INDEX] = (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()
    return found


def _pieces(
    book: Book,
    table: gpd.GeoDataFrame,
    features: Sequence[str],
    name: str,
    size: int,
    most_bytes: int,
) -> list[tuple[Span, int, bytes]]:
    """Cut into equal stretches, as few as give files that are small enough; empty ones are out."""
    middle = (table["start_m"] + table["end_m"]) / 2
    middle = middle.clip(book.extent.start_m, book.extent.end_m - 1).to_numpy()
    n_parts = -(-size // most_bytes)
    while True:
        ends = [book.extent.start_m + book.extent.length_m * at // n_parts
                for at in range(n_parts + 1)]  # fmt: skip
        pieces = []
        for start, end in pairwise(ends):
            chosen = np.flatnonzero((middle >= start) & (middle < end)).tolist()
            if chosen:
                part = Span(start, end)
                text = collected(book, (features[at] for at in chosen), f"{name}, {part}")
                pieces.append((part, len(chosen), text))
        is_small = all(len(text) <= most_bytes or n == 1 for _, n, text in pieces)
        if is_small or n_parts * 2 > book.extent.length_m:
            return pieces
        n_parts *= 2
