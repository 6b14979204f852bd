"""`watch`: what has arrived in a folder or a catalogue is taken in, compared, and told.

What was told is kept in `watch.json`: how the border stood then, and what became of each file. It
is written whole, and last: a watch that is killed tells the same news under the same number.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from vallum.ground.errors import (
    BadInput,
    BadSetting,
    DiskFull,
    NotReached,
    StoreError,
    VallumError,
    WorkerFailed,
)
from vallum.ground.records import Exhibit, Json
from vallum.ground.when import When
from vallum.ground.whole import make_folder, write_whole
from vallum.lines import ROLE, ROLE_BEFORE
from vallum.project import Project, open_project
from vallum.steps import arriving, news, news_files
from vallum.steps.arriving import LOOSE, Memory, Unit
from vallum.steps.done import Done, Progress, silent
from vallum.steps.finding import detect
from vallum.steps.making import add
from vallum.steps.news import Issue, Standing
from vallum.steps.news_files import Told
from vallum.steps.seeing import align, cover

STATE_FILE = "watch.json"
NEWS_FOLDER = "news"
SETTLED_S = 30.0
_VERSION = 1
_MOST_TOLD = 50
_LATE = timedelta(days=90)
"""Catalogues list images late, and correct them; what is known is not fetched again."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a person says about everything that arrives; as of `add`."""

    taken: str = ""
    licence: str = ""
    credit: str = ""
    may_publish: bool = False


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """A catalogue on the network that is asked every time; as of `add_stac`."""

    url: str
    collections: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    max_cloud: float | None = None
    max_items: int = 200
    bands: str = ""

    @property
    def key(self) -> str:
        """What tells one from another in the memory."""
        return json.dumps([self.url, *self.collections, *self.when, self.max_cloud, self.bands])


@dataclass(kw_only=True)
class _State:
    """What is remembered from one watch to the next."""

    stood: Standing
    number: int = 0
    folders: dict[str, Memory] = field(default_factory=dict)
    catalogues: dict[str, str] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    noted_at: str = ""
    told: list[Told] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """Return it as its file."""
        body: dict[str, Json] = {
            "version": _VERSION,
            "number": self.number,
            "stood": self.stood.to_json(),
            "folders": {name: one.to_json() for name, one in sorted(self.folders.items())},
            "catalogues": dict(sorted(self.catalogues.items())),
            "untold": [*self.untold],
            "noted_at": self.noted_at,
            "told": [
                {"key": one.key, "name": one.name, "title": one.title,
                 "at": one.at.isoformat(), "lines": [*one.lines]}
                for one in self.told
            ],
        }  # fmt: skip
        return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> _State:
        """Rebuild what `to_bytes` returned."""
        body = json.loads(content)
        return cls(
            number=int(body["number"]),
            stood=Standing.from_json(body["stood"]),
            folders={name: Memory.from_json(one) for name, one in body["folders"].items()},
            catalogues=dict(body["catalogues"]),
            untold=list(body["untold"]),
            noted_at=str(body["noted_at"]),
            told=[_told_of(one) for one in body["told"]],
        )


def _told_of(body: Mapping[str, Any]) -> Told:
    return Told(
        key=body["key"], name=body["name"], title=body["title"],
        at=datetime.fromisoformat(body["at"]), lines=tuple(body["lines"]),
    )  # fmt: skip


@dataclass(kw_only=True)
class _Watch:
    """One look, while it goes on."""

    project: Project
    state: _State
    show: Progress
    scheduler: str
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_added: int = 0

    def keep(self) -> None:
        """Put the memory on the disk if it is not what lies there."""
        path, content = self.project.root / STATE_FILE, self.state.to_bytes()
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)

    def note(self, problem: str) -> None:
        """Remember a file that could not be used, until it was told."""
        self.problems.append(problem)
        self.state.untold.append(problem)
        self.state.noted_at = datetime.now(UTC).isoformat(timespec="seconds")


def watch(
    project: Project,
    folder: Path | None = None,
    *,
    catalogue: Catalogue | None = None,
    terms: Terms | None = None,
    to: Sequence[str] = (),
    again: bool = False,
    settled_s: float = SETTLED_S,
    scheduler: str = "",
    show: Progress = silent,
) -> Done:
    """Look once: take in what is new, compare it, and tell what is new since the last time.

    Does what `add`, `cover`, `align` and `detect` do; numbers and the report are left to `run`.
    News are written into `out/news`; nothing is sent. Where nothing is new, no file changes.

    Args:
        project: the border.
        folder: where images arrive; None to watch a catalogue only, or only what others add.
        catalogue: on the network; None for none.
        terms: said about all that arrives.
        to: addresses that stand in the e-mail.
        again: try once more what could not be used.
        settled_s: seconds for which a file must not have changed to count as complete.
        scheduler: as of `run`.
        show: told how far it is.

    Raises:
        BadInput: the folder cannot be watched.
        BadSetting: what was remembered cannot be read.
        StoreLocked: another vallum is at work here.
    """
    addresses = tuple(map(news_files.checked, to))
    with project.alone():
        run = _Watch(project=project, state=_remembered(project), show=show, scheduler=scheduler)
        run.keep()  # before anything arrives: what is new is new since now
        if folder is not None:
            _take_folder(run, _checked(project, folder), terms or Terms(), settled_s, again=again)
        if catalogue is not None:
            _take_catalogue(run, catalogue, terms or Terms())
        _compare(run)
        return _tell(run, addresses)


