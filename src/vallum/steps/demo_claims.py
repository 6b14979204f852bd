"""What is said of the demo's border: SIMULATED papers through the real steps, vault and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vallum.claims.against import against
from vallum.claims.observable import kin
from vallum.claims.rows import VALLUM
from vallum.evidence.keys import Key, read_key
from vallum.ground.kinds import Change
from vallum.ground.records import (
    Claim,
    Comparison,
    Dated,
    Exhibit,
    Json,
    Level,
    Look,
    Placed,
    Scene,
)
from vallum.ground.saidkinds import Handling, Modality, Precision, Relation, Standing, Subject
from vallum.ground.span import Span, Spans
from vallum.ground.whole import write_whole
from vallum.project import Project
from vallum.steps import releasing
from vallum.steps.claiming import decide
from vallum.steps.judging import current_candidates, current_findings
from vallum.steps.lodging import ROLE
from vallum.steps.matching import match, weighed
from vallum.steps.reading import land_of, read_in
from vallum.steps.sources import source_add
from vallum.steps.taking import intake
from vallum.steps.vaulting import vault_key, vault_new

if TYPE_CHECKING:
    from vallum.simulate.statements import Saying, Speaker, Text
    from vallum.simulate.truth import Truth

PASSPHRASE = "SIMULATED SIMULATED"  # noqa: S105
"""Of both keys; it protects nothing, since nothing in the demo is real."""
KEYS, VAULT, PAPERS = "vault-keys", "vault", "papers"
_FIRST_KEY, _SECOND_KEY = "keeper.age", "recovery.age"
_LONG_M, _STEP_M, _APART_M = (400, 200, 100), 50, 40


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one claim.

    Attributes:
        saying: as it was made up.
        claim: its id; empty where the reader did not propose it.
        status: where it stands for the public; empty where it is not told.
        is_edited: whether the desk corrected the proposal.
        note: what else there is to say, in words.
    """

    saying: Saying
    claim: str
    status: str
    is_edited: bool
    note: str = ""

    @property
    def words(self) -> str:
        """What became of it, in words."""
        return f"{self.status or 'told nowhere'}{f' ({self.note})' if self.note else ''}"

    def as_json(self) -> dict[str, Json]:
        """Return it for a program."""
        return {
            "says": self.saying.told, "truth": self.saying.truth, "claim": self.claim,
            "expected": str(self.saying.expected), "status": self.status, "words": self.words,
            "is_edited": self.is_edited,
        }  # fmt: skip


# -- the vault --------------------------------------------------------------------------------


def lock_up(project: Project, folder: Path) -> None:
    """Make the vault of the demo beside its project; open the project again to use it."""
    keys = folder / KEYS
    keys.mkdir()
    made = [vault_key(keys / name, PASSPHRASE) for name in (_FIRST_KEY, _SECOND_KEY)]
    write_whole(keys / "passphrase.txt", f"{PASSPHRASE}\n".encode())
    recipients = [str(done.facts["recipient"]) for done in made]
    vault_new(project, folder / VAULT, recipients, by=_keeper())


def key_of(folder: Path) -> Key:
    """Return the key of the demo's keeper."""
    return read_key(folder / KEYS / _FIRST_KEY, PASSPHRASE)


# -- papers -----------------------------------------------------------------------------------


def propose_some(project: Project, folder: Path, truth: Truth) -> list[str]:
    """Take three papers in and read them; what the reader proposes waits for people."""
    from vallum.simulate import statements

    ids = [_taken(project, folder / PAPERS, text) for text in statements.to_propose(truth)]
    read_in(project, ids)
    n = sum(row.standing is Standing.PROPOSED for row in project.rows(Claim))
    return [f"{n} claims in {len(ids)} SIMULATED papers wait for you too"]


def tell_some(project: Project, folder: Path, truth: Truth, key: Key) -> list[Outcome]:
    """Take all papers in, read them, let a SIMULATED desk decide, and hold claims against images.

    Args:
        project: with findings, and a vault.
        folder: of the demo, where papers are put.
        truth: what was painted.
        key: opens what a protected person said.
    """
    from vallum.simulate import statements

    papers = statements.texts(truth, quiet_stretch(project, truth))
    ids = [_taken(project, folder / PAPERS, text) for text in papers]
    read_in(project, ids, key)
    decided = [
        (saying, _decided(project, name, saying, key), text)
        for text, name in zip(papers, ids, strict=True)
        for saying in text.sayings
    ]
    match(project)
    status = releasing.told(project, Level.PUBLIC).statuses
    at_desk = {one.claim.id: one for one in weighed(project)}
    return [
        Outcome(
            saying=saying,
            claim=name,
            status=status[name].label if name in status else "",
            is_edited=bool(saying.changes),
            note=_note(text, name, at_desk[name].claim if name in at_desk else None),
        )
        for saying, name, text in decided
    ]


def n_by_people(project: Project) -> int:
    """Return how many papers and decisions about claims are not the demo's own."""
    from vallum.simulate.statements import ANALYST, KEEPER

    papers = (row for row in project.rows(Exhibit) if row.role == ROLE)
    return sum(row.collected_by != KEEPER for row in papers) + sum(
        row.approved_by not in {"", VALLUM, ANALYST} for row in project.rows(Claim)
    )


