"""The register of sources: who speaks, without saying who it is; and what a source takes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from vallum.evidence.consent import may
from vallum.evidence.register import came_from, check, check_why, one_of, typed
from vallum.evidence.vault import new_name
from vallum.ground.errors import BadInput, NotAllowed, NotThere, TooLarge
from vallum.ground.records import Exhibit, Json, Row, Source
from vallum.ground.saidkinds import Attribution, Event, Handling, Risk, Scope, Voice
from vallum.project import Project, Work, actor
from vallum.steps.blurring import overtold
from vallum.steps.done import Done, finished
from vallum.steps.hiding import Hidden, hide, open_of
from vallum.steps.vaulting import custody, delete_files, the_vault

_MOST_IDENTITY = 10_000_000
_CHANGEABLE = (
    "name",
    "attribution",
    "described_as",
    "consent",
    "consent_given",
    "consent_method",
    "consent_expires",
    "risk",
    "origin",
    "handling",
)
_BY_PUBLICATION: Mapping[str, Any] = {
    "attribution": Attribution.ON_RECORD,
    "consent": (Scope.RETAIN, Scope.ANALYSE, Scope.SHARE_PARTNERS, Scope.PUBLISH_TEXT),
    "consent_method": "by publication",
    "risk": Risk.LOW,
    "handling": Handling.CLEAR,
}
"""What is taken for granted of a publisher: it has published."""


# -- the register -------------------------------------------------------------------------------


def sources(project: Project) -> tuple[Source, ...]:
    """Return every source by its code, those that withdrew included."""
    return tuple(sorted(project.rows(Source), key=lambda row: row.code))


def source_of(project: Project, name: str) -> Source:
    """Return a source by its code or its id.

    Raises:
        NotThere: there is none; what was typed is not repeated, it may be a name.
    """
    for row in project.rows(Source):
        if name in {row.code, row.id}:
            return row
    raise NotThere(
        "there is no source of this code; nothing was done, `vallum source list` shows the codes"
    )


def papers_of(project: Project, source: Source) -> tuple[Exhibit, ...]:
    """Return what came from a source, and the copies and translations made of it."""
    return came_from(source, project.rows(Exhibit))


def source_add(
    project: Project,
    *,
    voice: Voice | str,
    name: str = "",
    reliability: str = "F",
    reliability_basis: str = "",
    attribution: Attribution | str | None = None,
    described_as: str = "",
    consent: Iterable[Scope | str] | None = None,
    consent_given: date | None = None,
    consent_method: str = "",
    consent_expires: date | None = None,
    risk: Risk | str | None = None,
    origin: str = "",
    handling: Handling | str | None = None,
    identity: bytes | None = None,
    is_simulated: bool = False,
    by: str = "",
) -> tuple[Source, Done]:
    """Register who speaks, under a random code.

    What is left out is the strictest: off the record, high risk, agreed to nothing. Of a publisher
    alone it is taken for granted that what it published may be cited.

    Args:
        project: where.
        voice: person, organisation, publisher, account, document or sensor.
        name: of a publisher or organisation; a person has none here.
        reliability: A to F (Admiralty); F if it cannot be judged.
        reliability_basis: why; required for A to E.
        attribution: how it may be referred to.
        described_as: the words agreed with the source, to be printed.
        consent: what it has agreed to.
        consent_given: day of the agreement; today if left out.
        consent_method: in writing, spoken, by publication.
        consent_expires: last day of the agreement.
        risk: what may happen to it when it is found out.
        origin: shared by sources who have it from the same origin.
        handling: who may be told.
        identity: who it is, how to reach it, what to mind: goes into the vault and nowhere else.
        is_simulated: made by a program.
        by: who registers it.

    Raises:
        BadInput: a value cannot be used, or tells who somebody is; nothing was kept.
        BadSetting: there is something for the vault, and no vault.
        NotThere: the disk of the vault is not connected.
    """
    speaks = Voice(one_of(Voice, voice, "voice"))
    given = {
        "attribution": attribution,
        "consent": None if consent is None else tuple(consent),
        "consent_method": consent_method or None,
        "risk": risk,
        "handling": handling,
    }
    values = {**(_BY_PUBLICATION if speaks is Voice.PUBLISHER else {})}
    values |= {key: value for key, value in given.items() if value is not None}
    row = Source(
        code=new_name(),
        voice=speaks,
        name=name.strip(),
        reliability=reliability.strip().upper(),
        reliability_basis=reliability_basis.strip(),
        described_as=described_as.strip(),
        consent_given=consent_given or (_today() if values.get("consent") else None),
        consent_expires=consent_expires,
        origin=origin.strip(),
        is_simulated=is_simulated or project.config.is_simulated,
        **typed(values),
    )
    check(row, _today())
    with project.run("source add", by=by) as work:
        row, rows = _with_identity(project, work, row, identity)
        work.add(row, *rows)
    lines = [f"source {row.code}: {_in_words(row)}"]
    if row.voice is Voice.PERSON and identity is None:
        lines.append("nobody's name was kept; who it is can be put into the vault later")
    if identity is not None:
        lines.append(
            "who it is lies in the vault; the file it was read from still lies where it was"
        )
    facts: dict[str, Json] = {"code": row.code, "id": row.id}
    then = f"vallum intake FILE --source {row.code}"
    return row, finished(work, lines, then=then, facts=facts)


def source_change(
    project: Project, code: str, /, *, why: str, by: str = "", **changes: Any
) -> tuple[Source, Done]:
    """Change what is held of a source, and keep the reason.

    Args:
        project: where.
        code: of the source, or its id.
        why: at least 10 characters; stays in the ledger for ever, so no names.
        by: who changes it.
        changes: fields of `source_add`, but `voice`; `identity` takes the place of what the vault
            had. A grade goes by `source_grade`.

    Raises:
        NotThere: there is no such source.
        NotAllowed: it has withdrawn its consent.
        BadInput: a value cannot be used, or tells who somebody is; nothing was changed.
    """
    old = source_of(project, code)
    check_why(why)
    if old.consent_withdrawn is not None:
        raise NotAllowed(
            f"this source withdrew its consent on {old.consent_withdrawn}; nothing was changed, "
            "register it again if it has agreed anew"
        )
    identity = changes.pop("identity", None)
    unknown = [key for key in changes if key not in _CHANGEABLE]
    if unknown:
        raise BadInput(f"'{unknown[0]}' of a source is not changed like this; nothing was changed")
    row = replace(old, **typed(changes))
    if row.consent and row.consent_given is None:
        row = replace(row, consent_given=_today())
    check(row, _today())
    return _changed(project, old, row, why=why, by=by, step="source change", identity=identity)


def source_grade(
    project: Project, code: str, *, reliability: str, why: str, by: str = ""
) -> tuple[Source, Done]:
    """Judge how reliable a source is, A to F (Admiralty), apart from what it says.

    Raises:
        NotThere: there is no such source.
        NotAllowed: whoever took in what came from it may not grade a source at high risk.
        BadInput: no such letter, or no reason.
    """
    old = source_of(project, code)
    check_why(why)
    row = replace(old, reliability=reliability.strip().upper(), reliability_basis=why.strip())
    check(row, _today())
    if old.risk.is_protected and _folded(by or actor()) in _collectors(project, old):
        raise NotAllowed(
            f"you took in what came from this source, and it is at {old.risk} risk: somebody else "
            "must grade it. Nothing was changed"
        )
    return _changed(project, old, row, why=why, by=by, step="source grade")


def source_list(project: Project, *, on: date | None = None) -> Done:
    """Return the register: codes, grades, agreements. Who somebody is, is not in it."""
    n_papers = Counter(row.source for row in project.rows(Exhibit))
    n_of = {row.id: n_papers[row.id] + n_papers[row.code] for row in sources(project)}
    on = on or _today()
    lines, told = [], list[Json]()
    for row in sources(project):
        own = _is_own_grade(project, row)
        lines.append(
            f"{row.code}  {_in_words(row)}; {n_of[row.id]} papers; {_agreed(row, on)}"
            + ("; graded by whoever took it in: let somebody else grade it" if own else "")
        )
        told.append(_as_json(row, on) | {"n_papers": n_of[row.id], "is_graded_by_collector": own})
    return Done(
        step="source list",
        lines=tuple(lines) or ("no sources yet",),
        facts={"sources": told},
        next="" if lines else "vallum source add --voice publisher --name NAME",
    )


# -- rules --------------------------------------------------------------------------------------


def _changed(
    project: Project,
    old: Source,
    row: Source,
    *,
    why: str,
    by: str,
    step: str,
    identity: bytes | None = None,
) -> tuple[Source, Done]:
    names = [key for key in row.body() if getattr(row, key) != getattr(old, key)]
    names = [key for key in names if key != "run"] + ["identity"] * (identity is not None)
    papers = papers_of(project, row)
    if not names and not open_of(row, papers) and not overtold(project, row, papers):
        return old, Done(step=step, lines=("nothing changed",), facts={"code": old.code})
    with project.run(step, by=by) as work:
        if names:
            row, rows = _with_identity(project, work, row, identity)
            outcome = f"changed {', '.join(names)}: {why.strip()}"
            rows.append(custody(row.id, Event.MODIFICATION, by=work.row.actor, outcome=outcome))
            work.add(row, *rows)
        if identity is not None and old.vault_ref:
            delete_files(project, work, {old.vault_ref: row.id})
        hidden = hide(project, work, row, papers)
        n_coarse = len(work.add_all(overtold(project, row, papers_of(project, row))))
    lines = [f"source {row.code}: {_in_words(row)}; changed: {', '.join(names) or 'nothing'}"]
    lines += _of_hidden(hidden)
    if n_coarse:
        lines.append(
            f"of {n_coarse} thing{'s' * (n_coarse != 1)} in its pictures only whole cells of "
            "border are kept now; not undone: older rows of the ledger still hold the place"
        )
    then = "connect the vault's disk and run this again" if work.blocked else ""
    facts: dict[str, Json] = {
        "code": row.code, "id": row.id, "changed": [*names], "n_locked_up": hidden.n_copies,
        "n_coarsened": n_coarse,
    }  # fmt: skip
    return row, finished(work, lines, then=then, facts=facts)


def _of_hidden(hidden: Hidden) -> list[str]:
    """Say what was locked up, and what the ledger cannot forget."""
    if hidden == Hidden():
        return []
    return [
        f"{hidden.n_copies} working cop{'y' if hidden.n_copies == 1 else 'ies'} locked into the "
        "vault and deleted here; no words of it in the newest rows of "
        f"{hidden.n_papers} paper{'s' * (hidden.n_papers != 1)} and "
        f"{hidden.n_claims} claim{'s' * (hidden.n_claims != 1)}",
        "not undone: older rows of the ledger keep headings, addresses and words that stood in "
        "them, and the hashes and sizes of these papers; so do backups, and an SSD overwrites "
        "nothing",
    ]


def _with_identity(
    project: Project, work: Work, row: Source, identity: bytes | None
) -> tuple[Source, list[Row]]:
    """Lock in who it is; the row that says so is written together with the source."""
    if identity is None:
        return row, []
    if not 0 < len(identity) <= _MOST_IDENTITY:
        raise TooLarge("who a source is takes 1 byte to 10 MB; nothing was kept, shorten it")
    one = the_vault(project).put(identity)
    row = replace(row, vault_ref=one.name)
    kept = custody(row.id, Event.ENCRYPTION, by=work.row.actor, of=one, outcome="identity")
    return row, [replace(kept, vault_bytes=0)]  # its size would help whoever holds the file


def _collectors(project: Project, source: Source) -> set[str]:
    names = (row.collected_by for row in papers_of(project, source))
    return {_folded(name) for name in names if name.strip()}


def _is_own_grade(project: Project, source: Source) -> bool:
    """Say whether a source at high risk has its grade from somebody who took in its papers."""
    if not source.risk.is_protected or source.reliability == "F":
        return False
    grade, who = ("F", ""), ""
    for entry in project.store.history(source.id):
        row = entry.row()
        if isinstance(row, Source) and (row.reliability, row.reliability_basis) != grade:
            grade, who = (row.reliability, row.reliability_basis), entry.actor
    return _folded(who) in _collectors(project, source)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _in_words(row: Source) -> str:
    who = f"{row.voice} {row.name}".strip()
    return (
        f"{who}, {row.reliability}, {row.attribution.value.replace('_', ' ')}, {row.risk} risk, "
        f"TLP:{row.handling.value.upper().replace('_', '+')}"
    )


def _agreed(row: Source, on: date) -> str:
    if row.consent_withdrawn is not None:
        return f"withdrew on {row.consent_withdrawn}"
    now = [scope.value for scope in row.consent if not may(row, scope, on)]
    if now:
        return f"agreed to {', '.join(now)}".replace("_", " ")
    if row.consent_expires is not None and on > row.consent_expires:
        return f"its agreement ended on {row.consent_expires}"
    return "agreed to nothing that may be done now"


def _as_json(row: Source, on: date) -> dict[str, Json]:
    """Return a source for a program: neither who it is nor where that lies."""
    told = row.body()
    told.pop("run")
    ref = told.pop("vault_ref")
    may_now: list[Json] = [scope.value for scope in row.consent if not may(row, scope, on)]
    return {"id": row.id, **told, "has_identity": bool(ref), "may": may_now}


def _today() -> date:
    return datetime.now(UTC).date()