def watch_on(
    root: Path, every_s: float, look: Callable[[Project], Done], *, force: bool = False
) -> Iterator[Done | VallumError]:
    """Yield what each look came to, for as long as it is asked; waits in between.

    The project is opened anew each time: settings and line may have changed. What goes wrong in one
    look (no network, no room, another vallum at work) is yielded, and the next one is tried.

    Args:
        root: folder of the project.
        every_s: seconds from the end of one look to the next.
        look: looks once.
        force: also on a network drive.
    """
    while True:
        try:
            with open_project(root, force=force) as project:
                done = look(project)
            yield done
        except VallumError as error:
            yield error
        time.sleep(every_s)


def _remembered(project: Project) -> _State:
    path = project.root / STATE_FILE
    if not path.is_file():
        return _State(stood=news.standing(project))
    try:
        return _State.from_bytes(path.read_bytes())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting(
            f"{STATE_FILE} cannot be read; nothing was changed, put it back from a backup, or "
            "delete it: then all files are read again, and news begin with what comes next"
        ) from error


def _checked(project: Project, folder: Path) -> Path:
    """Return the folder in full, if it can be watched."""
    whole, root = folder.resolve(), project.root.resolve()
    if whole == root or whole in root.parents or root in whole.parents:
        raise BadInput(
            f"{folder} and the project lie in each other, so that vallum would take in its own "
            "copies; nothing was done, let images arrive in a folder of their own"
        )
    return whole


# -- taking in ----------------------------------------------------------------------------------


def _take_folder(run: _Watch, folder: Path, terms: Terms, settled_s: float, *, again: bool) -> None:
    memory = run.state.folders.setdefault(str(folder), Memory())
    if again:
        # What was refused is forgotten, and with it the units in which it lies.
        memory.notes = {key: note for key, note in memory.notes.items() if not note}
        memory.units = {}
    waiting = 0
    for unit in arriving.units(folder, now_s=time.time(), settled_s=settled_s):
        if arriving.is_known(unit, folder, memory):
            continue
        if not unit.is_settled:
            waiting += 1
            continue
        if not _take_unit(run, folder, unit, memory, terms):
            break
        run.keep()
    if waiting:
        run.lines.append(
            f"{waiting} arriving: not complete yet, or complete for less than {settled_s:g} s; "
            "taken in next time"
        )


def _take_unit(run: _Watch, folder: Path, unit: Unit, memory: Memory, terms: Terms) -> bool:
    """Take in one unit and remember it; False where there is no room to go on."""
    hashes = arriving.hashes(unit)
    if len(hashes) < len(unit.files):
        run.lines.append(f"{unit.name}: changed while it was read; taken in next time")
        return True
    new = [path for path, sha256 in hashes.items() if sha256 not in memory.notes]
    notes: dict[str, str] = {}
    if new:
        paths = new if unit.name == LOOSE else [folder / unit.name]
        try:
            notes = _added(run, paths, terms)
        except DiskFull as error:
            run.problems.append(str(error))
            return False
        except (BadInput, WorkerFailed) as error:
            notes = {path.name: str(error) for path in new}
            run.note(f"{unit.name}: {error}" if unit.name != LOOSE else str(error))
    for path in new:
        memory.notes[hashes[path]] = notes.get(path.name, "")
    memory.units[unit.name] = unit.stated(folder)
    return True


def _added(run: _Watch, paths: Sequence[Path], terms: Terms) -> dict[str, str]:
    """Add files or a folder; return why those were left out that were, by their names."""
    done = add(
        run.project,
        paths,
        taken=terms.taken,
        licence=terms.licence,
        credit=terms.credit,
        may_publish=terms.may_publish,
        show=run.show,
    )
    run.n_added += done.n_added
    run.lines += done.lines
    for problem in done.blocked:
        run.note(problem)
    files = done.facts.get("files")
    told = files if isinstance(files, list) else []
    return {
        str(one["name"]): str(one["note"])
        for one in told
        if isinstance(one, dict) and not one["ok"]
    }


