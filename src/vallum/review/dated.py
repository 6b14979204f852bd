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
    """Return what people said and did not take back, on images that may date something.

    What the machine says is a suggestion and dates nothing.
    """
    return [row for row in _said(sightings, scenes) if may_date(scenes[row.scene])]


def may_date(scene: Scene) -> bool:
    """Say whether an image moves dates: in use, not only for looking, and no second delivery.

    On an image that is tilted or lies beside its place, what is missing may stand beside the spot
    that was looked at; a second delivery of one acquisition is no second look.
    """
    return not (scene.set_aside or scene.looking_only or scene.repeats)


def _said(sightings: Iterable[Sighting], scenes: Mapping[str, Scene]) -> list[Sighting]:
    return [
        row for row in sightings if row.analyst and not row.is_withdrawn and row.scene in scenes
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

    Images that are only for looking, and second deliveries, move no date. That something stands on
    an image for looking is kept as a look, and named in `conflicts` where it cannot be so by the
    dates; that nothing stands there says nothing, since the image may lie beside its place.

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
    sightings = list(sightings)
    own = in_force(sightings, scenes)
    glimpses = _glimpses(finding, sightings, scenes)
    known, torn = _known(finding, candidate, own, scenes)
    asked = {row.scene for row in own} | known.keys()
    rest = {name for name in shown if name in scenes and may_date(scenes[name])} - asked
    shots = [
        *(
            Shot(scene=k, taken=scenes[k].taken, state=s, side=side)
            for k, (s, side) in known.items()
        ),
        *(Shot(scene=name, taken=scenes[name].taken) for name in sorted(rest)),
    ]
    found = cautious(shots)
    odd = (row.scene for row in glimpses if _is_odd(scenes[row.scene].taken, found))
    conflicts = tuple(sorted({*torn, *found.conflicts, *odd}))
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
        n_looks=len({*known, *torn, *(row.scene for row in glimpses)}),
        conflicts=conflicts,
        stage=_stage(found, history),
        life=_life(finding.change, found, conflicts),
        from_ids=tuple(
            dict.fromkeys((*finding.from_ids, *sorted(row.id for row in (*own, *glimpses))))
        ),
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
    of_the_pair: tuple[tuple[str, Seen, Side], ...] = (
        (candidate.before, before, "before"),
        (candidate.after, after, "after"),
    )
    for name, state, side in of_the_pair:
        image = of_acquisition(name, scenes)
        if image:
            known[image] = state, side if state is Seen.ABSENT else ""
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


def of_acquisition(name: str, scenes: Mapping[str, Scene]) -> str:
    """Return the image that dates what was confirmed on one; empty where none does.

    It is the image itself; of a second delivery, which may have become one since, the original.
    """
    scene = scenes.get(name)
    if scene is not None and scene.repeats:
        scene = scenes.get(scene.repeats)
        return scene.id if scene is not None and may_date(scene) else ""
    return scene.id if scene is not None and not scene.looking_only else ""


def _glimpses(
    finding: Finding, sightings: Iterable[Sighting], scenes: Mapping[str, Scene]
) -> list[Sighting]:
    """Return who saw it stand on images for looking, where more than half of them did."""
    told: dict[str, list[Sighting]] = {}
    for row in _said(sightings, scenes):
        scene = scenes[row.scene]
        if scene.looking_only and not (scene.set_aside or scene.repeats):
            told.setdefault(row.scene, []).append(row)
    found = []
    for rows in told.values():
        states = [stands(row.state, row.stage, finding.category) for row in rows]
        if 2 * states.count(Seen.PRESENT) > sum(state in _TELLS for state in states):
            pairs = zip(rows, states, strict=True)
            found += [row for row, state in pairs if state is Seen.PRESENT]
    return found


def _is_odd(taken: When, found: Dated) -> bool:
    """Say whether nothing stood yet, or any more, on every day on which an image can be from."""
    is_early = found.last_absent is not None and taken.latest < found.last_absent
    return is_early or (found.gone_by is not None and taken.earliest > found.gone_by)


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
