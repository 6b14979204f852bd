"""What people decide about claims: approve, reject, change, grade, or type one by hand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vallum.claims import rows
from vallum.claims.placing import Land
from vallum.evidence.keys import Key
from vallum.evidence.register import check_words
from vallum.ground.errors import (
    BadInput,
    BadSetting,
    NotAllowed,
    NotThere,
    Stale,
    VaultError,
)
from vallum.ground.saidkinds import Standing
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.project import Project
from vallum.steps.papers import text_of
from vallum.steps.reading import barred, is_guarded, is_protected, land_of

LEAST_REASON = 10
"""Characters of a reason (Atlos): every change of an assessment needs one."""
GRADE = frozenset({"credibility", "credibility_basis"})
"""Fields that judge, each with its reason."""
_NO_TEXT = -1
_KM = re.compile(r"km [\d.]+(?:\.\.[\d.]+)?")


def decide(
    project: Project,
    claim_id: str,
    *,
    standing: Standing | str,
    by: str,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
    based_on: int | None = None,
    keys: Sequence[Key] = (),
    land: Land | None = None,
) -> Claim:
    """Approve or reject a claim, or change it and leave it as it stands.

    The row that was there stays in the ledger: who changed what, when and why can be read from
    there. The same decision twice adds nothing. A claim whose subject is changed goes on under
    another id, for its subject is part of its name.

    Args:
        project: whose claim.
        claim_id: which.
        standing: proposed, approved or rejected; only approved claims count anywhere.
        by: who decides; a person.
        changes: fields to change (`claims.rows.EDITABLE`, credibility and credibility_basis), as
            values or as text.
        note: why; needed to reject, and to change what was approved or rejected before.
        based_on: ledger number of the row that the person looked at.
        keys: what opens the vault, so that a new statement can be held against a locked text.
        land: the frontier with its names, where it is at hand.

    Raises:
        NotThere: there is no such claim.
        Stale: somebody changed it meanwhile.
        BadInput: a reason is missing.
        BadSetting: a field cannot be used; the message names it.
        NotAllowed: whoever took in what a protected source gave does not grade it; or its source
            has not agreed that it is worked with.
    """
    by = person(by)
    with project.alone():
        before, newest = claim_of(project, claim_id)
        check_newest(claim_id, newest, based_on)
        after = decided(
            project, before, standing=standing, by=by, changes=changes or {}, note=note,
            keys=keys, land=land,
        )  # fmt: skip
        if after is before:
            return before
        with project.run("claim", by=by) as work:
            kept = together(before, after, {row.id for row in project.rows(Claim)})
            work.add_all(kept)
    return claim_of(project, kept[-1].id)[0]


def together(before: Claim, after: Claim, known: Collection[str]) -> list[Claim]:
    """Return the rows that a decision writes, the one that goes on last.

    What a claim speaks of is part of its name: where that was changed, the claim goes on under
    another one, free among those `known`, and the row that was there is rejected and says so.
    """
    if after.id == before.id:
        return [after]
    while after.id in known:
        after = replace(after, nth=after.nth + 1)
    gone = replace(
        before, standing=Standing.REJECTED, approved_by=after.approved_by,
        approved_at=after.approved_at, note=f"it speaks of {after.subject.label}: {after.id}",
    )  # fmt: skip
    return [gone, after]


def decided(
    project: Project,
    before: Claim,
    *,
    standing: Standing | str,
    by: str,
    changes: Mapping[str, Any],
    note: str = "",
    keys: Sequence[Key] = (),
    land: Land | None = None,
) -> Claim:
    """Return the row that a decision makes, not yet kept; `before` itself where nothing changes.

    Raises:
        As `decide`.
    """
    becomes = standing_of(standing)
    note = " ".join(note.split())
    asked = {name: value for name, value in changes.items() if name not in GRADE}
    graded = {name: value for name, value in changes.items() if name in GRADE}
    exhibit = _paper_of(project, before)
    sources = project.rows(Source)
    is_wordless = exhibit is not None and is_guarded(exhibit, sources)
    after = before
    if asked:
        after = rows.changed(before, asked, land or land_of(project), is_protected=is_wordless)
    if graded:
        after = _graded(project, after, graded, by)
    if "statement" in asked and after.statement != before.statement:
        rows.check_wording(after.statement, _text(project, before.exhibit, keys))
    _check_contacts(before, after, note)
    is_changed = bool(asked) and not after.same_as(before)
    was_decided = before.standing is not Standing.PROPOSED and before.approved_by != rows.VALLUM
    needs_reason = (becomes is Standing.REJECTED and before.standing is not becomes) or (
        was_decided and (is_changed or becomes is not before.standing)
    )
    if needs_reason and len(note) < LEAST_REASON:
        raise BadInput(
            f"this needs a reason of {LEAST_REASON} characters or more; nothing was changed, "
            "write why"
        )
    if becomes is Standing.APPROVED and exhibit is not None:
        _check_agreed(exhibit, sources)
    if is_wordless:
        after = rows.without_words(after)
    if becomes is Standing.APPROVED and not after.statement:
        after = replace(after, statement=rows.statement_of(after))
    after = replace(after, standing=becomes, approved_by=by, note=note or after.note)
    if after.same_as(before):
        return before
    after = replace(after, approved_at=_now())
    return after if after.id == before.id else _renamed(project, after)


def _renamed(project: Project, after: Claim) -> Claim:
    """Return a claim of another subject with a number that is free."""
    made = replace(after, proposed_by=after.approved_by)
    while found := project.store.latest(Claim, made.id):
        if replace(found[0], approved_at=made.approved_at).same_as(made):
            return found[0]
        made = replace(made, nth=made.nth + 1)
    return made


def propose(
    project: Project,
    exhibit: Exhibit | str,
    *,
    by: str,
    note: str = "",
    keys: Sequence[Key] = (),
    land: Land | None = None,
    **fields: Any,
) -> Claim:
    """Keep a claim that a person read in a text, saw in a photograph or heard in an interview.

    It is a proposal like those of the machine: somebody approves it.

    Args:
        project: where.
        exhibit: in which evidentiary exhibit it is said or shown, or its id.
        by: who typed it.
        note: what to know about it.
        keys: what opens the vault.
        land: the frontier with its names, where it is at hand.
        **fields: `subject` and `modality` at least, further those of `claims.rows.EDITABLE`;
            `start` and `end`, characters of the working text, for words that stand there.

    Raises:
        NotThere: there is no such exhibit.
        BadSetting: a field is missing or cannot be used, or the statement repeats the text.
        BadInput: there is what looks like a contact in it.
        NotAllowed: its source has not agreed that it is worked with.
    """
    by = person(by)
    row = _exhibit(project, exhibit)
    sources = project.rows(Source)
    _check_agreed(row, sources)
    start, end = _offsets(fields.pop("start", _NO_TEXT), fields.pop("end", _NO_TEXT))
    missing = [name for name in ("subject", "modality") if not fields.get(name)]
    if missing:
        raise BadSetting(f"a claim needs a {missing[0]}; nothing was kept, choose one")
    text = _text(project, row.id, keys)
    if text and end > len(text):
        raise BadSetting(
            f"the text has {len(text):,} characters, the words cannot end at {end:,}; nothing was "
            "kept, mark them again"
        )
    with project.alone():
        blank = _blank(project, row, by, start, end, fields, note)
        is_wordless = is_guarded(row, sources)
        made = rows.changed(blank, fields, land or land_of(project), is_protected=is_wordless)
        _check_contacts(None, made, note)
        rows.check_wording(made.statement, text)
        with project.run("claim", by=by) as work:
            work.add(made)
    return claim_of(project, made.id)[0]


def _blank(
    project: Project,
    exhibit: Exhibit,
    by: str,
    start: int,
    end: int,
    fields: Mapping[str, Any],
    note: str,
) -> Claim:
    """Return the claim with what names it: how many there are of these words and subject."""
    draft = Claim(
        exhibit=exhibit.id, start=start, end=end, proposed_by=by, handling=exhibit.handling,
        embargo_until=exhibit.embargo_until, is_simulated=exhibit.is_simulated,
        subject=rows.as_subject(fields["subject"]), modality=rows.as_modality(fields["modality"]),
        note=" ".join(note.split()),
    )  # fmt: skip
    taken = [
        claim
        for claim in project.rows(Claim)
        if (claim.exhibit, claim.start, claim.end, claim.subject)
        == (exhibit.id, start, end, draft.subject)
    ]
    return replace(draft, nth=1 + max((claim.nth for claim in taken), default=-1))


def grade_claim(
    project: Project,
    claim_id: str,
    *,
    credibility: int,
    basis: str,
    by: str,
    based_on: int | None = None,
) -> Claim:
    """Judge how credible a claim is, 1 to 6 (Admiralty), apart from how reliable its source is.

    Args:
        project: whose claim.
        claim_id: which.
        credibility: 1 confirmed by other independent sources, 2 probably true, 3 possibly true,
            4 doubtful, 5 improbable, 6 cannot be judged.
        basis: why, in ten characters or more.
        by: who judges; for protected sources not whoever took in what they gave.
        based_on: ledger number of the row that the person looked at.

    Raises:
        NotThere: there is no such claim.
        Stale: somebody changed it meanwhile.
        BadSetting: no such grade, or no reason.
        NotAllowed: this person took it in.
    """
    standing = claim_of(project, claim_id)[0].standing
    return decide(
        project, claim_id, standing=standing, by=by, based_on=based_on,
        changes={"credibility": credibility, "credibility_basis": basis},
    )  # fmt: skip


def _graded(project: Project, claim: Claim, graded: Mapping[str, Any], by: str) -> Claim:
    credibility = graded.get("credibility", claim.credibility)
    basis = " ".join(str(graded.get("credibility_basis", "")).split())
    if isinstance(credibility, str) and credibility.strip().isdigit():
        credibility = int(credibility)
    if isinstance(credibility, bool) or credibility not in range(1, 7):
        raise BadSetting(f"credibility '{credibility}' is not known; choose 1 to 6")
    if (credibility, basis) == (claim.credibility, claim.credibility_basis):
        return claim
    if len(basis) < LEAST_REASON:
        raise BadSetting(
            f"a grade needs a reason of {LEAST_REASON} characters or more; nothing was changed"
        )
    exhibit = _exhibit(project, claim.exhibit)
    if exhibit.collected_by.casefold() == by.casefold() and is_protected(
        exhibit, project.rows(Source)
    ):
        raise NotAllowed(
            "whoever took in what a protected source gave does not judge it; nothing was changed, "
            "leave it to a colleague"
        )
    return replace(claim, credibility=int(credibility), credibility_basis=basis)


# -- what must not get in ---------------------------------------------------------------------


def _check_agreed(exhibit: Exhibit, sources: Sequence[Source]) -> None:
    """Refuse to work with what its source gave only to be kept."""
    if why := barred(exhibit, sources):
        raise NotAllowed(
            f"{why}; nothing was changed. Ask it whether its material may be worked with, and "
            "write that down: `vallum source change CODE --consent retain --consent analyse`"
        )


def _check_contacts(before: Claim | None, after: Claim, note: str) -> None:
    """Refuse what looks like a contact in the words that are new."""
    known = {words for _, words in _free_words(before)} if before is not None else set()
    for name, words in (*_free_words(after), ("note", note)):
        if words not in known:
            check_words(words, name)


def _free_words(claim: Claim) -> Iterator[tuple[str, str]]:
    """Yield what a person can type freely, by the name of the field."""
    if claim.statement != rows.statement_of(claim):
        yield "statement", claim.statement
    for name in ("attribution", "qualifier", "quantity_as_stated", "credibility_basis"):
        yield name, getattr(claim, name)
    for place in claim.places:
        is_free = place.basis == "person" and not _KM.fullmatch(place.name)
        yield from [("places", words) for words in (place.name, place.as_stated) if is_free]
    for dated in claim.dates:
        yield "dates", dated.expression


# -- what is there ----------------------------------------------------------------------------


def claim_of(project: Project, claim_id: str) -> tuple[Claim, int]:
    """Return a claim and the ledger number of its newest row.

    Raises:
        NotThere: there is none.
    """
    history = project.store.history(claim_id)
    row = history[-1].row() if history else None
    if not isinstance(row, Claim):
        raise NotThere(
            f"there is no claim '{claim_id}' in this project; `vallum claims --json` lists them"
        )
    return row, history[-1].seq


def person(by: str) -> str:
    """Return the name of a person who decides, with single blanks.

    Raises:
        BadSetting: it is empty, or the program's.
    """
    name = " ".join(by.split())
    if not name or name.casefold() == rows.VALLUM:
        raise BadSetting("a person decides about claims; nothing was changed, say who you are")
    return name


def check_newest(claim_id: str, newest: int, based_on: int | None) -> None:
    """Refuse a decision about a row that is no longer the newest.

    Raises:
        Stale: it is not.
    """
    if based_on is not None and newest > based_on:
        raise Stale(
            f"{claim_id} was changed by somebody else meanwhile (row {newest} of the ledger, you "
            f"saw row {based_on}); nothing was changed, look at it again"
        )


def standing_of(standing: Standing | str) -> Standing:
    """Return a standing by its value.

    Raises:
        BadSetting: there is none.
    """
    try:
        return Standing(standing)
    except ValueError as error:
        known = ", ".join(Standing)
        raise BadSetting(f"standing '{standing}' is not known; choose one of {known}") from error


def _paper_of(project: Project, claim: Claim) -> Exhibit | None:
    found = project.store.latest(Exhibit, claim.exhibit)
    return found[0] if found else None


def _exhibit(project: Project, exhibit: Exhibit | str) -> Exhibit:
    if isinstance(exhibit, Exhibit):
        return exhibit
    found = project.store.latest(Exhibit, exhibit)
    if not found:
        raise NotThere(f"there is no exhibit '{exhibit}' in this project; nothing was kept")
    return found[0]


def _offsets(start: Any, end: Any) -> tuple[int, int]:
    if (start, end) in {(_NO_TEXT, _NO_TEXT), (None, None)}:
        return _NO_TEXT, _NO_TEXT
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
        raise BadSetting(f"characters {start} to {end} are no words; nothing was kept, mark them")
    return start, end


def _text(project: Project, exhibit: str, keys: Sequence[Key]) -> str:
    """Return the working text; empty where there is none, or it is locked away."""
    try:
        return text_of(project, exhibit, *keys)
    except (NotThere, VaultError, BadSetting):
        return ""


def _now() -> datetime:
    return datetime.now(UTC)
