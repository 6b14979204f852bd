"""What was said of each thing, kept as answers come in instead of being gathered anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vallum.ground.records import Candidate
from vallum.review import queue as rules
from vallum.review.said import Said, said
from vallum.steps.desk_mirror import Mirror


def heard(mirror: Mirror) -> Mapping[str, Said]:
    """Return what counts of what was said of each thing, by its id, without what was taken back.

    The same as `said` of all answers; a value is another object once something was said of it.
    """
    known: dict[str, Said] = mirror.derived("heard", (), dict)
    for about in mirror.spoken_of:
        rows = mirror.verdicts.get(about, {}).values()
        here = said(row for row in rows if not row.is_withdrawn).get(about)
        if here is not None:
            known[about] = here
        else:
            known.pop(about, None)
    mirror.spoken_of.clear()
    return known


def disputes(mirror: Mirror) -> Callable[[Said, Candidate], tuple[str, ...]]:
    """Return what says why a thing is in dispute, and works it out once for each answer."""
    known: dict[str, tuple[Said, Candidate, tuple[str, ...]]] = mirror.derived("disputes", (), dict)

    def weigh(here: Said, candidate: Candidate) -> tuple[str, ...]:
        old = known.get(candidate.id)
        if old is None or old[0] is not here or old[1] is not candidate:
            old = known[candidate.id] = (here, candidate, rules.disputed(here, candidate))
        return old[2]

    return weigh
