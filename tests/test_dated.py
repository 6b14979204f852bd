"""What all looks at a finding say of its dates: which look counts, and what it moves."""

from dataclasses import replace
from datetime import date

import pytest

import small_desk
from desk_rows import AFTER, BEFORE, FRONTIER, SCENES, candidate, finding, line, scene, verdict
from vallum import steps
from vallum.ground.kinds import Answer, Change, Dating, Held, Kind, Life, Seen, Stage
from vallum.ground.records import Candidate, Finding, Scene, Sighting
from vallum.ground.when import When
from vallum.review.dated import dated, stage_history
from vallum.review.dating import of_pair, side_of, stands
from vallum.review.settle import settle
from vallum.steps.desk_mirror import Mirror
from vallum.steps.desk_queue import ask, datable

FENCE = candidate(line(1000, 2000))
A, P, X = Seen.ABSENT, Seen.PRESENT, Seen.NOT_OBSERVABLE
# The pair is 2019-03-01..05 and 2022-04-10.
DAYS = {
    "old": "2012-06-01", "older": "2015-01-01..2015-12-31", "mid": "2020-05-01",
    "mosaic": "2020-01-01..2021-06-30", "late": "2023-01-01", "last": "2024-01-01",
}  # fmt: skip
IMAGES = {name: scene(f"{name}.tif", day) for name, day in DAYS.items()}
ALL = SCENES | {one.id: one for one in IMAGES.values()}


def saw(name, state, who="ann", stage=Stage.NONE, about=FENCE, **more):
    image = {"before": BEFORE, "after": AFTER}.get(name) or IMAGES[name]
    return Sighting(about=about.id, scene=image.id, state=state, stage=stage, analyst=who, **more)


def told(*sightings, change=Change.NEW, shown=(), category=Kind.FENCE, **more):
    held = replace(finding(FENCE), change=change, category=category, **more)
    images = {IMAGES[name].id for name in shown}
    return dated(held, FENCE, sightings, ALL, images)


def test_the_pair_alone_brackets_what_is_new():
    found = told()
    assert found.built == When(date(2019, 3, 1), date(2022, 4, 10))
    assert (found.first_seen, found.last_absent) == (date(2022, 4, 10), date(2019, 3, 1))
    assert (found.dating, found.n_looks, found.removed) == (Dating.BRACKETED, 2, None)
    assert (found.stage, found.life) == (Stage.NONE, Life.UNKNOWN)


def test_a_look_by_a_person_narrows_the_bracket_and_is_what_it_rests_on():
    look = saw("mid", P)
    found = told(look)
    assert found.built == When(date(2019, 3, 1), date(2020, 5, 1))
    assert found.n_looks == 3
    assert look.id in found.from_ids


def test_the_machine_and_what_was_taken_back_move_no_date():
    machine = saw("mid", P, who="")
    withdrawn = saw("mid", P, is_withdrawn=True)
    assert told(machine, withdrawn) == told()
    set_aside = {IMAGES["mid"].id: replace(IMAGES["mid"], set_aside="wrong date")}
    assert dated(finding(FENCE), FENCE, [saw("mid", P)], ALL | set_aside) == told()


def marked(name, **marks):
    """All images, one of them only for looking or a second delivery."""
    one = {"before": BEFORE, "after": AFTER}.get(name) or IMAGES[name]
    return ALL | {one.id: replace(one, **marks)}


TILTED, AGAIN = {"looking_only": "tilted by 30 degrees"}, {"repeats": AFTER.id}
DATES = ("built", "removed", "first_seen", "last_absent", "still_seen", "gone_by", "dating",
         "conflicts", "stage", "life")  # fmt: skip


@pytest.mark.parametrize("marks", [TILTED, AGAIN], ids=["looking-only", "repeat"])
@pytest.mark.parametrize("state", [A, P], ids=["absent", "present"])
def test_an_image_for_looking_and_a_second_delivery_move_no_date(state, marks):
    looks = [saw("mid", state, who, Stage.COMPLETE) for who in ("ann", "bob")]
    images = marked("mid", **marks)
    found, alone = dated(finding(FENCE), FENCE, looks, images), told()
    assert {name: getattr(found, name) for name in DATES} == {
        name: getattr(alone, name) for name in DATES
    }
    counts = marks is TILTED and state is P
    assert (found.n_looks, looks[0].id in found.from_ids) == (3 if counts else 2, counts)
    assert stage_history(looks, images) == []


