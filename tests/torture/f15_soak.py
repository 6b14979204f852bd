"""F15: a desk that is used for half an hour grows neither in memory nor in open files."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from torture import SEED, Figure, Size
from torture.crowding import Browser, Tally, make, served
from vallum.imagery import display

NAME = "F15"
WHAT = "the desk in use for a long time"
_SECONDS = {Size.CI: 20.0, Size.RELEASE: 1800.0}
_IN_WORDS = {Size.CI: "20 seconds", Size.RELEASE: "30 minutes"}
PROMISED = {
    size: f"{_IN_WORDS[size]} of reads, answers, pictures and jobs: memory grows by under 5 %, no "
    "file is left open, no thread is left over"
    for size in Size
}
_PEOPLE = 6
_N_THINGS = 60
_WARM_SHARE = 0.35
_EACH_S = 0.5
_IMAGES = ("before.tif", "after.tif")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the server holds at one moment."""

    at_s: float
    rss_bytes: int
    n_files: int
    n_threads: int


def measure(size: Size, folder: Path) -> Figure:
    """Use a desk for a while, and read off what it holds meanwhile."""
    root, tally = folder / "border", Tally()
    make(root, n=_N_THINGS)
    _paint(root)
    people = [("boss", "keeper"), *((f"reviewer {k}", "analyst") for k in range(_PEOPLE))]
    ended = threading.Event()
    with served(root, people) as desk, contextlib.ExitStack() as open_lines:
        threads = []
        for k, (name, _) in enumerate(people):
            browser = Browser(desk.port, k)
            open_lines.callback(browser.close)
            browser.join(desk.tokens[name])
            work = _keeping if name == "boss" else _reviewing
            threads.append(_thread(work, browser, k, tally, ended))
            if name == "boss":
                alone = _after_one(browser, desk.pid)
        for thread in threads:
            thread.start()
        readings = _watched(desk.pid, _SECONDS[size])
        ended.set()
        for thread in threads:
            thread.join(60)
    # Each of the others may be at something of their own, and a job runs beside them. Of each such
    # thread the libraries that work on all cores keep one more per further core (of 15 threads of
    # a desk on two cores, py-spy shows 8 of Python and 7 of libraries).
    n_threads = alone.n_threads + len(people) * (os.cpu_count() or 1)
    # Images that are looked at stay open for the next picture, up to a number; and one for each
    # who asks just then.
    n_files = alone.n_files + display.N_KEPT_OPEN + len(people)
    return _figure(readings, tally, _SECONDS[size], n_threads, n_files)


