"""What one running app holds: the open project with its desk, the job at work, who may enter."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vallum import config
from vallum.ground.errors import (
    BadSetting,
    DiskFull,
    NoProject,
    NotAllowed,
    NotAProject,
    NotSignedIn,
    VallumError,
)
from vallum.ground.kinds import Role
from vallum.project import Project, actor, open_project
from vallum.run import chosen
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_keyring import Keyring
from vallum.steps.done import Done, Progress
from vallum.steps.jobs import Job, Jobs
from vallum.steps.making import add, new
from vallum.steps.sessions import hashed
from vallum.steps.settings import change_setting

if TYPE_CHECKING:
    from vallum.steps.desk_said import Said

INBOX = "inbox"
DEMO_FOLDER = "demo-border"
STEPS = ("cover", "align", "detect", "sight", "settle", "measure", "publish")
_LONGEST_NAME = 80
_SPARE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class FoundProject:
    """A project folder near the place where vallum was started."""

    root: str
    name: str
    is_simulated: bool


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the person said of the images that were handed in, and the height model under them."""

    taken: str = ""
    licence: str = ""
    credit: str = ""
    may_publish: bool = False
    dem: Path | None = None


@dataclass(kw_only=True)
class Home:
    """Everything one server holds; close it, or use it in a `with`.

    Attributes:
        cwd: folder in which vallum was started; other folders are meant from here.
        token: what the printed link holds; whoever has it is the keeper at this computer. Empty
            where nobody comes in without an invitation.
        cookie: name of the browser's session; another port has another one.
        is_local: reachable from this computer only. Elsewhere, folders outside `cwd` are closed.
        is_served: one project for invited people; no other is opened, made or named.
        force: open projects on network drives too.
        desk: of the open project.
        jobs: the one at work.
        keyring: the key of the vault, while a keeper has it open.
        problem: why no project could be opened at the start, for the start page.
        prepare: told of each desk that is opened; must return at once.
    """

    cwd: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    cookie: str = "vallum"
    is_local: bool = True
    is_served: bool = False
    force: bool = False
    desk: Desk | None = None
    jobs: Jobs = field(default_factory=Jobs)
    keyring: Keyring = field(default_factory=Keyring, repr=False)
    problem: VallumError | None = None
    prepare: Callable[[Desk], object] | None = None
    _keepers: dict[str, tuple[datetime, datetime]] = field(default_factory=dict, repr=False)
    _said: Said | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    # -- who comes in -------------------------------------------------------------------------

    def sign_in(self, token: str) -> str:
        """Return the session of the keeper at this computer, for the token of the printed link.

        Raises:
            NotSignedIn: it is another token.
        """
        told = token.encode("utf-8", "replace")
        if not self.token or not secrets.compare_digest(told, self.token.encode()):
            raise NotSignedIn("this link is not the one that vallum printed; nothing was shown")
        key = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        self._keepers[hashed(key)] = (now, now)
        return key

    def sign_out(self, key: str, person: Person, *, everywhere: bool) -> None:
        """End a session; of the person at this computer this one, or all of them.

        Who came by an invitation has one browser, so both end that one.
        """
        if self.keyring.is_mine(person):
            self.keyring.drop()
        mark = hashed(key)
        if mark not in self._keepers:
            if self.desk is not None:
                self.desk.end_session(person, person.name)
            return
        for known in list(self._keepers) if everywhere else [mark]:
            self._keepers.pop(known, None)

    def _is_keeper(self, key: str) -> bool:
        """Say whether it is a session of the person at this computer.

        On this computer it lasts as long as the program; where others can reach it, it ends as
        everybody's does.
        """
        mark = hashed(key)
        begun, used = self._keepers.get(mark, (None, None))
        if begun is None or used is None:
            return False
        limits = self.desk.project.config.desk if self.desk is not None else config.Desked()
        now = datetime.now(UTC)
        is_over = now - begun > timedelta(days=limits.session_days) or (
            now - used > timedelta(hours=limits.session_hours)
        )
        if is_over and not self.is_local:
            self._keepers.pop(mark, None)
            return False
        self._keepers[mark] = (begun, now)
        return True

    def desk_key(self, key: str) -> str:
        """Return the key by which the desk knows a session; it is new with every project."""
        return _key_at(self.desk, key, is_keeper=self._is_keeper(key))

    def person_of(self, key: str) -> Person | None:
        """Return whose session it is, or None."""
        desk = self.desk
        if desk is None:
            return Person(name=actor(), role=Role.KEEPER) if self._is_keeper(key) else None
        return desk.person_of(_key_at(desk, key, is_keeper=self._is_keeper(key)))

    # -- the project --------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """The open project.

        Raises:
            NoProject: none is open.
        """
        if self.desk is None:
            raise NoProject("no project is open here; nothing was changed")
        return self.desk.project

    @property
    def said(self) -> Said:
        """What was said, at the desk of the open project.

        Raises:
            NoProject: none is open.
        """
        from vallum.steps.desk_said import Said

        with self._lock:
            if self.desk is None:
                raise NoProject("no project is open here; nothing was changed")
            if self._said is None or self._said.desk is not self.desk:
                self._said = Said(self.desk, self.keyring)
            return self._said

    def make_vault(self, person: Person, folder: Path, recipients: Sequence[str]) -> Done:
        """Make a vault for the open project, and open the project anew with it.

        Raises:
            Busy: a job is at work.
            BadSetting: there is one already, or it cannot be made there.
        """
        from vallum.steps.vaulting import vault_new

        self.jobs.check_free()
        done = vault_new(self.project, folder, recipients, by=person.name)
        self._seat(self.project.root)
        return done

    def open(self, root: Path) -> Project:
        """Open a project in place of the one that is open.

        Raises:
            Busy: a job is at work.
            NotAllowed: this server is for one project.
            VallumError: it cannot be opened; the one before stays open.
        """
        self._check_free()
        return self._seat(root.resolve())

    def _check_free(self) -> None:
        """Refuse to take another project while a job runs, or where people were invited to one."""
        self.jobs.check_free()
        if self.is_served and self.desk is not None:
            raise NotAllowed(
                "this server is for one project; nothing was changed, use `vallum` on the computer "
                "where it runs for others"
            )

    def _seat(self, root: Path) -> Project:
        with self._lock:
            project = open_project(root, force=self.force)
            try:
                desk = Desk(project)
                desk.sign_in_keeper()  # before anybody sees the desk: who waits for it is let in
            except BaseException:
                project.close()
                raise
            old = self.desk
            if old is None or old.project.root != root:
                self.keyring.drop()
            else:
                desk.sessions.carry_on(old.sessions)
            self.desk, self.problem = desk, None
            if old is not None:
                _closed(old)
        if self.prepare is not None:
            self.prepare(desk)
        return project

    def open_here(self, root: Path | None) -> None:
        """Open the named project, or the one in `cwd` if it is one; keep a problem for the page.

        Raises:
            NotAProject: a folder was named that holds none.
        """
        try:
            self.open(root or self.cwd)
        except NotAProject:
            if root is not None:
                raise
        except VallumError as error:
            self.problem = error

    def shut(self) -> None:
        """Close the project; nothing of it is lost.

        Raises:
            Busy: a job is at work.
            NotAllowed: this server is for one project.
        """
        self._check_free()
        self.keyring.drop()
        with self._lock:
            old, self.desk = self.desk, None
            if old is not None:
                _closed(old)

    def close(self) -> None:
        """Forget the key of the vault, stop the job and close the project."""
        self.keyring.drop()
        self.jobs.close()
        with self._lock:
            old, self.desk = self.desk, None
            if old is not None:
                _closed(old)

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def folder(self, name: str) -> Path:
        """Return a folder that a person named, from `cwd` when it is relative.

        Raises:
            BadSetting: no folder can be called that.
            NotAllowed: people elsewhere use this server, and it lies outside `cwd`.
        """
        if not name.strip() or any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
            raise BadSetting("a folder needs a name without line breaks; nothing was changed")
        path = (self.cwd / Path(name.strip()).expanduser()).resolve()
        if not self.is_local and not path.is_relative_to(self.cwd.resolve()):
            raise NotAllowed(
                f"{name} lies outside the folder in which vallum was started; nothing was changed, "
                "choose a folder in it"
            )
        return path

    def projects(self) -> list[FoundProject]:
        """Return the projects in `cwd` and up to two folders down, by path."""
        found = []
        for pattern in ("",) if self.is_served else ("", "*/", "*/*/"):
            for path in sorted(self.cwd.glob(f"{pattern}{config.FILE_NAME}")):
                try:
                    values = config.read(path)
                except (VallumError, OSError):
                    continue  # opening it says what is wrong with it
                root = str(path.parent.resolve())
                found.append(
                    FoundProject(root=root, name=values.name, is_simulated=values.is_simulated)
                )
        return found

    def make(
        self,
        *,
        folder: str,
        frontier: str,
        before: str,
        after: str,
        corridor_m: int,
        name: str = "",
        km: str = "",
    ) -> Project:
        """Make a project and open it; see `new` for what can go wrong."""
        self._check_free()
        if len(name) > _LONGEST_NAME or not all(sign.isprintable() for sign in name):
            raise BadSetting(f"a name has up to {_LONGEST_NAME} letters on one line; none was made")
        root = self.folder(folder)
        line: str | Path = frontier
        if "/" in frontier or "\\" in frontier or "." in frontier:
            line = self.folder(frontier)
        project, _ = new(
            root,
            frontier=line,
            before=before,
            after=after,
            corridor_m=corridor_m,
            stretch_km=km,
            force=self.force,
        )
        project.close()
        if name.strip():
            named = replace(project.config, name=name.strip())
            config.write(named, root / config.FILE_NAME)
        return self._seat(root)

    def set(self, table: str, name: str, value: bool | int | float | str) -> Project:
        """Change one setting and open the project anew with it; see `change_setting`."""
        self.jobs.check_free()
        change_setting(self.project, table, name, value)
        return self._seat(self.project.root)

    # -- jobs ---------------------------------------------------------------------------------

    def run(self) -> Job:
        """Begin everything that is due."""
        from vallum import steps

        project = self.project
        return self.jobs.start(
            "run", "vallum run", lambda show: steps.run(project, scheduler=chosen(), show=show)
        )

    def step(self, name: str) -> Job:
        """Begin one step.

        Raises:
            BadSetting: there is no such step.
        """
        from vallum import steps

        if name not in STEPS:
            raise BadSetting(f"there is no step '{name}'; use one of {', '.join(STEPS)}")
        project, verb = self.project, getattr(steps, name)
        options: dict[str, object] = {}
        if name in {"cover", "align", "detect", "sight"}:
            options["scheduler"] = chosen()

        def work(show: Progress) -> Done:
            if name not in {"settle", "measure"}:
                options["show"] = show
            done: Done = verb(project, **options)
            return done

        return self.jobs.start(name, f"vallum {name}", work)

    def demo(self, folder: str = "") -> Job:
        """Begin to make a small SIMULATED border without verdicts; it opens when it is ready."""
        from vallum import steps

        self._check_free()
        wanted = self.folder(folder or DEMO_FOLDER)
        number = 1
        root = wanted
        while not folder and root.exists():  # an earlier one may hold somebody's work
            number += 1
            root = wanted.with_name(f"{wanted.name}-{number}")

        def work(show: Progress) -> Done:
            done = steps.demo(root, review=False, show=show)
            self._seat(Path(str(done.facts["root"])))
            return done

        return self.jobs.start("demo", f"vallum demo {root.name} --no-review", work)

    def add_folder(self, path: str, terms: Terms) -> Job:
        """Begin to take in the images of a folder on this computer."""
        project, folder = self.project, self.folder(path)

        def work(show: Progress) -> Done:
            return _added(project, [folder], terms, show)

        return self.jobs.start("add", f"vallum add {folder}{_typed(terms)}", work)

    def add_inbox(self, inbox: Path, terms: Terms, files: Path | None = None) -> Job:
        """Begin to take in what was uploaded to a folder of the inbox, and remove it afterwards.

        Args:
            inbox: the folder.
            terms: what was said of the images.
            files: the part of it, or another folder, that holds the images; all of it if None.
        """
        project = self.project

        def work(show: Progress) -> Done:
            try:
                return _added(project, [files or inbox], terms, show)
            finally:
                shutil.rmtree(inbox, ignore_errors=True)

        return self.jobs.start("add", f"vallum add FOLDER{_typed(terms)}", work)

    def inbox(self, n_bytes: int) -> Path:
        """Return a new folder for files that come in.

        Args:
            n_bytes: how much is announced; 0 if that is not known.

        Raises:
            DiskFull: it and its working copies would not fit.
        """
        self.jobs.check_free()
        root = self.project.root
        self.check_room(2 * n_bytes)  # the upload, and the working copy made of it
        folder = root / INBOX / secrets.token_hex(8)
        folder.mkdir(parents=True)
        return folder

    def check_room(self, n_bytes: int) -> None:
        """Refuse to fill the disk to the brim.

        Raises:
            DiskFull: less than a gigabyte would be left.
        """
        free = shutil.disk_usage(self.project.root).free
        if free < n_bytes + _SPARE_BYTES:
            raise DiskFull(
                f"the disk has {free / 1e9:.1f} GB left, {(n_bytes + _SPARE_BYTES) / 1e9:.1f} GB "
                "are needed; nothing was taken in, free some space"
            )


def _key_at(desk: Desk | None, key: str, *, is_keeper: bool) -> str:
    """Return the key by which a desk knows a session; of the keeper, the desk's own."""
    if not is_keeper:
        return key
    return desk.keeper_key if desk is not None else ""


def _closed(desk: Desk) -> None:
    """Close a desk and its project."""
    desk.kept.rest()
    desk.project.close()


def _added(project: Project, paths: Sequence[Path], terms: Terms, show: Progress) -> Done:
    return add(project, paths, show=show, **vars(terms))


def _typed(terms: Terms) -> str:
    """Return terms as options of the command line."""
    import shlex

    said = [
        f" --{name} {shlex.quote(getattr(terms, name))}"
        for name in ("taken", "licence", "credit")
        if getattr(terms, name)
    ]
    said += [" --may-publish"] if terms.may_publish else []
    return "".join(said) + (" --dem FILE" if terms.dem else "")
