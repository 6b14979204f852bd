"""How long each part of a publication takes, beside the browser that prints the same page.

Run from the repository: `python benchmarks/report.py [REPORT_FOLDER]`. Without a folder a made
book of 7 km is published; with the folder of a publication its `report.html` is what the browser
prints. The browser is a peer: it must be installed (`playwright install chromium`) or is left out.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_book import fake_book
from vallum.report import plates
from vallum.report.book import Book
from vallum.report.geopackage import write_geopackage
from vallum.report.kmz import kmz_bytes
from vallum.report.model import build
from vallum.report.pdf import document
from vallum.report.publish import publish

_TIMES = 3


def best_s(make: Callable[[], object]) -> tuple[float, float]:
    """Return how long the first call took, and the shortest of some more, in seconds."""
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        make()
        taken.append(time.perf_counter() - began)
    return taken[0], min(taken[1:])


def printed_by_browser(page: Path) -> tuple[float, int] | None:
    """Return how long Chromium takes to print a page and how large that is; None without it."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as play:
            began = time.perf_counter()
            browser = play.chromium.launch(args=["--no-sandbox"])
            tab = browser.new_page()
            tab.goto(page.as_uri())
            size = len(tab.pdf(tagged=True))
            browser.close()
            return time.perf_counter() - began, size
    except Error as error:
        print(f"no browser: {str(error).splitlines()[0]}")
        return None


def _geopackage(book: Book, path: Path) -> None:
    path.unlink(missing_ok=True)
    write_geopackage(book, path)


def main() -> None:
    """Time every part and print a table."""
    book = fake_book(7.4, is_simulated=True)
    model = build(book)
    figures = plates.drawn(book, model)
    model["figures"] = {
        name: {"alt": one.alt, "notes": list(one.notes), "table": one.table and asdict(one.table)}
        for name, one in figures.items()
    }
    model["downloads"] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        parts: dict[str, Callable[[], object]] = {
            "model": lambda: build(book),
            "figures": lambda: plates.drawn(book, model),
            "PDF": lambda: document(model, figures, book.chips),
            "KMZ": lambda: kmz_bytes(book),
            "GeoPackage": lambda: _geopackage(book, place / "again.gpkg"),
            "all of it": lambda: publish(book, place / "report", replace=True),
        }
        print(f"{'part':14} {'first s':>9} {'again s':>9}")
        for name, make in parts.items():
            first, again = best_s(make)
            print(f"{name:14} {first:9.2f} {again:9.2f}")
        pdf = document(model, figures, book.chips)
        print(f"PDF of vallum: {len(pdf) / 1e6:.2f} MB")
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else place / "report"
        found = printed_by_browser((given / "report.html").resolve())
        if found:
            print(f"Chromium, the same page: {found[0]:.2f} s, {found[1] / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
