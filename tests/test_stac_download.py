"""Whole files: resumed after a kill, begun anew when the file changed, checked, never half a file."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import stac_server
from vallum.ground.errors import DiskFull, NotReached
from vallum.imagery.stac import download
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Patience, Wire

CONTENT = random.Random(1).randbytes(900_000)


@pytest.fixture
def files():
    with stac_server.files() as served:
        served.content["/a.tif"] = CONTENT
        yield served


@pytest.fixture
def wire(files):
    rules = Rules(private=frozenset({files.host}))
    with Wire(rules=rules, patience=Patience(tries=3), sleep=lambda _s: None) as made:
        yield made


def fetch(wire, files, to, path="/a.tif", **more):
    return download.fetch(wire, lambda: f"{files.href}{path}?sig=SECRET", to, **more)


def cut_after(n_bytes: int, times: int = 1):
    """Break the connection after so many bytes of the body, so often."""
    left = [times]

    def answer(handler, path) -> bool:
        if not left[0]:
            return False
        left[0] -= 1
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.send_header("ETag", f'"{len(CONTENT)}-{hash(CONTENT) & 0xFFFFFFFF:x}"')
        handler.end_headers()
        handler.wfile.write(CONTENT[:n_bytes])
        handler.close_connection = True
        return True

    return answer


def test_a_file_is_fetched_with_its_hash_and_nothing_else_stays(files, wire, tmp_path) -> None:
    shown = []
    got = fetch(wire, files, tmp_path / "a.tif", show=lambda *told: shown.append(told))
    assert got.path.read_bytes() == CONTENT
    assert got.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
    assert shown[-1] == ("fetch a.tif", len(CONTENT), len(CONTENT), "B")
    fetch(wire, files, tmp_path / "a.tif")
    assert len(files.asked) == 1


def test_a_broken_download_goes_on_where_it_ended(files, wire, tmp_path) -> None:
    files.answer = cut_after(300_000)
    assert fetch(wire, files, tmp_path / "a.tif").path.read_bytes() == CONTENT
    second = files.asked[1][2]
    assert second["range"] == "bytes=300000-"
    assert second["if-range"].startswith('"')


def test_a_file_that_changed_meanwhile_is_begun_anew(files, wire, tmp_path) -> None:
    part = tmp_path / "a.tif.part"
    part.write_bytes(b"x" * 1000)
    (tmp_path / "a.tif.part.json").write_text('{"etag": "\\"old\\""}')
    assert fetch(wire, files, tmp_path / "a.tif").path.read_bytes() == CONTENT


def test_without_a_strong_mark_of_its_version_it_is_begun_anew(files, wire, tmp_path) -> None:
    (tmp_path / "a.tif.part").write_bytes(b"x" * 1000)
    (tmp_path / "a.tif.part.json").write_text('{"etag": "W/\\"weak\\""}')
    assert fetch(wire, files, tmp_path / "a.tif").path.read_bytes() == CONTENT
    assert "range" not in files.asked[0][2]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(files, wire, tmp_path) -> None:
    tag = f"{len(CONTENT)}-{hash(CONTENT) & 0xFFFFFFFF:x}"
    (tmp_path / "a.tif.part").write_bytes(b"x" * (len(CONTENT) + 5))
    (tmp_path / "a.tif.part.json").write_text(f'{{"etag": "\\"{tag}\\""}}')
    assert fetch(wire, files, tmp_path / "a.tif").path.read_bytes() == CONTENT


def test_a_server_without_ranges_sends_all_of_it_again(files, wire, tmp_path) -> None:
    files.gives_ranges = False
    files.answer = cut_after(300_000)
    assert fetch(wire, files, tmp_path / "a.tif").path.read_bytes() == CONTENT


def test_what_was_fetched_stays_when_the_server_gives_up(files, wire, tmp_path) -> None:
    files.answer = cut_after(1000, times=99)
    with pytest.raises(NotReached, match="broke off; what was fetched is kept") as caught:
        fetch(wire, files, tmp_path / "a.tif")
    assert "SECRET" not in str(caught.value)
    assert (tmp_path / "a.tif.part").stat().st_size >= 1000
    assert "SECRET" not in (tmp_path / "a.tif.part.json").read_text()
    assert not (tmp_path / "a.tif").exists()


def test_other_bytes_than_the_catalogue_states_are_thrown_away(files, wire, tmp_path) -> None:
    with pytest.raises(NotReached, match="not those that the catalogue states"):
        fetch(wire, files, tmp_path / "a.tif", sha256="0" * 64)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_too_large_is_refused_before_it_is_read(files, wire, tmp_path) -> None:
    with pytest.raises(NotReached, match="more than"):
        fetch(wire, files, tmp_path / "a.tif", most_bytes=1000)
    assert not (tmp_path / "a.tif.part").exists()


def test_a_disk_without_room_is_told_before_anything_is_written(
    files, wire, tmp_path, monkeypatch
) -> None:
    full = shutil._ntuple_diskusage(1 << 40, 1 << 40, 1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(DiskFull, match="free some space"):
        fetch(wire, files, tmp_path / "a.tif")
    assert not (tmp_path / "a.tif.part").exists()


def test_a_killed_download_resumes_in_the_next_run(files, wire, tmp_path) -> None:
    def slowly(handler, path) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.send_header("ETag", f'"{len(CONTENT)}-{hash(CONTENT) & 0xFFFFFFFF:x}"')
        handler.end_headers()
        handler.wfile.write(CONTENT[:400_000])
        time.sleep(20)
        return True

    files.answer = slowly
    program = (
        "import sys; from pathlib import Path\n"
        "from vallum.imagery.stac import download\n"
        "from vallum.imagery.stac.hosts import Rules\n"
        "from vallum.imagery.stac.wire import Wire\n"
        "host, to = sys.argv[1:]\n"
        "wire = Wire(rules=Rules(private=frozenset({host})))\n"
        "download.fetch(wire, lambda: f'http://{host}/a.tif', Path(to))\n"
    )
    to = tmp_path / "a.tif"
    run = subprocess.Popen([sys.executable, "-c", program, files.host, str(to)], env={**os.environ})
    part = Path(f"{to}.part")
    end = time.monotonic() + 30
    while time.monotonic() < end and not (part.exists() and part.stat().st_size >= 262_144):
        time.sleep(0.02)
    run.kill()
    run.wait()
    had = part.stat().st_size
    assert had >= 262_144
    files.answer = None
    assert fetch(wire, files, to).path.read_bytes() == CONTENT
    assert files.asked[-1][2]["range"] == f"bytes={had}-"
