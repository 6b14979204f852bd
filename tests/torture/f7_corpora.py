"""F7: whatever a file holds, it is read or refused in one line, and the product lives on.

Each file goes in through the command that a person gives it to, in a process that stands for the
person's terminal and takes one file after another. The limited processes that the product starts
for it are forked from a warmed one (`warmed`), so that thousands take minutes. Taken are
`../shared/data/hostile`, where it lies beside the project, and spoiled copies of our own good files.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torture import SEED, Figure, Size, good_files, mutations
from torture.good_files import Good

NAME = "F7"
WHAT = "files made to break readers, and 1,000s of spoiled ones, through every door"
PROMISED = {
    Size.CI: "about 150 files: 0 crashes of the main process, 0 tracebacks, 0 hangs over 30 s, "
    "limited processes under 4 GB, a reason of one line each",
    Size.RELEASE: "over 4,000 files, those of the corpus beside the project and spoiled copies of "
    "our own: 0 crashes of the main process, 0 tracebacks, 0 hangs over 30 s, limited processes "
    "under 4 GB, a reason of one line each",
}
HANG_S = 30.0
MOST_RSS_BYTES = 4 << 30
LONGEST_REASON = 500
_SPOILED = {Size.CI: 110, Size.RELEASE: 4_400}
_CORPUS = {Size.CI: 40, Size.RELEASE: 1_000_000}
_GIVE_UP_S = 240.0
"""Wall-clock time after which a file counts as never ending, on however loaded a machine."""
_TESTS = Path(__file__).parents[1]
_WORDS_OF_A_TRACEBACK = (
    "Traceback",
    "[Unexpected]",
    "internal error",
    'File "',
    "run it again with",
)
_JUNK = ("README.md", "manifest.csv", "license.txt")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file to give.

    Args:
        label: by which a miss is named.
        good: what it was made of; tells what lies beside it and how it is given.
        content: its bytes.
    """

    label: str
    good: Good
    content: bytes


@dataclass
class Tally:
    """What came out of all files."""

    n: int = 0
    n_refused: int = 0
    n_workers: int = 0
    rss_bytes: int = 0
    slowest_s: float = 0.0
    misses: list[str] = field(default_factory=list)
    by_door: Counter[str] = field(default_factory=Counter)


# -- what is given ----------------------------------------------------------------------------


def spoiled(goods: Iterable[Good], n: int, seed: int = SEED) -> list[Case]:
    """Return about `n` spoiled copies, spread over all good files by their weight."""
    goods = list(goods)
    whole = sum(one.weight for one in goods)
    made = []
    for k, one in enumerate(goods):
        by = random.Random(f"{seed}-{k}")
        share = n * one.weight / whole
        wanted = int(share) + (by.random() < share % 1)
        content = (one.folder / one.file).read_bytes()
        made += [
            Case(label=f"{one.door}: {one.file} {how} {number}", good=one, content=spoilt)
            for number, (how, spoilt) in enumerate(mutations.spoiled(content, wanted, by))
        ]
    return made


