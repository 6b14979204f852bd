"""Whole or not at all: files and folders under their final names, and the order of writing."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vallum.ground import whole
from vallum.ground.errors import DiskFull


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- files ----------------------------------------------------------------------------------------


def test_a_file_appears_with_its_content_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    whole.write_whole(path, b"old")
    whole.write_whole(path, lambda handle: handle.write(b"new") and None)
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == {"table.csv"}


def test_a_file_for_people_has_the_rights_that_their_system_gives(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        whole.write_whole(tmp_path / "a", b"x")
        whole.write_private(tmp_path / "b", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_only_a_private_file_has_no_time(tmp_path: Path) -> None:
    whole.write_private(tmp_path / "private", b"x")
    whole.write_whole(tmp_path / "plain", b"x")
    assert (tmp_path / "private").stat().st_mtime == 0
    assert (tmp_path / "plain").stat().st_mtime > 1e9


def test_who_fails_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    whole.write_whole(path, b"old")

    def fail(handle: object) -> None:
        handle.write(b"half")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    for write in (whole.write_whole, whole.write_private):
        with pytest.raises(KeyboardInterrupt):
            write(path, fail)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"a"}


def test_a_full_disk_is_told_with_the_file_and_the_bytes_it_needs(tmp_path: Path) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = tmp_path / "big.csv"
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(DiskFull, match=re.escape(f"{path}: no room left for 50,000 bytes")):
            whole.write_whole(path, b"x" * 50_000)
        with (
            pytest.raises(DiskFull, match="no room left for more than"),
            whole.drafted_whole(path) as draft,
        ):
            draft.write_bytes(b"x" * 50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert not names(tmp_path)


def test_another_failure_of_the_disk_is_called_what_it_is(tmp_path: Path) -> None:
    def fail(_: object) -> None:
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        whole.write_whole(tmp_path / "a", fail)
    with pytest.raises(FileNotFoundError):
        whole.write_whole(tmp_path / "nowhere" / "a", b"x")


def test_a_library_may_write_the_draft_and_what_it_puts_beside_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    with whole.drafted_whole(path) as draft:
        assert draft.name == path.name
        draft.write_bytes(b"layers")
        draft.with_name("layers.gpkg-journal").write_bytes(b"left")
        assert not path.exists()
    assert path.read_bytes() == b"layers"
    assert names(tmp_path) == {"layers.gpkg"}


def test_drafts_that_a_kill_left_are_taken_away_later(tmp_path: Path) -> None:
    old, young = tmp_path / ".a[1].csv.0011.part", tmp_path / ".a[1].csv.0022.part"
    for left in (old, young):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    other = tmp_path / ".b.csv.0011.part"
    other.write_bytes(b"another file's")
    os.utime(other, (1, 1))
    whole.write_whole(tmp_path / "a[1].csv", b"x")
    assert names(tmp_path) == {"a[1].csv", young.name, other.name}


# -- folders --------------------------------------------------------------------------------------


def filled(folder: Path, word: str) -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_text(word)
    return folder


def test_a_folder_appears_whole_and_takes_the_place_of_an_empty_one(tmp_path: Path) -> None:
    target = tmp_path / "report"
    for word in ("first", "second"):
        whole.folder_whole(filled(tmp_path / ".draft", word), target)
        assert (target / "inner" / "file").read_text() == word
        (target / "inner" / "file").unlink()
        (target / "inner").rmdir()
    assert names(tmp_path) == {"report"}


def test_a_folder_that_is_not_empty_stays_unless_somebody_says_where_to(tmp_path: Path) -> None:
    target, aside = filled(tmp_path / "report", "old"), tmp_path / "earlier"
    draft = filled(tmp_path / ".draft", "new")
    with pytest.raises(OSError, match="not empty"):
        whole.folder_whole(draft, target)
    assert (target / "inner" / "file").read_text() == "old"
    whole.folder_whole(draft, target, aside=aside)
    assert (target / "inner" / "file").read_text() == "new"
    assert (aside / "inner" / "file").read_text() == "old"
    assert names(tmp_path) == {"report", "earlier"}


def test_where_a_system_cannot_swap_names_the_old_folder_is_moved_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole.sys, "platform", "darwin")
    target = filled(tmp_path / "report", "old")
    whole.folder_whole(filled(tmp_path / ".draft", "new"), target, aside=tmp_path / "earlier")
    assert (target / "inner" / "file").read_text() == "new"
    assert (tmp_path / "earlier" / "inner" / "file").read_text() == "old"


# -- the order of writing -------------------------------------------------------------------------


class Recorder:
    """What was put on the disk and renamed, in order, as a power cut would find it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, int, str, str]] = []
        self._synced: set[int] = set()
        self.problems: list[str] = []
        self._waiting: dict[int, str] = {}
        fsync, rename, replace = os.fsync, os.rename, os.replace

        def synced(handle: int) -> None:
            fsync(handle)
            number = os.fstat(handle).st_ino
            self._synced.add(number)
            self._waiting.pop(number, None)

        def moved(real: object) -> object:
            def move(old: object, new: object, **more: object) -> None:
                self._check(Path(os.fspath(old)), Path(os.fspath(new)))  # type: ignore[call-overload]
                real(old, new, **more)  # type: ignore[operator]

            return move

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "rename", moved(rename))
        monkeypatch.setattr(os, "replace", moved(replace))

    def _check(self, old: Path, new: Path) -> None:
        self.calls.append(("move", 0, str(old), str(new)))
        files = [p for p in ([old, *old.rglob("*")] if old.is_dir() else [old]) if p.is_file()]
        self.problems += [
            f"{path} was given its name before it was on the disk"
            for path in files
            if path.stat().st_ino not in self._synced
        ]
        self._waiting[new.parent.stat().st_ino] = str(new)

    def in_order(self, folder: Path) -> list[str]:
        """Return what is not in order of the moves into a folder or below it."""
        inside = {one.stat().st_ino for one in [folder, *folder.rglob("*")] if one.is_dir()}
        lost = [
            f"the name {name} was not put on the disk"
            for number, name in self._waiting.items()
            if number in inside
        ]
        return [*self.problems, *lost]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    with monkeypatch.context() as patched:
        yield Recorder(patched)


