"""F1: `kill -9` while people review; nothing that the desk acknowledged is lost."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from torture import SEED, Figure, Size
from torture.killing import Ended, Tell, apart, forked

NAME = "F1"
WHAT = "kill -9 while reviewing"
_KILLS = {Size.CI: 50, Size.RELEASE: 500}
_BY_SERVER = {Size.CI: 0, Size.RELEASE: 40}
PROMISED = {
    size: f"{n} kills: 0 acknowledged verdicts lost, chain valid, reopened in under 1 s"
    for size, n in _KILLS.items()
}
_MOST_ACKED = 6
_LATEST_S = 0.03
_FULLY_EVERY = 5
_PEOPLE = ("ann", "bob")


def measure(size: Size, folder: Path) -> Figure:
    """Kill a desk again and again and compare what it had acknowledged with what is there."""
    return apart("f1_review", size, folder)


def inside(size: Size, folder: Path) -> Figure:
    """The same, in a process without threads."""
    import small_desk

    chance = random.Random(SEED)
    root = folder / "border"
    small_desk.make(root, n=12).close()
    acked: set[str] = set()
    problems: list[str] = []
    slowest_s, n_killed, n_while_writing = 0.0, 0, 0
    n_forks = _KILLS[size] - _BY_SERVER[size]
    for number in range(n_forks):
        ended = _killed(root, number, chance)
        n_killed += ended.is_killed
        n_while_writing += bool(_acks(ended))
        acked |= _acks(ended)
        problems += [f"kill {number + 1}: {ended.problem}"] if ended.problem else []
        is_last = number == n_forks - 1
        seconds, found = reopened(root, acked, is_full=is_last or not number % _FULLY_EVERY)
        slowest_s = max(slowest_s, seconds)
        problems += [f"kill {number + 1}: {one}" for one in found]
    if _BY_SERVER[size]:
        from torture.killed_server import killed_servers

        served = killed_servers(folder, _BY_SERVER[size], chance)
        n_killed += served.n_killed
        n_while_writing += served.n_while_writing
        problems += served.problems
        acked |= served.acked
    planted = _planted_loss(root, acked)
    problems += [] if planted else ["a lost verdict that was planted was not noticed"]
    if n_while_writing < n_forks // 3:
        problems.append(f"only {n_while_writing} forks had acknowledged something: no measurement")
    return Figure(
        measured=f"{n_killed} kills: {len(acked):,} acknowledged, "
        f"{sum('lost' in one for one in problems)} lost, chain valid, reopened in at most "
        f"{slowest_s:.2f} s",
        holds=not problems and n_killed == _KILLS[size],
        in_time=slowest_s < 1.0,
        misses=tuple(problems[:20]),
        notes=(f"{_BY_SERVER[size]} of the kills are of `vallum serve` or `open` over HTTP",)
        if _BY_SERVER[size]
        else (),
    )


def _killed(root: Path, number: int, chance: random.Random) -> Ended:
    """Let a fork review, and kill it some moments after some answers, or after none."""
    n = chance.randint(0, _MOST_ACKED)
    return forked(
        lambda tell: _review(root, number, tell),
        kill_at=lambda _, before: before >= n,
        then_s=chance.uniform(0.0, _LATEST_S),
    )


def _review(root: Path, number: int, tell: Tell) -> None:
    """Answer without end; tell each answer once the desk has acknowledged it."""
    import small_desk
    from vallum.ground.kinds import Answer, Role
    from vallum.ground.span import Spans
    from vallum.project import open_project
    from vallum.steps.desk import Desk, Person

    people = [Person(name=name, role=Role.ANALYST) for name in _PEOPLE]
    with open_project(root) as project:
        desk = Desk(project)
        # All that two images show, answered or not: people change their minds.
        shown = [
            one.id for one in desk.candidates() if one.span.middle_m not in Spans([small_desk.HOLE])
        ]
        tickets = {p.name: [desk.ticket_of(p, one) for one in shown] for p in people}
        tell("begun")
        for k in range(10_000):
            person = people[k % 2]
            ticket = tickets[person.name][k // 2 % len(tickets[person.name])]
            at = number * 10_000 + k
            answer = (Answer.YES, Answer.NO)[k // 20 % 2]
            given = small_desk.given(desk, person, ticket, at, answer=answer)
            result = desk.answer(person, [given])[0]
            if result.status in {"saved", "stale"} and result.seq:
                tell(given.at.isoformat())


def _acks(ended: Ended) -> set[str]:
    return {line for line in ended.told if line != "begun"}


def reopened(root: Path, acked: set[str], *, is_full: bool) -> tuple[float, list[str]]:
    """Open what a kill has left; return how long it took and what is not as it should be."""
    from vallum.ground.errors import VallumError
    from vallum.project import open_project

    began = time.monotonic()
    try:
        with open_project(root) as project:
            seconds = time.monotonic() - began
            (project.store.verify if is_full else project.store.verify_chain)()
    except VallumError as error:
        return time.monotonic() - began, [str(error)]
    lost = sorted(acked - _there(root))
    return seconds, [f"{len(lost)} acknowledged verdicts lost, first {one}" for one in lost[:1]]


def _there(root: Path) -> set[str]:
    """Return the moments of all verdicts in the ledger, read without vallum."""
    with closing(sqlite3.connect(root / "project.db")) as database:
        rows = database.execute("SELECT body FROM ledger WHERE kind = 'Verdict'").fetchall()
    from datetime import datetime

    return {datetime.fromisoformat(json.loads(body)["at"]).isoformat() for (body,) in rows}


def _planted_loss(root: Path, acked: set[str]) -> bool:
    """Say whether the comparison sees a verdict that is not there."""
    return bool({*acked, "1999-01-01T00:00:00+00:00"} - _there(root))
