"""From several analysts' answers to what the desk holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from vallum.frontier import Frontier, geodesic_length_m
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Answer, Change, Held, Kind, Reading
from vallum.ground.records import Candidate, Finding, Scene, Sighting, Verdict
from vallum.review.agreement import Agreement, Pair, agreement
from vallum.review.dated import dated
from vallum.review.said import Said, newness, reopens, said

__all__ = ["Agreement", "Pair", "Rule", "agreement", "settle"]

_Word = TypeVar("_Word", Kind, Change)
_HELD = {
    Answer.YES: Held.CONFIRMED,
    Answer.NO: Held.REJECTED,
    Answer.CANNOT_TELL: Held.INDETERMINATE,
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How answers become a finding; the usual one is "two agree, a third decides".

    Args:
        n_agree: answers of one sort that settle a candidate; 1 trusts a single analyst.
        n_panel: answers after which no more are waited for; 0 is `2 * n_agree - 1`.

    Raises:
        BadSetting: nobody would have to agree, or the panel is too small to agree.
    """

    n_agree: int = 2
    n_panel: int = 0

    def __post_init__(self) -> None:
        if self.n_agree < 1:
            raise BadSetting(f"review.n_agree is {self.n_agree}; at least one analyst must answer")
        if self.n_panel and self.n_panel < self.n_agree:
            raise BadSetting(
                f"a panel of {self.n_panel} can never reach {self.n_agree} equal answers; "
                "lower review.n_agree"
            )

    @property
    def panel(self) -> int:
        """Answers after which no more are waited for."""
        return self.n_panel or 2 * self.n_agree - 1

    def __str__(self) -> str:
        if self.n_agree == 1:
            return "one analyst decides"
        return f"{self.n_agree} of up to {self.panel} analysts must agree"


def settle(
    candidates: Iterable[Candidate],
    verdicts: Iterable[Verdict],
    scenes: Mapping[str, Scene],
    frontier: Frontier,
    *,
    rule: Rule | None = None,
    settled_before: Collection[str] = (),
    sightings: Iterable[Sighting] = (),
    shown: Mapping[str, Collection[str]] | None = None,
) -> list[Finding]:
    """Return a finding for each candidate whose answers suffice; the order of input is no matter.

    The newest answer of each analyst counts; what was withdrawn, repeats and contested answers do
    not. With `n_agree` equal answers, more than of any other
    sort, a candidate is confirmed, rejected or (cannot tell) indeterminate. When the panel has
    answered without such a majority it is indeterminate if at least half cannot tell, else
    disputed. With fewer answers there is no finding yet.

    An adjudicator's final word decides alone: answer, class, what happened and, where redrawn,
    geometry. It holds until somebody else gives an answer that is newer than that word and means
    something else (another answer, class or change); then the candidate is disputed until there is
    a newer final word. A newer answer of the same meaning changes nothing.

    Class: the one that most of the yes answers name (an answer that names none means the
    machine's), on a tie the machine's. What happened (a `Change`) is settled
    in the same way; confirmed as unchanged is a thing that stood there before, no change of the
    border. Geometry: the newest that a yes answer redrew, else the candidate's; span, offset and
    length follow it. What is confirmed gets its dates from its pair and from the looks that people
    took at other images; see `dated`.

    Args:
        candidates: what was asked.
        verdicts: all answers; those about anything else are left out.
        scenes: images by id, for the dates.
        frontier: places redrawn shapes.
        rule: who must agree.
        settled_before: ids of candidates that have a finding already. If answers were changed so
            that they no longer suffice, the candidate becomes disputed, so that nothing stays
            confirmed on answers that were taken back.
        sightings: what people and the machine say of further images; only people's words date.
        shown: images that show the place of a candidate, by its id.
    """
    rule = rule or Rule()
    answers = said(verdicts)
    looks: dict[str, list[Sighting]] = {}
    for row in sightings:
        looks.setdefault(row.about, []).append(row)
    findings = []
    for candidate in sorted({c.id: c for c in candidates}.values(), key=lambda c: (c.span, c.id)):
        here = answers.get(candidate.id, Said())
        finding = _settled(candidate, here, frontier, rule, candidate.id in settled_before)
        if finding is not None:
            images = (shown or {}).get(candidate.id, ())
            findings.append(dated(finding, candidate, looks.get(candidate.id, ()), scenes, images))
    return findings


def _settled(
    candidate: Candidate, here: Said, frontier: Frontier, rule: Rule, was_settled: bool
) -> Finding | None:
    """Return what the answers to one candidate amount to; None while more are needed."""
    given = sorted(here.first.values(), key=lambda v: v.id)
    if here.final is not None:
        return _adjudicated(candidate, here, here.final, given, frontier)
    held = _held(given, rule)
    if held is not None:
        return _finding(candidate, given, held, frontier)
    return _reopened(_finding(candidate, given, Held.DISPUTED, frontier)) if was_settled else None