def in_words(outcomes: Sequence[Outcome], folder: Path) -> list[str]:
    """Return a table for the terminal: what is claimed, what is true, where it stands."""
    rows = [(one.saying.told, one.saying.truth, one.words) for one in outcomes]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    n_papers = len({*(folder / PAPERS).glob("*.txt")})
    return [
        f"{'claimed in SIMULATED papers':{first}}  {'truth':{second}}  status in the report",
        *(f"{one:{first}}  {two:{second}}  {three}" for one, two, three in rows),
        f"their {n_papers} originals lie in {folder / VAULT}; the keys, in {folder / KEYS}, have "
        f"the passphrase {PASSPHRASE}",
    ]


def _note(text: Text, name: str, claim: Claim | None) -> str:
    if not name:
        return "the reader did not propose it"
    if text.embargo_until is not None:
        return f"under embargo until {text.embargo_until}"
    if claim is not None and not claim.spans:
        return "cannot be placed"
    return ""


def _taken(project: Project, folder: Path, text: Text) -> str:
    """Write a paper, register who speaks, take it in; return the id of its exhibit."""
    folder.mkdir(exist_ok=True)
    path = folder / text.file
    write_whole(path, text.text.encode())
    code = _registered(project, text.speaker)
    before = {row.id for row in project.rows(Exhibit)}
    intake(
        project, [path], source=code, paper=text.paper, title=text.title,
        published=text.published, received=text.published, language="en",
        handling=Handling.CLEAR, embargo_until=text.embargo_until, by=_keeper(),
    )  # fmt: skip
    return next(row.id for row in project.rows(Exhibit) if row.id not in before)


def _registered(project: Project, speaker: Speaker) -> str:
    row, _ = source_add(
        project, voice=speaker.voice, name=speaker.name, reliability=speaker.reliability,
        reliability_basis=speaker.basis, attribution=speaker.attribution,
        described_as=speaker.described_as, consent=speaker.consent,
        consent_method="SIMULATED", risk=speaker.risk, handling=Handling.CLEAR,
        identity=speaker.identity, is_simulated=True, by=_keeper(),
    )  # fmt: skip
    return row.code


def _keeper() -> str:
    from vallum.simulate.statements import KEEPER

    return KEEPER


# -- the desk ---------------------------------------------------------------------------------


def _decided(project: Project, exhibit: str, saying: Saying, key: Key) -> str:
    """Approve what the reader proposed, corrected where that is needed; return its id."""
    from vallum.simulate.statements import ANALYST

    found = [
        row for row in project.rows(Claim)
        if row.exhibit == exhibit and row.subject is saying.subject
        and row.standing is Standing.PROPOSED
    ]  # fmt: skip
    if not found:
        return ""
    claim = min(found, key=lambda row: (row.start, row.nth))
    graded = {"credibility": saying.credibility, "credibility_basis": saying.basis}
    changes = {**saying.changes, **(graded if saying.basis else {})}
    made = decide(
        project, claim.id, standing=Standing.APPROVED, by=ANALYST, changes=changes,
        note=saying.note, keys=[key], land=land_of(project),
    )  # fmt: skip
    return made.id


# -- where a wrong claim can be seen to be wrong ----------------------------------------------


def quiet_stretch(project: Project, truth: Truth) -> Span | None:
    """Return metres on which no fence went, and where images contradict whoever says that one did.

    The rule of `match` itself is asked, so that nothing like a fence is undecided nearby. None
    where there is no such stretch.
    """
    gone = Spans(
        Span(max(0, item.span.start_m - _APART_M), item.span.end_m + _APART_M)
        for item in truth.items
        if item.change is Change.REMOVED and item.category in kin(Subject.FENCE)
    )
    compared = Spans(
        part for row in project.rows(Comparison) if not row.blocked_by for part in row.seen
    )
    offered = _pieces((compared & truth.visible) - gone, truth.span.middle_m)
    is_contradicted = _asked(project)
    return next(filter(is_contradicted, offered), None)


def _pieces(free: Spans, middle_m: float) -> Iterator[Span]:
    """Yield stretches within others: longer ones first, and of those the nearest to the middle."""
    for length_m in _LONG_M:
        starts = (at for part in free for at in range(part.start_m, part.end_m - length_m, _STEP_M))
        for start_m in sorted(starts, key=lambda at: abs(at + length_m / 2 - middle_m)):
            yield Span(start_m, start_m + length_m)


def _asked(project: Project) -> Callable[[Span], bool]:
    """Return what says whether images contradict that a fence went from a stretch in 2020."""
    candidates = {row.id: row for row in current_candidates(project)}
    findings = [row for row in current_findings(project) if row.about in candidates]
    comparisons = project.rows(Comparison)
    looks = {row.id: row for row in project.rows(Look)}
    scenes = {row.id: row for row in project.rows(Scene)}

    def is_contradicted(span: Span) -> bool:
        claim = Claim(
            exhibit="", subject=Subject.FENCE, change=Change.REMOVED, modality=Modality.REMOVED,
            places=(Placed(name="", precision=Precision.SECTION, span=span),),
            dates=(Dated(first=date(2020, 1, 1), last=date(2020, 12, 31)),),
        )  # fmt: skip
        said = against(claim, findings, comparisons, looks, scenes, candidates=candidates)
        return all(row.relation is Relation.CONTRADICTS for row in said)

    return is_contradicted