def test_what_stands_on_an_image_for_looking_before_its_time_is_named_and_moves_nothing():
    images = marked("old", **TILTED)
    found = dated(finding(FENCE), FENCE, [saw("old", P)], images)
    assert found.built == told().built
    assert (found.conflicts, found.dating) == ((IMAGES["old"].id,), Dating.CONFLICTING)
    split = dated(finding(FENCE), FENCE, [saw("old", P), saw("old", A, "bob")], images)
    assert split.conflicts == ()


def test_an_older_image_for_looking_that_nobody_asked_leaves_no_date_open():
    images, shown = marked("old", **TILTED), {IMAGES["old"].id}
    stood = replace(finding(FENCE), change=Change.UNCHANGED)
    assert dated(stood, FENCE, [], images, shown).dating is Dating.LEFT_CENSORED
    assert dated(stood, FENCE, [], ALL, shown).dating is Dating.NOT_ENOUGH_LOOKS


def test_a_pair_that_became_a_second_delivery_is_dated_by_its_original():
    other = scene("same.tif", "2022-04-10")
    images = marked("after", repeats=other.id) | {other.id: other}
    assert dated(finding(FENCE), FENCE, [], images).built == told().built
    tilted = dated(finding(FENCE), FENCE, [], marked("before", **TILTED))
    assert (tilted.last_absent, tilted.first_seen) == (None, date(2022, 4, 10))


def test_a_mosaic_is_an_interval():
    assert told(saw("mosaic", P)).built == When(date(2019, 3, 1), date(2021, 6, 30))
    assert told(saw("mosaic", A)).built == When(date(2020, 1, 1), date(2022, 4, 10))


def test_who_looked_first_does_not_matter():
    looks = [saw("mid", P), saw("mosaic", A, "bob"), saw("late", A, "bob")]
    assert told(*looks) == told(*looks[::-1])


def test_something_that_stood_on_the_oldest_image_is_left_censored():
    found = told(change=Change.UNCHANGED)
    assert (found.first_seen, found.built) == (date(2019, 3, 5), None)
    assert found.dating is Dating.LEFT_CENSORED
    assert found.still_seen == date(2022, 4, 10)


def test_not_enough_looks_is_not_left_censored():
    found = told(change=Change.UNCHANGED, shown=["old"])
    assert found.dating is Dating.NOT_ENOUGH_LOOKS
    clouded = told(saw("old", X), change=Change.UNCHANGED, shown=["old"])
    assert clouded.dating is Dating.LEFT_CENSORED
    younger = told(change=Change.UNCHANGED, shown=["late"])
    assert younger.dating is Dating.LEFT_CENSORED
    known = told(saw("old", A), change=Change.UNCHANGED, shown=["old"])
    assert known.dating is Dating.BRACKETED
    assert known.built == When(date(2012, 6, 1), date(2019, 3, 5))


def test_removed_by_the_pair_with_its_end():
    found = told(change=Change.REMOVED)
    assert found.removed == When(date(2019, 3, 1), date(2022, 4, 10))
    assert (found.still_seen, found.gone_by) == (date(2019, 3, 1), date(2022, 4, 10))
    assert (found.built, found.stage) == (None, Stage.REMOVED)
    assert found.life is Life.UNKNOWN


def test_temporary_is_what_people_saw_come_and_go_and_nothing_is_permanent():
    gone = told(saw("late", A))
    assert gone.removed == When(date(2022, 4, 10), date(2023, 1, 1))
    assert (gone.life, gone.stage) == (Life.TEMPORARY, Stage.REMOVED)
    assert told(saw("old", A), change=Change.REMOVED).life is Life.TEMPORARY
    assert told(saw("late", A), change=Change.UPGRADED).life is Life.UNKNOWN
    assert told(saw("late", P), saw("last", P)).life is Life.UNKNOWN


def test_absent_between_two_dates_on_which_it_stood_is_named_and_widens_the_dates():
    found = told(saw("mid", P), saw("late", A), saw("last", P))
    assert found.dating is Dating.CONFLICTING
    assert found.conflicts == (IMAGES["late"].id,)
    # Built by 2020 if that look is wrong, not before 2023 if it is right: both are inside.
    assert found.built == When(date(2019, 3, 1), date(2024, 1, 1))
    assert (found.removed, found.life) == (None, Life.UNKNOWN)


