"""The logbook: lines of known words only, small, private, and never in the way."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vallum import __version__
from vallum.ground import logbook
from vallum.ground.errors import BadImage, Stopped, VallumError
from vallum.ground.logbook import Cause, Event, Line

AT = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
SECRETS = (
    "Hong Gildong",
    "kim_c",
    "/home/someone/vault",
    "C:\\Users\\hong",
    "vault-7f3a.age",
    "'I saw it myself'",
    "129.750123",
    "from-my-cousin.txt",
    "https://example.org/?token=s3cr3t",
    "두만강",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "vallum.toml").touch()
    return tmp_path


def written(root: Path) -> str:
    folder = root / logbook.FOLDER
    return "".join(path.read_text() for path in sorted(folder.iterdir()))


def test_a_line_comes_back_as_it_was_written(root: Path) -> None:
    line = Line(
        time=AT, event=Event.DONE, step="vault check", mark="0123abcd", run="run-" + "a" * 16,
        seconds=0.0, counts={"added": 3}, sections=(4, 5), causes={"cloud": 2}, status=200,
    )  # fmt: skip
    logbook.tell(root, line)
    assert logbook.told(root) == [line]
    assert json.loads(written(root))["version"] == __version__
    assert (root / "log").stat().st_mode & 0o077 == 0
    assert (root / "log" / logbook.FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", range(len(SECRETS)))
def test_what_has_no_business_in_a_field_is_left_out_of_it(root: Path, number: int) -> None:
    secret = SECRETS[number]
    logbook.tell(
        root,
        Line(
            time=AT, event=Event.FAILED, step=secret, mark=secret, run=secret, error=secret,
            counts={secret: 1}, version=secret,
        ),
    )  # fmt: skip
    logbook.tell(root, Line(time=AT, event=Event.REQUEST, step=f"GET /api/people/{secret}"))
    logbook.tell(root, Line(time=AT, event=Event.REQUEST, causes={secret: 1}))
    told = [json.loads(text) for text in written(root).splitlines()]
    assert len(told) == 2  # a cause that is none is no line
    assert [set(one) for one in told] == [{"time", "event", "version"}] * 2
    assert secret not in written(root)


def test_a_route_with_its_fields_is_a_step_and_a_name_is_none(root: Path) -> None:
    for step in ("POST /api/people/{name}/link", "GET /api/tiles/{scene}/{z}/{x}/{y}.png", "GET /"):
        logbook.tell(root, Line(time=AT, event=Event.REQUEST, step=step))
    assert logbook.told(root)[0].step == "POST /api/people/{name}/link"
    assert logbook.told(root)[2].step == "GET /"


def test_the_log_stays_small(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MOST_BYTES", 2_000)
    for number in range(200):
        logbook.tell(root, Line(time=AT, event=Event.DONE, step="cover", seconds=float(number)))
    files = list((root / "log").iterdir())
    assert len(files) == logbook.KEPT + 1
    assert sum(path.stat().st_size for path in files) < (logbook.KEPT + 1) * 2_200
    seconds = [line.seconds for line in logbook.told(root)]
    assert seconds == sorted(seconds)  # type: ignore[type-var]
    assert seconds[-1] == 199.0


def test_a_long_line_is_cut_and_still_one(root: Path) -> None:
    sections = tuple(range(10_000_000, 10_001_000))
    logbook.tell(root, Line(time=AT, event=Event.DONE, step="detect", sections=sections))
    (line,) = logbook.told(root)
    assert line.sections == sections[: logbook.MOST_SECTIONS]


def test_a_log_that_cannot_be_written_fails_nothing(root: Path, tmp_path: Path) -> None:
    (root / "log").write_text("a file, where the folder should be")
    with logbook.watched(root, "cover") as watch:
        watch.run = "run-" + "a" * 16
    assert (root / "log").is_file()
    with logbook.watched(tmp_path / "nowhere", "cover"):
        pass
    assert not (tmp_path / "nowhere").exists()


def test_a_log_is_not_led_elsewhere(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "log").symlink_to(elsewhere)
    logbook.tell(root, Line(time=AT, event=Event.DONE, step="cover"))
    assert list(elsewhere.iterdir()) == []
    (root / "log").unlink()
    (root / "log").mkdir()
    (root / "log" / logbook.FILE).symlink_to(elsewhere / "there")
    logbook.tell(root, Line(time=AT, event=Event.DONE, step="cover"))
    assert list(elsewhere.iterdir()) == []
    assert logbook.told(root) == []


def test_what_is_no_line_of_a_log_is_passed_over(root: Path) -> None:
    logbook.tell(root, Line(time=AT, event=Event.DONE, step="cover"))
    with (root / "log" / logbook.FILE).open("ab") as handle:
        handle.write(b'not json\n{"event": "done"}\n[1]\n{"time": 3, "event": "x"}\n\xff\n')
        handle.write(b"[" * 100_000 + b"\n")
    logbook.tell(root, Line(time=AT, event=Event.DONE, step="align"))
    assert [line.step for line in logbook.told(root)] == ["cover", "align"]


@pytest.mark.parametrize(
    ("error", "event", "code"),
    [
        (BadImage("Hong Gildong.tif is torn; use another"), "failed", "BadImage"),
        (Stopped("stopped"), "stopped", ""),
        (KeyboardInterrupt(), "stopped", ""),
        (OSError(28, "full", "/home/someone"), "failed", "DiskFull"),
        (PermissionError(13, "no", "/home/someone"), "failed", "OSError"),
        (RuntimeError("Hong Gildong"), "failed", "Unexpected"),
        (type("HongGildong", (VallumError,), {})("x"), "failed", "VallumError"),
    ],
    ids=["ours", "stopped", "ctrl-c", "full", "system", "unforeseen", "disguised"],
)
def test_an_end_is_told_by_its_code(root: Path, error: Exception, event: str, code: str) -> None:
    with pytest.raises(type(error)), logbook.watched(root, "run"):
        raise error
    began, ended = logbook.told(root)
    assert (began.event, ended.event, ended.error) == ("began", event, code)
    assert began.mark == ended.mark
    assert ended.seconds is not None
    assert "ong" not in written(root)


def test_a_question_is_told_only_when_it_fails(root: Path) -> None:
    with logbook.watched(root, "status", is_quiet=True):
        pass
    assert not (root / "log").exists()
    with pytest.raises(ValueError, match="x"), logbook.watched(root, "status", is_quiet=True):
        raise ValueError("x")
    (line,) = logbook.told(root)
    assert (line.event, line.error) == ("failed", "Unexpected")


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("scene Hong.tif: the tiles disagree: two different places", Cause.NOT_ALIGNED),
        ("no image before 2019", Cause.NO_IMAGE),
        ("clouds hide 93 % of it", Cause.CLOUD),
        ("a better pair was found", Cause.REPLACED),
        ("Hong Gildong would not say", Cause.OTHER),
    ],
    ids=["tiles", "none", "cloud", "replaced", "other"],
)
def test_a_reason_comes_down_to_a_cause(reason: str, cause: Cause) -> None:
    assert logbook.cause_of(reason) is cause


def test_lines_of_two_processes_do_not_mix(root: Path) -> None:
    child = os.fork()
    for number in range(100):
        step = "cover" if child else "align"
        logbook.tell(root, Line(time=AT, event=Event.DONE, step=step, seconds=float(number)))
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert len(logbook.told(root)) == 200
