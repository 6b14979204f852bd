"""Stretches to look at: every one along the line, or those drawn by chance, and who may read them.

What somebody draws in a stretch of a sample is an answer about that stretch: it is shown to who
drew it, and is no candidate for the others (`judging.set_apart`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from vallum.ground.kinds import Design, Reading, Role
from vallum.ground.records import Candidate, Sample, Stratum, Verdict
from vallum.review import frames
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_people import Person

MAY_DECIDE = {Role.ADJUDICATOR, Role.KEEPER}
_PAIRS = ("Comparison", "Look", "Fit", "Scene")


def sweep_frames(mirror: Mirror) -> list[Sample]:
    """Return the frames along the line that show every usable metre."""
    return mirror.derived("sweep", _PAIRS, lambda: frames.sweep(mirror.usable))


def sample_frames(mirror: Mirror) -> list[Sample]:
    """Return all stretches that were drawn, and can be judged, along the line."""

    def make() -> list[Sample]:
        rows = [row for row in mirror.all(Sample).values() if row.design is not Design.SWEEP]
        rows = [row for row in rows if mirror.pair_over(row.span, (row.before, row.after))]
        return sorted(rows, key=lambda row: (row.span, row.id))

    return mirror.derived("sample", ("Sample", *_PAIRS), make)


def frame_of(mirror: Mirror, about: str) -> Sample | None:
    """Return a frame by its id, whether or not it is on disk yet."""
    row = mirror.all(Sample).get(about)
    if row is not None:
        return row
    by_id = mirror.derived("sweep by id", _PAIRS, lambda: {r.id: r for r in sweep_frames(mirror)})
    return by_id.get(about)


# -- who reads what -----------------------------------------------------------------------------


def frames_for(mirror: Mirror, person: Person) -> list[Sample]:
    """Return the drawn stretches that a person is to read, or has read, along the line.

    A stretch that two surveys drew is asked once. A second reading is for adjudicators and the
    keeper, of stretches that they did not read the first time; who reads a stretch for the second
    phase is not asked the first one's question too.
    """
    rows = sample_frames(mirror)
    again = [row for row in rows if row.design is Design.SECOND and may_read(mirror, person, row)]
    taken = {place_of(first) for row in again for first in first_of(mirror, row)}
    asked: dict[object, Sample] = {row.id: row for row in again}
    for row in rows:
        place = place_of(row)
        if row.design is Design.SECOND or place in taken:
            continue
        if place not in asked or mirror.own(person.name, row.id) is not None:
            asked[place] = row
    return sorted(asked.values(), key=lambda row: (row.span, row.id))


def may_read(mirror: Mirror, person: Person, frame: Sample) -> bool:
    """Say whether a person may read a stretch: a second reading is not by who read it first."""
    if frame.design is not Design.SECOND:
        return True
    if person.role not in MAY_DECIDE:
        return False
    first = {place_of(row) for row in first_of(mirror, frame)}
    return first.isdisjoint(read_by(mirror, person.name))


def place_of(row: Sample) -> object:
    """Return what an answer is about: a stretch on two images, in whichever survey; see `readings`.

    Second readings are kept apart from first ones.
    """
    return row.id if row.design is Design.SECOND else (row.span, row.before, row.after)


def read_by(mirror: Mirror, name: str = "") -> set[object]:
    """Return the places that a person read blind; of everybody without a name."""
    samples = mirror.all(Sample)
    if name:
        rows: Iterable[Verdict] = mirror.by.get((name, Reading.FIRST), {}).values()
    else:
        rows = (row for row in mirror.all(Verdict).values() if row.reading is Reading.FIRST)
    return {
        place_of(samples[row.about])
        for row in rows
        if row.about in samples and row.mode == "sample" and not row.is_withdrawn
    }


def first_of(mirror: Mirror, frame: Sample) -> Sequence[Sample]:
    """Return the first-phase stretches that a second reading is about."""

    def make() -> Mapping[tuple[str, int], Sequence[Sample]]:
        found: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
        for row in mirror.all(Sample).values():
            found[row.survey, row.unit].append(row)
        return dict(found)

    by_unit = mirror.derived("samples by unit", ("Sample",), make)
    of = mirror.derived(
        "first surveys",
        ("Stratum",),
        lambda: {row.survey: row.of for row in mirror.all(Stratum).values() if row.of},
    )
    return by_unit.get((of.get(frame.survey, ""), frame.unit), ())


# -- what was drawn in them -----------------------------------------------------------------------


def drawn_in(mirror: Mirror, name: str, frame: str) -> list[Candidate]:
    """Return what a person drew in one frame and did not take back, oldest first."""
    rows = [
        row
        for row in drawings(mirror)
        if row.frame == frame and row.analyst == name and row.about in mirror.all(Candidate)
    ]
    rows.sort(key=lambda row: mirror.seqs[row.id])
    return [mirror.all(Candidate)[row.about] for row in rows]


def drawings(mirror: Mirror) -> list[Verdict]:
    """Return the yes to everything that was drawn in a frame and not taken back."""

    def make() -> list[Verdict]:
        rows = mirror.all(Verdict).values()
        return [row for row in rows if row.frame and not row.is_withdrawn]

    return mirror.derived("drawings", ("drawn",), make)
