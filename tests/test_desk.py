"""The desk: what is served, what is kept, what is refused, what can be taken back."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shapely.geometry import LineString, Point

import desk_rows
import small_desk
from vallum import steps
from vallum.ground.errors import BadInput, NotAllowed, NoTicket, StoreLocked
from vallum.ground.kinds import Answer, Change, Design, Held, Kind, Reading, Reason, Role, Seen
from vallum.ground.records import Comparison, Finding, Sample, Scene, Sighting, Verdict
from vallum.ground.span import Spans
from vallum.project import Project, open_project
from vallum.steps import judging
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_sampling import Asked
from vallum.steps.desk_ticket import Thing
from vallum.steps.desk_writing import Drawing

ANN, BOB = (Person(name=name, role=Role.ANALYST) for name in ("ann", "bob"))
ADA = Person(name="ada", role=Role.ADJUDICATOR)
EVE = Person(name="eve", role=Role.EDITOR)
AT = datetime(2024, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path):
    with small_desk.make(tmp_path / "p", n=12) as made:
        yield made


@pytest.fixture
def desk(project: Project) -> Desk:
    return Desk(project)


def say(desk: Desk, person: Person, ticket: str, number: int = 0, **more: object):
    return desk.answer(person, [small_desk.given(desk, person, ticket, number, **more)])[0]


def tickets(desk: Desk, person: Person, mode: str = "sheet") -> list[str]:
    return [item.ticket for item in desk.queue(person, mode, order="position").items]


def verdicts(project: Project) -> list[Verdict]:
    return project.rows(Verdict)


# -- what is served ------------------------------------------------------------------------------


def test_what_no_two_images_show_is_never_served(desk: Desk, project: Project) -> None:
    every = {row.id for row in desk.candidates()}
    hidden = {row.id for row in desk.candidates() if row.span.middle_m in Spans([small_desk.HOLE])}
    assert hidden
    served = {item.span for item in desk.queue(ANN, "triage").items}
    spans = {row.span.start_m: row.id for row in desk.candidates()}
    assert {spans[start] for start, _ in served} == every - hidden
    with pytest.raises(NoTicket, match="reload"):
        desk.item(ANN, desk.ticket_of(ANN, next(iter(hidden))))


def test_a_scene_set_aside_takes_its_pairs_along(desk: Desk, project: Project) -> None:
    assert desk.queue(ANN, "sheet").items
    after = next(scene for scene in project.rows(Scene) if scene.name == "after.tif")
    with project.run("set_aside") as work:
        work.add(replace(after, set_aside="wrong place"))
    assert not desk.queue(ANN, "sheet").items


def test_every_image_of_the_place_is_shown_with_its_fit(desk: Desk) -> None:
    item = desk.item(ANN, tickets(desk, ANN)[0])
    assert [image.role for image in item.images] == ["before", "after", *["other"] * 4]
    before, after, *others = item.images
    assert before.is_aligned
    assert not before.fit
    assert after.shift_m == (1.5, -0.5)
    assert after.fit_v > 0
    assert [image.is_aligned for image in others] == [True, False, False, False]
    far = desk.item(ANN, tickets(desk, ANN)[-1])
    assert [image.why_not for image in far.images if not image.is_clear] == ["cloud"]


def test_a_row_that_another_process_writes_is_seen_at_once(desk: Desk, project: Project) -> None:
    n = len(desk.queue(ANN, "sheet").items)
    row = next(c for c in project.rows(Comparison) if c.candidate_ids)
    with open_project(project.root) as other, other.run("detect") as work:
        work.add(replace(row, candidate_ids=()))
    assert len(desk.queue(ANN, "sheet").items) == n - len(row.candidate_ids)


def test_rows_that_nobody_asked_for_yet_are_as_new_as_all_others(
    desk: Desk, project: Project
) -> None:
    """Kinds are read when somebody asks: what another process wrote before that counts as well."""
    before = {row.id: row for row in project.rows(Scene)}
    some = next(iter(before.values()))
    with open_project(project.root) as other, other.run("add") as work:
        work.add(replace(some, set_aside="cloud"), replace(some, sha256="f" * 64, name="new.tif"))
    with desk.fresh() as mirror:
        again = mirror.all(Scene)
        assert list(again)[: len(before)] == list(before)
        assert len(again) == len(before) + 1
        assert again[some.id].set_aside == "cloud"
        assert mirror.in_order(Scene) == project.rows(Scene)
        assert mirror.seqs[some.id] == project.store.history(some.id)[-1].seq


def test_a_frame_is_written_with_its_first_answer_only(desk: Desk, project: Project) -> None:
    ticket = tickets(desk, ANN, "sweep")[0]
    assert not project.rows(Sample)
    assert say(desk, ANN, ticket, mode="sweep", answer=Answer.NO).status == "saved"
    (frame,) = project.rows(Sample)
    assert frame.design == "sweep"
    assert frame.before
    assert frame.after
    queue = desk.queue(ANN, "sweep")
    assert queue.n_done == 1
    assert queue.items[0].answer is Answer.NO
    assert queue.median_s == 2.5
    assert queue.left_s == 2.5 * (queue.n_total - 1)


def test_a_sample_must_be_drawn_and_is_blind(desk: Desk) -> None:
    assert desk.queue(ANN, "sample").needs == "sample"
    with pytest.raises(NotAllowed):
        desk.sample(ANN, Asked(n=3, length_m=300, design=Design.SIMPLE))
    assert desk.sample(ADA, Asked(n=3, length_m=300, design=Design.SIMPLE)).n_drawn == 3
    queue = desk.queue(ANN, "sample")
    assert queue.is_blind
    assert queue.needs is None
    item = desk.item(ANN, queue.items[0].ticket, "sample")
    assert (item.category, item.score, item.kinds, item.shape) == (None,) * 4


def test_tickets_are_the_same_after_a_restart_and_good_for_one_person(
    desk: Desk, project: Project
) -> None:
    first = tickets(desk, ANN)
    assert tickets(Desk(project), ANN) == first
    assert not set(first) & set(tickets(desk, BOB))
    for bad in (tickets(desk, BOB)[0], "", "x" * 36, first[0][:-1], first[0][::-1], "é" * 27):
        with pytest.raises(NoTicket, match="reload"):
            desk.item(ANN, bad)
    assert say(desk, ANN, first[0]).status == "saved"
    unknown = small_desk.given(desk, ANN, first[0])
    assert desk.answer(BOB, [unknown])[0].error == "NoTicket"


def test_a_repeat_does_not_show_what_was_said_the_first_time(desk: Desk) -> None:
    ticket = tickets(desk, ANN)[0]
    about = desk._tickets.read("ann", ticket).about
    again = desk._tickets.write("ann", Thing(about=about, reading=Reading.REPEAT))
    assert again != ticket
    say(desk, ANN, ticket)
    desk.flag(ANN, ticket, "odd")
    item = desk.item(ANN, again)
    assert item.answer is None
    assert item.mine is None
    assert not item.is_flagged
    assert not item.remark
    assert say(desk, ANN, again, 1, answer=Answer.NO).status == "saved"
    assert desk.item(ANN, ticket).mine.answer is Answer.YES
    assert desk.item(ANN, again).mine.answer is Answer.NO
    assert {row.reading for row in verdicts(desk.project)} == {Reading.FIRST, Reading.REPEAT}


# -- blind ---------------------------------------------------------------------------------------


def test_a_second_reader_learns_nothing_of_the_first(desk: Desk) -> None:
    for k, ticket in enumerate(tickets(desk, ANN)):
        say(desk, ANN, ticket, k, answer=Answer.NO, reason=Reason.CROP, category=Kind.WALL)
        desk.flag(ANN, ticket, "look at the kiln")
    queue = desk.queue(BOB, "triage")
    assert queue.is_blind
    for item in queue.items:
        full = asdict(desk.item(BOB, item.ticket, "disagreements"))
        known = {key: full[key] for key in ("category", "change", "score", "kinds", "evidence")}
        assert set(known.values()) == {None}
        assert (full["others"], full["group_shapes"], full["flags"]) == ((), (), ())
        assert full["mine"] is None
        assert not full["is_flagged"]
        assert not full["group"]
        told = str(full)
        assert not any(word in told for word in ("ann", "crop", "kiln", "beside a road", "wall"))


def test_a_sheet_never_asks_a_second_reader_to_accept_what_is_hidden(desk: Desk) -> None:
    assert len(desk.queue(BOB, "sheet").items) > 0
    for k, ticket in enumerate(tickets(desk, ANN)):
        say(desk, ANN, ticket, k, answer=Answer.NO, reason=Reason.CROP)
    queue = desk.queue(BOB, "sheet")
    assert queue.items == ()
    assert queue.needs == "triage"
    assert len(desk.queue(ANN, "sheet").items) > 0


def test_first_and_second_readers_never_make_each_other_stale(desk: Desk) -> None:
    ours, theirs = tickets(desk, ANN)[0], None
    about = desk._tickets.read("ann", ours).about
    theirs = desk.ticket_of(BOB, about)
    early = small_desk.given(desk, BOB, theirs, 5, answer=Answer.NO)
    assert say(desk, ANN, ours).status == "saved"
    assert desk.answer(BOB, [early])[0].status == "saved"
    assert {row.reading for row in verdicts(desk.project)} == {Reading.FIRST}


# -- written once, never lost --------------------------------------------------------------------


def test_an_answer_is_on_disk_when_the_call_returns(desk: Desk, project: Project) -> None:
    scenes = [scene.id for scene in project.rows(Scene)]
    looked = ((scenes[1], 1.25), (scenes[0], 0.5), (scenes[1], 2.0))
    result = say(desk, ANN, tickets(desk, ANN)[0], looked=looked)
    with open_project(project.root) as again:
        (row,) = again.rows(Verdict)
        entry = again.store.history(row.id)[-1]
    assert entry.seq == result.seq
    assert entry.actor == "ann"
    assert row.looked_at == tuple(name for name, _ in looked)
    assert row.looked_s == (1.25, 0.5, 2.0)
    assert row.mode == "triage"
    assert row.at == AT
    assert row.seconds == 2.5
    assert 0 < row.based_on < result.seq


def test_killed_between_writing_and_answering_the_resend_saves_once(
    desk: Desk, project: Project
) -> None:
    ours = tickets(desk, ANN)[:3]
    batch = [small_desk.given(desk, ANN, ticket, k) for k, ticket in enumerate(ours)]
    desk.answer(ANN, batch[:2])  # the answer to this never arrived
    n = project.store.head()[0]
    reopened = Desk(project)
    assert [r.status for r in reopened.answer(ANN, batch)] == ["same", "same", "saved"]
    assert len(verdicts(project)) == 3
    assert project.store.head()[0] == n + 2  # the third, and the run of the new session


def test_a_resend_after_an_undo_does_not_bring_the_answer_back(desk: Desk) -> None:
    ticket = tickets(desk, ANN)[0]
    said = small_desk.given(desk, ANN, ticket)
    desk.answer(ANN, [said])
    desk.undo(ANN, ticket)
    assert desk.answer(ANN, [said])[0].status == "same"
    assert desk.item(ANN, ticket).mine is None


def test_a_batch_is_one_transaction_and_one_bad_answer_costs_no_other(
    desk: Desk, project: Project
) -> None:
    ours = tickets(desk, ANN)
    good = [small_desk.given(desk, ANN, ticket, k) for k, ticket in enumerate(ours)]
    bad = [
        replace(good[0], ticket="nothing"),
        replace(good[1], looked=(("scene-nowhere", 1.0),)),
        replace(good[2], shape=Point(0, 0)),
    ]
    found = desk.answer(ANN, [*bad, *good])
    assert [one.error for one in found[:3]] == ["NoTicket", "BadInput", "BadInput"]
    assert all(one.message and one.next for one in found[:3])
    assert {one.status for one in found[3:]} == {"saved"}
    assert len(verdicts(project)) == len(good)


def test_while_another_vallum_is_at_work_nothing_is_saved(desk: Desk, project: Project) -> None:
    ticket = tickets(desk, ANN)[0]
    with open_project(project.root) as other, other.alone(), pytest.raises(StoreLocked):
        say(desk, ANN, ticket)
    assert not verdicts(project)
    assert say(desk, ANN, ticket).status == "saved"


def test_people_of_one_session_have_one_run_each(desk: Desk, project: Project) -> None:
    for k, ticket in enumerate(tickets(desk, ANN)[:3]):
        say(desk, ANN, ticket, k)
    for k, ticket in enumerate(tickets(desk, BOB)[:2]):
        say(desk, BOB, ticket, k)
    assert len({row.run for row in verdicts(project)}) == 2


# -- two windows ---------------------------------------------------------------------------------


def test_a_window_left_behind_is_stale_and_both_answers_are_kept(
    desk: Desk, project: Project
) -> None:
    ticket = tickets(desk, ANN)[0]
    old = small_desk.given(desk, ANN, ticket, 9, answer=Answer.NO)
    say(desk, ANN, ticket, 1, category=Kind.WALL)
    (result,) = desk.answer(ANN, [old])
    assert result.status == "stale"
    assert result.theirs.category is Kind.WALL
    assert "Both are kept" in result.message
    assert {(row.reading, row.answer) for row in verdicts(project)} == {
        (Reading.FIRST, Answer.YES),
        (Reading.CONTESTED, Answer.NO),
    }
    assert [v.answer for v in judging.verdicts_in_force(project)] == [Answer.YES]
    assert len(desk.queue(ADA, "disagreements").items) == 1
    assert desk.answer(ANN, [old])[0].status == "same"


def test_changing_ones_mind_in_one_window_is_no_conflict(desk: Desk) -> None:
    ticket = tickets(desk, ANN)[0]
    first = say(desk, ANN, ticket, 0)
    second = replace(
        small_desk.given(desk, ANN, ticket, 1, answer=Answer.NO), based_on=first.based_on
    )
    assert desk.answer(ANN, [second])[0].status == "saved"
    # Offline: two answers about one thing, on the same old state, in one batch.
    third = replace(second, answer=Answer.YES, at=AT.replace(hour=9), based_on=first.based_on)
    old = small_desk.given(desk, ANN, tickets(desk, ANN)[1], 2)
    pair = [old, replace(old, answer=Answer.NO, at=AT.replace(hour=10))]
    assert [r.status for r in desk.answer(ANN, pair)] == ["saved", "saved"]
    assert desk.item(ANN, old.ticket).mine.answer is Answer.NO
    assert desk.answer(ANN, [third])[0].status == "stale"  # the second answer is newer than it saw


def test_an_undo_and_a_flag_make_no_answer_stale(desk: Desk) -> None:
    ticket = tickets(desk, ANN)[0]
    based_on = desk.item(ANN, ticket).based_on
    say(desk, ANN, ticket, 0)
    desk.undo(ANN, ticket)
    desk.flag(ANN, ticket, "odd")
    late = replace(small_desk.given(desk, ANN, ticket, 3, answer=Answer.NO), based_on=based_on)
    assert desk.answer(ANN, [late])[0].status == "saved"


# -- adjudication ----------------------------------------------------------------------------------


def differ(desk: Desk) -> str:
    ours = tickets(desk, ANN)[0]
    about = desk._tickets.read("ann", ours).about
    say(desk, ANN, ours, 0)
    say(desk, BOB, desk.ticket_of(BOB, about), 1, answer=Answer.NO, reason=Reason.CROP)
    return about


def test_an_adjudicator_sees_letters_and_settles(desk: Desk, project: Project) -> None:
    about = differ(desk)
    (item,) = desk.queue(ADA, "disagreements").items
    full = desk.item(ADA, item.ticket, "disagreements")
    assert sorted(other.label for other in full.others) == ["A", "B"]
    assert "ann" not in str(full)
    assert "bob" not in str(full)
    result = say(desk, ADA, item.ticket, 2, mode="disagreements", answer=Answer.YES)
    assert result.status == "saved"
    assert not desk.queue(ADA, "disagreements").items
    desk.settle(ADA)
    (finding,) = (f for f in project.rows(Finding) if f.about == about)
    assert finding.held is Held.CONFIRMED
    with pytest.raises(NotAllowed):
        desk.queue(ANN, "disagreements")


def test_nobody_settles_what_they_answered_as_an_analyst(desk: Desk, project: Project) -> None:
    about = differ(desk)
    ours = desk.ticket_of(ADA, about)
    assert say(desk, ADA, ours, 3).status == "saved"
    result = say(desk, ADA, ours, 4, mode="disagreements")
    assert result.status == "refused"
    assert "cannot also adjudicate" in result.message
    refused = say(desk, ANN, desk.ticket_of(ANN, about), 5, mode="disagreements")
    assert refused.error == "NotAllowed"
    assert not [row for row in verdicts(project) if row.is_final]


def test_two_adjudicators_do_not_overwrite_each_other(desk: Desk) -> None:
    about = differ(desk)
    kim = Person(name="kim", role=Role.ADJUDICATOR)
    late = small_desk.given(
        desk, kim, desk.ticket_of(kim, about), 9, mode="disagreements", answer=Answer.NO
    )
    say(desk, ADA, desk.ticket_of(ADA, about), 8, mode="disagreements")
    (result,) = desk.answer(kim, [late])
    assert result.status == "stale"
    assert "settled" in result.message


def test_a_final_word_makes_an_older_page_stale(desk: Desk) -> None:
    about = differ(desk)
    late = small_desk.given(desk, ANN, desk.ticket_of(ANN, about), 9, answer=Answer.CANNOT_TELL)
    say(desk, ADA, desk.ticket_of(ADA, about), 8, mode="disagreements")
    assert desk.answer(ANN, [late])[0].status == "stale"


def test_an_editor_reads_only(desk: Desk) -> None:
    ticket = tickets(desk, EVE)[0]
    assert desk.item(EVE, ticket).images
    assert say(desk, EVE, ticket).error == "NotAllowed"
    for act in (
        lambda: desk.flag(EVE, ticket, "x"),
        lambda: desk.draw(EVE, drawing(desk)),
        lambda: desk.settle(EVE),
    ):
        with pytest.raises(NotAllowed):
            act()


# -- undo ------------------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step_to_nothing(desk: Desk, project: Project) -> None:
    ticket = tickets(desk, ANN)[0]
    say(desk, ANN, ticket, 0)
    say(desk, ANN, ticket, 1, answer=Answer.NO, reason=Reason.SHADOW)
    desk.flag(ANN, ticket, "odd")
    say(desk, ANN, ticket, 2, answer=Answer.CANNOT_TELL)
    assert desk.undo(ANN, ticket).mine.reason is Reason.SHADOW
    assert desk.undo(ANN, ticket).mine.reason is Reason.SHADOW  # this took back the flag
    assert not desk.item(ANN, ticket).is_flagged
    fresh = Desk(project)  # the pile of acts is read from the ledger
    assert fresh.undo(ANN, ticket).mine.answer is Answer.YES
    assert fresh.undo(ANN, ticket).mine is None
    n = project.store.head()[0]
    assert fresh.undo(ANN, ticket).mine is None
    assert project.store.head()[0] == n
    assert not judging.verdicts_in_force(project)
    assert desk.queue(ANN, "sheet").n_done == 0
    assert say(desk, ANN, ticket, 3).status == "saved"
    assert desk.undo(ANN, ticket).mine is None


def test_undo_takes_back_my_own_acts_only(desk: Desk) -> None:
    about = differ(desk)
    desk.undo(BOB, desk.ticket_of(BOB, about))
    assert desk.item(ANN, desk.ticket_of(ANN, about)).mine.answer is Answer.YES


# -- drawing -----------------------------------------------------------------------------------------


def drawing(desk: Desk, shape=None, **more: object) -> Drawing:
    scenes = {scene.name: scene.id for scene in desk.project.rows(Scene)}
    fields = {
        "shape": desk_rows.line(5000, 5200, -40.0) if shape is None else shape,
        "category": Kind.FENCE,
        "change": Change.NEW,
        "before": scenes["before.tif"],
        "after": scenes["after.tif"],
        "seconds": 20.0,
        "at": AT,
    }
    return Drawing(**(fields | more))


def test_a_drawing_is_a_candidate_with_a_yes_and_can_be_taken_back(
    desk: Desk, project: Project
) -> None:
    n = len(desk.candidates())
    before = steps.measure(project)
    made = desk.draw(ANN, drawing(desk))
    assert desk.draw(ANN, drawing(desk)) == made  # sent twice
    row = next(c for c in desk.candidates() if c.id == made.about)
    assert row.origin == "analyst"
    assert row.off_m == pytest.approx(-40, abs=0.5)
    assert desk.item(ANN, made.ticket).mine.answer is Answer.YES
    assert made.about in {c.id for c in judging.current_candidates(project)}
    assert desk.undo(ANN, made.ticket).mine is None
    assert len(desk.candidates()) == n == len(judging.current_candidates(project))
    assert steps.measure(project).facts == before.facts
    with pytest.raises(NoTicket):
        desk.item(ANN, made.ticket)


@pytest.mark.parametrize(
    ("shape", "category", "words"),
    [
        (LineString([(0, 0), (1, 1)]), Kind.FENCE, "from the frontier"),
        (LineString([(42.0, 129.0), (42.01, 129.01)]), Kind.FENCE, "swapped"),
        (Point(129.05, 42.0), Kind.FENCE, "drawn as a line"),
        (LineString([(129.05, 42.0), (129.06, 42.0)]), Kind.WATCHTOWER, "drawn as a point"),
        (LineString([(129.05, 42.0), (129.05, 42.0)]), Kind.WALL, "no length"),
        (Point(129.05, 42.0).buffer(0.001), Kind.BUILDING, "not a line or a point"),
        (Point(1000, 42.0), Kind.BUILDING, "not on Earth"),
    ],
)
def test_a_drawing_that_cannot_be_used_is_refused_in_words(
    desk: Desk, project: Project, shape, category: Kind, words: str
) -> None:
    n = project.store.head()[0]
    with pytest.raises(BadInput, match=words):
        desk.draw(ANN, drawing(desk, shape, category=category))
    assert project.store.head()[0] == n


def test_a_shape_drawn_anew_goes_into_the_verdict_and_the_same_shape_does_not(desk: Desk) -> None:
    ticket = tickets(desk, ANN)[0]
    row = next(c for c in desk.candidates() if c.category is Kind.FENCE)
    moved = LineString([(x, y + 1e-5) for x, y in row.shape.coords])
    say(desk, ANN, ticket, 0, shape=row.shape)
    assert desk.item(ANN, ticket).mine.shape is None
    say(desk, ANN, ticket, 1, shape=moved)
    assert desk.item(ANN, ticket).mine.shape["type"] == "LineString"


# -- dating --------------------------------------------------------------------------------------------


def test_what_is_confirmed_is_dated_by_bisecting_and_marks_can_be_undone(
    desk: Desk, project: Project
) -> None:
    about = differ(desk)
    assert not desk.queue(ANN, "dating").items
    say(desk, ADA, desk.ticket_of(ADA, about), 8, mode="disagreements")
    desk.settle(ADA)
    (item,) = desk.queue(ANN, "dating").items
    assert item.kind == "finding"
    assert item.category is Kind.FENCE
    full = desk.item(ANN, item.ticket, "dating")
    assert str(full.ask.last_absent) == "2019-03-01"
    assert str(full.ask.first_seen) == "2022-04-10"
    asked = next(image for image in full.images if image.scene == full.ask.scene)
    assert asked.name == "2020-05-01.tif"
    told = {"seconds": 3.0, "at": AT}
    now = desk.date(ANN, item.ticket, scene=asked.scene, state=Seen.PRESENT, **told)
    assert str(now.ask.first_seen) == "2020-05-01"
    assert next(image.mine for image in now.images if image.scene == asked.scene) is Seen.PRESENT
    assert desk.queue(ANN, "dating").n_done == 1
    (row,) = (row for row in project.rows(Sighting) if row.analyst)
    assert row.analyst == "ann"
    assert row.about == about
    desk.undo(ANN, item.ticket)
    assert desk.queue(ANN, "dating").n_done == 0
    assert desk.item(ANN, desk.ticket_of(ANN, about)).mine.answer is Answer.YES


# -- how far ------------------------------------------------------------------------------------------


def test_progress_counts_sections_and_says_who_is_there(desk: Desk) -> None:
    for k, ticket in enumerate(tickets(desk, ANN)[:4]):
        say(desk, ANN, ticket, k)
    desk.presence(BOB, 2)
    assert [here.name for here in desk.presence(ANN, 1)] == ["bob"]
    far = desk.progress(ANN)
    assert sum(section.n for section in far.sections) == far.all.n
    assert sum(section.mine for section in far.sections) == 4 == far.mine.n
    assert far.sections[0].done
    assert not far.sections[-1].done
    assert far.sections[1].who == ("bob",)
    assert far.all.reviewed_once == 4
    assert far.mine.median_s == 2.5


def test_agreement_is_hidden_until_a_section_is_done(desk: Desk) -> None:
    assert desk.agreement(ANN).hidden
    ours = tickets(desk, ANN)
    first = [t for t in ours if desk.item(ANN, t).at_m < 2000]
    for k, ticket in enumerate(first):
        say(desk, ANN, ticket, k)
        about = desk._tickets.read("ann", ticket).about
        say(desk, BOB, desk.ticket_of(BOB, about), k)
    told = desk.agreement(ANN)
    assert told.sections == (1,)
    assert told.overall.n == len(first)
    assert "bob" not in str(told)
    assert len(desk.agreement(ADA).sections) == 6
    assert "bob" in str(desk.agreement(ADA))


# -- the same as a table --------------------------------------------------------------------------------


def test_answers_at_the_desk_give_the_findings_that_a_table_gives(tmp_path: Path) -> None:
    chosen = ((Answer.YES, None, None), (Answer.NO, None, Change.UNCHANGED))
    with small_desk.make(tmp_path / "a", n=9) as one, small_desk.make(tmp_path / "b", n=9) as two:
        desk = Desk(one)
        rows = []
        for person in (ANN, BOB):
            for k, row in enumerate(row for row in desk.candidates() if row.id in usable(desk)):
                answer, category, change = chosen[k % 2]
                ticket = desk.ticket_of(person, row.id)
                say(desk, person, ticket, k, answer=answer, category=category, change=change)
                reason = Reason.EXISTED_BEFORE if answer is Answer.NO else Reason.NONE
                rows.append(
                    Verdict(
                        about=row.id, analyst=person.name, answer=answer, category=category,
                        change=change, reason=reason,
                    )
                )  # fmt: skip
        judging.record(two, rows, [], None, [])
        desk.settle(ANN)
        judging.settle(two)
        assert findings(one) == findings(two)
        assert {held for _, held, *_ in findings(one)} == {Held.CONFIRMED, Held.REJECTED}


def usable(desk: Desk) -> set[str]:
    with desk.fresh() as mirror:
        return set(mirror.judgeable)


def findings(project: Project) -> set[tuple[object, ...]]:
    return {
        (f.about, f.held, f.category, f.change, f.span, f.shape.wkt, f.agreement)
        for f in project.rows(Finding)
    }