def _figure(
    readings: Sequence[Reading],
    tally: Tally,
    seconds: float,
    n_threads_in_use: int,
    n_files_in_use: int,
) -> Figure:
    warm = [one for one in readings if one.at_s >= _WARM_SHARE * seconds]
    part = max(2, len(warm) // 4)
    first, last = warm[:part], warm[-part:]
    problems = list(tally.problems)
    grown = _lowest(last, "rss_bytes") / _lowest(first, "rss_bytes") - 1
    # Pools of threads and of open images grow and shrink within their bounds; a leak passes them.
    allowed = max(n_files_in_use, *(one.n_files for one in first))
    more_files = max(0, _lowest(last, "n_files") - allowed)
    allowed = max(n_threads_in_use, *(one.n_threads for one in first))
    more_threads = max(0, _lowest(last, "n_threads") - allowed)
    problems += [f"{more_files} more open files at the end"] if more_files > 0 else []
    problems += [f"{more_threads} more threads at the end"] if more_threads > 0 else []
    n_by = {name: len(took) for name, took in tally.took_s.items()}
    for name, least in (("item", 20), ("verdict", 5), ("picture", 20), ("job", 1), ("list", 5)):
        if n_by.get(name, 0) < least:
            problems.append(
                f"only {n_by.get(name, 0)} of '{name}' were asked: nothing was measured"
            )
    if set(tally.statuses) - {200}:
        problems.append(f"statuses {dict(tally.statuses)}")
    if not _notices_a_leak():
        problems.append("a leak that was planted was not noticed")
    n = sum(n_by.values())
    return Figure(
        measured=f"{n:,} requests in {seconds:.0f} s: memory {grown:+.1%} at "
        f"{last[-1].rss_bytes / 1e6:.0f} MB, open files {more_files:+d} at {last[-1].n_files}, "
        f"threads {more_threads:+d} at {last[-1].n_threads}",
        holds=not problems,
        in_time=grown < 0.05,
        misses=tuple(problems[:20]),
        notes=(
            f"growth is that of the lowest reading, after {_WARM_SHARE:.0%} of the time; answers "
            "are held in memory, so a desk grows with what is said at it",
        ),
    )


def _after_one(browser: Browser, pid: int) -> Reading:
    """Have one person do everything once, and return what the server then holds."""
    browser.ask("POST", "/api/steps/settle", {})
    while (browser.ask("GET", "/api/job")[1] or {}).get("state") == "running":
        time.sleep(0.05)
    status, things = browser.ask("GET", "/api/queue?mode=triage")
    assert status == 200, things
    full = browser.ask("GET", f"/api/item/{things['items'][0]['ticket']}?mode=triage")[1]
    browser.ask("GET", f"/api/chip/{full['before']}?lon=129.0&lat=42.0&across_m=120")
    return _reading(pid, 0.0)


def _lowest(readings: Sequence[Reading], name: str) -> int:
    """Return the lowest reading: what is only in use for a moment is no leak."""
    return min(getattr(one, name) for one in readings)


def _notices_a_leak() -> bool:
    """Say whether open files of this process are counted."""
    before = _reading(_self(), 0.0).n_files
    with Path(__file__).open():
        return _reading(_self(), 0.0).n_files == before + 1


def _self() -> int:
    return int(Path("/proc/self").resolve().name)


def _watched(pid: int, seconds: float) -> list[Reading]:
    begun = time.monotonic()
    readings = []
    while (at_s := time.monotonic() - begun) < seconds:
        readings.append(_reading(pid, at_s))
        time.sleep(_EACH_S)
    return readings


def _reading(pid: int, at_s: float) -> Reading:
    """Return what the system says of a process."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return Reading(
        at_s=at_s,
        rss_bytes=int(told["VmRSS"].split()[0]) * 1024,
        n_files=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        n_threads=int(told["Threads"]),
    )


# -- who uses it ------------------------------------------------------------------------------------


def _thread(
    work: Callable[[Browser, int, Tally, threading.Event], None],
    browser: Browser,
    number: int,
    tally: Tally,
    ended: threading.Event,
) -> threading.Thread:
    def guarded() -> None:
        try:
            work(browser, number, tally, ended)
        except Exception as error:  # a thread that dies unheard would look like success
            tally.complain(f"{type(error).__name__}: {error}")

    return threading.Thread(target=guarded, daemon=True)


def _asked(browser: Browser, tally: Tally, what: str, path: str, body: object = None):
    begun = time.perf_counter()
    status, told = browser.ask("GET" if body is None else "POST", path, body)
    tally.note(what, status, time.perf_counter() - begun)
    return told


def _reviewing(browser: Browser, number: int, tally: Tally, ended: threading.Event) -> None:
    """Look at things and their pictures, and change one's mind: the same few rows again and again.

    Each answer is a row for ever, so few are given: what is looked for is growth without cause.
    """
    chance = random.Random(SEED + number)
    queue = _asked(browser, tally, "queue", "/api/queue?mode=triage")
    things = queue["items"]
    for k in itertools.count():
        if ended.wait(0.02 if k < 40 else 0.2):
            return
        ticket = things[chance.randrange(len(things))]["ticket"]
        full = _asked(browser, tally, "item", f"/api/item/{ticket}?mode=triage")
        for scene in (full["before"], full["after"]):
            place = (
                f"lon={129.0 + chance.random() / 200:.6f}&lat={42.0 + chance.random() / 900:.6f}"
            )
            picture = f"/api/chip/{scene}?{place}&across_m=120"
            _asked(browser, tally, "picture", picture)
        _asked(browser, tally, "list", ("/api/progress", "/api/strip", "/api/state")[k % 3])
        _asked(browser, tally, "presence", "/api/presence", {"section": 1})
        if k % 12 == number % 12:
            answer = {
                "ticket": ticket, "mode": "triage", "answer": "yes" if k % 24 < 12 else "no",
                "looked": [{"scene": full["before"], "seconds": 1.0}], "seconds": 1.0,
                "at": datetime.now(UTC).isoformat(), "based_on": full["based_on"],
            }  # fmt: skip
            _asked(browser, tally, "verdict", "/api/verdicts", {"items": [answer]})


def _keeping(browser: Browser, _number: int, tally: Tally, ended: threading.Event) -> None:
    """Begin a short job now and then, and look at the lists that only the keeper has."""
    for k in itertools.count():
        if ended.wait(0.5):
            return
        for path in ("/api/people", "/api/looks", "/api/job", "/api/coverage"):
            _asked(browser, tally, "list", path)
        job = _asked(browser, tally, "look", "/api/job")
        if k % 8 == 0 and (job is None or job["state"] != "running"):
            _asked(browser, tally, "job", "/api/steps/settle", {})


def _paint(root: Path) -> None:
    """Give the two images pixels, at the beginning of the line."""
    import small_border

    pixels = np.random.default_rng(SEED).integers(1, 255, (900, 1400), dtype=np.uint8)
    (root / "imagery").mkdir(exist_ok=True)
    for name in _IMAGES:
        _write(small_border.write, root / "imagery" / name, pixels)


def _write(write: Callable[..., None], path: Path, pixels: np.ndarray) -> None:
    from rasterio.transform import from_origin

    write(path, pixels, transform=from_origin(499_900.0, 4_650_200.0, 0.5, 0.5))
