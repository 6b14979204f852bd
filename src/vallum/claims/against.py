"""A claim held against what the desk found in images, and against the images themselves.

An image supports what it shows. It contradicts only where it would have shown the thing, and an
absent image is never an absent fence: everything else is not observable, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from vallum.claims.fitting import (
    PRECISE,
    SEASON,
    YEAR,
    fits,
    is_later,
    left_open,
    lies_at,
    life_of,
    open_of,
    refutes,
)
from vallum.claims.observable import (
    SOUGHT,
    THRESHOLDS,
    can_be,
    kin,
    observable,
    shown_by,
)
from vallum.claims.stance import Sense, Stance, is_whole, sense_of
from vallum.ground.kinds import Change, Held
from vallum.ground.records import Candidate, Comparison, Finding, Look, Scene
from vallum.ground.saidkinds import MatchMethod, Modality, Relation, Subject
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Claim, Match

NOTHING = "nothing"
"""`Match.about` where there is no image."""
BY = "vallum"

_PART = ". In part: "
# A guess: how far beside its place a thing may stand that a claim means after all.
_MARGIN_M = 1_000
_NONE: Mapping[str, Candidate] = {}
_OPEN = frozenset({Held.INDETERMINATE, Held.DISPUTED})
_READ = frozenset({Held.CONFIRMED, Held.REJECTED, *_OPEN})


class Why(StrEnum):
    """Why an image says nothing to a claim: the first words of a rationale."""

    NEVER_SEEN = "no image shows it"
    TOO_COARSE = "pixels too coarse"
    NO_PLACE = "cannot be placed"
    TOO_WIDE = "place stated too widely"
    NO_DATE = "no date stated"
    OTHER_DATE = "images of other dates"
    NO_IMAGE = "no image"
    PART_SEEN = "only a part was compared"
    NOT_SOUGHT = "not looked for"
    NOT_REVIEWED = "not looked at yet"
    UNDECIDED = "people could not tell"
    SOMETHING_ALIKE = "something alike stands there"
    ONLY_CHANGE = "images were compared for change only"
    A_PLAN = "a plan or an order"
    REPORTS = "about reports, not about the ground"
    PARTLY_DENIED = "denied of the whole only"


def reason_of(match: Match) -> str:
    """Return the first words of a rationale: for vallum's not observable, one of `Why`."""
    return match.rationale.partition(":")[0]


def is_partly(match: Match) -> bool:
    """Say whether vallum holds that images show a part only of what a claim says."""
    return match.by == BY and _PART in match.rationale


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A comparison in force with its images."""

    row: Comparison
    before: Scene
    after: Scene

    @property
    def gsd_m(self) -> float:
        """Pixel size of the coarser image; NaN if one is not known."""
        one, other = self.before.gsd_m, self.after.gsd_m
        return max(one, other) if one == one and other == other else float("nan")

    def __str__(self) -> str:
        return f"{self.before.taken} and {self.after.taken}"


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A claim and all that lies beside its place."""

    claim: Claim
    sense: Sense
    confirmed: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    pairs: tuple[_Pair, ...]
    waiting: Spans
    """Metres beside a suggestion of a like kind that has no answer, or that nobody was shown."""
    no_pair: str
    """Why no pair of images shows any of its place; only where there is none."""

    @property
    def spans(self) -> Spans:
        return self.claim.spans

    def match(self, relation: Relation, about: str, why: str, spans: Spans | None = None) -> Match:
        """Return a match of this claim by vallum."""
        return Match(
            claim=self.claim.id,
            about=about,
            relation=relation,
            method=MatchMethod.IMAGERY,
            spans=self.spans if spans is None else spans,
            rationale=why,
            by=BY,
        )

    def unseen(self, why: Why, more: str, about: str = "", spans: Spans | None = None) -> Match:
        """Return that images say nothing, and why."""
        return self.match(Relation.NOT_OBSERVABLE, about or NOTHING, f"{why}: {more}", spans)