def _adjudicated(
    candidate: Candidate,
    here: Said,
    final: Verdict,
    given: list[Verdict],
    frontier: Frontier,
) -> Finding:
    """Return what the final word says; disputed where newer answers say something else."""
    newer = [v for v in reopens(here, candidate) if v.reading is Reading.FIRST]
    before = [verdict for verdict in given if verdict not in newer]
    held = Held.DISPUTED if newer else _HELD[final.answer]
    # An adjudicator need not draw again what was redrawn well: the newest such shape stands.
    redrawn = [v for v in before if v.answer is Answer.YES and v.shape is not None]
    word = final
    if final.shape is None and redrawn:
        word = replace(final, shape=max(redrawn, key=newness).shape)
    finding = _finding(candidate, [word], held, frontier)
    text = f"adjudicated; before: {_agreement_text(before)}"
    if newer:
        text = (
            f"adjudicated, then disputed again by {len(newer)} newer "
            f"answer{'s' if len(newer) > 1 else ''}; all answers: {_agreement_text(given)}"
        )
    return replace(
        finding,
        from_ids=tuple(dict.fromkeys((candidate.id, *(v.id for v in given), *finding.from_ids))),
        agreement=text,
    )


def _held(given: list[Verdict], rule: Rule) -> Held | None:
    """Return where the answers leave a candidate; None while more are needed."""
    counts = Counter(verdict.answer for verdict in given)
    ranked = counts.most_common()
    if ranked and ranked[0][1] >= rule.n_agree and (len(ranked) < 2 or ranked[0][1] > ranked[1][1]):
        return _HELD[ranked[0][0]]
    if len(given) < rule.panel:
        return None
    return Held.INDETERMINATE if 2 * counts[Answer.CANNOT_TELL] >= len(given) else Held.DISPUTED


def _finding(
    candidate: Candidate,
    given: list[Verdict],
    held: Held,
    frontier: Frontier,
) -> Finding:
    yes = [verdict for verdict in given if verdict.answer is Answer.YES]
    is_held = held is Held.CONFIRMED
    category = _category(candidate, yes) if is_held else candidate.category
    change = _change(candidate, yes) if is_held else candidate.change
    redrawn = [v.shape for v in sorted(yes, key=newness) if v.shape is not None]
    shape, span, off_m = candidate.shape, candidate.span, candidate.off_m
    if is_held and redrawn:
        shape = redrawn[-1]
        span = frontier.span_of(shape)
        middle = shape.interpolate(0.5, normalized=True) if shape.length else shape.centroid
        off_m = float(frontier.locate_many([middle.x], [middle.y])[1][0])
    seen_on = (candidate.before, candidate.after)
    return Finding(
        about=candidate.id,
        from_ids=(candidate.id, *(v.id for v in given), *dict.fromkeys(s for s in seen_on if s)),
        held=held,
        category=category,
        change=change,
        span=span,
        off_m=off_m,
        shape=shape,
        length_m=geodesic_length_m(shape) if category.is_line else 0.0,
        agreement=_agreement_text(given) + (_change_text(candidate, yes) if is_held else ""),
    )


def _reopened(finding: Finding) -> Finding:
    return replace(
        finding, agreement=f"{finding.agreement}; answers were changed after it had been settled"
    )


def _category(candidate: Candidate, yes: list[Verdict]) -> Kind:
    return _most([verdict.category or candidate.category for verdict in yes], candidate.category)


def _change(candidate: Candidate, yes: list[Verdict]) -> Change:
    return _most([verdict.change or candidate.change for verdict in yes], candidate.change)


def _most(named: list[_Word], suggested: _Word) -> _Word:
    """Return what is named most often; on a tie, what was suggested."""
    ranked = Counter(named).most_common()
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return suggested
    return ranked[0][0]


def _agreement_text(given: list[Verdict]) -> str:
    """Return how many of how many said what; never who."""
    counts = Counter(verdict.answer for verdict in given)
    words = {Answer.YES: "yes", Answer.NO: "no", Answer.CANNOT_TELL: "cannot tell"}
    if not given:
        return "no answers"
    order = sorted(counts, key=lambda answer: (-counts[answer], list(words).index(answer)))
    parts = [f"{counts[answer]} {words[answer]}" for answer in order]
    parts[0] = f"{counts[order[0]]} of {len(given)} {words[order[0]]}"
    return ", ".join(parts) + (
        " (simulated analysts)" if any(v.is_simulated for v in given) else ""
    )


def _change_text(candidate: Candidate, yes: list[Verdict]) -> str:
    """Return how the change was settled; empty where everybody sees it as suggested."""
    own, settled = candidate.change, _change(candidate, yes)
    counts = Counter(verdict.change or own for verdict in yes)
    if set(counts) == {own}:
        return ""
    parts = ", ".join(f"{counts[change]} {change.value}" for change in Change if counts[change])
    how = f"settled as {settled.value}"
    if settled is not own:
        how += f", suggested as {own.value}"
    elif sorted(counts.values())[-2:] == [max(counts.values())] * 2:
        how = f"no majority, so {own.value} as suggested"
    return f"; what happened: {parts}: {how}"
