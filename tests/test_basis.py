"""What every thing counts for is worked out once, and is the same for each number that asks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from desk_rows import FRONTIER, candidate, comparison, finding, line, post
from vallum.ground.kinds import Change, Held, Kind
from vallum.ground.span import Span
from vallum.measure.basis import Given
from vallum.measure.counting import BARRIERS, stands_after, stood_before
from vallum.measure.extent import account, statuses_of
from vallum.measure.once import Weights, metres_counted

FRAME = Span(0, 10_000)
_LINES = [line(a, a + long, off) for a in (0, 40) for long in (60, 300) for off in (50, 53, 62)]
_POSTS = [post(at) for at in (100, 103, 109)]
_KINDS = (Kind.FENCE, Kind.DOUBLE_FENCE, Kind.GUARD_POST, Kind.WATCHTOWER)
_CHANGES = (Change.NEW, Change.UNCHANGED, Change.REMOVED)
# Made once: hypothesis draws from them, so that no geometry is computed per example.
POOL = [
    candidate(shape, kind, change)
    for kind in _KINDS
    for change in _CHANGES
    for shape in (_LINES if kind.is_line else _POSTS)
]
ASKED = (
    *(((kind,), change) for kind in _KINDS for change in _CHANGES),
    *((kinds, change) for kinds in (BARRIERS, _KINDS) for change in _CHANGES),
    *((kinds, rule) for kinds in (BARRIERS, _KINDS) for rule in (stood_before, stands_after)),
)
"""Classes and changes that numbers ask for."""

held = st.sampled_from([Held.CONFIRMED, Held.CONFIRMED, Held.INDETERMINATE, Held.REJECTED, None])
layers = st.sampled_from(["", "", "primary", "secondary"])


def given_of(things, findings):
    rows = account(FRAME, [comparison(FRAME, candidates=things)], things, findings)
    return Given(FRONTIER, rows, statuses_of(rows), (), 0)


def told(weights):
    return [weights.shares.tolist(), weights.rows.tolist(), weights.rows_with_open.tolist()]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(POOL), unique_by=lambda one: one.id, max_size=14), st.data())
def test_what_counts_of_some_classes_is_what_they_count_for_alone(things, data):
    findings = [
        finding(thing, decided, layer=data.draw(layers))
        for thing in things
        if (decided := data.draw(held)) is not None
    ]
    every = given_of(things, findings)
    for kinds, wanted in ASKED:
        lot = every.things(kinds, wanted)
        for thing in lot.all:
            assert thing.category in kinds
            assert thing.change is wanted if isinstance(wanted, Change) else wanted(thing)
        assert told(lot.weights) == told(Weights.of(lot.sure, lot.open))


def test_things_come_longest_first_and_what_is_confirmed_before_what_is_open():
    short, long = candidate(line(0, 100)), candidate(line(500, 900))
    waiting, doubted = candidate(line(2000, 2900)), candidate(line(3000, 3500))
    findings = [finding(short), finding(long), finding(doubted, Held.DISPUTED)]
    lot = given_of([short, long, waiting, doubted], findings).things(BARRIERS, Change.NEW)
    assert [one.about for one in lot.sure] == [long.id, short.id]
    assert [getattr(one, "about", one.id) for one in lot.open] == [doubted.id, waiting.id]
    assert given_of([short], []).things((Kind.WALL,), Change.NEW).all == []


def test_three_layers_of_drawings_weigh_on_each_other_only_within_class_and_change():
    fences = [candidate(line(0, 300, off)) for off in (50, 52)]
    wall, gone = (
        candidate(line(0, 300, 51), Kind.WALL),
        candidate(line(0, 300, 51), change=Change.REMOVED),
    )
    sure = [finding(one) for one in (*fences, wall, gone)]
    lot = given_of([*fences, wall, gone], sure).things(BARRIERS, Change.NEW)
    counted = dict(zip((one.about for one in lot.sure), metres_counted(lot.sure), strict=True))
    assert sorted(round(counted[one.id]) for one in fences) == [0, 300]
    assert round(counted[wall.id]) == 300
    assert sorted(lot.weights.shares.tolist()) == [0.0, 1.0, 1.0]
