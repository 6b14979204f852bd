"""Sentences about a claim, made from its fields: never a word of what the source said."""

from __future__ import annotations

import math
import re

from vallum.evidence.coarse import UNDATED, UNPLACED, Amount
from vallum.ground.kinds import Change
from vallum.ground.saidkinds import ClaimStatus, Modality, Subject
from vallum.ground.statements import Claim

UNNAMED = "a source that is not named"
QUOTING = ", quoting others"
_ONE = {
    Subject.FENCE: "a fence",
    Subject.DOUBLE_FENCE: "a double fence",
    Subject.ELECTRIC_FENCE: "an electric fence",
    Subject.MINES: "mines",
    Subject.SPIKES: "spikes",
    Subject.LIGHTS: "lights",
    Subject.INFRASTRUCTURE: "border infrastructure",
    Subject.ORDER: "an order",
    Subject.ARREST: "arrests",
}
_MANY = {
    Subject.DITCH: "ditches",
    Subject.MINES: "mines",
    Subject.SPIKES: "spikes",
    Subject.LIGHTS: "lights",
    Subject.INFRASTRUCTURE: "pieces of border infrastructure",
}
_IS_MANY = frozenset({Subject.MINES, Subject.SPIKES, Subject.LIGHTS, Subject.ARREST})
_SAID = {
    Modality.PLANNED: ("is planned", "are planned"),
    Modality.ORDERED: ("has been ordered", "have been ordered"),
    Modality.UNDER_WAY: ("is being built", "are being built"),
    Modality.COMPLETED: ("has been built", "have been built"),
    Modality.PRESENT: ("is there", "are there"),
    Modality.REMOVED: ("has been removed", "have been removed"),
}
_INSTALLED = {
    Modality.UNDER_WAY: ("is being installed", "are being installed"),
    Modality.COMPLETED: ("has been installed", "have been installed"),
}
_LAID = {
    Modality.UNDER_WAY: ("is being laid", "are being laid"),
    Modality.COMPLETED: ("has been laid", "have been laid"),
}
_HAPPENED = {
    Subject.CAMERA: _INSTALLED,
    Subject.LIGHTS: _INSTALLED,
    Subject.JAMMER: _INSTALLED,
    Subject.RADAR: _INSTALLED,
    Subject.MINES: _LAID,
    Subject.SPIKES: _LAID,
    Subject.ORDER: {
        Modality.UNDER_WAY: ("is being carried out", "are being carried out"),
        Modality.COMPLETED: ("has been given", "have been given"),
        Modality.PRESENT: ("is in force", "are in force"),
        Modality.REMOVED: ("has been taken back", "have been taken back"),
    },
    Subject.ARREST: {
        Modality.UNDER_WAY: ("is being made", "are being made"),
        Modality.COMPLETED: ("has been made", "have been made"),
        Modality.PRESENT: ("has been made", "have been made"),
        Modality.REMOVED: ("has ended", "have ended"),
    },
}
_ABOUT = frozenset({"about", "around", "roughly", "approximately", "nearly", "almost", "some"})
_VAGUE = frozenset(
    {"several", "multiple", "numerous", "many", "a few", "a couple of", "dozens of", "scores of",
     "tens of", "hundreds of", "thousands of", "tens of thousands of", "at regular intervals"}
)  # fmt: skip
_UNIT = re.compile(r"km2|km|m|mi|ft|ha|layers|rows|lines|count per \d+(?:\.\d+)? ?(?:km|m|mi|ft)")
_LENGTHS = frozenset({"km", "m", "mi", "ft"})
_WHY = {
    ClaimStatus.CORROBORATED: "Images, or another source that has it from elsewhere, say the same.",
    ClaimStatus.CONTRADICTED: "Images, or another source, say otherwise.",
    ClaimStatus.NOT_OBSERVABLE: "No image that was compared could have shown it.",
    ClaimStatus.UNVERIFIED: "Nothing else that is told here speaks for it or against it.",
}
_IN_PART = (
    "Images show something that fits it or a part of it, which is too little to call it "
    "corroborated."
)


