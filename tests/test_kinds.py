"""The words of the field: every value is usable everywhere it is printed."""

import re
from enum import StrEnum

import pytest

from vallum.ground import kinds
from vallum.ground.kinds import COLOURS, LINES, POINTS, Answer, Change, Held, Kind, Reason, Status

VOCABULARIES = (
    Kind, Change, Answer, Reason, Status, Held, kinds.Seen, kinds.Reading, kinds.Role,
)  # fmt: skip


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


@pytest.mark.parametrize("words", VOCABULARIES)
def test_values_are_plain_lower_case_words(words: type[StrEnum]) -> None:
    assert all(re.fullmatch(r"[a-z_]*", word.value) for word in words)


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
    assert declared == set(VOCABULARIES)
