"""How long a person waits for the next candidate, and for the other date of the same one.

    python benchmarks/review/next_candidate.py FOLDER     # a project with candidates
    python benchmarks/review/next_candidate.py            # makes the demo border first (a minute)

A real browser (Chromium, drawn in software) on a real server, on a copy of the project. Times are
those that the page itself measures: from setting a candidate to both pictures whole, and from
asking for the other date to its frame on screen. Three ways: cold (nothing of it was asked for
before; jumps back and forth along the queue in a browser without a cache), prefetched (the next
one, when its tiles had time to come while somebody looked at the one before), and back (a place
that was on screen a moment ago). Nothing is answered, and nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import desk_page
from desk_page import COMPARE, REVIEW

LIMIT_S = 420.0
TARGET_MS = {"cold": None, "prefetched": 500, "back": 500, "other date": 100}


def main() -> int:
    """Print the table."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("project", nargs="?", type=Path)
    told.add_argument("--n", type=int, default=12, help="candidates for each way")
    told.add_argument("--look-s", type=float, default=3.0, help="time for a look at each")
    options = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = project_in(Path(folder), options.project)
        with desk_page.serving(root.parent, root) as server, sync_playwright() as playwright:
            browser = desk_page.launch(playwright)
            desk = desk_page.Desk(browser, server)
            desk.enter()
            desk.ask("me", {"name": "benchmark"})
            desk.page.reload()
            desk.idle()
            took = measure(desk, options.n, options.look_s)
            desk.calm()
            browser.close()
    table(took)
    return 0


def project_in(folder: Path, given: Path | None) -> Path:
    """Return a copy of the project, or a fresh demo border."""
    if given is not None:
        return Path(shutil.copytree(given, folder / "project"))
    words = ["demo", str(folder / "demo"), "--no-review"]
    start = "from vallum.cli import main; main()"
    subprocess.run([sys.executable, "-c", start, *words], check=True, stdout=subprocess.DEVNULL)
    return next(path.parent for path in sorted((folder / "demo").glob("*/vallum.toml")))


def measure(desk: desk_page.Desk, n: int, look_s: float) -> dict[str, list[float]]:
    """Return milliseconds for each way."""
    page, took = desk.page, {name: [] for name in TARGET_MS}
    ends = time.monotonic() + LIMIT_S
    n_items = int(page.evaluate(f"{REVIEW}.sitting.items.length"))
    for k in range(n):
        took["prefetched"].append(go_on(desk, look_s))
        took["other date"].append(toggled(page))
        if k % 2:
            took["back"].append(moved(desk, f"{REVIEW}.sitting.back()"))
            moved(desk, f"{REVIEW}.sitting.next()")
        if time.monotonic() > ends:
            break
    network = desk.context.new_cdp_session(page)
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    first = int(page.evaluate(f"{REVIEW}.sitting.index"))
    for k in range(n):
        if time.monotonic() > ends:
            break
        # From one end to the other, past everything that was fetched ahead.
        to = first + 15 + k * 7 if k % 2 else n_items - 1 - k * 7
        took["cold"].append(moved(desk, f"{REVIEW}.sitting.go({to % n_items})"))
    return took


def go_on(desk: desk_page.Desk, look_s: float) -> float:
    """Look for a while, and take the next one."""
    desk.page.wait_for_timeout(look_s * 1000)
    return moved(desk, f"{REVIEW}.sitting.next()")


def moved(desk: desk_page.Desk, how: str) -> float:
    """Go to another candidate, and return what the page measured, ms."""
    ticket = desk.ticket
    desk.page.evaluate(f"() => {{ void {how}; }}")
    desk.idle(but=ticket)
    measured = desk.page.evaluate(f"{COMPARE}.timings.next_ms")
    whole = "performance.getEntriesByName('vallum-next').at(-1).duration"
    assert abs(measured - desk.page.evaluate(whole)) < 1
    return float(measured)


def toggled(page: Page) -> float:
    """Show the other date, and return what the page measured, ms."""
    page.evaluate(f"() => {{ const c = {COMPARE}; c.timings.toggle_ms = NaN; c.toggle(); }}")
    page.wait_for_function(f"() => {COMPARE}.timings.toggle_ms > 0")
    return float(page.evaluate(f"{COMPARE}.timings.toggle_ms"))


def table(took: dict[str, list[float]]) -> None:
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}, maps drawn in software")
    print(f"{'ms on screen':<14}{'n':>5}{'median':>9}{'p95':>9}{'wanted':>9}")
    for name, values in took.items():
        p50, p95 = np.percentile(values, (50, 95)) if values else (np.nan, np.nan)
        wanted = f"< {TARGET_MS[name]}" if TARGET_MS[name] else "-"
        print(f"{name:<14}{len(values):>5}{p50:>9.0f}{p95:>9.0f}{wanted:>9}")
    print(json.dumps({name: round(float(np.median(v)), 1) for name, v in took.items() if v}))


if __name__ == "__main__":
    sys.exit(main())
