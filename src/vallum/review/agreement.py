"""How far analysts agree, with each other and with themselves, before any rule is applied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import nan

import numpy as np
from numpy.typing import NDArray

from vallum.ground.geodesy import Floats, Ints
from vallum.ground.kinds import Answer, Kind
from vallum.ground.records import Candidate, Verdict
from vallum.ground.span import Span
from vallum.review.overlap import Overlap, overlaps, section_numbers
from vallum.review.said import Said, author, said

_ANSWERS = {answer: place for place, answer in enumerate(Answer)}
_KINDS = {kind: place for place, kind in enumerate(Kind)}
_EXACT = 2.0**53  # whole numbers up to here are floats without rounding


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
    heard = _heard(first, known)
    counts = _votes(heard.row, heard.word, heard.n)
    numbers = section_numbers((known[about] for about in first), sections)
    by_class: dict[Kind, list[int]] = {}
    by_section: dict[int, list[int]] = {}
    for about, row in sorted(zip(first, range(heard.n), strict=True)):
        by_class.setdefault(known[about].category, []).append(row)
        by_section.setdefault(numbers[about], []).append(row)
    return Account(
        overall=_overall(heard),
        alpha=_alpha_of(counts, seed=seed),
        by_class={
            kind: _alpha_of(_of(counts, by_class[kind]), seed=seed)
            for kind in Kind
            if kind in by_class
        },
        by_section={
            sections[i]: _alpha_of(_of(counts, by_section[i]), seed=seed)
            for i in sorted(by_section)
            if i >= 0
        },
        classes=_alpha_of(_votes(heard.row, heard.kind, heard.n), seed=seed),
        confusion=_confusion(heard),
        self=_self_agreement(answers),
        lines=overlaps(known, answers, sections, buffer_m),
    )


def agreement(verdicts: Iterable[Verdict]) -> Agreement:
    """Return how far analysts agree on yes, no and cannot tell, from the newest answer of each.

    Repeats, final words, contested and withdrawn answers are ignored.
    """
    return _overall(
        _heard({about: here.first for about, here in said(verdicts).items() if here.first}, {})
    )


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
    return _alpha_of(_counts(np.asarray(ratings)), draws=draws, seed=seed)


def _alpha_of(counts: Floats, *, draws: int = 1000, seed: int = 0) -> Alpha:
    """Return the alpha of (units, words): how many observers gave each word to each unit."""
    size = counts.sum(axis=1)
    is_told = size >= 2
    if not is_told.any():
        return Alpha(value=nan, low=nan, high=nan, n=0, n_answers=0, share_equal=nan)
    counts, size = counts[is_told], size[is_told]
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
    words = {word: number for number, word in enumerate({*ours, *theirs})}
    if len(words) < 2:
        return nan
    first, second = (np.array([words[word] for word in said_it]) for said_it in (ours, theirs))
    return _kappa(first, second)


def _kappa(ours: Ints, theirs: Ints) -> float:
    """Return the same of words as numbers from 0."""
    n, n_words = len(ours), int(max(ours.max(), theirs.max())) + 1
    first, second = np.bincount(ours, minlength=n_words), np.bincount(theirs, minlength=n_words)
    if np.count_nonzero(first + second) < 2:
        return nan
    by_chance = int(first @ second) / n**2
    return (int((ours == theirs).sum()) / n - by_chance) / (1 - by_chance)


def pabak(share_equal: float, n_words: int) -> float:
    """Return kappa as it were if all `n_words` words were equally frequent (Byrt et al. 1993)."""
    return (n_words * share_equal - 1) / (n_words - 1)


# -- answers as numbers ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Heard:
    """Answers in force as numbers, one line each, in the order in which things were told.

    Args:
        row: (m,) which thing.
        person: (m,) whose, a place in `names`.
        word: (m,) place of the answer in `Answer`.
        kind: (m,) place in `Kind` of the class that a yes names; -1 for what is no yes.
        n: things.
        names: who answered.
    """

    row: Ints
    person: Ints
    word: Ints
    kind: Ints
    n: int
    names: list[str]

    def answers(self) -> Ints:
        """Return (n, people) the answer of each about each thing; -1 for none."""
        found = np.full((self.n, len(self.names)), -1, np.intp)
        found[self.row, self.person] = self.word
        return found


def _heard(first: Mapping[str, Mapping[str, Verdict]], known: Mapping[str, Candidate]) -> _Heard:
    people: dict[str, int] = {}
    lines: list[tuple[int, int, int, int]] = []
    for row, (about, given) in enumerate(first.items()):
        for analyst, verdict in given.items():
            person = people.setdefault(analyst, len(people))
            answer, kind = verdict.answer, -1
            if known and answer is Answer.YES:
                kind = _KINDS[verdict.category or known[about].category]
            lines.append((row, person, _ANSWERS[answer], kind))
    table = np.array(lines, np.intp).reshape(-1, 4).T
    return _Heard(
        row=table[0], person=table[1], word=table[2], kind=table[3], n=len(first),
        names=list(people),
    )  # fmt: skip


# -- pairs ------------------------------------------------------------------------------------


def _overall(heard: _Heard) -> Agreement:
    given = heard.answers()
    is_given = given >= 0
    pairs = []
    by_name = sorted(range(len(heard.names)), key=heard.names.__getitem__)
    for one, other in combinations(by_name, 2):
        both = is_given[:, one] & is_given[:, other]
        if both.any():
            names = heard.names[one], heard.names[other]
            pairs.append(_pair(*names, given[both, one], given[both, other]))
    n = sum(pair.n for pair in pairs)
    known = [pair for pair in pairs if not math.isnan(pair.kappa)]
    n_known = sum(pair.n for pair in known)
    return Agreement(
        n_analysts=len(heard.names),
        n_candidates=int((is_given.sum(axis=1) > 1).sum()),
        n=n,
        share_equal=sum(p.share_equal * p.n for p in pairs) / n if n else nan,
        kappa=sum(p.kappa * p.n for p in known) / n_known if n_known else nan,
        pairs=tuple(pairs),
    )


def _pair(one: str, other: str, ours: Ints, theirs: Ints) -> Pair:
    """Return agreement of two equally long lists of answers (Cohen 1960)."""
    share_equal = int((ours == theirs).sum()) / len(ours)
    return Pair(
        first=one,
        second=other,
        n=len(ours),
        share_equal=share_equal,
        kappa=_kappa(ours, theirs),
        pabak=pabak(share_equal, len(Answer)),
    )


def _asked(here: Said, candidate: Candidate) -> dict[str, Verdict]:
    """Return the answers in force without that of the one who drew the thing."""
    if candidate.origin != "analyst":
        return here.first
    drawn_by = author(here, candidate)
    return {name: verdict for name, verdict in here.first.items() if name != drawn_by}


def _self_agreement(answers: Mapping[str, Said]) -> tuple[Pair, ...]:
    both: dict[str, list[tuple[int, int]]] = {}
    for here in answers.values():
        for analyst in here.repeat.keys() & here.first.keys():
            told = (here.first[analyst].answer, here.repeat[analyst].answer)
            both.setdefault(analyst, []).append((_ANSWERS[told[0]], _ANSWERS[told[1]]))
    return tuple(_pair(name, name, *np.array(both[name]).T) for name in sorted(both))


def _confusion(heard: _Heard) -> dict[tuple[Kind, Kind], int]:
    """Return how often two yes answers about one thing name these two classes."""
    counts = _tallied(heard.row, heard.kind, heard.n, len(_KINDS))
    pairs = counts.T @ counts
    pairs[np.diag_indices(len(_KINDS))] = (counts * (counts - 1)).sum(axis=0) // 2
    kinds = list(_KINDS)
    places = np.argwhere(np.triu(pairs)).tolist()
    return {(kinds[one], kinds[other]): int(pairs[one, other]) for one, other in places}


# -- alpha ------------------------------------------------------------------------------------


def _in_order_of_coming(words: Ints) -> Ints:
    """Return words numbered in the order in which they first came; -1 stays."""
    found, first, which = np.unique(words, return_index=True, return_inverse=True)
    coming = np.argsort(np.where(found < 0, -1, first))
    number = np.empty(len(found), np.intp)
    number[coming] = np.arange(len(found)) - int((found < 0).any())
    return number[which]


def _tallied(row: Ints, word: Ints, n: int, n_words: int) -> Ints:
    """Return (n, n_words): how often each word is said of each thing; -1 is none."""
    is_said = word >= 0
    cells = row[is_said] * n_words + word[is_said]
    return np.bincount(cells, minlength=n * n_words).reshape(n, n_words)


def _votes(row: Ints, word: Ints, n: int) -> Floats:
    """Return the same with the words in the order in which they came."""
    numbers = _in_order_of_coming(word)
    return _tallied(row, numbers, n, int(numbers.max(initial=0)) + 1).astype(float)


def _of(counts: Floats, rows: Sequence[int]) -> Floats:
    """Return the lines of some things, without the words behind the last that was given."""
    lines = counts[rows]
    given = np.flatnonzero(lines.any(axis=0))
    return lines[:, : given[-1] + 1] if len(given) else lines[:, :1]


def _counts(ratings: Ints) -> Floats:
    """Return how many observers gave each word to each unit."""
    n_words = int(ratings.max(initial=-1)) + 1
    return np.stack(
        [(ratings == word).sum(axis=1) for word in range(n_words)] or [np.zeros(len(ratings))],
        axis=1,
    ).astype(float)


def _alpha(weights: Floats, counts: Floats) -> Floats:
    """Return alpha for each line of weights (draws, units): how often each unit is in the data."""
    size = counts.sum(axis=1)
    # Krippendorff's o_cc: pairs of equal words within a unit, over the unit's answers less one.
    matched = weights @ ((counts * (counts - 1)).sum(axis=1) / (size - 1))
    n = weights @ size
    by_chance = n**2 - ((weights @ counts) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (n - 1) * (n - matched) / by_chance
    return np.where(by_chance > 0, found, np.nan)


def _interval(counts: Floats, draws: int, seed: int) -> tuple[float, float]:
    """Return the middle 95 % of alpha over units drawn with replacement."""
    # Units with the same counts are alike: drawing sorts of units is the same, and far cheaper.
    sorts, times = _sorts(counts)
    return _drawn(sorts.tobytes(), sorts.shape[1], tuple(times.tolist()), draws, seed)


def _sorts(counts: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the different lines in their order, and how often each is there."""
    base, n_words = float(counts.max()) + 1, counts.shape[1]
    if base**n_words > _EXACT:
        sorts, times = np.unique(counts, axis=0, return_counts=True)
        return sorts, times
    numbers = counts @ base ** np.arange(n_words - 1, -1, -1)
    _, first, times = np.unique(numbers, return_index=True, return_counts=True)
    return counts[first], times


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
