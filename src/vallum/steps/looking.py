"""Who looked at what is sealed: reads of the vault and what left the desk, from the ledger.

A row says who, what and when, never what was seen. A look at who somebody is, or at where a camera
stood, is written each time; a look at a text or a picture once for each person, thing and
unlocking, because a person turns pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from vallum.ground.errors import NotThere
from vallum.ground.records import Custody, Json
from vallum.ground.saidkinds import Event
from vallum.ground.statements import Exhibit, Source
from vallum.project import Project
from vallum.steps.vaulting import VAULT, custody

if TYPE_CHECKING:
    from vallum.steps.done import Done

LOOKED_AT = "looked at"
BROUGHT, REFUSED, PUT_AWAY = "key brought", "key refused", "key put away"
TAKEN_OUT = "taken out of the desk"
_LOOKS = frozenset({LOOKED_AT, BROUGHT, REFUSED, PUT_AWAY, TAKEN_OUT})
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class SealedLook:
    """One look.

    Args:
        at: when.
        by: who.
        what: the vault as a whole, a source, or a paper.
        code: of the source; of the paper's source, where it has one.
        paper: id of the paper.
        did: what was done.
    """

    at: datetime
    by: str
    what: Literal["vault", "source", "paper", "desk"]
    code: str
    paper: str
    did: str


def looks(project: Project, *, code: str = "") -> list[SealedLook]:
    """Return who looked at what is sealed, newest first; of one source if its code is given."""
    sources = {row.id: row.code for row in project.rows(Source)}
    known = sources | {code: code for code in sources.values()}
    papers = {row.id: known.get(row.source, "") for row in project.rows(Exhibit)}
    found = []
    for row in project.rows(Custody):
        if row.outcome not in _LOOKS and row.event is not Event.DISSEMINATION:
            continue
        told = _told(row, sources, papers)
        if not code or told.code == code:
            found.append(told)
    return sorted(found, key=lambda one: one.at, reverse=True)


def _told(row: Custody, sources: dict[str, str], papers: dict[str, str]) -> SealedLook:
    what: Literal["vault", "source", "paper", "desk"] = "desk"
    if row.subject == VAULT:
        what = "desk" if row.outcome == TAKEN_OUT else "vault"
    elif row.subject in sources:
        what = "source"
    elif row.subject in papers:
        what = "paper"
    return SealedLook(
        at=row.at,
        by=row.by,
        what=what,
        code=sources.get(row.subject, papers.get(row.subject, "")),
        paper=row.subject if what == "paper" else "",
        did=row.outcome,
    )


def note(project: Project, by: str, outcome: str, *, step: str, subject: str = VAULT) -> None:
    """Write to the ledger that a person did something with what is sealed."""
    with project.run(step, by=by) as work:
        work.add(custody(subject, Event.FIXITY, by=by, outcome=outcome))


def note_taken(project: Project, by: str) -> None:
    """Write to the ledger that fields which are the desk's own were taken out of it.

    The same taken out again by the same person, with nothing written in between, is one taking.
    """
    newest = max(project.rows(Custody), key=lambda row: row.at, default=None)
    seq, _ = project.store.head()
    if newest is not None and (newest.by, newest.outcome) == (by, TAKEN_OUT):
        last = project.store.entries(after=seq - 1)
        if last and last[0].id == newest.id:
            return
    note(project, by, TAKEN_OUT, step="export")


def source_looks(project: Project, code: str = "") -> Done:
    """Say who looked at what is sealed, newest first.

    Raises:
        NotThere: there is no source by that code.
    """
    from vallum.steps.done import Done

    if code and code not in {row.code for row in project.rows(Source)}:
        raise NotThere(f"there is no source '{code}'; nothing was shown, see `vallum source list`")
    found = looks(project, code=code)
    lines = [_line(one) for one in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more; all are in `--json`")
    facts: list[Json] = [
        {"at": one.at.isoformat(), "by": one.by, "what": one.what, "code": one.code, "did": one.did}
        for one in found
    ]
    return Done(
        step="source looks",
        lines=tuple(lines) or ("nobody looked at what is sealed",),
        facts={"looks": facts},
    )


def _line(one: SealedLook) -> str:
    at = one.at.strftime("%Y-%m-%d %H:%M UTC")
    of = f" of {one.code}" if one.code and one.what == "paper" else ""
    thing = {"source": f"source {one.code}", "paper": f"a paper{of}"}.get(
        one.what, f"the {one.what}"
    )
    return f"{at}  {one.by}: {one.did}, {thing}"
