"""A project along North Korea's border with two texts; everything in it is SIMULATED."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from vallum.config import Border, Config, Dates
from vallum.frontier import Frontier
from vallum.ground.records import Claim, Exhibit, Source
from vallum.ground.saidkinds import Handling, Paper, Part, Risk, Scope, Voice
from vallum.project import Project, create

ARTICLE = (
    "SIMULATED. Soldiers built 12 km of fence near Hoeryong last month, a source in China told "
    "Border Post.\n\n"
    "They will build guard posts between Uiju and Sinuiju by the end of the year. A wall was built "
    "at Nowhereville.\n"
)
TESTIMONY = (
    "SIMULATED. I saw three watchtowers at Musan in April 2019. My aunt in Parkville told me that "
    "two gates were built there.\n"
)


def make(root: Path) -> Project:
    """A new project with an article, and with testimony of a source at extreme risk."""
    line = Frontier.packaged("prk-north")
    settings = Config(
        name="said", is_simulated=True,
        border=Border(frontier="prk-north", start_m=0, end_m=line.length_m, left_m=100, right_m=100),
        dates=Dates(before="2019", after="2022"),
    )  # fmt: skip
    project = create(root, settings, line)
    source = Source(
        code="abcd", voice=Voice.PERSON, risk=Risk.EXTREME,
        consent=(Scope.RETAIN, Scope.ANALYSE), consent_given=date(2019, 5, 20),
    )  # fmt: skip
    with project.run("intake") as work:
        work.add(
            source,
            paper(project, "a", ARTICLE, title="Fences"),
            paper(
                project, "b", TESTIMONY, source=source.id, paper=Paper.TESTIMONY,
                published=None, received=date(2019, 5, 20), collected_by="Ada",
                handling=Handling.RED,
            ),
        )  # fmt: skip
    return project


def paper(project: Project, name: str, text: str, **fields) -> Exhibit:
    """An exhibit with a working text in the project."""
    folder = project.root / "papers"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    given = {"published": date(2019, 5, 15), "paper": Paper.ARTICLE, "handling": Handling.GREEN}
    return Exhibit(
        sha256=name * 64, name=f"{name}.txt", media_type="text/plain", role="statement",
        part=Part.EVIDENTIARY, href=f"papers/{name}.txt", is_simulated=True, **{**given, **fields},
    )  # fmt: skip


def article(project: Project) -> Exhibit:
    """The article."""
    return next(row for row in project.rows(Exhibit) if row.title == "Fences")


def testimony(project: Project) -> Exhibit:
    """The testimony."""
    return next(row for row in project.rows(Exhibit) if row.paper is Paper.TESTIMONY)


def of(project: Project, exhibit: Exhibit) -> dict[str, Claim]:
    """The claims of an exhibit, by their subject."""
    return {str(row.subject): row for row in project.rows(Claim) if row.exhibit == exhibit.id}
