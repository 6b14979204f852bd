"""What all looks at a finding say of its dates: those of its pair, and those people took later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from vallum.ground.kinds import Change, Dating, Held, Life, Seen, Stage
from vallum.ground.records import Candidate, Finding, Scene, Sighting
from vallum.ground.when import When
from vallum.review.dating import (
    BEGUN,
    Dated,
    Shot,
    Side,
    cautious,
    of_pair,
    side_of,
    stands,
)

_STAGES = list(Stage)
_TELLS = frozenset({Seen.PRESENT, Seen.ABSENT})
_Word = tuple[Seen, Side]


def in_force(sightings: Iterable[Sighting], scenes: Mapping[str, Scene]) -> list[Sighting]:
    """Return what people said and did not take back, on images that are in use.

    What the machine says is a suggestion and dates nothing.
    """
    return [
        row
        for row in sightings
        if row.analyst
        and not row.is_withdrawn
        and row.scene in scenes
        and not scenes[row.scene].set_aside
    ]


def dated(
    finding: Finding,
    candidate: Candidate,
    sightings: Iterable[Sighting],
    scenes: Mapping[str, Scene],
    shown: Collection[str] = (),
) -> Finding:
    """Return a finding with its dates, stage and life; one that is not confirmed has none.

    The pair that the finding rests on says what was confirmed. On every other image more than half
    of the people who could tell must agree. Where they do not, or contradict the pair, the image
    moves no date and is named in `conflicts`. A stage is no contradiction: who sees groundwork on
    the later image says more than that something is new. Where whole images contradict each other
    in time, the dates are the widest that any reading allows.

    It stands as long as any part of it stands; what is cleared ground or groundwork only does not
    stand yet. Temporary is what people saw come and go; permanent nobody can see.

    Args:
        finding: what the desk holds of the candidate.
        candidate: names the pair of images.
        sightings: of this candidate; see `in_force` for those that count.
        scenes: images by id.
        shown: images that show the place. One that is older than the first that shows it standing
            and at which nobody looked makes the difference between "not enough looks" and
            "left-censored".
    """
    if finding.held is not Held.CONFIRMED:
        return finding
    own = in_force(sightings, scenes)
    known, torn = _known(finding, candidate, own, scenes)
    asked = {row.scene for row in own} | known.keys()
    rest = {name for name in shown if name in scenes} - asked
    shots = [
        *(
            Shot(scene=k, taken=scenes[k].taken, state=s, side=side)
            for k, (s, side) in known.items()
        ),
        *(Shot(scene=name, taken=scenes[name].taken) for name in sorted(rest)),
    ]
    found = cautious(shots)
    conflicts = tuple(sorted({*torn, *found.conflicts}))
    history = stage_history(own, scenes)
    return replace(
        finding,
        built=found.built,
        removed=found.removed,
        first_seen=found.first_seen,
        last_absent=found.last_absent,
        still_seen=found.still_seen,
        gone_by=found.gone_by,
        dating=_dating(found, shots, conflicts, [stage for _, stage in history]),
        n_looks=len({*known, *torn}),
        conflicts=conflicts,
        stage=_stage(found, history),
        life=_life(finding.change, found, conflicts),
        from_ids=tuple(dict.fromkeys((*finding.from_ids, *sorted(row.id for row in own)))),
    )


def stage_history(
    sightings: Iterable[Sighting], scenes: Mapping[str, Scene]
) -> list[tuple[When, Stage]]:
    """Return how far it was built on each image on which people said so, oldest first.

    On one image the stage that most people name counts, on a tie the one that is less far.
    """
    named: dict[str, Counter[Stage]] = {}
    for row in in_force(sightings, scenes):
        if row.stage is not Stage.NONE and row.state is not Seen.NOT_OBSERVABLE:
            named.setdefault(row.scene, Counter())[row.stage] += 1
    told = [
        (scenes[name].taken, min(votes, key=lambda stage: (-votes[stage], _STAGES.index(stage))))
        for name, votes in named.items()
    ]
    return sorted(told, key=lambda each: (_middle(each[0]), _STAGES.index(each[1])))


def _known(
    finding: Finding, candidate: Candidate, own: Sequence[Sighting], scenes: Mapping[str, Scene]
) -> tuple[dict[str, _Word], list[str]]:
    """Return what is held of each image, and the images on which people contradict each other."""
    votes: dict[str, Counter[_Word]] = {}
    for row in own:
        told = row.state, row.stage, finding.category
        if stands(*told) in _TELLS:
            votes.setdefault(row.scene, Counter())[stands(*told), side_of(*told)] += 1
    known: dict[str, _Word] = {}
    before, after = of_pair(finding.change)
    if candidate.before in scenes:
        known[candidate.before] = before, "before" if before is Seen.ABSENT else ""
    if candidate.after in scenes:
        known[candidate.after] = after, "after" if after is Seen.ABSENT else ""
    torn = []
    for name, said in votes.items():
        word = _most(said)
        if name in known and word is not None and word[0] is known[name][0]:
            continue
        if word is None or (name in known and word[1] != "before"):
            known.pop(name, None)
            torn.append(name)
        else:
            known[name] = word
    return known, torn


def _most(said: Counter[_Word]) -> _Word | None:
    """Return what more than half say of an image; None when no word has that many."""
    states: Counter[Seen] = Counter()
    for (state, _), n in said.items():
        states[state] += n
    state, n = states.most_common(1)[0]
    if 2 * n <= states.total():
        return None
    sides = {side for (one, side) in said if one is state}
    return state, sides.pop() if len(sides) == 1 else ""


def _dating(
    found: Dated, shots: Sequence[Shot], conflicts: Sequence[str], stages: Sequence[Stage]
) -> Dating:
    if conflicts:
        return Dating.CONFLICTING
    first_seen = found.first_seen
    if first_seen is None:
        is_begun = found.last_absent is not None and BEGUN & set(stages)
        return Dating.RIGHT_CENSORED if is_begun else Dating.NOT_ENOUGH_LOOKS
    if found.last_absent is not None:
        return Dating.BRACKETED
    is_open = any(shot.state is None and shot.taken.earliest <= first_seen for shot in shots)
    return Dating.NOT_ENOUGH_LOOKS if is_open else Dating.LEFT_CENSORED


def _stage(found: Dated, history: Sequence[tuple[When, Stage]]) -> Stage:
    """Return the newest stage that a person named; what is gone is removed."""
    if found.gone_by is not None:
        return Stage.REMOVED
    return history[-1][1] if history else Stage.NONE


def _life(change: Change, found: Dated, conflicts: Sequence[str]) -> Life:
    # What was upgraded or replaced stood before in another form, whatever became of it.
    whole = change in {Change.NEW, Change.EXTENDED, Change.REMOVED}
    came_and_went = found.built is not None and found.removed is not None
    return Life.TEMPORARY if whole and came_and_went and not conflicts else Life.UNKNOWN


def _middle(taken: When) -> tuple[int, int]:
    return taken.earliest.toordinal() + taken.latest.toordinal(), taken.days
