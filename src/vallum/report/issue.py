"""Editions: which one this is, what it says otherwise than the one before, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vallum.ground.records import Estimate


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One edition: a publication that was given to others. Number 0 is a draft."""

    number: int = 0
    day: date | None = None
    note: str = ""
    manifest_sha256: str = ""
    ledger_head: str = ""

    @property
    def is_draft(self) -> bool:
        """Whether it was not frozen."""
        return not self.number


class Sort(StrEnum):
    """What the ledger shows of why a number is not as it was."""

    CAME = "came"
    WENT = "went"
    DIFFER = "differ"
    IMAGES_ADDED = "images added"
    IMAGES_ASIDE = "images set aside"
    ANSWERS = "answers"
    SETTING = "setting"
    SETTINGS = "settings"
    VERSION = "version"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One reason that the ledger shows; it is put into words where it is printed.

    Attributes:
        sort: what happened.
        kind: kind of the rows that came, went or differ, like `Finding`.
        n: how many.
        ids: some of them by name; none where a name would tell of a person.
        name: of the setting.
        was: the setting or version before.
        now: the setting or version since.
    """

    sort: Sort
    kind: str = ""
    n: int = 0
    ids: tuple[str, ...] = ()
    name: str = ""
    was: str = ""
    now: str = ""

    @property
    def is_enough(self) -> bool:
        """False where it may have nothing to do with the number: some setting was changed."""
        return self.sort is not Sort.SETTINGS


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A number that is not as it was in the edition before; None where it did not exist.

    `why` holds what the ledger shows (rows that came or went) and, last, what a person wrote.
    """

    name: str
    old: Estimate | None
    new: Estimate | None
    why: tuple[Cause | str, ...] = ()
    is_correction: bool = False

    @property
    def is_explained(self) -> bool:
        """Whether a reason is known, to the ledger or from a person."""
        return any(isinstance(one, str) or one.is_enough for one in self.why)


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A number that was wrong: what stood before edition `edition` stays visible in all later."""

    edition: int
    day: date
    name: str
    was: Estimate | None
    now: Estimate | None
    why: str


@dataclass(frozen=True, kw_only=True)
class History:
    """What came before: all editions, the changes since the last, and every correction."""

    issue: Issue = Issue()
    editions: tuple[Issue, ...] = ()
    changes: tuple[Changed, ...] = ()
    corrections: tuple[Correction, ...] = ()