def hostile(folder: Path, n: int, empty: Path, seed: int = SEED) -> list[Case]:
    """Return the files of the corpus beside the project, each for every door that takes its kind.

    Args:
        folder: `../shared/data/hostile`; nothing is returned where it is not there.
        n: at most as many, drawn by chance.
        empty: an empty folder: nothing lies beside them but what lies there in the corpus.
        seed: another number, other files.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _JUNK:
            for door in _doors_of(path):
                good = Good(door=door, folder=empty, file=path.name, given=path.name)
                label = f"{door}: hostile/{path.relative_to(folder)}"
                found.append(Case(label=label, good=good, content=path.read_bytes()))
    by = random.Random(f"{seed}-hostile")
    return found if len(found) <= n else by.sample(found, n)


def _doors_of(path: Path) -> tuple[str, ...]:
    ending = path.suffix.lower()
    if ending in (".geojson", ".json", ".kml", ".kmz", ".gpkg", ".shp"):
        # JSON of any kind may lie in a delivery; shapes are lines, barriers or footprints.
        suite = "json-test-suite" in path.parts
        return ("footprints",) if suite else ("line", "barriers", "footprints")
    if ending in (".tif", ".tiff"):
        return ("images",)
    if ending in (".png", ".jpg", ".jpeg", ".webp"):
        return ("images", "intake", "scrub")
    return ("intake",) if ending not in (".csv",) else ("verdicts", "intake")


def beside_the_project() -> Path:
    """Return where the corpus lies, if it does."""
    shared = os.environ.get("VALLUM_SHARED", _TESTS.parents[1] / "shared")
    return Path(shared) / "data" / "hostile"


# -- the terminal -----------------------------------------------------------------------------


class Terminal:
    """A process in which commands run one after another, as a person types them."""

    def __init__(self, home: Path, give_up_s: float = _GIVE_UP_S) -> None:
        self._home, self._give_up_s = home, give_up_s
        self._process: subprocess.Popen[bytes] | None = None
        self.n_started = 0

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            words = (
                f"import sys; sys.path.insert(0, {str(_TESTS)!r}); "
                f"from torture import corpus_desk; corpus_desk.main({str(self._home)!r})"
            )
            env = os.environ | {"HOME": str(self._home), "COLUMNS": "10000"}
            self._process = subprocess.Popen(
                [sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=env, start_new_session=True,
            )  # fmt: skip
            self.n_started += 1
        return self._process

    def give(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give one file; `ended` is in the answer when the process did not live through it."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], self._give_up_s)[0]:
            self.close()
            return {"ended": f"did not end within {self._give_up_s:.0f} s", "wall_s": 0.0}
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            code = process.wait(30)
            self.close()
            return {"ended": f"the main process died (code {code})", "wall_s": 0.0}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it and all that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait(30)
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def order_of(case: Case, number: int, home: Path) -> dict[str, Any]:
    """Return what the terminal is told: the bytes lie in a file, everything else in words."""
    raw = home / "case.bin"
    raw.write_bytes(case.content)
    return {
        "door": case.good.door,
        "folder": str(case.good.folder),
        "file": case.good.file,
        "given": case.good.given,
        "raw": str(raw),
        "number": number,
    }


# -- judging ----------------------------------------------------------------------------------


def wrongs(answer: dict[str, Any], good: Good, home: Path) -> list[str]:
    """Return what is wrong with how a file was answered; nothing when all is well."""
    if "ended" in answer:
        return [str(answer["ended"])]
    found = []
    if answer["raised"]:
        found.append(f"an error that nobody caught: {answer['raised']}")
    said = answer["out"] + answer["err"]
    found += [f"says '{w}'" for w in _WORDS_OF_A_TRACEBACK if w.lower() in said.lower()]
    reasons = "\n".join(_reasons(answer))
    if str(home) in reasons:
        found.append(f"tells where the person's home is: {_around(reasons, str(home))}")
    if answer["cpu_s"] > HANG_S:
        found.append(f"took {answer['cpu_s']:.0f} s of processor time")
    if answer["rss_bytes"] > MOST_RSS_BYTES:
        found.append(f"a limited process took {answer['rss_bytes'] >> 20} MB")
    return found + ([] if answer["raised"] else _reasons_wrong(answer, good))


def _errors(answer: dict[str, Any]) -> list[str]:
    return [line for line in answer["err"].splitlines() if line.strip()]


def _reasons(answer: dict[str, Any]) -> list[str]:
    """Why a file was refused, or read in part; the results name paths as they were typed."""
    out = answer["out"].splitlines()
    return _errors(answer) + [line for line in out if line.startswith("blocked: ")]


def _reasons_wrong(answer: dict[str, Any], good: Good) -> list[str]:
    """What is wrong with the reasons of a file that was refused or read in part."""
    errors, reasons = _errors(answer), _reasons(answer)
    found = []
    if answer["code"] not in (0, 1, 2, 3):
        found.append(f"ends with code {answer['code']}")
    if answer["code"] in (1, 2) and len(errors) != 1:
        found.append(f"gives {len(errors)} lines as reason: {answer['err'][:300]!r}")
    found += [f"a reason of {len(r)} signs: {r[:200]}" for r in reasons if len(r) > LONGEST_REASON]
    if answer["code"] in (1, 2) and reasons and not _is_named(reasons[0], good):
        found.append(f"does not name the file: {reasons[0][:300]}")
    return found


def _is_named(reason: str, good: Good) -> bool:
    """Return whether a reason names the file, or, of a folder that was given, something in it."""
    names = {Path(good.file).name, Path(good.given).name}
    if good.given != good.file:
        names |= {path.name for path in good.folder.rglob("*") if path.is_file()}
    return any(name in reason for name in names)


def _around(text: str, what: str) -> str:
    at = text.find(what)
    return text[max(0, at - 80) : at + 120].replace("\n", " ")


# -- measuring --------------------------------------------------------------------------------


def give_all(cases: Iterable[Case], home: Path) -> Tally:
    """Give every file, one after another, and judge each answer."""
    tally = Tally()
    with Terminal(home) as terminal:
        for number, case in enumerate(cases):
            answer = terminal.give(order_of(case, number, home))
            tally.n += 1
            tally.by_door[case.good.door] += 1
            tally.n_refused += answer.get("code", 1) != 0
            tally.n_workers += answer.get("n_workers", 0)
            tally.rss_bytes = max(tally.rss_bytes, answer.get("rss_bytes", 0))
            tally.slowest_s = max(tally.slowest_s, answer["wall_s"])
            tally.misses += [f"{case.label}: {w}" for w in wrongs(answer, case.good, home)]
            _keep(case, tally.misses)
    return tally


def _keep(case: Case, misses: list[str]) -> None:
    """Keep a file that was answered wrongly, for whoever mends it, where asked for."""
    folder = os.environ.get("VALLUM_TORTURE_KEEP")
    if folder and misses and misses[-1].startswith(f"{case.label}: "):
        name = "".join(c if c.isalnum() or c in ".-" else "_" for c in case.label)
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / name).write_bytes(case.content)


def controls(home: Path, empty: Path) -> list[str]:
    """Return which planted faults were not found: each must be, or nothing was measured."""
    expected = {
        "dies": "the main process died",
        "raises": "nobody caught",
        "prints": "says 'Traceback'",
        "tells": "home is",
        "talks": "lines as reason",
        "hangs": "did not end within",
        "eats": "a limited process took",
        "unnamed": "does not name the file",
    }
    missed = []
    for fault, words in expected.items():
        good = Good(door=f"control-{fault}", folder=empty, file="a.bin", given="a.bin")
        with Terminal(home, 3.0 if fault == "hangs" else 60.0) as terminal:
            answer = terminal.give(order_of(Case(label=fault, good=good, content=b"x"), 0, home))
        if not any(words in wrong for wrong in wrongs(answer, good, home)):
            missed.append(f"the planted fault '{fault}' was not found: {answer}")
    return missed


def untouched(goods: Iterable[Good], home: Path) -> list[str]:
    """Return which good files are not taken as they are: then spoiling them would prove little."""
    found = []
    with Terminal(home) as terminal:
        for number, good in enumerate(goods):
            content = (good.folder / good.file).read_bytes()
            case = Case(label=f"{good.door}: {good.file}", good=good, content=content)
            answer = terminal.give(order_of(case, number, home))
            wrong = wrongs(answer, good, home)
            if wrong or answer["code"] not in (0, 3):
                words = wrong or (answer["err"] or answer["out"])[:300]
                found.append(f"{case.label}, not spoiled: {words}")
    return found


def measure(size: Size, folder: Path) -> Figure:
    """Give every file of the corpora and of the spoiled copies to the command that takes it."""
    began = time.monotonic()
    home, empty = folder / "home-of-somebody", folder / "empty"
    empty.mkdir(parents=True)
    world = good_files.make(home, is_full=size is Size.RELEASE)
    corpus = hostile(beside_the_project(), _CORPUS[size], empty)
    cases = [*corpus, *spoiled(world.goods, _SPOILED[size])]
    misses = controls(home, empty)
    misses += untouched(_one_of_each_door(world.goods), home)
    tally = give_all(cases, home)
    if tally.n_workers < tally.n // 3:
        misses.append(f"only {tally.n_workers} limited processes for {tally.n} files")
    if not 0.2 * tally.n < tally.n_refused < tally.n:
        misses.append(f"{tally.n_refused} of {tally.n} files were refused: spoiling does not work")
    misses += tally.misses
    crashes = sum("main process died" in miss for miss in tally.misses)
    hangs = sum("did not end" in m or "of processor time" in m for m in tally.misses)
    tracebacks = sum("nobody caught" in m or "says '" in m for m in tally.misses)
    others = len(tally.misses) - crashes - hangs - tracebacks
    return Figure(
        measured=f"{len(corpus):,} files of corpora and {tally.n - len(corpus):,} spoiled copies "
        f"through {len(tally.by_door)} doors: {crashes} crashes of the main process, "
        f"{tracebacks} tracebacks, {hangs} hangs, {others} reasons amiss; limited processes up to "
        f"{tally.rss_bytes >> 20:,} MB; {tally.n_refused:,} refused",
        holds=not misses,
        in_time=tally.slowest_s <= HANG_S,
        misses=tuple(misses),
        notes=(
            f"the slowest took {tally.slowest_s:.1f} s; all {time.monotonic() - began:,.0f} s",
            *(() if corpus else ("the corpus is not beside the project: our own copies only",)),
            "limited processes are forked from a warmed one, confined as those that are started",
        ),
    )


def _one_of_each_door(goods: Iterable[Good]) -> list[Good]:
    first: dict[str, Good] = {}
    for good in goods:
        first.setdefault(good.door, good)
    return list(first.values())
