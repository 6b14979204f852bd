"""A bar appears once something takes long, also when nothing was finished yet."""

import time

import pytest

from vallum.commands import bar


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "_SHOW_AFTER_S", 0.05)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal


def test_one_large_file_shows_a_bar_before_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with bar.Bar() as shown:
        shown.show("add", 0, 1, "images")
        time.sleep(0.3)
    assert "add" in capsys.readouterr().err


def test_what_is_quick_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with bar.Bar() as shown:
        for done in range(3):
            shown.show("cover", done, 2, "looks")
    time.sleep(0.1)
    out = capsys.readouterr()
    assert out.err == out.out == ""


def test_an_unknown_total_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with bar.Bar() as shown:
        shown.show("search", 3, 0, "files")
        time.sleep(0.2)
        shown.show("search", 9, 0, "files")
    assert "search" in capsys.readouterr().err


def test_a_log_file_gets_no_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR")
    with bar.Bar() as shown:
        shown.show("add", 0, 1, "images")
        time.sleep(0.2)
    assert capsys.readouterr().err == ""
