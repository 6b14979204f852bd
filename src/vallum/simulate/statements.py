"""SIMULATED papers about the stage: who speaks, what they say, and what is true of it.

Nobody has said any of this. Every text is made from the truth of the stage, so that what becomes of
a claim can be held against what was painted; one of them says what is not so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vallum.ground.kinds import Change, Kind
from vallum.ground.saidkinds import Attribution, Paper, Risk, Scope, Subject, Voice
from vallum.ground.span import Span

if TYPE_CHECKING:
    from vallum.simulate.truth import Truth

KEEPER, ANALYST = "simulated-keeper", "simulated-analyst"
"""Who takes papers in, and who decides about claims; no people."""
TOWN = "Hoeryong"
HIDDEN_PLACE = "Jongsong"
"""A place that the claim under embargo names and no other."""
EMBARGO = date(2099, 12, 31)
_MADE = "made by vallum demo, nothing in it is real."


class Expected(StrEnum):
    """What a claim is in the demo for."""

    CORROBORATED = "corroborated"
    CONTRADICTED = "contradicted"
    NOT_OBSERVABLE = "not observable"
    NOT_PLACEABLE = "not placeable"
    EMBARGO = "under embargo"


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """A source that nobody is behind.

    Attributes:
        voice: what kind of source.
        name: of a publisher or organisation.
        reliability: A to F.
        basis: why.
        described_as: the words agreed with a person.
        risk: what may happen to it.
        attribution: how it may be referred to.
        consent: what it has agreed to.
        identity: for the vault.
    """

    voice: Voice
    name: str = ""
    reliability: str = "F"
    basis: str = ""
    described_as: str = ""
    risk: Risk = Risk.LOW
    attribution: Attribution = Attribution.ON_RECORD
    consent: tuple[Scope, ...] = (Scope.RETAIN, Scope.ANALYSE, Scope.PUBLISH_TEXT)
    identity: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Saying:
    """One claim that a careful reader finds in a paper, and what the desk does with it.

    Attributes:
        subject: what it speaks of, as the reader should propose it.
        told: in a few words, for the table of the demo.
        truth: what is true of it.
        expected: what it is there for.
        changes: what the desk corrects in the proposal; nothing where the proposal is right.
        note: why.
        credibility: 1 to 6.
        basis: why.
    """

    subject: Subject
    told: str
    truth: str
    expected: Expected
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    credibility: int = 6
    basis: str = ""


@dataclass(frozen=True, kw_only=True)
class Text:
    """One paper.

    Attributes:
        file: its name.
        title: heading.
        speaker: whose it is.
        paper: what it is.
        published: day of publication, or on which a testimony was given.
        text: what it says.
        sayings: the claims in it, in their order.
        embargo_until: not to be told before this day.
    """

    file: str
    title: str
    speaker: Speaker
    paper: Paper
    published: date
    text: str
    sayings: tuple[Saying, ...]
    embargo_until: date | None = None


def texts(truth: Truth, quiet: Span | None) -> tuple[Text, ...]:
    """Return five papers with six claims about a stage.

    Args:
        truth: what was painted.
        quiet: metres that images show on both dates and on which no fence went; there the one wrong
            claim is placed. None where there is no such stretch: it then stays at the town.
    """
    return (_article(truth), _report(truth), _analysis(truth, quiet), _gazette(), _testimony())


def to_propose(truth: Truth) -> tuple[Text, ...]:
    """Return three papers for people to try their hand at; none of a protected source."""
    return (_article(truth), _report(truth), _gazette())


# -- the papers -------------------------------------------------------------------------------


def _article(truth: Truth) -> Text:
    n_posts = truth.count(Kind.GUARD_POST, Change.NEW)
    least = n_posts // 100 * 100  # fewer than people find of them
    return Text(
        file="simulated-courier.txt",
        title="SIMULATED: guard posts along the river",
        speaker=Speaker(
            voice=Voice.PUBLISHER,
            name="SIMULATED Courier",
            reliability="B",
            basis="SIMULATED: earlier reports of it held",
        ),
        paper=Paper.ARTICLE,
        published=date(2022, 5, 10),
        text=(
            f"SIMULATED article: {_MADE}\n\n"
            f"Soldiers built more than {least} guard posts along the river at {TOWN} between April "
            "2020 and the end of 2021, a trader who passes there every month told the SIMULATED "
            "Courier.\n\n"
            "The rice harvest was good this year, and the ferry to the market runs twice a day.\n"
        ),
        sayings=(
            Saying(
                subject=Subject.GUARD_POST,
                told=f"more than {least} guard posts were built",
                truth=f"{n_posts} were built" if n_posts else "none were built",
                expected=Expected.CORROBORATED,
                credibility=2,
                basis="SIMULATED: of somebody who passes there, in detail",
            ),
        ),
    )


def _report(truth: Truth) -> Text:
    n_posts = truth.count(Kind.GUARD_POST, Change.NEW)
    return Text(
        file="simulated-border-watch.txt",
        title="SIMULATED: a year of building",
        speaker=Speaker(
            voice=Voice.ORGANISATION,
            name="SIMULATED Border Watch",
            reliability="B",
            basis="SIMULATED: says how it works, and corrects itself",
        ),
        paper=Paper.DOCUMENT,
        published=date(2022, 6, 20),
        text=(
            f"SIMULATED report: {_MADE}\n\n"
            f"Dozens of new guard posts were built at {TOWN} in 2021, according to two former "
            "residents interviewed by SIMULATED Border Watch.\n\n"
            f"Several surveillance cameras were installed at {TOWN} in 2021, one of them said.\n"
        ),
        sayings=(
            Saying(
                subject=Subject.GUARD_POST,
                told="dozens of new guard posts were built",
                truth=f"{n_posts} were built" if n_posts else "none were built",
                expected=Expected.CORROBORATED,
                credibility=2,
                basis="SIMULATED: two people, asked apart",
            ),
            Saying(
                subject=Subject.CAMERA,
                told="several cameras were installed",
                truth="none painted; no image could show one",
                expected=Expected.NOT_OBSERVABLE,
                changes={"attribution": "one of two former residents", "access": "direct"},
                note="SIMULATED: the sentence before says who they are",
                credibility=3,
                basis="SIMULATED: one person, of what was seen from afar",
            ),
        ),
    )


def _analysis(truth: Truth, quiet: Span | None) -> Text:
    place = {} if quiet is None else {"places": placed(quiet)}
    return Text(
        file="simulated-pixel-group.txt",
        title="SIMULATED: what one image seems to show",
        speaker=Speaker(
            voice=Voice.ORGANISATION,
            name="SIMULATED Pixel Group",
            reliability="C",
            basis="SIMULATED: works from single images, without a second reader",
        ),
        paper=Paper.DOCUMENT,
        published=date(2022, 6, 2),
        text=(
            f"SIMULATED analysis: {_MADE}\n\n"
            f"The old fence at {TOWN} was taken down in 2020. The stretch that is meant is marked "
            "on the map in the annex.\n"
        ),
        sayings=(
            Saying(
                subject=Subject.FENCE,
                told="the old fence was taken down",
                truth=_fence_truth(truth, quiet),
                expected=Expected.CONTRADICTED,
                changes=place,
                note="SIMULATED: placed by hand, by the map in the annex" if place else "",
                credibility=4,
                basis="SIMULATED: of one image, and the grass is high in it",
            ),
        ),
    )


def _fence_truth(truth: Truth, quiet: Span | None) -> str:
    if quiet is None:
        return "not so; but no stretch is seen well enough to show it"
    here = {item.change for item in truth.items if item.category is Kind.FENCE} & {
        item.change
        for item in truth.items
        if item.category is Kind.FENCE and item.span.overlaps(quiet)
    }
    return "no fence went there" + (", it was made stronger" if Change.UPGRADED in here else "")


def placed(quiet: Span) -> str:
    """Return a stretch as a person types it."""
    return f"km {quiet.start_m / 1000:.3f}..{quiet.end_m / 1000:.3f}"


def _gazette() -> Text:
    return Text(
        file="simulated-gazette.txt",
        title="SIMULATED: on the road with a driver",
        speaker=Speaker(
            voice=Voice.PUBLISHER,
            name="SIMULATED Gazette",
            reliability="C",
            basis="SIMULATED: little known, some errors in names",
        ),
        paper=Paper.ARTICLE,
        published=date(2022, 3, 15),
        text=(
            f"SIMULATED article: {_MADE}\n\n"
            "A new checkpoint was built in the hamlet of Saetmaul in autumn 2021, a driver told "
            "the SIMULATED Gazette.\n"
        ),
        sayings=(
            Saying(
                subject=Subject.CHECKPOINT,
                told="a checkpoint was built",
                truth="there is no such hamlet",
                expected=Expected.NOT_PLACEABLE,
                credibility=6,
                basis="SIMULATED: nobody knows where that is",
            ),
        ),
    )


def _testimony() -> Text:
    return Text(
        file="simulated-testimony.txt",
        title="SIMULATED: a testimony",
        speaker=Speaker(
            voice=Voice.PERSON,
            described_as="somebody who lived there (SIMULATED)",
            risk=Risk.EXTREME,
            attribution=Attribution.BACKGROUND,
            identity=b"SIMULATED: nobody. There is no such person.\n",
        ),
        paper=Paper.TESTIMONY,
        published=date(2022, 4, 30),
        text=(
            "SIMULATED testimony: made by vallum demo, nobody has said this.\n\n"
            f"Soldiers laid land mines at {HIDDEN_PLACE} in the summer of 2021, I saw it myself "
            "from the plum orchard.\n"
        ),
        sayings=(
            Saying(
                subject=Subject.MINES,
                told="mines were laid",
                truth="beyond the pictures",
                expected=Expected.EMBARGO,
            ),
        ),
        embargo_until=EMBARGO,
    )