def test_where_two_people_differ_the_image_moves_nothing_and_is_named():
    found = told(saw("mid", P), saw("mid", A, "bob"))
    assert found.built == told().built
    assert (found.dating, found.conflicts) == (Dating.CONFLICTING, (IMAGES["mid"].id,))
    assert found.n_looks == 3
    third = told(saw("mid", P), saw("mid", A, "bob"), saw("mid", P, "cid"))
    assert (third.dating, third.conflicts) == (Dating.BRACKETED, ())
    assert third.first_seen == date(2020, 5, 1)


def test_a_look_that_contradicts_the_pair_is_named_and_the_pair_dates_nothing_there():
    found = told(saw("after", A))
    assert (found.dating, found.conflicts) == (Dating.CONFLICTING, (AFTER.id,))
    assert (found.first_seen, found.built) == (None, None)
    assert told(saw("after", P)).dating is Dating.BRACKETED


def test_groundwork_is_seen_and_does_not_stand_yet():
    found = told(saw("mid", P, stage=Stage.GROUNDWORK))
    assert found.built == When(date(2020, 5, 1), date(2022, 4, 10))
    assert (found.dating, found.conflicts, found.stage) == (
        Dating.BRACKETED, (), Stage.GROUNDWORK,
    )  # fmt: skip
    strip = told(saw("mid", P, stage=Stage.CLEARED), category=Kind.CLEARED_STRIP)
    assert strip.first_seen == date(2020, 5, 1)


def test_works_that_do_not_stand_on_the_newest_image_are_right_censored():
    found = told(saw("after", P, stage=Stage.CLEARED))
    assert (found.dating, found.stage) == (Dating.RIGHT_CENSORED, Stage.CLEARED)
    assert (found.first_seen, found.last_absent) == (None, date(2022, 4, 10))
    # It may have come and gone before 2024, so that nothing is known of that day.
    later = told(saw("after", P, stage=Stage.CLEARED), saw("last", A))
    assert later.last_absent == date(2022, 4, 10)


def test_groundwork_after_it_was_complete_is_a_contradiction():
    found = told(saw("mid", P, stage=Stage.COMPLETE), saw("late", P, stage=Stage.GROUNDWORK))
    assert found.conflicts == (IMAGES["late"].id,)


def test_the_stage_is_the_newest_that_a_person_named_and_the_history_is_in_order():
    looks = [
        saw("late", P, stage=Stage.COMPLETE),
        saw("mid", P, stage=Stage.PARTIAL),
        saw("last", P),
        saw("mid", P, "bob", stage=Stage.COMPLETE),
    ]
    assert told(*looks).stage is Stage.COMPLETE
    assert stage_history(looks, ALL) == [
        (When.parse("2020-05-01"), Stage.PARTIAL),
        (When.parse("2023-01-01"), Stage.COMPLETE),
    ]


@pytest.mark.parametrize("held", [h for h in Held if h is not Held.CONFIRMED])
def test_what_is_not_confirmed_has_no_dates(held):
    found = told(saw("mid", P), held=held)
    assert (found.built, found.first_seen, found.dating, found.n_looks) == (
        None, None, Dating.NONE, 0,
    )  # fmt: skip


@pytest.mark.parametrize("change", Change)
def test_every_change_says_what_its_pair_shows(change):
    before, after = of_pair(change)
    assert (before is P) == (change in {Change.REMOVED, Change.UNCHANGED})
    assert (after is A) == (change is Change.REMOVED)


@pytest.mark.parametrize(
    ("state", "stage", "stood", "side"),
    [
        (P, Stage.NONE, P, ""),
        (P, Stage.PARTIAL, P, ""),
        (P, Stage.CLEARED, A, "before"),
        (P, Stage.GROUNDWORK, A, "before"),
        (P, Stage.REMOVED, A, "after"),
        (A, Stage.NONE, A, ""),
        (X, Stage.NONE, X, ""),
    ],
)
def test_a_stage_says_whether_a_fence_stands(state, stage, stood, side):
    assert stands(state, stage, Kind.FENCE) is stood
    assert side_of(state, stage, Kind.FENCE) == side


def test_settling_dates_what_it_confirms_from_the_looks_it_is_given():
    said = [verdict(FENCE, who, Answer.YES) for who in ("ann", "bob")]
    looks = [saw("mid", P), saw("mid", P, about=candidate(line(5000, 6000)))]
    (found,) = settle([FENCE], said, ALL, FRONTIER, sightings=looks)
    assert found.built == When(date(2019, 3, 1), date(2020, 5, 1))
    shown = {FENCE.id: {IMAGES["old"].id}}
    stood = [verdict(FENCE, who, Answer.YES, change=Change.UNCHANGED) for who in ("ann", "bob")]
    (old,) = settle([FENCE], stood, ALL, FRONTIER, shown=shown)
    assert old.dating is Dating.NOT_ENOUGH_LOOKS


