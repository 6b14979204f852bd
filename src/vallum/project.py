"""A project is a folder: settings, a frozen frontier line, a database, images, what came out."""

from __future__ import annotations

import getpass
import hashlib
import json
import math
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from vallum import __version__, config, lines
from vallum.frontier import Frontier, Section
from vallum.ground import whole
from vallum.ground.errors import BadSetting, NotAProject, StoreLocked
from vallum.ground.numbers import WITHDRAWN
from vallum.ground.records import APART, ROWS, Estimate, Exhibit, Look, Release, Row, Run, Scene
from vallum.ground.span import Span
from vallum.imagery import objects
from vallum.lines import FRONTIER_FILE as FRONTIER_FILE
from vallum.store import Ledger, open_store, whole_address

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from vallum.report.cite import Cited

DATABASE_FILE = "project.db"
_PATIENCE_S = 10.0
"""How long a single writing waits for another process; work on the whole project does not wait."""

RowT = TypeVar("RowT", bound=Row)


@dataclass(kw_only=True)
class Work:
    """One execution of a step, while it runs; its `Run` row is written with the first result."""

    project: Project
    row: Run
    n_added: int = 0
    blocked: list[str] = field(default_factory=list)
    _is_recorded: bool = False

    def add(self, *rows: Row) -> list[Row]:
        """Put rows on disk, stamped with this run, and return those that were new or differed."""
        return self.add_all(rows)

    def add_all(self, rows: Iterable[Row]) -> list[Row]:
        """Put many rows on disk in one transaction."""
        actor = self.row.actor
        stamped = [replace(row, run=self.row.id) for row in rows]
        if not stamped:
            return []
        store = self.project.store
        if self._is_recorded:
            added = store.add(stamped, actor=actor)
        else:
            # The run is written only if it has something to say: a second run changes no byte.
            changed = _news(store, stamped)
            added = store.add([self.row, *changed], actor=actor)[1:] if changed else []
            self._is_recorded = bool(changed)
        self.n_added += len(added)
        return added

    def stamped(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows as rows of this run, after the run's own row unless that is on disk."""
        head: list[Row] = [] if self._is_recorded else [self.row]
        return [*head, *(replace(row, run=self.row.id) for row in rows)]

    def note(self, rows: Sequence[Row]) -> None:
        """Remember that rows of this run are on disk."""
        self.n_added += len(rows)
        self._is_recorded = self._is_recorded or bool(rows)

    def block(self, where: str, why: str) -> None:
        """Remember what could not be worked on and why; its name is not said twice."""
        self.blocked.append(why if why.startswith(where) else f"{where}: {why}")


def _news(store: Ledger, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that say something else than the newest of their id."""
    ids: dict[type[Row], list[str]] = {}
    for row in rows:
        ids.setdefault(type(row), []).append(row.id)
    newest = {old.id: old for cls, named in ids.items() for old in store.latest(cls, *named)}
    return [row for row in rows if row.id not in newest or not newest[row.id].same_as(row)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Project:
    """An open project; close it, or use it in a `with`."""

    root: Path
    config: config.Config
    frontier: Frontier
    store: Ledger
    line_mark: lines.Mark | None = None
    _held: list[ExitStack] = field(default_factory=list, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def imagery_folder(self) -> Path:
        """Where working copies of images are kept."""
        return self.root / "imagery"

    @property
    def out_folder(self) -> Path:
        """Where reports and tables are written."""
        return self.root / "out"

    @property
    def extent(self) -> Span:
        """The stretch of frontier that is measured."""
        return self.config.border.extent

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The units of work: the frontier's sections, cut to the extent."""
        cut = []
        for section in self.frontier.sections(self.config.border.section_m):
            span = section.span & self.extent
            if span is not None:
                cut.append(replace(section, span=span))
        return tuple(cut)

    def path_of(self, scene: Scene) -> Path | None:
        """Return where the pixels of a scene are, or None when it has none.

        Of an image in object storage it is a path at which no file is; `imagery.view` knows it.
        """
        if objects.is_object(scene.href):
            return objects.path_of(scene.href)
        return self.root / scene.href if scene.href else None

    @contextmanager
    def run(self, step: str, *, by: str = "") -> Iterator[Work]:
        """Open a run of `step`, done `by` a person; rows are added through what this yields."""
        with self.alone():
            yield self.begin(step, by=by)

    def begin(self, step: str, *, by: str = "") -> Work:
        """Return a run of `step` that may go on for long; take `alone` around each writing."""
        row = Run(
            step=step,
            actor=by or actor(),
            at=datetime.now(UTC),
            version=__version__,
            config_sha256=self.config.sha256,
            reads_sha256=self.store.head()[1],
        )
        return Work(project=self, row=row)

    @contextmanager
    def alone(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other processes from working on this project meanwhile.

        May be nested, and threads of one process may hold it together: the store puts their rows
        in order. The last to leave gives it back. Where rows are in PostgreSQL, processes on other
        machines are kept out as well.

        Reading (`status`, `trace`, `verify`) is not hindered. The lock ends with the process that
        holds it, however that ends, and leaves no file behind.

        Args:
            wait_s: how long to wait for another process that is at work.

        Raises:
            StoreLocked: another vallum is at work here.
        """
        with self._guard:
            held = self._held[0] if self._held else self._locked(wait_s)
            self._held.append(held)
        try:
            yield
        finally:
            with self._guard:
                self._held.pop()
                if not self._held:
                    held.close()

    def _locked(self, wait_s: float) -> ExitStack:
        """Take the lock of the folder, and that of a database that others share."""
        until = time.monotonic() + wait_s
        while True:
            with ExitStack() as held:
                try:
                    handle = held.enter_context((self.root / config.FILE_NAME).open("rb"))
                    _lock(handle, self.root)
                    lines.check_same(self.root, self.line_mark)
                    held.enter_context(self.store.hold())
                    return held.pop_all()
                except StoreLocked:
                    if time.monotonic() >= until:
                        raise
            time.sleep(0.02)

    def add_together(self, parts: Sequence[tuple[Work, Sequence[Row]]]) -> None:
        """Put rows of several runs on disk in one transaction.

        Raises:
            StoreLocked: another vallum has been at work here for a while; nothing was kept.
        """
        told = [(work.stamped(rows), work.row.actor) for work, rows in parts if rows]
        with self.alone(wait_s=_PATIENCE_S):
            self.store.add_together(told)
        for work, rows in parts:
            work.note(rows)

    def rows(self, cls: type[RowT]) -> list[RowT]:
        """Return the newest rows of one kind."""
        return self.store.latest(cls)

    def frame(self, kind: str) -> gpd.GeoDataFrame:
        """Return the newest rows of one kind as a GeoDataFrame, EPSG:4326.

        Args:
            kind: `Scene`, `Look`, `Fit`, `Comparison`, `Candidate`, `Verdict`, `Finding`,
                `Sighting`, `Estimate`, `Exhibit`, `Run` or `Release`; case does not matter.

        Raises:
            BadSetting: there is no such kind.
        """
        names = {name.lower(): cls for name, cls in ROWS.items()}
        if kind.lower() not in names:
            raise BadSetting(f"there are no '{kind}' rows; known: {', '.join(ROWS)}")
        return self.store.frame(names[kind.lower()])

    @property
    def estimates(self) -> pd.DataFrame:
        """The numbers that stand, as a tidy table: one row each, one column for each question.

        Columns: name, what the name says (quantity, kind, change, section), value, low, high,
        unit, denominator, n, method, wording, run, and more (`measure.tidy.COLUMNS`). A number
        that may not be stated is NaN and says why in `reason`.
        """
        from vallum.measure.tidy import tidy

        return tidy(self.rows(Estimate))

    def cite(self, style: str = "text") -> str:
        """Return how to cite the numbers of this project, in the state in which it is.

        Args:
            style: `text`, `bibtex` or `csl` (JSON for citation managers).

        Raises:
            BadSetting: there is no such style.
        """
        from vallum.report import cite

        return cite.cite(_cited(self), style)

    def replicate(self, path: Path | None = None) -> pd.DataFrame:
        """Return every number that stands beside the same number computed again.

        Numbers of samples are computed from the frozen sample file alone, all others from the
        rows of this project.

        Args:
            path: the frozen sample as it was published; if None the one in `out/report`, and where
                nothing was published yet the sample as it would be frozen now.

        Returns:
            A row per number: name, source, published, recomputed, the same with `_low` and
            `_high`, and equal.

        Raises:
            BadInput: there is no such file, or it is no frozen sample.
        """
        from importlib import import_module

        # A project knows no steps; this one name of theirs is looked up when it is asked for.
        table: pd.DataFrame = import_module("vallum.steps.replicating").replicate(self, path)
        return table

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<vallum project '{self.config.name}', {self.extent} of {self.frontier.name}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(e.name)}</td><td style='text-align:right'>{_in_figures(e)}</td>"
            f"<td>{escape(e.unit)}</td><td>{escape(e.reason or e.wording)}</td></tr>"
            for e in self.rows(Estimate)
            if e.wording != WITHDRAWN
        )
        mark = " <b>SIMULATED</b>" if self.config.is_simulated else ""
        return (
            f"<h3>{escape(self.config.name)}{mark}</h3><p>{escape(str(self.frontier))}; "
            f"{escape(str(self.extent))}</p><table><tr><th>number</th><th>value</th><th>unit</th>"
            f"<th>wording</th></tr>{rows}</table>"
        )


def _in_figures(estimate: Estimate) -> str:
    """A number and its ends; bounds have no middle, and a refused number has nothing."""
    value, low, high = estimate.value, estimate.low, estimate.high
    ends = f"{low:,.1f} to {high:,.1f}" if low < high else ""
    if not math.isfinite(value):
        return ends
    return f"{value:,.1f} ({ends})" if ends else f"{value:,.1f}"


def _cited(project: Project) -> Cited:
    """Return what a citation of the project names."""
    from vallum.report.cite import Cited, images_text

    frontier, dates = project.frontier, project.config.dates
    looked_at = {look.scene for look in project.rows(Look)}
    runs = {run.id: run.at for run in project.rows(Run)}
    head = project.store.head_without(*APART)
    newest = max(
        (row for row in project.rows(Release) if row.run in runs),
        key=lambda row: (row.ledger_head == head, runs[row.run]),
        default=None,
    )
    return Cited(
        name=project.config.name,
        line=frontier.title or frontier.name,
        line_length_m=frontier.length_m,
        start_m=project.extent.start_m,
        end_m=project.extent.end_m,
        credit=frontier.credit or frontier.source,
        licence=frontier.licence,
        images=images_text(
            [scene for scene in project.rows(Scene) if scene.id in looked_at],
            dates.before_when,
            dates.after_when,
        ),
        version=__version__,
        ledger_head=head,
        manifest_sha256=newest.manifest_sha256 if newest else "",
        published=runs[newest.run].date() if newest else None,
        is_newest=newest is None or newest.ledger_head == head,
        is_simulated=project.config.is_simulated,
    )


def actor() -> str:
    """Return who is working: `VALLUM_ACTOR`, else the login name; stays in the project."""
    named = os.environ.get("VALLUM_ACTOR", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def create(
    root: Path, settings: config.Config, frontier: Frontier, *, force: bool = False
) -> Project:
    """Make a new project folder and return it open.

    Raises:
        BadSetting: the folder already holds a project.
        NetworkDrive: the folder lies on a network file system and `force` is False.
    """
    if (root / config.FILE_NAME).exists():
        raise BadSetting(
            f"{root} already holds a project; nothing was changed, choose another folder"
        )
    if root.exists() and not root.is_dir():
        raise BadSetting(f"{root} is a file; nothing was changed, name a folder")
    config.checked(settings)
    whole.make_folder(root)
    line = json.dumps(frontier.to_geojson(), ensure_ascii=False, indent=1).encode()
    place = whole_address(settings.store.database, settings.name)
    settings = replace(settings, store=replace(settings.store, database=place))
    store = _rows_of(root, settings, force=force, make=True)
    try:
        if store.head()[0]:
            raise BadSetting(
                f"{root} holds the ledger of a project ({store.say_where()}) without its settings; "
                f"nothing was changed, put {config.FILE_NAME} back from a backup or choose another "
                "folder"
            )
        whole.write_whole(root / FRONTIER_FILE, line)
        for folder in ("imagery", "out"):
            (root / folder).mkdir(exist_ok=True)
        # The settings come last: a folder without them is no project and can be made again.
        config.write(settings, root / config.FILE_NAME)
    except BaseException:
        store.close()
        raise
    project = Project(root=root, config=settings, frontier=frontier, store=store)
    with project.run("new") as run:
        run.add(_frontier_exhibit(line, frontier))
    return project


def open_project(root: Path, *, force: bool = False) -> Project:
    """Return the project in `root`.

    Raises:
        NotAProject: there is no `vallum.toml`.
        BadSetting: the settings are wrong, or the frontier line was changed since `new`.
        StoreError: the database is gone, or does not answer.
        NetworkDrive: the folder lies on a network file system and `force` is False.
    """
    if not (root / config.FILE_NAME).is_file():
        raise NotAProject(
            f"{root.resolve()} is no vallum project (no {config.FILE_NAME}); "
            "go to its folder, use --project FOLDER, or make one with `vallum new`"
        )
    settings = config.read(root / config.FILE_NAME)
    if not (root / FRONTIER_FILE).is_file():
        raise BadSetting(
            f"{FRONTIER_FILE} is missing from {root}; nothing was changed, put it back from a "
            "backup"
        )
    store = _rows_of(root, settings, force=force)
    try:
        return _opened(root, settings, store)
    except BaseException:
        store.close()
        raise


def _rows_of(
    root: Path, settings: config.Config, *, force: bool = False, make: bool = False
) -> Ledger:
    """Return the rows of a project, from where its settings say."""
    return open_store(
        root / DATABASE_FILE,
        settings.store.database,
        project=settings.name,
        force=force,
        make=make,
    )


def _opened(root: Path, settings: config.Config, store: Ledger) -> Project:
    """Return the project over an open database, if its line is the one it was made with."""
    known = {exhibit.sha256 for exhibit in store.latest(Exhibit) if exhibit.role == lines.ROLE}
    line, settings, mark = lines.in_force(root, settings, known)
    try:
        frontier = Frontier.from_geojson(json.loads(line))
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise BadSetting(
            f"{FRONTIER_FILE} cannot be read; nothing was changed, put it back from a backup"
        ) from error
    if settings.border.end_m > frontier.length_m:
        raise BadSetting(
            f"{config.FILE_NAME}: border.end_m is {settings.border.end_m}, but the frontier is "
            f"{frontier.length_m} m long; nothing was changed, correct it"
        )
    project = Project(root=root, config=settings, frontier=frontier, store=store, line_mark=mark)
    if not known:
        # `new` was ended between its last two steps: finish it, so that the line is guarded.
        with project.run("new") as run:
            run.add(_frontier_exhibit(line, frontier))
    return project


def _frontier_exhibit(line: bytes, frontier: Frontier) -> Exhibit:
    return Exhibit(
        sha256=hashlib.sha256(line).hexdigest(),
        name=FRONTIER_FILE,
        media_type="application/geo+json",
        role=lines.ROLE,
        licence=frontier.licence,
        credit=frontier.credit,
    )


def _lock(handle: IO[bytes], root: Path) -> None:
    """Lock an open file until it is closed; where the system has no such locks, do nothing."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreLocked(
            f"another vallum is at work in {root.resolve()}; nothing was changed and nothing is "
            "lost, wait until it has finished and run this again"
        ) from error