def test_the_recorder_sees_what_is_in_no_order(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    os.replace(tmp_path / "a", tmp_path / "b")  # noqa: PTH105 - what is watched
    assert len(recorder.in_order(tmp_path)) == 2


def test_files_and_folders_are_on_the_disk_before_they_have_their_names(
    recorder: Recorder, tmp_path: Path
) -> None:
    whole.write_whole(tmp_path / "a", b"x")
    whole.write_private(tmp_path / "b", b"x")
    with whole.drafted_whole(tmp_path / "c") as draft:
        draft.write_bytes(b"x")
    whole.folder_whole(filled(tmp_path / ".d", "x"), tmp_path / "d")
    whole.folder_whole(filled(tmp_path / ".d", "y"), tmp_path / "d", aside=tmp_path / "old")
    assert len(recorder.calls) == 5
    assert recorder.in_order(tmp_path) == []


def test_a_new_folder_and_those_above_it_outlast_a_power_cut(
    recorder: Recorder, tmp_path: Path
) -> None:
    whole.make_folder(tmp_path / "a" / "b" / "c")
    assert {tmp_path.stat().st_ino, (tmp_path / "a" / "b").stat().st_ino} <= recorder._synced


def test_what_the_steps_write_is_in_order(
    recorder: Recorder, one_edition: Path, tmp_path: Path
) -> None:
    import shutil

    from vallum import steps
    from vallum.project import open_project
    from vallum.steps import settings

    root = Path(shutil.copytree(one_edition, tmp_path / "border"))
    with open_project(root) as project:
        settings.change_setting(project, "publish", "n_chips", 0)
        steps.review_export(project, root / "review.csv", analyst="Hong Gildong")
        steps.review_export(project, root / "review.gpkg", analyst="Hong Gildong")
        steps.freeze(project, note="SIMULATED, again")
    assert recorder.in_order(root) == []
    moved = {Path(new).name for _, _, _, new in recorder.calls}
    assert {"vallum.toml", "review.csv", "review.gpkg", "2"} <= moved
