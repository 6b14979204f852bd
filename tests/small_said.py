"""A project with a vault, two sources and their papers, taken in and read by the real steps.

Everything in it is SIMULATED: the town, the sources, what they say.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyrage

import desk_rows
import small_desk
from vallum.evidence.keys import Key
from vallum.ground.records import Exhibit, Source
from vallum.project import Project, open_project
from vallum.steps.reading import read_in
from vallum.steps.sources import source_add
from vallum.steps.taking import intake
from vallum.steps.vaulting import vault_new

TOWN = "Oldmill"
CANARY = "canary-who-it-is-7261"
SECRET_TEXT = (
    "SIMULATED. Two guard posts were completed at Oldmill in April 2019, I saw it myself.\n"
    "The river canary-in-the-text-5518 was low."
)
OPEN_TEXT = (
    "SIMULATED. A fence was completed near Oldmill in April 2019, a source told the paper.\n"
    "\n"
    "Two guard posts were completed at Oldmill in April 2019."
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A project on disk, and the key that opens its vault."""

    root: Path
    vault: Path
    key: Key


def make(folder: Path) -> Made:
    """Make it once; tests work on a `copy`."""
    small_desk.make(folder / "p", n=4).close()
    at = desk_rows.FRONTIER.point_at(5_000)
    table = f"name,other,lon,lat,country,within_m\n{TOWN},,{at.x},{at.y},KP,500\n"
    (folder / "p" / "places.csv").write_text(table)
    mine, other = (pyrage.x25519.Identity.generate() for _ in range(2))
    vault = folder / "vault"
    with open_project(folder / "p") as project:
        vault_new(project, vault, [str(one.to_public()) for one in (mine, other)], by="ada")
    with open_project(folder / "p") as project:
        _fill(project, folder, Key(mine))
    return Made(root=folder / "p", vault=vault, key=Key(mine))


def _fill(project: Project, folder: Path, key: Key) -> None:
    paper, _ = source_add(project, voice="publisher", name="The Border Post", reliability="B",
                          reliability_basis="checked for years")  # fmt: skip
    person, _ = source_add(
        project, voice="person", described_as="a trader near the border", risk="extreme",
        attribution="background", consent=["retain", "analyse"], consent_method="spoken",
        identity=CANARY.encode(), by="ada",
    )  # fmt: skip
    _take(project, folder / "came" / "report.txt", OPEN_TEXT, paper)
    _take(project, folder / "came" / "from-my-cousin.txt", SECRET_TEXT, person)
    read_in(project, [row.id for row in papers(project)], key)


def _take(project: Project, path: Path, text: str, source: Source) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    intake(project, [path], source=source.code, published=date(2019, 5, 15), title="SIMULATED",
           paper="testimony", collected_by="ada")  # fmt: skip


def papers(project: Project) -> list[Exhibit]:
    """The papers that came in."""
    return [row for row in project.rows(Exhibit) if row.role == "statement"]


def copy(made: Made, folder: Path) -> Path:
    """Copy the project; its vault stays where it is and is shared."""
    shutil.copytree(made.root, folder / "p")
    return folder / "p"
