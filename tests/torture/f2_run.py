"""F2: `kill -9` in the middle of a long run and of a publication; what comes out is the same."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torture import SEED, Figure, Size
from torture.killing import Ended, Tell, apart, bytes_of, copied, forked

NAME = "F2"
WHAT = "kill -9 in a long run"
_KILLS = {Size.CI: 10, Size.RELEASE: 100}
_WHILE_PUBLISHING = {Size.CI: 2, Size.RELEASE: 25}
_LENGTH_M = {Size.CI: 250, Size.RELEASE: 100}
PROMISED = {
    size: f"{n} kills: outputs byte for byte as without them, at most 1 tile redone per worker and "
    "kill, at work again in under 5 s"
    for size, n in _KILLS.items()
}
_ROWS = {"cover": "Look", "align": "Fit", "detect": "Comparison"}
_HEAD = "0" * 64
_COMPARED = {
    Size.CI: "files that carry that hash are compared in the full measurement only",
    Size.RELEASE: "both were published once more under one hash, and all files compared",
}


@dataclass(kw_only=True)
class _Seen:
    """What the kills came to."""

    n_killed: int = 0
    n_publishing: int = 0
    most_redone: int = 0
    slowest_s: float = 0.0
    problems: list[str] = field(default_factory=list)


def measure(size: Size, folder: Path) -> Figure:
    """Kill a run on a small SIMULATED border again and again, and compare with one left alone."""
    return apart("f2_run", size, folder)


def inside(size: Size, folder: Path) -> Figure:
    """The same, in a process without threads."""
    _warm()
    chance = random.Random(SEED)
    came = folder / "came"
    _must(forked(lambda tell: _make(came, _LENGTH_M[size], tell)))
    plain, killed = copied(came / "border", folder / "plain"), folder / "killed"
    seen = _Seen()
    undisturbed = _must(forked(lambda tell: _run(plain, tell)))
    publish_s = _publishing_s(undisturbed)
    while seen.n_killed < _KILLS[size]:
        copied(came / "border", killed)
        before = seen.n_killed
        _one_run(killed, _KILLS[size], _WHILE_PUBLISHING[size], publish_s, chance, seen)
        seen.problems += _differences(plain, killed, folder if size is Size.RELEASE else None)
        if seen.n_killed == before:
            seen.problems.append("no fork was still at work when it was to be killed")
            break
    n_differ = sum("differs" in one for one in seen.problems)
    return Figure(
        measured=f"{seen.n_killed} kills, {seen.n_publishing} of them while publishing: {n_differ} "
        f"files differ, at most {seen.most_redone} tile redone, at work again after at most "
        f"{seen.slowest_s:.1f} s",
        holds=not seen.problems and seen.most_redone <= 1 and seen.n_publishing > 0,
        in_time=seen.slowest_s < 5.0,
        misses=tuple(seen.problems[:20]),
        notes=(
            "times of runs and the hash of the newest ledger row differ by their nature; "
            + _COMPARED[size],
            *_overhead(undisturbed),
        ),
    )


def _warm() -> None:
    """Import what every fork needs; none of it starts a thread."""
    import cv2  # noqa: F401
    import rasterio  # noqa: F401

    import small_border  # noqa: F401
    import vallum.report.pdf  # noqa: F401
    from vallum.imagery import align, coverage  # noqa: F401
    from vallum.steps import finding, seeing, telling, whole  # noqa: F401


def _must(ended: Ended) -> Ended:
    if ended.problem:
        raise RuntimeError(ended.problem)
    return ended


# -- what the forks do ----------------------------------------------------------------------------


def _make(came: Path, section_m: int, tell: Tell) -> None:
    import small_border
    from vallum import config, steps

    small = small_border.make(came)
    project, _ = steps.new(
        came / "border", frontier=small.line, before="2019", after="2022", corridor_m=60,
        is_simulated=True, section_m=section_m,
    )  # fmt: skip
    with project:
        steps.add(project, [small.images], is_simulated=True)
        settings = replace(project.config, publish=replace(project.config.publish, n_chips=0))
    config.write(settings, came / "border" / config.FILE_NAME)
    tell("made")


def _run(root: Path, tell: Tell) -> None:
    """Do everything that is due, and tell how far it is."""
    import cv2

    from vallum import steps
    from vallum.project import open_project
    from vallum.steps import whole

    cv2.setNumThreads(1)
    publish = whole.publish

    def told_publish(*words: Any, **more: Any) -> Any:
        tell("publishing 0 0")
        return publish(*words, **more)

    whole.publish = told_publish  # this is a fork: nobody else sees it
    began, writing = time.monotonic(), 0.0
    with open_project(root) as project:
        add = project.store.add_together

        def timed(parts: object) -> object:
            nonlocal writing
            before = time.monotonic()
            try:
                return add(parts)  # type: ignore[arg-type]
            finally:
                writing += time.monotonic() - before

        project.store.add_together = timed  # type: ignore[method-assign, assignment]
        tell("open")
        steps.run(project, show=lambda what, n, of, _: tell(f"{what} {n:g} {of:g}"))
    tell(f"took {time.monotonic() - began:.3f} {writing:.3f}")


def _publish_alike(root: Path, to: Path, tell: Tell) -> None:
    """Publish under a hash that is the same for both."""
    from vallum.ground.records import Level
    from vallum.project import open_project
    from vallum.report.publish import publish
    from vallum.steps import releasing, telling

    with open_project(root) as project:
        told = releasing.told(project, Level.PUBLIC, None)
        book = telling.book_of(
            project,
            telling.current_estimates(project),
            Level.PUBLIC,
            (),
            lambda *_: None,
            told.told,
        )
        publish(replace(book, ledger_head=_HEAD), to)
        project.store.verify()
    tell("published")


# -- killing --------------------------------------------------------------------------------------


def _one_run(
    root: Path, n_kills: int, n_publishing: int, publish_s: float, chance: random.Random,
    seen: _Seen,
) -> None:  # fmt: skip
    """Kill one run over and over until it comes to its end or enough kills were done."""
    while seen.n_killed < n_kills:
        left = n_kills - seen.n_killed
        is_late = left <= n_publishing - seen.n_publishing
        before = _counted(root)
        ended = _killed(root, publish_s, chance, is_late=is_late)
        if ended.problem:
            seen.problems.append(f"kill {seen.n_killed + 1}: {ended.problem[-300:]}")
            return
        if not ended.is_killed:
            return
        seen.n_killed += 1
        seen.n_publishing += _is_publishing(ended)
        seen.most_redone = max(seen.most_redone, _redone(ended, before, _counted(root)))
        seen.slowest_s = max(seen.slowest_s, _begun_s(ended))
        seen.problems += _unsound(root, seen.n_killed)
    last = forked(lambda tell: _run(root, tell))
    seen.problems += [f"the last run: {last.problem[-300:]}"] if last.problem else []
    seen.slowest_s = max(seen.slowest_s, _begun_s(last))


def _killed(root: Path, publish_s: float, chance: random.Random, *, is_late: bool) -> Ended:
    """Run, and kill it after some tiles, or at some moment after the last of them."""
    n = chance.randint(1, 4)

    def is_time(line: str, before: int) -> bool:
        step = line.split(" ")[0]
        return step == "publishing" if is_late else before >= n and step in _ROWS

    later = chance.uniform(0.0, publish_s if is_late else 0.3)
    return forked(lambda tell: _run(root, tell), kill_at=is_time, then_s=later)


def _is_publishing(ended: Ended) -> bool:
    """Say whether all tiles were done when it was killed."""
    return any(line.startswith("publishing") for line in ended.told)


def _redone(ended: Ended, before: Counter[str], after: Counter[str]) -> int:
    """Return how many tiles must be done again: the one it was at, and those without a row."""
    if _is_publishing(ended):
        return 0
    most = 0
    for step, kind in _ROWS.items():
        done = [int(line.split()[1]) for line in ended.told if line.startswith(f"{step} ")]
        most = max(most, max(done, default=0) - (after[kind] - before[kind]))
    return most + 1


def _counted(root: Path) -> Counter[str]:
    from vallum.project import open_project

    with open_project(root) as project:
        return Counter(entry.kind for entry in project.store.entries())


def _begun_s(ended: Ended) -> float:
    """Return the seconds from its start to the first thing that it worked on."""
    return ended.to_line("cover", "align", "detect", "publishing", "took")


def _unsound(root: Path, number: int) -> list[str]:
    from vallum.ground.errors import VallumError
    from vallum.project import open_project

    try:
        with open_project(root) as project:
            project.store.verify()
    except VallumError as error:
        return [f"kill {number}: {error}"]
    out = root / "out"
    visible = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    return [f"kill {number}: {name} lies in out" for name in visible - {"report", "earlier"}]


# -- comparing ------------------------------------------------------------------------------------


def _differences(plain: Path, killed: Path, folder: Path | None) -> list[str]:
    """Return what came out otherwise than without kills.

    Args:
        plain: a project whose run was left alone.
        killed: the other.
        folder: where to publish both under one hash; if None, files that carry it are left out.
    """
    first, other = (bytes_of(root / "out" / "report") for root in (plain, killed))
    unlike = [name for name in _unlike(first, other) if name not in _with_head(first)]
    problems = [f"out/report/{name} differs" for name in unlike]
    if len(first) - len(_with_head(first)) < 10 or first.keys() != other.keys():
        problems.append("not the same files were published")
    problems += [f"out/{path.name} was left" for path in (killed / "out").glob(".*")]
    if folder is not None:
        made = []
        for root in (plain, killed):
            to = folder / f"alike-{root.name}-{time.monotonic_ns()}"
            _must(forked(lambda tell, root=root, to=to: _publish_alike(root, to, tell)))  # type: ignore[misc]
            made.append(bytes_of(to))
        problems += [f"{name} differs" for name in _unlike(*made)]
        problems += [] if made[0] else ["nothing was compared"]
    return problems


def _with_head(files: dict[str, bytes]) -> set[str]:
    """Return the files that carry the hash of the newest ledger row, or hashes of such files."""
    head = json.loads(files["manifest.json"])["ledger_head"][:10].encode()
    named = {name for name, content in files.items() if head in content}
    return named | {name for name in files if name.startswith(("report.", "embed/", "manifest."))}


def _unlike(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _publishing_s(ended: Ended) -> float:
    """Return how long an undisturbed run takes after its last tile."""
    return max(ended.seconds - ended.to_line("publishing"), 0.5)


def _overhead(ended: Ended) -> tuple[str, ...]:
    took = next((line.split() for line in ended.told if line.startswith("took ")), None)
    if took is None:
        return ()
    whole, writing = float(took[1]), float(took[2])
    return (
        f"putting rows on disk took {100 * writing / whole:.1f} % of the undisturbed run "
        f"({whole:.1f} s)",
    )