def against(
    claim: Claim,
    findings: Iterable[Finding],
    comparisons: Iterable[Comparison],
    looks: Mapping[str, Look],
    scenes: Mapping[str, Scene],
    *,
    candidates: Mapping[str, Candidate] = _NONE,
    published: date | None = None,
) -> tuple[Match, ...]:
    """Return what findings and images say to a claim; at least one match, one per finding or pair.

    *Supports*: a confirmed finding of a kind that the claim can mean lies beside its place, and
    its dates allow what the claim says; of a plan, that it was built since. Of place and of time
    half of the shorter must lie in the other. Where the finding shows less than is said, it
    supports *in part* (`is_partly`), and that corroborates nothing.
    *Contradicts*: pairs of images show all of its place before and after the time it states, fine
    enough for such a thing, review is finished there, and nothing of the kind was found. Only what
    is said to have been built, or removed, can be contradicted so: pairs are compared for change,
    and what stands on both dates is no change. What is denied is contradicted by a finding.
    *Not observable*: all else; the rationale begins with one of `Why`.

    No rationale names a place, a chainage or a day that the claim states.

    Args:
        claim: approved or not; that is for others to ask.
        findings: what the desk holds; imported barriers say nothing here.
        comparisons: the newest row per section and slot.
        looks: by id.
        scenes: by id.
        candidates: those in force, by id; listed ones that are missing here count as not looked at.
        published: day on which it was said.
    """
    case = _case(claim, findings, comparisons, looks, scenes, candidates, published)
    if not claim.spans:
        return (case.unseen(Why.NO_PLACE, "it names no place that lies on the frontier"),)
    if case.sense.stance is Stance.UNREPORTED:
        more = "it says what was reported, which no image can confirm or contradict"
        return (case.unseen(Why.REPORTS, more),)
    if case.sense.stance is Stance.DENIED:
        return _denied(case)
    return _supported(case) or _silent(case)


# -- what lies beside ---------------------------------------------------------------------------


def _case(
    claim: Claim,
    findings: Iterable[Finding],
    comparisons: Iterable[Comparison],
    looks: Mapping[str, Look],
    scenes: Mapping[str, Scene],
    candidates: Mapping[str, Candidate],
    published: date | None,
) -> _Case:
    every = list(findings)
    read = {finding.about for finding in every if finding.held in _READ}
    alike = kin(claim.subject)
    beside = [f for f in every if f.category in alike and _is_beside(claim, f)]
    rows = list(comparisons)
    pairs = tuple(_pairs(claim, rows, looks, scenes))
    waiting = Spans(
        row.span
        for name, row in candidates.items()
        if name not in read and row.category in alike and _is_beside(claim, row)
    )
    unknown = Spans(
        part
        for pair in pairs
        if pair.row.n_beyond_cap or set(pair.row.candidate_ids) - read - candidates.keys()
        for part in pair.row.seen
    )
    return _Case(
        claim=claim,
        sense=sense_of(claim, published),
        confirmed=tuple(sorted(
            (f for f in beside if f.held is Held.CONFIRMED), key=lambda f: (f.span, f.id)
        )),
        undecided=tuple(f for f in beside if f.held in _OPEN),
        pairs=pairs,
        waiting=(waiting | unknown) & Spans(_around(span) for span in claim.spans),
        no_pair="" if pairs else _no_pair(claim, rows),
    )  # fmt: skip


def _is_beside(claim: Claim, thing: Finding | Candidate) -> bool:
    """Say whether something lies at, or close to, a claim's place, on the side that it names."""
    side = "left" if thing.off_m < 0 else "right"
    return any(
        place.span is not None
        and _around(place.span).overlaps(thing.span)
        and place.side in {"", side}
        for place in claim.places
    )


def _around(span: Span) -> Span:
    return Span(max(0, span.start_m - _MARGIN_M), span.end_m + _MARGIN_M)


def _pairs(
    claim: Claim,
    comparisons: Iterable[Comparison],
    looks: Mapping[str, Look],
    scenes: Mapping[str, Scene],
) -> Iterable[_Pair]:
    """Return the pairs that were compared on any metre of a claim's place, along the line."""
    spans = claim.spans
    for row in sorted(comparisons, key=lambda row: (row.span, row.slot)):
        if row.blocked_by or row.before not in looks or row.after not in looks:
            continue
        before, after = (scenes.get(looks[name].scene) for name in (row.before, row.after))
        if before and after and not before.set_aside and not after.set_aside and row.seen & spans:
            yield _Pair(row=row, before=before, after=after)


def _no_pair(claim: Claim, comparisons: Sequence[Comparison]) -> str:
    """Return why no pair of images shows any of a claim's place."""
    here = [row for row in comparisons if claim.spans & row.span]
    if not comparisons:
        return "no images have been compared yet"
    if not here:
        return "its place lies outside the stretch of border on which images were compared"
    blocked = sorted({row.blocked_by for row in here if row.blocked_by})
    if len(blocked) and all(row.blocked_by for row in here):
        return f"no two images of its place could be compared ({'; '.join(blocked)})"
    if any(row.seen & claim.spans for row in here if not row.blocked_by):
        return "the images of its place were taken out of use"
    return "cloud, shadow or a gap hides its place in the images that were compared"