def why_words(status: ClaimStatus, *, is_part_shown: bool = False) -> str:
    """Return what a status rests on: the same words for all, so that nobody can count sources.

    Args:
        status: where a claim stands.
        is_part_shown: images show something that fits, and not all of it.
    """
    if status is ClaimStatus.UNVERIFIED and is_part_shown:
        return _IN_PART
    return _WHY[status]


def voice_words(who: str, quoted: str) -> str:
    """Return how a source is named; that it quotes others is said, and not whom."""
    return f"{who or UNNAMED}{QUOTING if quoted else ''}"


def amount_words(amount: Amount, unit: str, qualifier: str) -> str:
    """Return an amount in words: "at least 2", "about 400 km", "several"; empty if not stated.

    Words that vallum does not know are left out: they may be the source's own.
    """
    low, high = amount
    known = unit if _UNIT.fullmatch(unit) else ""
    after = f" {known}" if known else ""
    if known.startswith("count per"):
        after = f" per{known.removeprefix('count per')}"
    if math.isfinite(low) and math.isfinite(high):
        about = "about " if qualifier in _ABOUT else ""
        return (
            about + (_figure(low) if low == high else f"{_figure(low)} to {_figure(high)}") + after
        )
    if math.isfinite(low):
        return f"at least {_figure(low)}{after}"
    if math.isfinite(high):
        return f"at most {_figure(high)}{after}"
    return qualifier if qualifier in _VAGUE else ""


def says(claim: Claim, *, who: str, amount: Amount, quantity: str, where: str, when: str) -> str:
    """Return one sentence with what may be told of a claim."""
    clause = _clause(claim, amount, quantity)
    place = "" if where == UNPLACED else f", {where}"
    time = "" if when == UNDATED else f", {when}"
    return f"According to {who or UNNAMED}, {clause}{place}{time}."


def _clause(claim: Claim, amount: Amount, quantity: str) -> str:
    thing, is_many = _thing(claim, amount, quantity)
    is_said = claim.change is Change.REMOVED and claim.modality is Modality.REMOVED
    change = "" if is_said or claim.change in {None, Change.NEW} else f" ({claim.change})"
    if claim.modality is Modality.DENIED:
        return f"it is not so that there {'are' if is_many else 'is'} {thing}{change}"
    if claim.modality is Modality.NO_PUBLIC_REPORTS:
        return f"there are no public reports of {thing}{change}"
    verbs = _SAID | _HAPPENED.get(claim.subject, {})
    return f"{thing} {verbs[claim.modality][is_many]}{change}"


def _thing(claim: Claim, amount: Amount, quantity: str) -> tuple[str, bool]:
    """Return what it is, with how much of it, and whether it takes a plural."""
    subject, label = claim.subject, claim.subject.label
    new = "new " if claim.change is Change.NEW else ""
    is_number = claim.quantity_unit in {"", "count"} and any(map(math.isfinite, amount))
    is_one = is_number and amount == (1.0, 1.0)
    if quantity and not is_one and (is_number or quantity in _VAGUE - {"at regular intervals"}):
        return f"{quantity} {new}{_MANY.get(subject, f'{label}s')}", True
    thing = _ONE.get(subject, f"a {label}")
    if new:
        article, _, rest = (
            thing.rpartition(" ") if thing.startswith(("a ", "an ")) else ("", "", "")
        )
        thing = f"a new {label}" if article else f"new {rest or thing}"
    if quantity and claim.quantity_unit in _LENGTHS:
        thing += f" of {quantity}"
    elif quantity and not is_one:
        thing += f" ({quantity})"
    return thing, subject in _IS_MANY


def _figure(value: float) -> str:
    return f"{value:,.10g}"
