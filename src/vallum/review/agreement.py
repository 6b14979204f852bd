"""How far analysts agree, with each other and with themselves, before any rule is applied."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

from vallum.ground.geodesy import Ints
from vallum.ground.kinds import Answer, Kind
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Span
from vallum.review.overlap import Overlap, overlaps, section_number
from vallum.review.said import Said, author, said


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How far two analysts agree on what both of them answered.

    Args:
        first: one analyst; never published.
        second: the other.
        n: candidates that both answered.
        share_equal: share of them with the same answer.
        kappa: Cohen's kappa, agreement beyond chance; NaN when chance alone gives full agreement.
        pabak: kappa as it would be if all answers were equally frequent (Byrt et al. 1993); does
            not sink merely because nearly all answers are no.
    """

    first: str
    second: str
    n: int
    share_equal: float
    kappa: float
    pabak: float = math.nan


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """Krippendorff's alpha for words without order, with a bootstrap interval.

    Args:
        value: 1 full agreement, 0 as by chance, below 0 worse; NaN when nothing varies.
        low: 2.5th percentile of the draws; NaN with fewer than 2 things.
        high: 97.5th percentile.
        n: things that at least two answered.
        n_answers: answers about them.
        share_equal: share of pairs of answers about one thing that are equal.
    """

    value: float
    low: float
    high: float
    n: int
    n_answers: int
    share_equal: float


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far analysts agree, before any rule is applied.

    Args:
        n_analysts: analysts with at least one answer.
        n_candidates: candidates that at least two of them answered.
        n: pairs of answers about one candidate.
        share_equal: share of these pairs with the same answer; NaN when there are none.
        kappa: mean of the pairs' kappas, weighted by the candidates both answered.
        pairs: the same for each two analysts who share a candidate.
    """

    n_analysts: int
    n_candidates: int
    n: int
    share_equal: float
    kappa: float
    pairs: tuple[Pair, ...]

    def __str__(self) -> str:
        if not self.n:
            return f"{self.n_analysts} analysts; no two of them answered the same candidate"
        kappa = "not defined" if math.isnan(self.kappa) else f"{self.kappa:.2f}"
        return (
            f"{self.n_analysts} analysts: {self.share_equal:.0%} of {self.n:,} pairs of answers "
            f"are equal (kappa {kappa}, {self.n_candidates:,} candidates)"
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """All there is to say of agreement; `report` makes it.

    Args:
        overall: pairs of analysts on yes, no and cannot tell.
        alpha: of the same answers, all analysts together.
        by_class: the same per class as suggested.
        by_section: the same per stretch, by the middle of the candidate.
        classes: alpha of the class named in yes answers.
        confusion: how often two analysts who both say yes name these two classes; the class that
            comes first in `Kind` stands first.
        self: each analyst against their own repeats (`first` equals `second`).
        lines: how far drawn lines lie on each other, per pair of analysts.
    """

    overall: Agreement
    alpha: Alpha
    by_class: dict[Kind, Alpha]
    by_section: dict[Span, Alpha]
    classes: Alpha
    confusion: dict[tuple[Kind, Kind], int]
    self: tuple[Pair, ...]
    lines: tuple[Overlap, ...]


def report(
    candidates: Iterable[Candidate],
    verdicts: Iterable[Verdict],
    sections: Sequence[Span] = (),
    *,
    seed: int = 0,
    buffer_m: float = 5.0,
    answers: Mapping[str, Said] | None = None,
) -> Account:
    """Return agreement per pair, class and section, with themselves, and of drawn lines.

    Only answers in force count; final words, contested answers and withdrawn ones do not, nor does
    the yes of the one who drew a thing: nobody had asked.

    Args:
        candidates: what was asked; answers about anything else are left out.
        verdicts: all answers.
        sections: stretches to tell apart; sorted, without overlap. To show one analyst their
            finished sections only, give only candidates of those.
        seed: of the bootstrap.
        buffer_m: how near two lines must lie to count as one.
        answers: what was said of each candidate, where it is known already; in the order of the
            verdicts.
    """
    known = {c.id: c for c in candidates}
    if answers is None:
        answers = said(v for v in verdicts if v.about in known)
    first = {
        about: asked for about, here in answers.items() if (asked := _asked(here, known[about]))
    }
    votes = _Votes(first)
    by_class: dict[Kind, list[str]] = {}
    by_section: dict[int, list[str]] = {}
    for about in sorted(first):
        by_class.setdefault(known[about].category, []).append(about)
        by_section.setdefault(section_number(known[about], sections), []).append(about)
    return Account(
        overall=_overall(first),
        alpha=alpha_of(votes.codes, seed=seed),
        by_class={
            kind: alpha_of(votes.of(by_class[kind]), seed=seed) for kind in Kind if kind in by_class
        },
        by_section={
            sections[i]: alpha_of(votes.of(by_section[i]), seed=seed)
            for i in sorted(by_section)
            if i >= 0
        },
        classes=alpha_of(_Votes(_classes(first, known)).codes, seed=seed),
        confusion=_confusion(first, known),
        self=_self_agreement(answers),
        lines=overlaps(known, answers, sections, buffer_m),
    )


def agreement(verdicts: Iterable[Verdict]) -> Agreement:
    """Return how far analysts agree on yes, no and cannot tell, from the newest answer of each.

    Repeats, final words, contested and withdrawn answers are ignored.
    """
    return _overall({about: here.first for about, here in said(verdicts).items() if here.first})


def alpha_of(ratings: Ints, *, draws: int = 1000, seed: int = 0) -> Alpha:
    """Return Krippendorff's alpha (nominal) of (units, observers) codes; -1 where not answered.

    Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C and D: any number of
    observers, missing answers allowed; units with one answer are left out. The interval is the
    percentile bootstrap over units, so that answers about one thing stay together; draws in which
    nothing varies are left out, as alpha is not defined there.

    Args:
        ratings: whole numbers from 0, one per unit and observer.
        draws: of the bootstrap.
        seed: of the bootstrap.
    """
    counts = _counts(np.asarray(ratings))
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts):
        return Alpha(value=nan, low=nan, high=nan, n=0, n_answers=0, share_equal=nan)
    size = counts.sum(axis=1)
    equal = (counts * (counts - 1)).sum(axis=1)
    value = float(_alpha(np.ones((1, len(counts))), counts)[0])
    low, high = _interval(counts, draws, seed) if len(counts) > 1 else (nan, nan)
    return Alpha(
        value=value, low=low, high=high, n=len(counts), n_answers=int(size.sum()),
        share_equal=float(equal.sum() / (size * (size - 1)).sum()),
    )  # fmt: skip


def kappa(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Return Cohen's kappa of two equally long lists of words (Cohen 1960).

    NaN when chance alone gives full agreement: both say one and the same word throughout.
    """
    if len({*ours, *theirs}) < 2:
        return nan
    n = len(ours)
    equal = sum(a == b for a, b in zip(ours, theirs, strict=True)) / n
    first, second = Counter(ours), Counter(theirs)
    by_chance = sum(first[word] * second[word] for word in first) / n**2
    return (equal - by_chance) / (1 - by_chance)


