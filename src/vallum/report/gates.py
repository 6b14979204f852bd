"""Gates: what keeps a publication, or a part of it, from going out; each with the way out.

Pure: handed the book and what the steps know beside it. A hard gate refuses everything, a soft one
holds one thing back and lets the rest go out. What is said here is for the desk and never printed:
how much is withheld would itself tell that something is there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from vallum.ground.kinds import Basis
from vallum.ground.numbers import parts_of
from vallum.ground.records import Estimate, Finding, Level, Scene
from vallum.report.tongue import many, said, say

_FLOORS = ("at least", "confirmed", "nothing confirmed")
_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Something that may not go out as it is.

    Attributes:
        gate: which gate, in one word.
        what: what is refused.
        n: how many.
        why: the reason.
        way_out: what to do about it.
        is_hard: nothing at all goes out; else this one thing is held back.
    """

    gate: str
    what: str
    n: int
    why: str
    way_out: str
    is_hard: bool = False

    def __str__(self) -> str:
        held = "refused" if self.is_hard else "held back"
        return f"{self.gate} ({held}): {self.what}: {self.why}; {self.way_out}"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What gates need beside the rows that a book is made of.

    Args:
        level: who reads it.
        n_accepts: people who must have said yes to a confirmed finding.
        yes: how many different people said yes, by what a finding is about.
        chosen: ids of strata and samples of areas that were chosen for interest.
        pictures: why a before/after picture is not shown, by id of its candidate.
        withheld: why claims are not told, each reason as often as it holds.
        together: why this release and an earlier one would tell more together.
        uncleared: photographs and documents that nobody has cleared.
        stale: names of numbers that no longer follow from the rows.
    """

    level: Level = Level.PUBLIC
    n_accepts: int = 2
    yes: Mapping[str, int] = field(default_factory=dict)
    chosen: Collection[str] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    withheld: Sequence[str] = ()
    together: Sequence[str] = ()
    uncleared: Collection[str] = ()
    stale: Sequence[str] = ()


def refusals(
    facts: Facts,
    *,
    estimates: Sequence[Estimate],
    confirmed: Sequence[Finding],
    scenes: Sequence[Scene],
) -> tuple[Refusal, ...]:
    """Return everything that may not go out, hard gates first.

    Args:
        facts: what the steps know.
        estimates: the numbers that would be printed.
        confirmed: confirmed findings that would be printed.
        scenes: images that were looked at.
    """
    found = [
        *_measured(facts, estimates),
        *_accepts(facts, confirmed),
        *_purposive(facts, estimates),
        *_wordings(estimates),
        *_together(facts),
        *_licences(scenes),
        *_pictures(facts),
        *_photos(facts),
        *_withheld(facts),
    ]
    return tuple(sorted(found, key=lambda one: not one.is_hard))


def _measured(facts: Facts, estimates: Sequence[Estimate]) -> list[Refusal]:
    way = say("run `vallum measure`")
    if not estimates:
        return [
            Refusal(gate="numbers", what=say("the report"), n=0,
                    why=say("nothing has been measured yet"), way_out=way, is_hard=True)
        ]  # fmt: skip
    if not facts.stale:
        return []
    return [
        Refusal(
            gate="numbers",
            what=many(len(facts.stale), "{n} number", "{n} numbers"),
            n=len(facts.stale),
            why=say("no longer follow from the rows: {names}", names=_named(facts.stale)),
            way_out=way,
        )
    ]


def _accepts(facts: Facts, confirmed: Sequence[Finding]) -> list[Refusal]:
    """Findings that too few people said yes to."""
    few = [one for one in confirmed if facts.yes.get(one.about, 0) < facts.n_accepts]
    if not few:
        return []
    is_public = facts.level is Level.PUBLIC
    return [
        Refusal(
            gate="accepts",
            what=many(len(few), "{n} confirmed finding", "{n} confirmed findings"),
            n=len(few),
            why=say(
                "fewer than {least} different people said yes: {names}",
                least=facts.n_accepts,
                names=_named([one.id for one in few]),
            ),
            way_out=say(
                "have a second person answer (`vallum open`, or `vallum review`), publish with "
                "--level desk, or set n_accepts = 1 in [publish] of vallum.toml, which the report "
                "then says"
            )
            if is_public
            else say("have a second person answer before anything is published"),
            is_hard=is_public,
        )
    ]


def _purposive(facts: Facts, estimates: Sequence[Estimate]) -> list[Refusal]:
    """Numbers of an area that was chosen, printed as if they spoke of the whole border."""
    chosen = set(facts.chosen)
    wrong = [
        one.name
        for one in estimates
        if not parts_of(one.name).section
        and (
            one.basis is Basis.CHOSEN_AREA
            or (one.basis is Basis.SAMPLED and chosen.intersection(one.from_ids))
        )
    ]
    if not wrong:
        return []
    return [
        Refusal(
            gate="sample",
            what=many(len(wrong), "{n} number", "{n} numbers"),
            n=len(wrong),
            why=say(
                "they rest on an area that was chosen for interest, and speak of the whole "
                "border: {names}",
                names=_named(wrong),
            ),
            way_out=say(
                "draw a sample by chance (`vallum sample`), or run `vallum measure` so that they "
                "are stated for the chosen area alone"
            ),
            is_hard=True,
        )
    ]


def _wordings(estimates: Sequence[Estimate]) -> list[Refusal]:
    """Numbers whose words claim more than their bounds allow."""
    wrong = [one.name for one in estimates if is_too_strong(one)]
    if not wrong:
        return []
    return [
        Refusal(
            gate="wording",
            what=many(len(wrong), "{n} number", "{n} numbers"),
            n=len(wrong),
            why=say("their words are stronger than the evidence: {names}", names=_named(wrong)),
            way_out=say("run `vallum measure`, which chooses the words anew by what is confirmed"),
            is_hard=True,
        )
    ]


def is_too_strong(estimate: Estimate) -> bool:
    """Say whether the words before a number claim more than its bounds allow.

    A floor whose lower end lies below it is none; nothing is counted or about so much while the
    upper end is open and the number is of the border itself.
    """
    words, value = estimate.wording, estimate.value
    if estimate.reason or not math.isfinite(value):
        return not estimate.reason and words.startswith("about") and math.isnan(estimate.low)
    slack = 1e-9 * max(1.0, abs(value))
    if words.startswith(_FLOORS) and estimate.basis is Basis.CONFIRMED:
        return value > estimate.low + slack
    if estimate.basis is Basis.CONFIRMED and words.startswith(("exactly", "about")):
        return True  # what is confirmed is a floor: nothing says how much was missed
    if words.startswith("about") and estimate.basis in {Basis.SAMPLED, Basis.ASSUMPTION}:
        return not (math.isfinite(estimate.low) and math.isfinite(estimate.high))
    return False


def _together(facts: Facts) -> list[Refusal]:
    if not facts.together:
        return []
    return [
        Refusal(
            gate="claims",
            what=many(len(facts.together), "{n} claim", "{n} claims"),
            n=len(facts.together),
            why=say(
                "this release and an earlier one, laid over each other, would tell more than "
                "either: {why}",
                why="; ".join(facts.together),
            ),
            way_out=say("decide with the keeper; `vallum publish --despite CLAIM` overrules"),
            is_hard=True,
        )
    ]


def _licences(scenes: Sequence[Scene]) -> list[Refusal]:
    """Images whose pixels may not be shown; numbers made from them may."""
    shut = [one for one in scenes if one.href and not (one.may_publish or one.is_simulated)]
    if not shut:
        return []
    return [
        Refusal(
            gate="licence",
            what=many(len(shut), "pixels of {n} image", "pixels of {n} images"),
            n=len(shut),
            why=say(
                "their licence is not recorded as allowing pixels to be shown: {names}",
                names=_named([one.id for one in shut]),
            ),
            way_out=say(
                "numbers and outlines go out without them; if the licence allows it, add them "
                "again with `vallum add --may-publish --licence TEXT --credit TEXT`"
            ),
        )
    ]


def _pictures(facts: Facts) -> list[Refusal]:
    """Before/after pictures that are not shown, by reason."""
    by_why: dict[str, list[str]] = {}
    for name, why in facts.pictures.items():
        by_why.setdefault(why, []).append(name)
    return [
        Refusal(
            gate="picture",
            what=many(len(names), "{n} before/after picture", "{n} before/after pictures"),
            n=len(names),
            why=f"{said(why)} ({_named(names)})",
            way_out=say(
                "the finding is printed without it; another pair of images may show the place"
            ),
        )
        for why, names in by_why.items()
    ]


def _photos(facts: Facts) -> list[Refusal]:
    if not facts.uncleared:
        return []
    return [
        Refusal(
            gate="photo",
            what=many(len(facts.uncleared), "{n} photograph", "{n} photographs"),
            n=len(facts.uncleared),
            why=say("nobody who looked at the covered copy has cleared it"),
            way_out=say(
                "what was said of it may be told, the picture may not; look at it and clear it "
                "on the page Said (`vallum open`)"
            ),
        )
    ]


def _withheld(facts: Facts) -> list[Refusal]:
    """Claims that are not told, by reason; for the desk alone."""
    return [
        Refusal(
            gate="embargo" if "embargo" in why else "level",
            what=many(n, "{n} claim", "{n} claims"),
            n=n,
            why=said(why),
            way_out=say("wait for its day")
            if "embargo" in why
            else say(
                "ask the source, or leave it as it is; the report does not say that it is there"
            ),
        )
        for why, n in Counter(facts.withheld).most_common()
    ]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    if len(names) <= _MOST_NAMED:
        return shown
    return say("{names} and {n} more", names=shown, n=f"{len(names) - _MOST_NAMED:,}")
