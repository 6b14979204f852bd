"""`vallum doctor`: a line for everything that protects this machine, and nothing that names anybody."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import small_published
from vallum.commands import doctoring as command
from vallum.evidence import faces
from vallum.ground import foreign
from vallum.ground.errors import StoreError
from vallum.project import open_project
from vallum.steps import doctoring
from vallum.steps import doctoring_system as system
from vallum.steps.doctoring import State, doctor


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_published.make(tmp_path_factory.mktemp("doctor") / "border")


def checks(project=None, **more) -> dict[str, dict[str, str]]:
    return {one["name"]: one for one in doctor(project, **more).facts["checks"]}


def test_it_runs_without_a_project_and_every_line_has_a_state(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctor(None)
    names = {one["name"] for one in done.facts["checks"]}
    assert {"network", "files", "programs", "limits", "temp", "swap", "encryption", "disk", "drive",
            "GDAL", "PROJ", "SQLite", "OpenSSL", "fonts", "typst", "ffmpeg", "clock",
            "network of faces", "network of plates", "network of lines"} <= names  # fmt: skip
    assert {one["state"] for one in done.facts["checks"]} <= {"ok", "warn", "bad"}
    assert all(one["next"] for one in done.facts["checks"] if one["state"] != "ok")
    assert done.exit_code == (3 if done.facts["n_bad"] else 0)


def test_with_a_project_it_tells_of_rows_and_of_who_may_read_them(root) -> None:
    with open_project(root) as project:
        root.chmod(0o755)
        assert checks(project)["folder"]["state"] == "warn"
        root.chmod(0o700)
        told = checks(project)
    assert told["folder"]["state"] == "ok"
    assert "project.db" in told["rows"]["said"]


def test_it_changes_nothing(root) -> None:
    def state() -> dict[str, bytes]:
        files = [one for one in root.rglob("*") if one.is_file()]
        return {str(one): one.read_bytes() for one in files if "-wal" not in one.name}

    before = state()
    with open_project(root) as project:
        doctor(project)
    assert state() == before


def test_a_missing_defence_is_told_with_what_to_do(monkeypatch) -> None:
    monkeypatch.setenv(foreign.SWITCH, "off")
    monkeypatch.setattr(foreign, "protection", foreign.protection.__wrapped__)
    told = checks()
    for name in ("network", "files", "programs"):
        assert told[name]["state"] == "warn"
        assert "VALLUM_CONFINE" in told[name]["said"]
        assert told[name]["next"]
    assert told["limits"]["state"] == "ok"


def test_a_changed_network_is_bad_and_the_exit_code_says_so(monkeypatch, tmp_path) -> None:
    changed = tmp_path / "faces.onnx"
    changed.write_bytes(faces.WEIGHTS.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(faces, "WEIGHTS", changed)
    done = doctor(None)
    assert done.exit_code == 3
    assert any("network of faces: missing or changed" in line for line in done.blocked)


def test_a_clock_before_the_newest_row_is_bad(root, monkeypatch) -> None:
    with open_project(root) as project:
        early = datetime.now(UTC) - timedelta(days=400)
        monkeypatch.setattr(doctoring.time, "time", early.timestamp)
        assert checks(project)["clock"]["state"] == "bad"


def test_a_full_disk_is_bad_and_little_room_is_told(monkeypatch) -> None:
    for free, state in ((1 << 20, "bad"), (5 << 30, "warn"), (500 << 30, "ok")):
        usage = type("usage", (), {"free": free})
        monkeypatch.setattr(doctoring.shutil, "disk_usage", lambda _, usage=usage: usage)
        assert checks()["disk"]["state"] == state


def test_a_project_that_does_not_open_is_bad_and_its_path_is_shortened() -> None:
    problem = StoreError(f"{Path.home()}/border/project.db is damaged")
    told = checks(problem=problem)["project"]
    assert told["state"] == "bad"
    assert told["said"] == "~/border/project.db is damaged"


def test_no_path_of_the_home_is_told(root, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    with open_project(root) as project:
        told = json.dumps(doctor(project).to_json())
    assert str(tmp_path.parent) not in told


# -- the command ------------------------------------------------------------------------------


def test_the_command_answers_in_words_and_as_json(root, tmp_path) -> None:
    run = CliRunner()
    words = run.invoke(command.doctor, ["--project", str(tmp_path)])
    assert words.exit_code in {0, 3}
    assert "ok   limits:" in words.output
    told = json.loads(run.invoke(command.doctor, ["--json", "--project", str(root)]).stdout)
    assert told["step"] == "doctor"
    assert "rows" in {one["name"] for one in told["facts"]["checks"]}


def test_the_command_goes_on_over_a_broken_project(root, tmp_path) -> None:
    broken = tmp_path / "border"
    broken.mkdir()
    (broken / "vallum.toml").write_text("name = [")
    told = CliRunner().invoke(command.doctor, ["--project", str(broken)])
    assert told.exit_code == 3
    assert "blocked: project:" in told.output
    assert "ok   fonts" in told.output


def test_other_commands_say_once_what_is_missing(monkeypatch, capsys) -> None:
    missing = foreign.Protection(
        network=True, files=False, programs=True, limits=True, landlock_abi=0, why_not=("none",)
    )
    monkeypatch.setattr(foreign, "protection", lambda: missing)
    monkeypatch.setattr(command, "_said", [])
    command.say_what_is_missing()
    command.say_what_is_missing()
    said = capsys.readouterr().err
    assert said.count("could read your files") == 1
    assert len(said.splitlines()) == 1


def test_other_commands_say_nothing_where_nothing_is_missing(monkeypatch, capsys) -> None:
    whole = foreign.Protection(
        network=True, files=True, programs=True, limits=True, landlock_abi=7, why_not=()
    )
    monkeypatch.setattr(foreign, "protection", lambda: whole)
    command.say_what_is_missing()
    assert capsys.readouterr().err == ""


# -- what the system tells --------------------------------------------------------------------

MOUNTS = (
    "/dev/mapper/root / ext4 rw 0 0\n"
    "server:/desk /net/desk nfs4 rw 0 0\n"
    "tmpfs /tmp tmpfs rw 0 0\n"
    "/dev/sdb1 /net/my\\040disk ext4 rw 0 0\n"
)


@pytest.mark.parametrize(
    ("path", "kind", "is_network"),
    [("/net/desk/a", "nfs4", True), ("/net/desktop", "ext4", False), ("/tmp/x", "tmpfs", False),
     ("/net/my disk/a", "ext4", False)],
)  # fmt: skip
def test_the_file_system_of_a_path_is_that_of_the_longest_mount(
    tmp_path, path, kind, is_network
) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    found = system.mount_of(Path(path), tmp_path / "mounts")
    assert (found.kind, found.is_network) == (kind, is_network)


def test_a_system_without_mounts_tells_nothing(tmp_path) -> None:
    assert system.mount_of(tmp_path, tmp_path / "none") == system.Mount()


def blocks(folder: Path, **uuids: str) -> Path:
    """Block devices as the system lists them; `sda2` lies below each that is not `sda2`."""
    for name, uuid in uuids.items():
        (folder / name / "slaves").mkdir(parents=True)
        (folder / name / "dm").mkdir()
        (folder / name / "dm/uuid").write_text(uuid)
    return folder


def test_swap_counts_as_open_unless_it_is_locked_or_in_memory(tmp_path) -> None:
    table = tmp_path / "swaps"
    table.write_text(
        "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n/dev/dm-1 partition 1 0 -3\n"
        "/dev/zram0 partition 1 0 100\n"
    )
    found = blocks(tmp_path / "block", **{"sda2": "", "dm-1": "CRYPT-PLAIN-swap"})
    assert system.open_swaps(table, found) == ["/dev/sda2"]
    assert system.open_swaps(tmp_path / "none", found) is None
    table.write_text("Filename Type Size Used Priority\n")
    assert system.open_swaps(table, found) == []


def test_a_volume_on_a_locked_disk_is_locked(tmp_path) -> None:
    found = blocks(tmp_path, **{"dm-2": "LVM-x", "dm-0": "CRYPT-LUKS2-x", "dm-3": "LVM-y"})
    (found / "dm-2/slaves/dm-0").mkdir()
    assert system._is_locked("dm-2", found, 0)
    assert not system._is_locked("dm-3", found, 0)


@pytest.mark.parametrize(
    ("library", "version", "said"),
    [("SQLite", "3.40.1", "CVE-2025-6965"), ("SQLite", "3.50.2", ""), ("SQLite", "3.38.5", "35737"),
     ("OpenSSL", "3.0.2", "CVE-2022-3602"), ("OpenSSL", "3.0.7", ""), ("OpenSSL", "1.1.1w", ""),
     ("libwebp", "1.3.1", "CVE-2023-4863"), ("libwebp", "1.6.0", ""), ("GDAL", "3.10.3", ""),
     ("torch", "2.5.1+cpu", "CVE-2025-32434"), ("torch", "2.6.0", ""), ("SQLite", "", "")],
)  # fmt: skip
def test_versions_that_are_known_to_be_bad_are_told(library, version, said) -> None:
    found = system.known(library, version)
    assert said in found
    assert bool(found) == bool(said)


def test_a_line_ends_with_its_one_next_step() -> None:
    check = doctoring.Check(name="disk", state=State.WARN, said="5 GiB free", next="free some")
    assert check.line == "warn disk: 5 GiB free. Free some"
