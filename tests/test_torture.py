"""The promises F1 to F15, measured in the small; `make torture` measures them in full."""

from pathlib import Path

import pytest

from torture import Size
from torture.table import PAGE, kept, page, promises

PROMISES = promises()


def test_every_promise_has_its_measurement() -> None:
    assert list(PROMISES) == [f"F{number}" for number in range(1, 16)]
    for promise in PROMISES.values():
        assert set(promise.PROMISED) == set(Size)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROMISES)
def test_it_holds_in_the_small(name: str, tmp_path: Path) -> None:
    figure = PROMISES[name].measure(Size.CI, tmp_path)
    assert figure.holds, "\n".join([figure.measured, *figure.misses])


def test_the_page_shows_what_was_measured() -> None:
    rows = kept()
    assert set(rows) == set(PROMISES), "measure the rest: make torture"
    missed = [name for name, row in rows.items() if not row["holds"] or row["in_time"] is False]
    assert not missed
    assert PAGE.read_text(encoding="utf-8") == page(rows), "run: make torture"
