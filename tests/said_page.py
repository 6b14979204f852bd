"""A small project for the pages about claims: two papers, one protected source, dated findings.

Everything in it is SIMULATED: the towns, the papers, what they say, what images show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import desk_rows
import small_desk
from vallum.evidence.keys import new_key
from vallum.ground.records import Source
from vallum.ground.when import When
from vallum.project import Project, open_project
from vallum.steps.sources import source_add
from vallum.steps.taking import intake
from vallum.steps.vaulting import vault_new

PASSPHRASE = "four SIMULATED words here"
CANARY = "SIMULATED-who-it-is-7261"
TEXT = (
    "SIMULATED \U00020bb7 report. A fence was completed near Oldmill in April 2019, a source told "
    "the paper. The weather was mild.\n"
    "\n"
    "Two guard posts were completed at Oldmill in April 2019. A watchtower is planned at Farbridge, "
    "residents said last month.\n"
    "\n"
    "The market was busy, and people spoke of nothing but rice."
)
OTHER = "SIMULATED. Two guard posts were completed at Oldmill in spring 2019, the bulletin said.\n"
SECRET = "SIMULATED. A fence was completed at Farbridge in May 2019, I saw it myself.\n"
CONTEXT = """series,unit,when,value,source,source_url,accessed
SIMULATED arrivals,people,2018,1137,made up for tests,,2024-01-01
SIMULATED arrivals,people,2019,1047,made up for tests,,2024-01-01
SIMULATED arrivals,people,2020,229,made up for tests,,2024-01-01
SIMULATED arrivals,people,2021,63,made up for tests,,2024-01-01
SIMULATED policy,event,2020-01-22,SIMULATED closing of the border,made up for tests,,2024-01-01
"""
PLACES = "name,other,lon,lat,country,within_m\n"


@dataclass(frozen=True, kw_only=True)
class Made:
    """A project on disk, its vault, and a key file that the passphrase opens."""

    root: Path
    vault: Path
    key: Path


def make(folder: Path) -> Made:
    """Write the project; the vault lies beside it."""
    small_desk.make(folder / "p", n=4).close()
    towns = (("Oldmill", 5_000), ("Farbridge", 9_500))
    rows = [(name, desk_rows.FRONTIER.point_at(at)) for name, at in towns]
    table = PLACES + "".join(f"{name},,{at.x},{at.y},KP,500\n" for name, at in rows)
    (folder / "p" / "places.csv").write_text(table, encoding="utf-8")
    (folder / "p" / "context.csv").write_text(CONTEXT, encoding="utf-8")
    keys = [folder / "own.age", folder / "recovery.age"]
    recipients = [new_key(path, PASSPHRASE) for path in keys]
    with open_project(folder / "p") as project:
        vault_new(project, folder / "vault", recipients, by="ann")
    with open_project(folder / "p") as project:
        _findings(project)
        _papers(project, folder / "came")
    return Made(root=folder / "p", vault=folder / "vault", key=keys[0])


def bare(folder: Path) -> Path:
    """Write a project without a vault."""
    small_desk.make(folder, n=4).close()
    return folder


def _findings(project: Project) -> None:
    fence, near, post, *_ = small_desk.candidates(4, 12_000)
    built = {"built": When.parse("2019-03-05..2019-09-30"), "first_seen": date(2019, 9, 30),
             "last_absent": date(2019, 3, 5)}  # fmt: skip
    findings = [
        desk_rows.finding(fence, **built),
        desk_rows.finding(near, **built),
        desk_rows.finding(post, first_seen=date(2022, 4, 10)),
    ]
    with project.run("SIMULATED findings") as work:
        work.add_all(findings)


def _papers(project: Project, folder: Path) -> None:
    folder.mkdir()
    post, _ = source_add(project, voice="publisher", name="The Border Post", reliability="B",
                         reliability_basis="checked for years", by="ann")  # fmt: skip
    bulletin, _ = source_add(project, voice="publisher", name="River Bulletin", by="ann")
    person, _ = source_add(
        project, voice="person", described_as="a trader near the border", risk="extreme",
        attribution="background", consent=["retain", "analyse"], consent_method="spoken",
        identity=CANARY.encode(), by="ann",
    )  # fmt: skip
    _take(project, folder / "report.txt", TEXT, post, "Fences by the river")
    _take(project, folder / "bulletin.txt", OTHER, bulletin, "Posts at Oldmill")
    _take(project, folder / "from-a-friend.txt", SECRET, person, "")


def _take(project: Project, path: Path, text: str, source: Source, title: str) -> None:
    path.write_text(text, encoding="utf-8")
    intake(project, [path], source=source.code, published=date(2019, 5, 15), title=title,
           paper="article", collected_by="ann")  # fmt: skip