def test_looks_that_people_took_date_findings_when_a_project_is_settled_again(tmp_path):
    with small_desk.make(tmp_path / "p", n=3) as project:
        fence = next(row for row in project.rows(Candidate) if row.category is Kind.FENCE)
        days = {row.name: row for row in project.rows(Scene)}
        with project.run("review") as work:
            work.add_all([verdict(fence, who, Answer.YES) for who in ("ann", "bob")])
        steps.settle(project)
        (before,) = project.rows(Finding)
        assert before.built == When(date(2019, 3, 1), date(2022, 4, 10))
        look = {"about": fence.id, "scene": days["2020-05-01.tif"].id, "analyst": "ann"}
        with project.run("review") as work:
            work.add(Sighting(state=P, stage=Stage.PARTIAL, **look))
        steps.settle(project)
        (after,) = project.rows(Finding)
        assert after.built == When(date(2019, 3, 1), date(2020, 5, 1))
        assert (after.stage, after.n_looks) == (Stage.PARTIAL, 3)
        head = project.store.head()
        steps.settle(project)
        assert project.store.head() == head
        with project.run("review") as work:
            work.add(Sighting(state=P, is_withdrawn=True, **look))
        steps.settle(project)
        assert project.rows(Finding)[0].built == before.built


def test_an_older_image_at_which_nobody_looked_is_found_when_a_project_is_settled(tmp_path):
    with small_desk.make(tmp_path / "p", n=3) as project:
        fence = next(row for row in project.rows(Candidate) if row.category is Kind.FENCE)
        said = [verdict(fence, who, change=Change.UNCHANGED) for who in ("ann", "bob")]
        older = [row for row in project.rows(Scene) if row.taken.latest < date(2019, 1, 1)]
        looks = [
            Sighting(about=fence.id, scene=row.id, state=P, analyst="ann")
            for row in sorted(older, key=lambda row: row.taken)
        ]
        assert len(looks) == 3
        with project.run("review") as work:
            work.add_all([*said, *looks[1:]])
        steps.settle(project)
        assert project.rows(Finding)[0].dating is Dating.NOT_ENOUGH_LOOKS
        with project.run("review") as work:
            work.add(looks[0])
        steps.settle(project)
        assert project.rows(Finding)[0].dating is Dating.LEFT_CENSORED


def test_the_desk_asks_no_image_for_looking_and_lets_it_move_nothing(tmp_path):
    with small_desk.make(tmp_path / "p", n=3) as project:
        fence = next(row for row in project.rows(Candidate) if row.category is Kind.FENCE)
        with project.run("review") as work:
            work.add_all([verdict(fence, who, Answer.YES) for who in ("ann", "bob")])
        steps.settle(project)
        (held,) = project.rows(Finding)
        mid = next(row for row in project.rows(Scene) if row.name == "2020-05-01.tif")
        assert ask(Mirror(project), fence, held, "ann").scene == mid.id
        for marks in (TILTED, AGAIN):
            said = Sighting(about=fence.id, scene=mid.id, state=A, analyst="ann")
            with project.run("review") as work:
                work.add(replace(mid, **marks), said)
            asked = ask(Mirror(project), fence, held, "ann")
            assert asked.scene != mid.id
            assert (asked.last_absent, asked.first_seen) == (date(2019, 3, 1), date(2022, 4, 10))
            steps.settle(project)
            assert project.rows(Finding)[0].built == held.built


def test_three_images_that_may_date_make_a_thing_datable(tmp_path):
    with small_desk.make(tmp_path / "p", n=3) as project:
        fence = next(row for row in project.rows(Candidate) if row.category is Kind.FENCE)
        with project.run("review") as work:
            work.add_all([verdict(fence, who, Answer.YES) for who in ("ann", "bob")])
        steps.settle(project)
        assert [row.id for _, row in datable(Mirror(project))] == [fence.id]
        others = [row for row in project.rows(Scene) if row.id not in {fence.before, fence.after}]
        with project.run("test") as work:
            work.add_all(replace(row, **TILTED) for row in others)
        assert datable(Mirror(project)) == []