def pabak(share_equal: float, n_words: int) -> float:
    """Return kappa as it were if all `n_words` words were equally frequent (Byrt et al. 1993)."""
    return (n_words * share_equal - 1) / (n_words - 1)


# -- pairs ------------------------------------------------------------------------------------


def _overall(first: Mapping[str, Mapping[str, Verdict]]) -> Agreement:
    answers: dict[str, dict[str, Answer]] = {}
    for about in sorted(first):
        for analyst, verdict in first[about].items():
            answers.setdefault(analyst, {})[about] = verdict.answer
    pairs = []
    for one, other in combinations(sorted(answers), 2):
        shared = [about for about in answers[one] if about in answers[other]]
        if shared:
            ours = [answers[one][about] for about in shared]
            pairs.append(_pair(one, other, ours, [answers[other][about] for about in shared]))
    n = sum(pair.n for pair in pairs)
    known = [pair for pair in pairs if not math.isnan(pair.kappa)]
    n_known = sum(pair.n for pair in known)
    return Agreement(
        n_analysts=len(answers),
        n_candidates=sum(len(given) > 1 for given in first.values()),
        n=n,
        share_equal=sum(p.share_equal * p.n for p in pairs) / n if n else nan,
        kappa=sum(p.kappa * p.n for p in known) / n_known if n_known else nan,
        pairs=tuple(pairs),
    )


def _pair(one: str, other: str, ours: list[Answer], theirs: list[Answer]) -> Pair:
    """Return agreement of two equally long lists of answers (Cohen 1960)."""
    share_equal = sum(a is b for a, b in zip(ours, theirs, strict=True)) / len(ours)
    return Pair(
        first=one,
        second=other,
        n=len(ours),
        share_equal=share_equal,
        kappa=kappa(ours, theirs),
        pabak=pabak(share_equal, len(Answer)),
    )