# -- what was found -----------------------------------------------------------------------------


def _supported(case: _Case) -> tuple[Match, ...]:
    """Return a match for each finding that fits in kind, place and time."""
    claim, meant = case.claim, can_be(case.claim.subject)
    fitting = [
        (finding, words)
        for finding in case.confirmed
        if finding.category in meant
        and lies_at(claim, finding)
        and (words := fits(case.sense, claim, finding))
    ]
    if not fitting:
        return ()
    left = {finding.id: open_of(case.sense, claim, finding) for finding, _ in fitting}
    full = [finding for finding, _ in fitting if not left[finding.id]]
    rest = left_open(case.sense, claim, full or [finding for finding, _ in fitting])
    told = []
    for finding, words in fitting:
        more = "; ".join([*left[finding.id], *rest])
        why = f"a {finding.category.label} was found there{_surely(finding)}: {words}"
        why += f"{_PART}{more}" if more else ""
        told.append(case.match(Relation.SUPPORTS, finding.id, why, case.spans & finding.span))
    return tuple(told)


def _surely(finding: Finding) -> str:
    return f" ({finding.change.value})" if finding.change is not Change.UNCHANGED else ""


# -- what was not found -------------------------------------------------------------------------


def _silent(case: _Case) -> tuple[Match, ...]:
    """Return what it means that nothing which fits was found."""
    claim, sense = case.claim, case.sense
    if why := never_shown(claim.subject):
        return (case.unseen(Why.NEVER_SEEN, why),)
    if sense.stance is Stance.MEANT:
        more = "it says nothing of what stands, and nothing that fits was found since"
        return (case.unseen(Why.A_PLAN, more),)
    return (_hindered(case) or _alike(case)) or _contradicted(case)


def never_shown(subject: Subject) -> str:
    """Return why a thing is seen at no pixel size; empty for others."""
    return "" if subject in THRESHOLDS else observable(subject, 0.01)


def _hindered(case: _Case) -> tuple[Match, ...]:
    """Return the first thing that keeps the images from saying anything; none if they may."""
    claim, sense = case.claim, case.sense
    if not case.pairs:
        return (case.unseen(Why.NO_IMAGE, case.no_pair),)
    about = case.pairs[0].row.id
    fine = [pair for pair in case.pairs if not observable(claim.subject, pair.gsd_m)]
    if not fine:
        return (case.unseen(Why.TOO_COARSE, observable(claim.subject, case.pairs[0].gsd_m), about),)
    if any(place.span and place.precision not in PRECISE for place in claim.places):
        more = "that nothing was found in a whole region does not contradict it"
        return (case.unseen(Why.TOO_WIDE, more, about),)
    if sense.stance is Stance.STANDS and not sense.is_new:
        more = "what stands on both dates is no change, and is not listed"
        return (case.unseen(Why.ONLY_CHANGE, more, about),)
    if sense.first is None or sense.last is None:
        more = "without a first and a last day no image lies before or after it"
        return (case.unseen(Why.NO_DATE, more, about),)
    around = [pair for pair in fine if _is_around(pair, sense, claim)]
    if not around:
        more = f"the images of {fine[0]} do not lie before and after the time it states"
        return (case.unseen(Why.OTHER_DATE, more, fine[0].row.id),)
    return _unfinished(case, around)


def _unfinished(case: _Case, around: Sequence[_Pair]) -> tuple[Match, ...]:
    about = around[0].row.id
    seen = Spans(part for pair in around for part in pair.row.seen) & case.spans
    if seen != case.spans:
        share = seen.length_m / case.spans.length_m
        more = (
            f"the images show {min(share, 0.99):.0%} of its place before and after; cloud, a gap "
            "or no image hides the rest"
        )
        return (case.unseen(Why.PART_SEEN, more, about, seen),)
    if case.claim.subject not in SOUGHT:
        more = f"the comparison of images does not look for a {case.claim.subject.label}"
        return (case.unseen(Why.NOT_SOUGHT, more, about),)
    if case.waiting:
        more = "suggestions of such things beside its place have no answer yet"
        return (case.unseen(Why.NOT_REVIEWED, more, about, case.waiting),)
    if case.undecided:
        more = "something of the kind was suggested there and is not decided"
        return (case.unseen(Why.UNDECIDED, more, case.undecided[0].id),)
    return ()


