"""One source, one voice: what would show that two claims go back to the same person.

Two claims that say the same of the same place and days agree, or are corroborated, where they go
back to different sources, and do not where they go back to one: a reader who misses the link, or
the status, knows that one person said both. So of such claims one is told. Then a link that is
missing says that the claims are not alike, and nothing about who said them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

SAID_ALREADY = "another claim that is told goes back to the same source and says the same"
SAYS_OTHERWISE = (
    "another claim that goes back to the same source says otherwise: decide which of them holds "
    "and reject the other"
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One claim that may be told.

    Attributes:
        claim: its id.
        origin: who it goes back to.
        is_guarded: its source is a person, or at risk.
        is_out: it was told before.
    """

    claim: str
    origin: str
    is_guarded: bool
    is_out: bool = False


def left_out(
    claims: Iterable[Said],
    same: Collection[tuple[str, str]],
    otherwise: Collection[tuple[str, str]] = (),
) -> dict[str, str]:
    """Return which claims are not to be told beside the others, and why.

    Only where a guarded source is one of the two. What was told before stays: its absence would
    tell more. Of a guarded and an open source the open one is told; of two that are alike in this
    the one whose id comes first, which is random.

    Args:
        claims: those that may be told.
        same: pairs of them that say the same.
        otherwise: pairs of them of which one says what the other denies.
    """
    known = {one.claim: one for one in claims}
    reasons: dict[str, str] = {}
    for pair in _of_one_origin(known, otherwise):
        reasons |= {one.claim: SAYS_OTHERWISE for one in pair if one.is_guarded and not one.is_out}
    alike = {(a.claim, b.claim) for a, b in _of_one_origin(known, same)}
    alike |= {(b, a) for a, b in alike}
    told: list[str] = []
    for one in sorted(known.values(), key=lambda o: (not o.is_out, o.is_guarded, o.claim)):
        if one.claim in reasons:
            continue
        if not one.is_out and any((one.claim, other) in alike for other in told):
            reasons[one.claim] = SAID_ALREADY
        else:
            told.append(one.claim)
    return reasons


def _of_one_origin(
    known: Mapping[str, Said], pairs: Iterable[tuple[str, str]]
) -> list[tuple[Said, Said]]:
    both = [(known[a], known[b]) for a, b in pairs if a in known and b in known and a != b]
    return [
        (one, other)
        for one, other in both
        if one.origin == other.origin and (one.is_guarded or other.is_guarded)
    ]
