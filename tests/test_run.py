"""One engine: a plain loop is the specification, processes do the same in the same order."""

import pytest

from vallum.ground.errors import BadImage, BadSetting, StoreError
from vallum.run import each


def work(task: int) -> int:
    if task == 3:
        raise BadImage("image 3 is torn; use another")
    if task == 4:
        raise ZeroDivisionError("a bug")
    return task * task


@pytest.mark.parametrize("scheduler", ["", "local"])
def test_outcomes_come_in_the_order_of_the_tasks(scheduler: str) -> None:
    outcomes = list(each(work, [5, 3, 1, 4, 2], scheduler))
    assert [outcome.task for outcome in outcomes] == [5, 3, 1, 4, 2]
    assert [outcome.value for outcome in outcomes] == [25, None, 1, None, 4]


def test_a_failure_is_data_and_ends_nothing() -> None:
    _, bad, bug, good = each(work, [1, 3, 4, 2])
    assert bad.problem == "image 3 is torn; use another"
    assert not bad.ok
    assert "report it" in bug.problem
    assert "ZeroDivisionError" in bug.details
    assert good.ok
    assert good.value == 4


def broken_store(_: int) -> None:
    raise StoreError("the database is gone")


def test_trouble_with_the_store_ends_the_run() -> None:
    with pytest.raises(StoreError, match="gone"):
        list(each(broken_store, [1]))


def test_an_unknown_scheduler_is_refused() -> None:
    with pytest.raises(BadSetting, match="local"):
        list(each(work, [1], "cluster"))


def test_nothing_to_do_is_nothing() -> None:
    assert list(each(work, [], "local")) == []
