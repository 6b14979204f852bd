"""What the desk remembers: made in the background, and told only for what it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

import small_published
from vallum.project import open_project
from vallum.steps.desk_kept import Kept


class Ledger:
    """A desk of which only the newest row is known."""

    seq = 1

    def fresh(self) -> AbstractContextManager[SimpleNamespace]:
        return nullcontext(SimpleNamespace(seq=self.seq))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_published.make(tmp_path_factory.mktemp("kept") / "border", is_measured=False)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def kept(root: Path, ledger: Ledger) -> Iterator[Kept]:
    with open_project(root) as project:
        yield Kept.of(project, ledger.fresh)  # type: ignore[arg-type]


def until_newest(kept: Kept, make) -> object:
    for _ in range(500):
        value, is_newest = kept.at_hand("gates", make, wait_s=0.02)
        if is_newest:
            return value
    raise AssertionError("never the newest")


def test_who_asks_is_told_at_once_that_nothing_is_known_yet(kept: Kept) -> None:
    may_end = threading.Event()

    def make() -> str:
        assert may_end.wait(30)
        return "open"

    assert kept.at_hand("gates", make, wait_s=0.01) == (None, False)
    assert kept.at_hand("gates", make, wait_s=0.0) == (None, False)
    may_end.set()
    assert until_newest(kept, make) == "open"


def test_what_is_older_than_the_ledger_is_told_as_such(kept: Kept, ledger: Ledger) -> None:
    may_end = threading.Event()
    may_end.set()
    made: list[int] = []

    def make() -> int:
        assert may_end.wait(30)
        made.append(ledger.seq)
        return ledger.seq

    assert until_newest(kept, make) == 1
    may_end.clear()
    ledger.seq = 2
    assert kept.at_hand("gates", make, wait_s=0.01) == (1, False)
    ledger.seq = 3  # written while the second one is being made
    may_end.set()
    assert until_newest(kept, make) == 3
    assert kept.at_hand("gates", make, wait_s=0.0) == (3, True)
    assert len(made) <= 3


def test_what_goes_wrong_is_told_once_and_tried_again(kept: Kept) -> None:
    tries: list[int] = []

    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the disk is away")
        return "open"

    with pytest.raises(OSError, match="the disk is away"):
        kept.at_hand("gates", make, wait_s=30)
    assert kept.at_hand("gates", make, wait_s=30) == ("open", True)
    assert len(tries) == 2


def test_what_went_wrong_after_nobody_waited_any_more_is_told_to_the_next(kept: Kept) -> None:
    may_end = threading.Event()

    def make() -> str:
        assert may_end.wait(30)
        raise OSError("the disk is away")

    assert kept.at_hand("gates", make, wait_s=0.0) == (None, False)
    may_end.set()
    time.sleep(0.1)
    with pytest.raises(OSError, match="the disk is away"):
        kept.at_hand("gates", make, wait_s=30)
