"""What the linter says of a number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vallum.ground.records import Json


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A number that contradicts another one, misses its denominator, or is not known.

    Attributes:
        rule: name of the check.
        message: what is wrong, and what the right number would be.
        start: first character, counted from 0 in the text as read.
        end: one past the last character.
        text: the words from `start` to `end`.
        numbers: the numbers compared, in the units in which they are printed.
        severity: error for arithmetic that cannot be right, warning for what is missing.
        suggestion: what to write instead.
    """

    rule: str
    message: str
    start: int
    end: int
    text: str
    numbers: tuple[float, ...] = ()
    severity: Severity = Severity.ERROR
    suggestion: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "message": self.message,
            "suggestion": self.suggestion,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "numbers": list(self.numbers),
        }
