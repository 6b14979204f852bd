"""Answers that wait to be written together: one flush to disk serves all who wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vallum.ground.errors import VallumError
from vallum.steps.desk_people import Person
from vallum.steps.desk_writing import Given, Judged, Result


@dataclass(kw_only=True, eq=False)
class Batch:
    """Answers of one person that wait to be written, and what became of them."""

    person: Person
    given: Sequence[Given]
    judged: list[Judged] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    error: VallumError | None = None
    is_done: bool = False


def apart(batches: Sequence[Batch]) -> list[Batch]:
    """Return the first batch and those that can be written with it.

    One person's batches go one after the other, and an adjudicator's alone: each must be weighed
    against what was written before it.
    """
    together: list[Batch] = []
    for batch in batches:
        is_alone = any(said.mode == "disagreements" for said in batch.given)
        if is_alone and together:
            break
        if all(other.person.name != batch.person.name for other in together):
            together.append(batch)
        if is_alone:
            break
    return together