def _is_around(pair: _Pair, sense: Sense, claim: Claim) -> bool:
    """Say whether a pair shows a place before and after the time that a claim states."""
    if sense.first is None or sense.last is None:
        return False
    lead = YEAR if sense.stance is Stance.STANDS else SEASON
    wait = YEAR if claim.modality is Modality.UNDER_WAY else timedelta()
    # Sums rather than differences: a claim may state the first day there is.
    is_before = pair.before.taken.latest + lead < sense.first
    return is_before and pair.after.taken.earliest >= sense.last + wait


def _alike(case: _Case) -> tuple[Match, ...]:
    """Return findings of a like kind: while one stands there, it is not nothing that stands."""
    removal = case.sense.stance is Stance.GONE
    told = []
    for finding in case.confirmed:
        if removal and life_of(finding).gone is None:
            continue
        if not removal and is_later(case.sense, finding):
            continue
        where = "there" if case.spans & finding.span else "close by"
        words = f"a {finding.category.label} was found {where}"
        if finding.category in can_be(case.claim.subject):
            words += ", of other dates than the claim states"
        more = f"{words}; whether the claim means it is for a person to say"
        told.append(case.unseen(Why.SOMETHING_ALIKE, more, finding.id, case.spans & finding.span))
    return tuple(told)


def _contradicted(case: _Case) -> tuple[Match, ...]:
    """Return a match for each pair that shows the place and nothing of the kind."""
    sense, claim = case.sense, case.claim
    caution = THRESHOLDS[claim.subject].caution
    is_removal = sense.stance is Stance.GONE or sense.is_removal
    later = [f for f in case.confirmed if not is_removal]
    verb = "was taken away" if is_removal else "was built"
    told = []
    for pair in case.pairs:
        if observable(claim.subject, pair.gsd_m) or not _is_around(pair, sense, claim):
            continue
        why = (
            f"the images of {pair} ({pair.gsd_m:.2g} m per pixel) show all of its place before "
            f"and after, review is finished there, and nothing of the kind {verb} between them"
        )
        if later:
            why += " by the time stated; what was found at or near it came later"
        else:
            why += ", unless it came and went"
        why += f". {caution[0].upper()}{caution[1:]}"
        spans = pair.row.seen & case.spans
        told.append(case.match(Relation.CONTRADICTS, pair.row.id, why, spans))
    return tuple(told)


# -- what is denied -----------------------------------------------------------------------------


def _denied(case: _Case) -> tuple[Match, ...]:
    """Return what findings and images say to a denial: the same, turned round."""
    claim = case.claim
    if why := never_shown(claim.subject):
        return (case.unseen(Why.NEVER_SEEN, why),)
    if is_whole(claim):
        more = "that a thing stands somewhere does not contradict that it does not everywhere"
        return (case.unseen(Why.PARTLY_DENIED, more),)
    against_it = [
        finding
        for finding in case.confirmed
        if finding.category in shown_by(claim.subject)
        and lies_at(claim, finding)
        and refutes(case.sense, finding)
    ]
    if against_it and all(p.precision in PRECISE for p in claim.places if p.span):
        return tuple(
            case.match(
                Relation.CONTRADICTS,
                finding.id,
                f"a {finding.category.label} that it denies was found there{_surely(finding)}: "
                f"it surely {_deed(case.sense)} at the time stated",
                case.spans & finding.span,
            )
            for finding in against_it
        )
    if not case.sense.is_new and not case.sense.is_removal and case.pairs:
        more = "what stands on both dates is no change, and is not listed"
        return (case.unseen(Why.ONLY_CHANGE, more, case.pairs[0].row.id),)
    if hindered := _hindered(case):
        return hindered
    if case.confirmed:
        return _alike(case) or (
            case.unseen(Why.SOMETHING_ALIKE, "something of the kind was found there",
                        case.confirmed[0].id),
        )  # fmt: skip
    # The same words as a contradiction: nothing of the kind between two images. What is missed, or
    # came and went, is enough for a doubt and too much for a proof.
    more = f"{_PART}that nothing was found is not that nothing was there"
    return tuple(
        replace(one, relation=Relation.SUPPORTS, rationale=one.rationale + more)
        for one in _contradicted(case)
    )


def _deed(sense: Sense) -> str:
    if sense.is_removal:
        return "went"
    return "was built" if sense.is_new else "stood"
