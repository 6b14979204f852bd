"""F4: 32 people review at once through `vallum serve`; nothing is lost, doubled or broken."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from torture import Figure, Size
from torture.crowding import Browser, Tally, make, served, together

NAME = "F4"
WHAT = "many reviewers at once, on SQLite and PostgreSQL"
_CROWD = {Size.CI: (16, 15), Size.RELEASE: (32, 60)}
PROMISED = {
    size: f"{people} reviewers x {n}, on both stores: 0 lost, 0 doubled, 0 HTTP 5xx, stale answers "
    "met with what stands; p95 under 250 ms, none over 2 s, 200 durable reviews/s"
    for size, (people, n) in _CROWD.items()
}
_LONGEST_S = 900.0
_TWICE, _STALE = (7, 3), (9, 4)


@dataclass
class Seen(Tally):
    """What the reviewers were told of their answers."""

    acked: set[tuple[str, str]] = field(default_factory=set)
    results: Counter[str] = field(default_factory=Counter)
    rushed: int = 0


@dataclass(frozen=True, kw_only=True)
class _Came:
    """What came of one store."""

    words: str
    problems: tuple[str, ...]
    in_time: bool


def measure(size: Size, folder: Path) -> Figure:
    """Let a crowd review on both stores, and compare what it was told with what is on disk."""
    came = [_measured("SQLite", size, folder / "sqlite", "")]
    notes: list[str] = []
    import pg

    if pg.missing():
        notes.append(f"not on PostgreSQL: {pg.missing()}")
    else:
        with pg.serving(is_durable=size is Size.RELEASE) as server, pg.password():
            database = server.new_database()
            came.append(_measured("PostgreSQL", size, folder / "postgres", database))
    problems = [problem for one in came for problem in one.problems]
    return Figure(
        measured="; ".join(one.words for one in came),
        holds=not problems,
        in_time=all(one.in_time for one in came),
        misses=tuple(problems[:20]),
        notes=tuple(notes),
    )


def _measured(store: str, size: Size, folder: Path, database: str) -> _Came:
    n_people, n_each = _CROWD[size]
    folder.mkdir(parents=True, exist_ok=True)
    root, seen = folder / "border", Seen()
    make(root, n=n_each + 20, database=database)  # some lie where no two images are
    rate = _crowd(root, n_people, n_each, seen)
    rows, n_rows = _on_disk(root)
    lost = seen.acked - rows
    problems = [f"{store}: {line}" for line in seen.problems]
    problems += [f"{store}: {len(lost)} acknowledged answers lost"] if lost else []
    if n_rows != len(rows) or len(rows) != len(seen.acked):
        problems.append(f"{store}: {n_rows} rows for {len(seen.acked)} answers")
    if seen.n_broken or 429 in seen.statuses:
        problems.append(f"{store}: statuses {dict(seen.statuses)}")
    problems += _control(seen, rows, n_people * n_each, store)
    every = np.array([s for name in ("item", "verdict") for s in seen.took_s.get(name, [])])
    p95, top = float(np.percentile(every, 95)), float(every.max())
    words = (
        f"{store}: {len(seen.acked):,} acknowledged, {len(lost)} lost, "
        f"{n_rows - len(rows)} doubled, {seen.results['stale']} stale met with what stands, "
        f"{seen.n_broken} HTTP 5xx, p95 {p95 * 1000:.0f} ms, longest {top * 1000:.0f} ms, "
        f"{rate:.0f} reviews/s"
    )
    in_time = p95 < 0.25 and top < 2.0 and rate >= 200
    return _Came(words=words, problems=tuple(problems), in_time=in_time)


def _control(seen: Seen, rows: set[tuple[str, str]], n: int, store: str) -> list[str]:
    """Say what shows that nothing was measured: a planted loss must be noticed, all must be done."""
    found = []
    planted = ("reviewer 0", "2000-01-01T00:00:00+00:00")
    if planted not in (seen.acked | {planted}) - rows:
        found.append(f"{store}: a loss that was planted was not noticed")
    wanted = {"same": n // _TWICE[0] // 2, "stale": n // _STALE[0] // 2, "saved": n}
    for status, least in wanted.items():
        if seen.results[status] < least:
            found.append(f"{store}: only {seen.results[status]} answers were '{status}'")
    return found


# -- the crowd --------------------------------------------------------------------------------------


def _crowd(root: Path, n_people: int, n_each: int, seen: Seen) -> float:
    """Let everybody review at once; returns durable reviews a second while nobody thinks."""
    people = [(f"reviewer {k + 1}", "analyst") for k in range(n_people)]
    with served(root, [("boss", "keeper"), *people]) as desk, contextlib.ExitStack() as open_lines:
        reviewers = []
        for k, (name, _) in enumerate(people):
            browser = Browser(desk.port, k)
            open_lines.callback(browser.close)
            browser.join(desk.tokens[name])
            reviewers.append(_Reviewer(browser, name, n_each, seen))
        half = n_each // 2
        together([r.thread(r.review, 0, half) for r in reviewers], _LONGEST_S, seen)
        together([r.thread(r.look, half, n_each) for r in reviewers], _LONGEST_S, seen)
        begun = time.perf_counter()
        together([r.thread(r.rush, half, n_each) for r in reviewers], _LONGEST_S, seen)
        took_s = time.perf_counter() - begun
        together([r.thread(r.come_late, half, n_each) for r in reviewers], _LONGEST_S, seen)
        return seen.rushed / took_s


class _Reviewer:
    """One person with one browser, who never waits to think."""

    def __init__(self, browser: Browser, name: str, n: int, seen: Seen) -> None:
        self.browser, self.name, self.n, self.seen = browser, name, n, seen
        self.begun = datetime.now(UTC)
        self.things: list[dict] = []
        self.full: dict[int, dict] = {}

    def thread(self, work, start: int, end: int) -> threading.Thread:
        """Return a thread that does a part of the work."""

        def guarded() -> None:
            try:
                work(start, end)
            except Exception as error:  # a thread that dies unheard would look like success
                self.seen.complain(f"{self.name}: {type(error).__name__}: {error}")

        return threading.Thread(target=guarded, daemon=True)

    def ask(self, what: str, method: str, path: str, body: object = None) -> tuple[int, dict]:
        """Ask, and remember how long it took."""
        begun = time.perf_counter()
        status, told = self.browser.ask(method, path, body)
        self.seen.note(what, status, time.perf_counter() - begun)
        return status, told

    def review(self, start: int, end: int) -> None:
        """Look at a thing and answer it, one after another."""
        self._queue()
        for k in range(start, end):
            self.look(k, k + 1)
            self.rush(k, k + 1)
            self.come_late(k, k + 1)

    def look(self, start: int, end: int) -> None:
        """Ask for things, as the page does ahead of time."""
        self._queue()
        for k in range(start, end):
            _, self.full[k] = self.ask(
                "item", "GET", f"/api/item/{self.things[k]['ticket']}?mode=triage"
            )

    def rush(self, start: int, end: int) -> None:
        """Answer things that were looked at."""
        for k in range(start, end):
            if self.say(self.body(k), "saved", 200):
                with self.seen.lock:
                    self.seen.rushed += start >= self.n // 2

    def come_late(self, start: int, end: int) -> None:
        """Send some answers twice, and some from a window that shows an older state."""
        for k in range(start, end):
            if k % _TWICE[0] == _TWICE[1]:
                self.say(self.body(k), "same", 200)
            if k % _STALE[0] == _STALE[1]:
                at = (self.at(k) + timedelta(milliseconds=5)).isoformat()
                late = self.body(k) | {"answer": "cannot_tell", "reason": "shadow", "at": at}
                self.say(late, "stale", 409)

    def at(self, k: int) -> datetime:
        """When the k-th answer was given."""
        return self.begun + timedelta(milliseconds=10 * k)

    def body(self, k: int) -> dict:
        """Return the k-th answer as a browser sends it."""
        full = self.full[k]
        return {
            "ticket": self.things[k]["ticket"],
            "mode": "triage",
            "answer": "yes" if k % 2 else "no",
            "looked": [{"scene": full["before"], "seconds": 1.0}],
            "seconds": 0.5,
            "at": self.at(k).isoformat(),
            "based_on": full["based_on"],
        }

    def say(self, body: dict, wanted: str, wanted_status: int) -> bool:
        """Send an answer, and remember what was said of it."""
        status, told = self.ask("verdict", "POST", "/api/verdicts", {"items": [body]})
        result = (told.get("results") or [{"status": f"HTTP {status}"}])[0]
        is_right = (status, result["status"]) == (wanted_status, wanted)
        if wanted == "stale" and is_right and not result["theirs"]:
            self.seen.complain(f"{self.name}: a stale answer was not told what stands")
        if not is_right:
            self.seen.complain(f"{self.name}: {status} {result} instead of {wanted}")
        with self.seen.lock:
            self.seen.results[result["status"]] += 1
            if result["status"] in {"saved", "same", "stale"}:
                self.seen.acked.add((self.name, datetime.fromisoformat(body["at"]).isoformat()))
        return is_right

    def _queue(self) -> None:
        if not self.things:
            _, queue = self.ask("queue", "GET", "/api/queue?mode=triage")
            self.things = queue["items"][: self.n]
            if len(self.things) < self.n:
                self.seen.complain(f"{self.name}: asked for {len(self.things)} of {self.n} things")


def _on_disk(root: Path) -> tuple[set[tuple[str, str]], int]:
    """Return name and time of every answer in the ledger, and how many rows there are."""
    from vallum.ground.records import Verdict
    from vallum.project import open_project

    with open_project(root) as project:
        project.store.verify()
        rows = [e.row() for e in project.store.entries() if e.kind == Verdict.kind()]
    told = [
        (row.analyst, row.at.isoformat()) for row in rows if isinstance(row, Verdict) and row.at
    ]
    return set(told), len(rows)