def _take_catalogue(run: _Watch, catalogue: Catalogue, terms: Terms) -> None:
    """Ask a catalogue for what it lists since it was asked last, and some time before that."""
    from vallum.steps.catalogues import add_stac

    day = run.state.catalogues.get(catalogue.key, "")
    whens = _since(run.project, catalogue, day)
    if not whens:
        run.lines.append("catalogue: none of the dates to be watched is left; nothing was asked")
        return
    asked_on = datetime.now(UTC).date()
    try:
        done = add_stac(
            run.project,
            catalogue.url,
            collections=catalogue.collections,
            when=[str(when) for when in whens],
            max_cloud=catalogue.max_cloud,
            max_items=catalogue.max_items,
            bands=catalogue.bands,
            licence=terms.licence,
            credit=terms.credit,
            may_publish=terms.may_publish,
            show=run.show,
        )
    except (NotReached, DiskFull) as error:
        run.problems.append(f"catalogue: {error}")
        return
    run.n_added += done.n_added
    run.lines += done.lines
    run.problems += done.blocked
    is_all = not done.blocked and not any("there may be more" in line for line in done.lines)
    if is_all:
        run.state.catalogues[catalogue.key] = asked_on.isoformat()
        if done.n_added or not day:
            run.keep()


def _since(project: Project, catalogue: Catalogue, day: str) -> list[When]:
    """Return the dates to ask for: all the first time, then those not long before the last time."""
    dates = project.config.dates
    wanted = [When.parse(text) for text in catalogue.when]
    wanted = wanted or [dates.before_when, dates.after_when]
    if not day:
        return wanted
    newest = When(date.fromisoformat(day) - _LATE, date.max)
    return [part for when in wanted if (part := when & newest) is not None]


# -- comparing and telling ----------------------------------------------------------------------


def _compare(run: _Watch) -> None:
    for step in (cover, align, detect):
        try:
            done = step(run.project, scheduler=run.scheduler, show=run.show)
        except StoreError:
            raise
        except DiskFull as error:
            run.problems.append(str(error))
            return
        run.n_added += done.n_added


def _tell(run: _Watch, to: Sequence[str]) -> Done:
    """Write the news, then the memory; return what was said."""
    state, project = run.state, run.project
    one, stands = news.issue(
        project,
        state.stood,
        number=state.number + 1,
        at=_newest(project, state.noted_at),
        n_left_out=len(state.untold),
    )
    told = news.in_words(one)
    facts: dict[str, Json] = {"news": None if one.is_empty else one.to_json()}
    if one.is_empty:
        return _done(run, ["nothing is new since the last time"], (), facts, one)
    files = _written(project, state, one, told, to)
    run.state = replace(
        state, stood=stands, number=one.number, untold=[], noted_at="", told=state.told
    )
    run.keep()
    return _done(run, told, files, facts, one)


def _done(
    run: _Watch, told: Sequence[str], files: Sequence[str], facts: dict[str, Json], one: Issue
) -> Done:
    return Done(
        step="watch",
        n_added=run.n_added,
        lines=(*run.lines, *told),
        blocked=tuple(run.problems),
        files=tuple(files),
        facts=facts,
        next="" if one.is_empty else one.next.rpartition(": ")[2],
    )


def _newest(project: Project, noted_at: str) -> datetime:
    """Return when the newest of it came: of the ledger, or of the files that were left out."""
    seq, _ = project.store.head()
    entries = project.store.entries(after=max(0, seq - 1))
    times = [datetime.fromisoformat(entry.at) for entry in entries]
    times += [datetime.fromisoformat(noted_at)] if noted_at else []
    newest = max(times, default=datetime.now(UTC)).astimezone(UTC)
    return newest.replace(microsecond=0)


def _written(
    project: Project, state: _State, one: Issue, words: Sequence[str], to: Sequence[str]
) -> list[str]:
    """Write one telling and the feeds; return the paths. `state.told` holds it afterwards."""
    genesis, border = _genesis(project), project.config.name
    told = Told(
        key=news_files.key_of(genesis, one.number),
        name=one.name,
        title=one.title,
        at=one.at,
        lines=tuple(words),
    )
    state.told = [*(old for old in state.told if old.key != told.key), told][-_MOST_TOLD:]
    folder = project.out_folder / NEWS_FOLDER
    make_folder(folder)
    for left in folder.glob(f"????-??-??-{one.number:04d}.*"):
        if left.stem != one.name:  # told in part by a watch that was killed on another day
            left.unlink()
    made = {
        f"{one.name}.txt": news_files.plain(told),
        f"{one.name}.html": news_files.page(told),
        f"{one.name}.eml": news_files.mail(told, to),
        news_files.ATOM: news_files.atom(border, genesis, state.told),
        news_files.FEED: news_files.feed(border, state.told),
    }
    for name, content in made.items():
        write_whole(folder / name, content)
    return [str(folder / name) for name in made]


def _genesis(project: Project) -> str:
    """Return the hash of the first row about the line: no two projects share it."""
    lines = (row for row in project.rows(Exhibit) if row.role in {ROLE, ROLE_BEFORE})
    first = min((project.store.history(row.id)[0] for row in lines), key=lambda entry: entry.seq)
    return first.sha256
