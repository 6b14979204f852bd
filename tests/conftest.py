"""What all tests share."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    import pg
    from desk_page import Desk, Server


_AS_FOR_PEOPLE = pyrage.passphrase.encrypt


_LONG = ("test_torture", "test_desk_page", "test_demo", "test_said_page", "test_views_page")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one of them."""
    items.sort(key=lambda item: item.path.stem not in _LONG)


@pytest.fixture(autouse=True, scope="session")
def _passphrases_are_quick() -> Iterator[None]:
    """Keys that tests make take a moment to open, not two seconds; `slow_passphrase` undoes it."""
    import quick_passphrase

    patch = pytest.MonkeyPatch()
    patch.setattr(pyrage.passphrase, "encrypt", quick_passphrase.encrypt)
    yield
    patch.undo()


@pytest.fixture
def slow_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are locked as vallum locks them for people."""
    monkeypatch.setattr("pyrage.passphrase.encrypt", _AS_FOR_PEOPLE)


@pytest.fixture(autouse=True)
def _no_alarm_is_left() -> Iterator[None]:
    """What a limited process does may be called here; the alarm it sets would end this process."""
    yield
    signal.alarm(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project, or a skip that says so."""
    folder = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[2] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("real data not beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def one_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project of which one edition is out; copy it, for all files of tests share it."""
    from datetime import date

    import small_published
    from vallum.project import open_project
    from vallum.steps import editions

    root = small_published.make(tmp_path_factory.mktemp("one-edition") / "border")
    with open_project(root) as project:
        editions.freeze(project, note="SIMULATED", day=date(2026, 5, 1))
    return root


@pytest.fixture(scope="session")
def postgres() -> Iterator[pg.Server]:
    """A PostgreSQL for the tests, or a skip that says what is not installed."""
    import pg

    if pg.missing():
        pytest.skip(pg.missing())
    with pg.serving() as server, pg.password():
        yield server


settings.register_profile("shared", deadline=None)
settings.load_profile("shared")


# -- pages in a real browser ----------------------------------------------------------------------
# A file of tests says what its project is, by a fixture `made` of its own; the rest is here.


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a file."""
    from playwright.sync_api import sync_playwright

    import desk_page

    with sync_playwright() as playwright:
        browser = desk_page.launch(playwright)
        yield browser
        browser.close()


def _copy(made: Any, folder: Path) -> Path:
    """A copy of the project that `made` is, or that lies in its `root`."""
    return Path(shutil.copytree(made if isinstance(made, Path) else made.root, folder / "border"))


@pytest.fixture
def root(made: Any, tmp_path: Path) -> Path:
    """A copy of the project for one test."""
    return _copy(made, tmp_path / "here")


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    """A server for one test."""
    from desk_page import serving

    with serving(root.parent, root) as server:
        yield server


@pytest.fixture
def desk(browser: Browser, server: Server) -> Iterator[Desk]:
    """The keeper's browser for one test."""
    from desk_page import keeping

    with keeping(browser, server) as desk:
        yield desk


@pytest.fixture(scope="module")
def shared_root(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project for all tests of a file that leave it to one another."""
    return _copy(made, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared_server(shared_root: Path) -> Iterator[Server]:
    """A server for all tests of a file."""
    from desk_page import serving

    with serving(shared_root.parent, shared_root) as server:
        yield server


@pytest.fixture(scope="module")
def shared_desk(browser: Browser, shared_server: Server) -> Iterator[Desk]:
    """The keeper's browser for all tests of a file."""
    from desk_page import keeping

    with keeping(browser, shared_server) as desk:
        yield desk