def _asked(here: Said, candidate: Candidate) -> dict[str, Verdict]:
    """Return the answers in force without that of the one who drew the thing."""
    drawn_by = author(here, candidate)
    return {name: verdict for name, verdict in here.first.items() if name != drawn_by}


def _self_agreement(answers: Mapping[str, Said]) -> tuple[Pair, ...]:
    ours: dict[str, list[Answer]] = {}
    theirs: dict[str, list[Answer]] = {}
    for about in sorted(answers):
        here = answers[about]
        for analyst in here.repeat.keys() & here.first.keys():
            ours.setdefault(analyst, []).append(here.first[analyst].answer)
            theirs.setdefault(analyst, []).append(here.repeat[analyst].answer)
    return tuple(_pair(name, name, ours[name], theirs[name]) for name in sorted(ours))


def _confusion(
    first: Mapping[str, Mapping[str, Verdict]], known: Mapping[str, Candidate]
) -> dict[tuple[Kind, Kind], int]:
    order = {kind: i for i, kind in enumerate(Kind)}
    counts: Counter[tuple[Kind, Kind]] = Counter()
    for about, given in first.items():
        named = sorted(
            (v.category or known[about].category for v in given.values() if v.answer is Answer.YES),
            key=order.__getitem__,
        )
        counts.update(combinations(named, 2))
    return {pair: counts[pair] for pair in sorted(counts, key=lambda p: [order[k] for k in p])}


# -- alpha ------------------------------------------------------------------------------------


class _Votes:
    """Words per thing and analyst as codes, -1 where none."""

    def __init__(self, first: Mapping[str, Mapping[str, Verdict | str]]) -> None:
        people = {name: i for i, name in enumerate(sorted({a for g in first.values() for a in g}))}
        words: dict[str, int] = {}
        self._row = {about: i for i, about in enumerate(first)}
        self.codes = np.full((len(first), max(len(people), 1)), -1, np.intp)
        for i, given in enumerate(first.values()):
            for analyst, said_it in given.items():
                word = said_it if isinstance(said_it, str) else said_it.answer.value
                self.codes[i, people[analyst]] = words.setdefault(word, len(words))

    def of(self, abouts: Iterable[str]) -> Ints:
        """Return the lines of some things."""
        return self.codes[[self._row[about] for about in abouts]]


def _classes(
    first: Mapping[str, Mapping[str, Verdict]], known: Mapping[str, Candidate]
) -> dict[str, dict[str, str]]:
    """Return the class that each yes names."""
    return {
        about: {
            analyst: (verdict.category or known[about].category).value
            for analyst, verdict in given.items()
            if verdict.answer is Answer.YES
        }
        for about, given in first.items()
    }


def _counts(ratings: Ints) -> NDArray[np.float64]:
    """Return how many observers gave each word to each unit."""
    n_words = int(ratings.max(initial=-1)) + 1
    return np.stack(
        [(ratings == word).sum(axis=1) for word in range(n_words)] or [np.zeros(len(ratings))],
        axis=1,
    ).astype(float)


def _alpha(weights: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return alpha for each line of weights (draws, units): how often each unit is in the data."""
    size = counts.sum(axis=1)
    # Krippendorff's o_cc: pairs of equal words within a unit, over the unit's answers less one.
    matched = weights @ ((counts * (counts - 1)).sum(axis=1) / (size - 1))
    n = weights @ size
    by_chance = n**2 - ((weights @ counts) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (n - 1) * (n - matched) / by_chance
    return np.where(by_chance > 0, found, np.nan)


def _interval(counts: NDArray[np.float64], draws: int, seed: int) -> tuple[float, float]:
    """Return the middle 95 % of alpha over units drawn with replacement."""
    # Units with the same counts are alike: drawing sorts of units is the same, and far cheaper.
    sorts, times = np.unique(counts, axis=0, return_counts=True)
    return _drawn(sorts.tobytes(), sorts.shape[1], tuple(times.tolist()), draws, seed)


@lru_cache(maxsize=1 << 13)
def _drawn(
    sorts_bytes: bytes, n_words: int, n_times: tuple[int, ...], draws: int, seed: int
) -> tuple[float, float]:
    """Return the interval of some sorts of units; a new answer changes those of few sections."""
    sorts = np.frombuffer(sorts_bytes, np.float64).reshape(-1, n_words)
    times = np.array(n_times)
    chance = np.random.Generator(np.random.PCG64(seed))
    weights = chance.multinomial(int(times.sum()), times / times.sum(), size=draws).astype(float)
    found = _alpha(weights, sorts)
    found = found[~np.isnan(found)]
    if not len(found):
        return nan, nan
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
