"""The limited process: whatever a foreign file does, it ends there and is told by name."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from typing_extensions import TypedDict

from vallum.ground import foreign
from vallum.ground.errors import BadInput, DiskFull, WorkerFailed
from vallum.ground.foreign import call

JOBS = Path(__file__).parent / "foreign_jobs"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that finds `tests/foreign_jobs` as part of vallum, and is ours otherwise."""
    folder = tmp_path_factory.mktemp("interpreter")
    script = folder / "python"
    script.write_text(
        f"#!{sys.executable}\n"
        "import runpy, sys\n"
        "import vallum\n"
        f"vallum.__path__.append({str(JOBS)!r})\n"
        "sys.argv = sys.argv[2:]\n"
        "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@pytest.fixture
def probe(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run one job of `tests/foreign_jobs/probe.py` in the limited process."""
    monkeypatch.setattr(sys, "executable", str(stand_in))

    def run(
        job: str,
        *,
        wall_s: float = 60.0,
        returns: Any = Any,
        reads: Sequence[Path] = (),
        writes: Sequence[Path] = (),
        **rest: Any,
    ) -> Any:
        names = ("memory_bytes", "file_bytes", "runs", "inherited", "ending")
        limits = {name: rest.pop(name) for name in names if name in rest}
        where = {"reads": [JOBS, *reads], "writes": writes, "returns": returns}
        return call(f"vallum.probe:{job}", rest, wall_s=wall_s, **where, **limits)

    return run


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "회령 / 會寧", [1, [2, {"a": "b"}]], {"line": "a\nb"}, "x" * 100_000],
)
def test_what_goes_in_comes_out(probe: Call, value: object) -> None:
    assert probe("echo", value=value) == value


def test_it_needs_no_stand_in_for_our_own_functions() -> None:
    value = [1, "a", None]
    assert call("vallum.ground.records:to_json", {"value": value}, returns=list) == value


def test_a_refused_file_is_bad_input_with_its_name(probe: Call) -> None:
    with pytest.raises(BadInput, match=r"scan\.tif: not an image; send a GeoTIFF"):
        probe("refuse", name="scan.tif")


def test_what_a_library_prints_is_no_answer(probe: Call) -> None:
    assert probe("chatter") == "answer"


def test_a_crash_ends_the_worker_only(probe: Call) -> None:
    with pytest.raises(WorkerFailed, match="ended by signal 11"):
        probe("fault")
    assert probe("echo", value="still here") == "still here"


@pytest.mark.parametrize("code", [0, 3])
def test_leaving_without_an_answer_is_a_failure(probe: Call, code: int) -> None:
    with pytest.raises(WorkerFailed, match=f"ended with code {code}"):
        probe("leave_without_answer", code=code)


def test_an_error_that_nobody_foresaw_is_told_and_not_swallowed(probe: Call) -> None:
    with pytest.raises(WorkerFailed, match="ZeroDivisionError: division by zero"):
        probe("divide")


def test_a_result_that_is_no_json_is_a_failure(probe: Call) -> None:
    with pytest.raises(WorkerFailed):
        probe("unserialisable")


def test_a_hang_is_given_up_on_time(probe: Call) -> None:
    began = time.monotonic()
    with pytest.raises(WorkerFailed, match="gave up after 1 s"):
        probe("hang", wall_s=1.0)
    assert time.monotonic() - began < 5


def test_a_busy_loop_is_given_up_on_time(probe: Call) -> None:
    with pytest.raises(WorkerFailed, match="gave up after 1 s"):
        probe("spin", wall_s=1.0)


def test_a_bomb_meets_the_memory_limit(probe: Call) -> None:
    with pytest.raises(WorkerFailed, match="more memory than allowed"):
        probe("take_memory", size=1 << 30, memory_bytes=512 << 20)
    assert probe("take_memory", size=1 << 20, memory_bytes=512 << 20) == 1 << 20


def test_a_flood_meets_the_file_limit(probe: Call, tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        probe(
            "write", path=str(tmp_path / "flood"), size=2 << 20, file_bytes=1 << 20,
            writes=[tmp_path],
        )  # fmt: skip
    assert (tmp_path / "flood").stat().st_size <= 1 << 20


def test_files_it_writes_belong_to_the_person_who_runs_vallum(probe: Call, tmp_path: Path) -> None:
    probe("write", path=str(tmp_path / "copy"), size=10, writes=[tmp_path])
    assert (tmp_path / "copy").stat().st_uid == os.getuid()


def test_the_limits_are_those_that_were_asked_for(probe: Call) -> None:
    limits = probe("limits", wall_s=20.0, memory_bytes=2 << 30, file_bytes=5 << 20)
    assert limits == {
        "RLIMIT_AS": 2 << 30, "RLIMIT_FSIZE": 5 << 20, "RLIMIT_CPU": 25, "RLIMIT_CORE": 0
    }  # fmt: skip


def test_secrets_of_the_environment_stay_outside(
    probe: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VALLUM_CANARY", "secret")
    monkeypatch.setenv("GDAL_SKIP", "")
    monkeypatch.setenv("LD_PRELOAD", "")
    inside = probe("environment")
    assert "VALLUM_CANARY" not in inside
    assert "LD_PRELOAD" not in inside
    assert inside["GDAL_SKIP"] == foreign.GDAL_LIMITS["GDAL_SKIP"]
    assert inside["GDAL_PAM_ENABLED"] == "NO"


@pytest.mark.parametrize("job", ["os:getcwd", "subprocess:run", "vallumx.y:z", "vallum:x"])
def test_only_functions_of_vallum_are_run(job: str) -> None:
    with pytest.raises(WorkerFailed):
        call(job, {}, returns=Any)


# --- what it answers is not believed ------------------------------------------------------------


class Shape(TypedDict):
    """What a job is asked for in the tests."""

    name: str
    n: int


@pytest.mark.parametrize(
    "value",
    [None, [], {"name": "a"}, {"name": 1, "n": 1}, {"name": "a", "n": "1"}, {"name": "a", "n": 1.5},
     {"name": "a", "n": True}],
    ids=["nothing", "list", "missing", "number", "digits", "broken", "true"],
)  # fmt: skip
def test_an_answer_of_another_type_is_a_failure(probe: Call, value: object) -> None:
    with pytest.raises(WorkerFailed, match="something else than was asked"):
        probe("echo", value=value, returns=Shape)


def test_what_was_not_asked_for_is_left_out_of_an_answer(probe: Call) -> None:
    told = probe("echo", value={"name": "a", "n": 1, "more": "x"}, returns=Shape)
    assert told == {"name": "a", "n": 1}


@pytest.mark.parametrize(
    "line",
    ['R{"name": "a"}', "R", "R{", 'R"' + "[" * 200_000, "E", "E[]", 'E{"kind": 1}', "E" + "[" * 200_000,
     '{"result": {}}', "R[1]\nRx", "R" + "[" * 100_000 + "]" * 100_000],
    ids=["short", "empty", "cut", "brackets", "e-empty", "e-list", "e-kind", "e-deep", "old",
         "two", "deep"],
)  # fmt: skip
def test_a_forged_answer_is_a_failure_and_nothing_else(line: str) -> None:
    with pytest.raises(WorkerFailed):
        foreign._answered(0, f"\n{line}\n".encode(), b"", Shape)


def test_an_answer_of_a_process_that_died_afterwards_does_not_count() -> None:
    with pytest.raises(WorkerFailed, match="signal 9"):
        foreign._answered(-9, b'\nR{"name": "a", "n": 1}\n', b"", Shape)


@pytest.mark.parametrize("kind", ["NotAProject", "SystemExit", "annotations", "VallumError", "_x"])
def test_only_errors_about_input_can_be_told(kind: str) -> None:
    with pytest.raises(WorkerFailed, match="some words"):
        foreign._answered(0, foreign._reason(kind, "some words").join("E\n").encode(), b"", str)


def test_a_reason_holds_nothing_that_a_terminal_obeys_and_is_not_endless(probe: Call) -> None:
    with pytest.raises(BadInput) as caught:
        probe("refuse", name="a\x1b[2J\n\u202eb" + "x" * 5_000 + "; save it again")
    said = str(caught.value)
    assert said.startswith("a [2J b")
    assert "; save it again: " in said
    assert len(said) <= 400


@pytest.mark.parametrize("kind", ["missing", "link", "hard link", "folder", "climbing", "pipe"])
def test_a_file_that_was_left_is_a_plain_file_under_its_name(tmp_path: Path, kind: str) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "out"
    secret.write_text("secret")
    folder.mkdir()
    name = "../secret" if kind == "climbing" else "made"
    {
        "missing": lambda: None,
        "link": lambda: (folder / "made").symlink_to(secret),
        "hard link": lambda: (folder / "made").hardlink_to(secret),
        "folder": (folder / "made").mkdir,
        "climbing": lambda: None,
        "pipe": lambda: os.mkfifo(folder / "made"),
    }[kind]()
    with pytest.raises(WorkerFailed):
        foreign.made(folder, name)


def test_a_file_that_was_left_is_found(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("x")
    assert foreign.made(tmp_path, "made") == tmp_path / "made"


def test_its_temporary_files_are_gone_afterwards(
    probe: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = probe("leave_in_temp", returns=str)
    assert told.startswith(str(tmp_path))
    assert not [*tmp_path.iterdir()]


def test_what_it_started_ends_with_it(
    probe: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(foreign.SWITCH, "off")
    child = probe("leave_a_child", returns=int)
    for _ in range(100):
        if (
            not Path(f"/proc/{child}/cmdline").exists()
            or not Path(f"/proc/{child}/cmdline").read_bytes()
        ):
            return
        time.sleep(0.05)
    pytest.fail("a process that foreign bytes started is still there")


# --- GDAL ------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that no image may hand over."""
    path = tmp_path / "secret.txt"
    path.write_bytes(b"A" * 64)
    return path


def vrt(secret: Path) -> str:
    """A description that makes GDAL read `secret` as 8 x 8 pixels."""
    return (
        '<VRTDataset rasterXSize="8" rasterYSize="8">'
        '<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativeToVRT="0">{secret}</SourceFilename>'
        "<ImageOffset>0</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>8</LineOffset>"
        "</VRTRasterBand></VRTDataset>"
    )


def test_a_description_named_tif_cannot_read_another_file(
    probe: Call, tmp_path: Path, secret: Path
) -> None:
    trap = tmp_path / "scene.tif"
    trap.write_text(vrt(secret))
    with pytest.raises(BadInput, match=r"scene\.tif"):
        probe("open_raster", path=str(trap), reads=[tmp_path])


def test_a_description_in_place_of_a_path_cannot_read_another_file(
    probe: Call, secret: Path
) -> None:
    with pytest.raises(BadInput):
        probe("open_raster", path=vrt(secret), reads=[secret])


def test_skipped_drivers_are_really_gone(tmp_path: Path) -> None:
    listing = "import json, rasterio\nwith rasterio.Env() as env: print(json.dumps(env.drivers()))"
    environment = {"PATH": os.environ["PATH"], **foreign.GDAL_LIMITS}
    done = subprocess.run(
        [sys.executable, "-c", listing], env=environment, capture_output=True, text=True, check=True
    )
    present = set(json.loads(done.stdout))
    assert "GTiff" in present
    assert not present & set(foreign.GDAL_LIMITS["GDAL_SKIP"].split(","))


def test_a_plain_tif_is_read_and_its_planted_sidecar_is_not(probe: Call, tmp_path: Path) -> None:
    path = tmp_path / "plain.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8", crs="EPSG:32652",
        transform=Affine(0.5, 0, 500_000, 0, -0.5, 4_700_000),
    ) as sink:  # fmt: skip
        sink.write(np.ones((1, 8, 8), dtype="uint8"))
    planted = "<PAMDataset><GeoTransform>1, 1, 0, 2, 0, -1</GeoTransform></PAMDataset>"
    (tmp_path / "plain.tif.aux.xml").write_text(planted)
    assert probe("open_raster", path=str(path), reads=[tmp_path]) == 64
    assert probe("origin", path=str(path), reads=[tmp_path]) == [500_000, 4_700_000]


def test_another_thread_ends_it_with_whatever_comes_after(probe: Call) -> None:
    ending = foreign.Ending()
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(probe, "hang", ending=ending)
        while not ending._running:
            time.sleep(0.01)
        ending.now()
        with pytest.raises(WorkerFailed, match="ended by signal 9"):
            hanging.result(30)
    assert not ending._running
    with pytest.raises(WorkerFailed, match="ended by signal 9"):
        probe("hang", ending=ending)


def test_what_serves_nothing_there_is_not_imported(probe: Call) -> None:
    assert probe("imported") == []
