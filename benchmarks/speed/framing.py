"""The pages of a whole border while a hand moves them, and what the browser itself takes for that.

Used by `benchmarks/speed/interactive.py`, part `frames`. Each row of ours is bound by a frame of 60
in a second, or, where that is more, by what the same browser needs in the same run to move
something without any script of ours: a bare canvas on an empty page, ten pixels on this very page.
"""

from __future__ import annotations

from collections.abc import Callable

import frames
from playwright.sync_api import Page

from record import Row

FRAME_MS, TASK_MS = 17.0, 200.0
DOT, SHEET = (10, 10), (1366, 520)
PAINTED = ("zoom",)
"""Ways that paint anew what is seen; the others push it."""

Wait = Callable[[list[str]], object]

_APP = ["vallum-app"]
_MOVES = (
    ("review", [*_APP, "vallum-review", "vallum-strip", ".frame"], "drag"),
    ("coverage", [*_APP, "vallum-coverage-page", ".scroll.tall"], "scroll"),
    ("coverage", [*_APP, "vallum-coverage-page", "vallum-strip", ".frame"], "drag"),
    ("timeline", [*_APP, "vallum-timeline-page", ".canvas"], "scroll page"),
)
_REPORT_MOVES = (
    (["[data-live=strip] vallum-strip", ".glass"], ("drag", "drag near", "zoom", "hover")),
    (["[data-live=map] vallum-linemap", ".glass"], ("drag", "drag near", "zoom")),
    (["body"], ("scroll page",)),
)
_floors: dict[bool, float] = {}
"""The p95 of an empty page on which something is pushed (False) or painted (True)."""


def of_empty(page: Page) -> list[Row]:
    """Return what the browser takes for a bare canvas on an empty page."""
    page.goto("about:blank")
    rows = []
    for way, is_painted in (("pushed", False), ("painted", True)):
        found = frames.pushed(page, SHEET, is_painted=is_painted)
        _floors[is_painted] = found.p95
        rows += _rows(f"empty page: canvas of {SHEET[0]} x {SHEET[1]} {way}", found)
    return rows


def of_app(page: Page, wait: Wait) -> list[Row]:
    """Return how smooth the app is; the first candidate stands on `page`, which still loads."""
    rows = _rows("review page, while its pictures come", frames.idle(page))
    frames.settle(page)
    rows += _rows("review page, nothing moves", frames.idle(page))
    floors: dict[str, float] = {}
    for name, path, how in _MOVES:
        page.evaluate("name => { location.hash = `#/${name}`; }", name)
        wait(path)
        page.wait_for_timeout(500)
        if name not in floors:
            floors[name], more = _floor(page, f"{name} page")
            rows += more
        found = frames.moved(page, path, how)
        bound = _bound(how, floors[name])
        rows += _rows(f"{name} page: {how} {path[-2]}", found, bound)
        rows.append(_row(f"{name} page, {path[-2]}: elements", frames.nodes(page), "elements"))
    return rows


def of_report(page: Page, wait: Wait) -> list[Row]:
    """Return how smooth the report on `page` is."""
    wait(list(_REPORT_MOVES[0][0]))
    floor, rows = _floor(page, "report")
    for path, ways in _REPORT_MOVES:
        for how in ways:
            found = frames.moved(page, path, how)
            what = f"report: {how} {path[0].rpartition(' ')[2]}"
            rows += _rows(what, found, _bound(how, floor))
    rows.append(_row("report: elements", frames.nodes(page), "elements"))
    return rows


def _floor(page: Page, name: str) -> tuple[float, list[Row]]:
    """Return the p95 of a page on which ten pixels move and nothing of ours, and its rows."""
    found = frames.pushed(page, DOT)
    return found.p95, _rows(f"{name}: 10 x 10 pixels pushed, nothing of ours", found)


def _bound(how: str, floor_ms: float) -> float:
    return max(FRAME_MS, floor_ms, _floors[how in PAINTED])


def _rows(what: str, found: frames.Frames, bound_ms: float = FRAME_MS) -> list[Row]:
    note = f"p50 {found.p50:.0f}, longest {found.longest:.0f} ms, {found.n} frames"
    print(f"{what:<60} p95 {found.p95:6.1f} ms, {note}, longest task {found.longest_task:.0f} ms")
    return [
        _row(f"{what}: frame p95", found.p95, "ms", bound=bound_ms, note=note),
        _row(f"{what}: longest task", found.longest_task, "ms", bound=TASK_MS),
    ]


def _row(name: str, value: float, unit: str, *, bound: float | None = None, note: str = "") -> Row:
    return Row(name=name, value=value, unit=unit, better="less", bound=bound, note=note)
