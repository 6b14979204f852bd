"""A project of one kilometre with a vault and two keys, for tests of what is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pyrage
from shapely.geometry import LineString

from vallum.config import Border, Config, Dates
from vallum.evidence.keys import Key
from vallum.evidence.vault import Kept, Vault
from vallum.frontier import Frontier
from vallum.ground.records import Exhibit, Source
from vallum.ground.saidkinds import Event, Paper, Part
from vallum.project import Project, create, open_project
from vallum.steps.vaulting import custody, the_vault, vault_new

LINE = Frontier(name="made up", line=LineString([[128.0, 42.0], [128.03, 42.0]]))
WORDS = b"SIMULATED: what the crane driver saw"


def new_keys(n: int) -> tuple[Key, ...]:
    """Keys that were never on a disk."""
    return tuple(Key(pyrage.x25519.Identity.generate()) for _ in range(n))


def bare_project(root: Path) -> Project:
    """A project without a vault."""
    settings = Config(
        name="small",
        is_simulated=True,
        border=Border(frontier="made up", start_m=0, end_m=1000, left_m=100, right_m=100),
        dates=Dates(before="2019", after="2022"),
    )
    return create(root, settings, LINE)


@dataclass(kw_only=True)
class Desk:
    """A project, its vault, and the keys of an editor, for recovery, and of a stranger."""

    project: Project
    vault: Vault
    keys: tuple[Key, ...]

    @property
    def root(self) -> Path:
        """Folder of the project."""
        return self.project.root

    def again(self) -> Project:
        """Open the project anew, as the next command does."""
        self.project.close()
        self.project = open_project(self.root)
        return self.project

    def file_of(self, name: str) -> Path:
        """An encrypted file."""
        return self.vault.folder / f"{name}.age"

    def take_in(
        self, source: Source | None = None, content: bytes = WORDS, **more: object
    ) -> tuple[Exhibit, Kept]:
        """Lock a paper in, with a working copy, as `intake` does."""
        sha256 = hashlib.sha256(content).hexdigest()
        href = f"papers/{sha256[:12]}.txt"
        path = self.root / href
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        kept = the_vault(self.project).put(content)
        row = Exhibit(
            sha256=sha256, name="", media_type="text/plain", role="statement",
            paper=Paper.TESTIMONY, part=Part.EVIDENTIARY, source=source.id if source else "",
            vault_ref=kept.name, href=href, n_bytes=len(content),
        )  # fmt: skip
        row = replace(row, **more)
        with self.project.run("intake") as work:
            work.add(row, custody(row.id, Event.ENCRYPTION, of=kept))
        return row, kept


def new_desk(folder: Path) -> Desk:
    """Make all of it."""
    project = bare_project(folder / "project")
    keys = new_keys(3)
    vault_new(project, folder / "stick" / "vault", [key.recipient for key in keys[:2]])
    desk = Desk(project=project, vault=Vault(folder / "stick" / "vault"), keys=keys)
    desk.again()
    return desk
