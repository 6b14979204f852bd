"""Surveys at the desk: planned, drawn, read blind, read a second time by others, counted."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import desk_rows
import small_desk
from vallum import steps
from vallum.ground.errors import BadSetting, NotAllowed
from vallum.ground.kinds import Answer, Change, Design, Kind, Role, Seen, Stage
from vallum.ground.records import Estimate, Sample, Sighting, Stratum, Verdict
from vallum.project import Project
from vallum.steps import desk_sampling
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_sampling import Asked, Survey
from vallum.steps.desk_writing import Drawing

ANN, BOB = (Person(name=name, role=Role.ANALYST) for name in ("ann", "bob"))
ADA = Person(name="ada", role=Role.ADJUDICATOR)
KAY = Person(name="kay", role=Role.KEEPER)
AT = datetime(2024, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path):
    with small_desk.make(tmp_path / "p", n=12) as made:
        yield made


@pytest.fixture
def desk(project: Project) -> Desk:
    return Desk(project)


def frames(desk: Desk, person: Person, mode: str = "sample") -> list:
    return list(desk.queue(person, mode).items)


def read(desk: Desk, person: Person, ticket: str, number: int = 0, **more: object) -> str:
    more = {"mode": "sample", "answer": Answer.NO} | more
    said = small_desk.given(desk, person, ticket, number, **more)
    return desk.answer(person, [said])[0].status


def read_all(desk: Desk, person: Person) -> None:
    for number, item in enumerate(frames(desk, person)):
        read(desk, person, item.ticket, number)


def draw_in(desk: Desk, person: Person, ticket: str, *, seconds: float = 4.0):
    """Draw a fence of 100 m in a frame."""
    item = desk.item(person, ticket)
    start = item.span[0] + 20
    return desk.draw(
        person,
        Drawing(
            shape=desk_rows.line(start, start + 100, -30.0),
            category=Kind.FENCE,
            change=Change.EXTENDED,
            before=item.before,
            after=item.after,
            seconds=seconds,
            at=AT + timedelta(seconds=seconds),
            frame=ticket,
        ),
    )


def survey(desk: Desk, person: Person, name: str) -> Survey:
    return next(one for one in desk.surveys(person) if one.survey == name)


# -- planned and drawn -----------------------------------------------------------------------------


def test_a_plan_is_told_to_who_may_draw_and_writes_nothing(desk: Desk, project: Project) -> None:
    head = project.store.head()
    told = desk.sample_plan(ADA, Asked(within_km=1.0))
    assert project.store.head() == head
    assert told.n_units == 55
    assert told.population_m == 11_000
    assert 0 < told.chosen.n <= told.n_units
    assert told.chosen.half_width_km is not None
    assert told.chosen.half_width_km <= 1.0
    assert sum(part.n for part in told.parts) == told.chosen.n
    assert told.chosen.hours == pytest.approx(told.chosen.n * told.seconds_each / 3600)
    assert told.assumed
    with pytest.raises(NotAllowed):
        desk.sample_plan(ANN, Asked(within_km=1.0))
    for wrong in (Asked(), Asked(n=3, within_km=1.0), Asked(n=56)):
        with pytest.raises(BadSetting):
            desk.sample_plan(ADA, wrong)


def test_a_survey_is_drawn_in_one_run_with_its_strata_and_images(
    desk: Desk, project: Project
) -> None:
    made = desk.sample(ADA, Asked(n=20))
    assert made.n_drawn == made.n == made.n_new == 20
    strata, samples = project.rows(Stratum), project.rows(Sample)
    assert {row.survey for row in (*strata, *samples)} == {made.survey}
    assert len({row.run for row in (*strata, *samples)}) == 1
    assert sum(row.n_drawn for row in strata) == len(samples)
    assert all(row.before and row.after for row in samples)
    assert desk.sample(ADA, Asked(n=20)).n_new == 0


def test_a_survey_that_is_drawn_again_keeps_its_images(
    desk: Desk, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.sample(ADA, Asked(n=20))
    kept = project.rows(Sample)
    # As if another pair of images were shown there now.
    monkeypatch.setattr(
        desk_sampling, "with_images", lambda mirror, row: replace(row, before="other")
    )
    again = desk.sample(ADA, Asked(n=20))
    assert (again.survey, again.n, again.n_drawn, again.n_new) == (made.survey, 20, 20, 0)
    assert project.rows(Sample) == kept


def test_a_chosen_area_needs_its_reason_and_is_marked(desk: Desk, project: Project) -> None:
    area = Asked(design=Design.PURPOSIVE, area_m=(2000, 3000), why="a new bridge")
    with pytest.raises(BadSetting, match="reason"):
        desk.sample(ADA, Asked(design=Design.PURPOSIVE, area_m=(2000, 3000)))
    with pytest.raises(BadSetting, match="begins and ends"):
        desk.sample(ADA, Asked(design=Design.PURPOSIVE, why="a new bridge"))
    made = desk.sample(ADA, area)
    told = survey(desk, ANN, made.survey)
    assert (told.design, told.why, told.n, told.population_m) == (
        Design.PURPOSIVE, "a new bridge", 5, 1000,
    )  # fmt: skip
    assert not any(row.is_probability for row in project.rows(Stratum))


# -- read ------------------------------------------------------------------------------------------


def test_what_is_drawn_in_a_sample_belongs_to_its_frame_and_reaches_nobody_else(
    desk: Desk, project: Project
) -> None:
    desk.sample(ADA, Asked(n=4))
    ours = frames(desk, ANN)[0]
    theirs = frames(desk, BOB)[0]
    assert ours.span == theirs.span
    before = [item.span for item in desk.queue(BOB, "triage").items]
    made = draw_in(desk, ANN, ours.ticket)
    (verdict,) = project.rows(Verdict)
    (sample,) = (row for row in project.rows(Sample) if row.id == verdict.frame)
    assert (sample.span.start_m, sample.span.end_m) == ours.span
    assert [one.ticket for one in desk.item(ANN, ours.ticket).group_shapes] == [made.ticket]
    for person in (BOB, ADA):
        item = desk.item(person, frames(desk, person)[0].ticket, "sample")
        assert item.group_shapes == ()
        assert "fence" not in str(asdict(item))
        told = desk.queue(person, "triage").items
        assert made.about not in {row.id for row in desk.candidates()}
        assert [item.span for item in told] == before
    # Restarted, the page still knows what I drew; undo takes it back.
    again = Desk(project)
    assert len(again.item(ANN, ours.ticket).group_shapes) == 1
    assert again.undo(ANN, made.ticket).mine is None
    assert again.item(ANN, ours.ticket).group_shapes == ()
    assert project.rows(Verdict)[0].is_withdrawn


def test_what_is_drawn_in_a_sweep_carries_its_frame_and_is_asked_of_others(
    desk: Desk, project: Project
) -> None:
    n = len(desk.queue(BOB, "sweep").items)
    made = draw_in(desk, ANN, frames(desk, ANN, "sweep")[0].ticket)
    assert made.about in {row.id for row in desk.candidates()}
    (verdict,) = project.rows(Verdict)
    (frame,) = project.rows(Sample)
    assert (frame.id, frame.design) == (verdict.frame, Design.SWEEP)
    assert len(desk.queue(BOB, "sweep").items) == n


def test_a_survey_is_read_when_every_piece_of_every_stretch_is(desk: Desk) -> None:
    # Stretches of 4 km: the last has a hole in it, and two pieces.
    made = desk.sample(ADA, Asked(design=Design.SIMPLE, n=3, length_m=4000))
    items = frames(desk, ANN)
    assert [item.span for item in items] == [
        (0, 4000), (4000, 8000), (8000, 9000), (10_000, 12_000),
    ]  # fmt: skip
    counts = []
    for number, item in enumerate(items):
        read(desk, ANN, item.ticket, number)
        told = survey(desk, BOB, made.survey)
        counts.append((told.n_read, told.n_read_mine))
    assert counts == [(1, 0), (2, 0), (2, 0), (3, 0)]
    mine = survey(desk, ANN, made.survey)
    assert (mine.n, mine.n_mine, mine.n_read_mine) == (3, 3, 3)


def test_numbers_of_a_survey_are_told_when_it_is_read_and_not_to_who_still_reads(
    desk: Desk, project: Project
) -> None:
    made = desk.sample(ADA, Asked(design=Design.SIMPLE, n=12))
    with project.run("measure") as work:
        work.add(
            Estimate(
                name="border_km_changed_estimated", value=1.0, unit="km", method="m", wording="w",
                survey=made.survey,
            )
        )  # fmt: skip
    assert survey(desk, ADA, made.survey).figures == ()
    read_all(desk, ANN)
    assert [one.value for one in survey(desk, ANN, made.survey).figures] == [1.0]
    assert [one.value for one in survey(desk, ADA, made.survey).figures] == [1.0]
    assert survey(desk, BOB, made.survey).figures == ()


def test_a_stretch_that_two_surveys_drew_is_asked_once(desk: Desk) -> None:
    one = desk.sample(ADA, Asked(design=Design.SIMPLE, n=11, length_m=1000))
    two = desk.sample(ADA, Asked(design=Design.SYSTEMATIC, n=11, length_m=1000))
    assert two.n == 22
    assert len(frames(desk, ANN)) == 11
    read_all(desk, ANN)
    assert len(frames(desk, ANN)) == 11
    assert [survey(desk, BOB, made.survey).n_read for made in (one, two)] == [11, 11]


# -- read a second time ----------------------------------------------------------------------------


def test_a_second_reading_is_served_to_adjudicators_who_did_not_read_the_first(
    desk: Desk, project: Project
) -> None:
    made = desk.sample(ADA, Asked(design=Design.SIMPLE, n=10))
    again = Asked(design=Design.SECOND, of=made.survey, n=4)
    with pytest.raises(BadSetting):
        desk.sample(ADA, again)  # nothing is read yet
    first = frames(desk, KAY)[0]
    read(desk, KAY, first.ticket)
    read_all(desk, ANN)
    second = desk.sample(ADA, again)
    assert second.n_drawn == 4
    rows = [row for row in project.rows(Sample) if row.design is Design.SECOND]
    spans = {(row.span.start_m, row.span.end_m) for row in rows}
    counts = {p.name: survey(desk, p, second.survey).n_mine for p in (ANN, BOB, ADA, KAY)}
    assert counts == {"ann": 0, "bob": 0, "ada": 4, "kay": 4 - (first.span in spans)}
    # Who reads a stretch for the second phase is not asked the first one's question as well.
    assert len(frames(desk, ADA)) == 10
    assert len(frames(desk, BOB)) == 10
    mine = [item for item in frames(desk, ADA) if item.span in spans]
    for number, item in enumerate(mine):
        assert desk.queue(ADA, "sample").is_blind
        assert read(desk, ADA, item.ticket, number) == "saved"
    given = {row.about for row in project.rows(Verdict) if row.analyst == "ada"}
    assert given == {row.id for row in rows}
    assert survey(desk, ADA, second.survey).n_read == 4


def test_a_second_reading_by_who_read_first_is_refused(desk: Desk, project: Project) -> None:
    made = desk.sample(ADA, Asked(design=Design.SIMPLE, n=6))
    tickets = [item.ticket for item in frames(desk, ADA)]
    for number, ticket in enumerate(tickets):
        read(desk, ADA, ticket, number)
    desk.sample(ADA, Asked(design=Design.SECOND, of=made.survey, n=6))
    held = frames(desk, KAY)
    assert len(held) == 6
    turned = Person(name="kay", role=Role.ANALYST)
    assert read(desk, turned, held[0].ticket) == "refused"
    with pytest.raises(NotAllowed, match="second time"):
        draw_in(desk, turned, held[0].ticket)
    assert len(frames(desk, ADA)) == 6
    assert all(item.answer is Answer.NO for item in frames(desk, ADA))


# -- stages ----------------------------------------------------------------------------------------


def test_works_alone_date_nothing_as_standing_and_an_undo_takes_the_stage_along(
    desk: Desk, project: Project
) -> None:
    about = desk.candidates()[0].id
    for number, person in enumerate((ANN, BOB)):
        said = {"category": Kind.FENCE, "change": Change.NEW}
        ticket = desk.ticket_of(person, about)
        desk.answer(person, [small_desk.given(desk, person, ticket, number, **said)])
    steps.settle(project)
    (item,) = desk.queue(ANN, "dating").items
    full = desk.item(ANN, item.ticket, "dating")
    scene = full.ask.scene
    told = {"scene": scene, "state": Seen.PRESENT, "seconds": 2.0}
    now = desk.date(ANN, item.ticket, stage=Stage.GROUNDWORK, at=AT, **told)
    assert next(image.stage for image in now.images if image.scene == scene) is Stage.GROUNDWORK
    taken = next(image.taken for image in now.images if image.scene == scene)
    assert now.ask.last_absent == taken[0]
    later = AT + timedelta(seconds=9)
    now = desk.date(ANN, item.ticket, stage=Stage.PARTIAL, at=later, **told)
    assert now.ask.first_seen == taken[1]
    desk.undo(ANN, item.ticket)
    (row,) = (row for row in project.rows(Sighting) if row.analyst == "ann")
    assert row.stage is Stage.GROUNDWORK
    gone = {"scene": scene, "state": Seen.ABSENT, "seconds": 2.0}
    desk.date(ANN, item.ticket, stage=Stage.COMPLETE, at=later, **gone)
    (row,) = (row for row in project.rows(Sighting) if row.analyst == "ann")
    assert row.stage is Stage.NONE
