"""The words of the field: every value is usable everywhere it is printed."""

import re
from enum import StrEnum

import pytest

from vallum.ground import kinds
from vallum.ground.kinds import (
    BUILT,
    COLOURS,
    LINES,
    POINTS,
    Answer,
    Change,
    Held,
    Kind,
    Reason,
    Status,
)
from vallum.report.figures.chips import _VERB
from vallum.report.figures.lanes import pattern_of
from vallum.report.printing import CHANGE_LABELS
from vallum.review import words

STORED = (
    Kind, Change, Answer, Reason, Status, Held, kinds.Seen, kinds.Reading, kinds.Role, kinds.Design,
    kinds.Stage, kinds.Life,
)  # fmt: skip
SAID = (kinds.Dating, kinds.Basis)


def contrast_on_white(colour: str) -> float:
    """WCAG contrast ratio of a colour on white."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_a_kind_is_measured_or_counted_never_both() -> None:
    assert frozenset(Kind) == LINES | POINTS
    assert not LINES & POINTS
    assert all(kind.is_line == (kind in LINES) for kind in Kind)


def test_fences_are_measured_and_posts_are_counted() -> None:
    assert {Kind.FENCE, Kind.DOUBLE_FENCE, Kind.WALL} <= LINES
    assert {Kind.GUARD_POST, Kind.WATCHTOWER, Kind.BUILDING} == POINTS


def test_every_kind_has_a_colour_of_its_own() -> None:
    assert set(COLOURS) == set(Kind)
    assert len(set(COLOURS.values())) == len(Kind)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in COLOURS.values())


@pytest.mark.parametrize("kind", list(Kind))
def test_a_kind_can_be_read_as_a_label_on_white(kind: Kind) -> None:
    assert contrast_on_white(COLOURS[kind]) >= 4.5


@pytest.mark.parametrize("vocabulary", STORED)
def test_values_are_plain_lower_case_words(vocabulary: type[StrEnum]) -> None:
    assert all(re.fullmatch(r"[a-z_]*", word.value) for word in vocabulary)


@pytest.mark.parametrize("vocabulary", SAID)
def test_values_that_are_printed_as_they_are_read_as_words(vocabulary: type[StrEnum]) -> None:
    assert all(re.fullmatch(r"[a-z -]*", word.value) for word in vocabulary)


def test_what_was_built_is_every_change_but_taking_away_and_nothing() -> None:
    assert frozenset(Change) - BUILT == {Change.REMOVED, Change.UNCHANGED}


@pytest.mark.parametrize("change", list(Change))
def test_every_change_can_be_typed_drawn_and_printed(change: Change) -> None:
    assert words.change(change.value) is change
    assert change.value in words.CHOICES["change"]
    assert CHANGE_LABELS[change]
    assert _VERB[change]
    assert pattern_of(Kind.FENCE, change.value).edge


def test_no_two_changes_are_filled_alike() -> None:
    patterns = {pattern_of(Kind.FENCE, change.value) for change in Change}
    assert len(patterns) == len(Change)


def test_labels_are_for_reading() -> None:
    assert all("_" not in kind.label for kind in Kind)
    labels = [status.label for status in Status]
    assert len(set(labels)) == len(Status)
    assert all(label and "_" not in label for label in labels)


def test_the_five_statuses_are_those_of_the_counting_rules() -> None:
    assert {status.value for status in Status} == {
        "changed",
        "unchanged",
        "indeterminate",
        "not_comparable",
        "not_examined",
    }


def test_every_vocabulary_of_the_module_is_tested_here() -> None:
    declared = {
        value
        for value in vars(kinds).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
    }
    assert declared == {*STORED, *SAID}
