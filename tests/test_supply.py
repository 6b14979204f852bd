"""What vallum is made of: pinned by hash, listed, licensed, and built the same twice."""

import csv
import hashlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
PINNED = sorted((ROOT / "requirements").glob("*.txt"))
LINE = re.compile(
    r"^([a-z0-9.-]+)==(\S+)(?: ; ([^\\\n]+?))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.M
)


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """The tools, which lie beside one another and not in a package."""
    sys.path.insert(0, str(ROOT / "tools"))
    yield {name: importlib.import_module(name) for name in ("licences", "sbom", "audit")}
    sys.path.remove(str(ROOT / "tools"))


def pins(path: Path) -> dict[str, str]:
    """Name and version of what holds on this machine."""
    return {
        name: number
        for name, number, marker, _ in LINE.findall(path.read_text("utf-8"))
        if not marker or Marker(marker).evaluate()
    }


# -- pins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.stem)
def test_every_line_of_a_pin_is_a_version_or_a_hash(path) -> None:
    text = path.read_text("utf-8")
    rest = LINE.sub("", text)
    assert all(not line or line.startswith("#") for line in rest.splitlines()), rest[:300]
    assert "://" not in text
    assert len(LINE.findall(text)) > 5


def test_the_pins_are_those_of_constraints_and_of_this_machine() -> None:
    assert [path.stem for path in PINNED] == ["build", "develop", "run"]
    known = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    everything = pins(ROOT / "requirements" / "develop.txt")
    assert pins(ROOT / "requirements" / "run.txt").items() <= everything.items()
    others = {n: (v, known[n]) for n, v in everything.items() if n in known and known[n] != v}
    assert others == {}, "next: make constraints"
    running = pins(ROOT / "requirements" / "run.txt")
    assert {n: v for n, v in running.items() if version(n) != v} == {}


def test_the_makefile_installs_nothing_without_a_hash() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    lines = [line.strip() for line in text.splitlines() if line.startswith("\t$(PIP)")]
    assert len(lines) == 7
    loose = [line for line in lines if "$(HASHED)" not in line and line != "$(PIP) $(HERE)"]
    assert loose == ["$(PIP) -c constraints.txt --no-build-isolation -e '.[train]'"]
    assert "--require-hashes" in re.search(r"^HASHED := (.*)$", text, re.M)[1]
    assert "--no-deps --no-build-isolation" in re.search(r"^HERE := (.*)$", text, re.M)[1]


def test_pip_refuses_a_file_with_another_hash(tmp_path) -> None:
    wheel = tmp_path / "planted-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("planted.py", "")
        archive.writestr(
            "planted-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n"
        )
        archive.writestr(
            "planted-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("planted-1.0.dist-info/RECORD", "")

    def install(digest: str) -> subprocess.CompletedProcess:
        asked = tmp_path / "asked.txt"
        asked.write_text(f"planted==1.0 --hash=sha256:{digest}\n")
        return subprocess.run(
            [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--find-links", tmp_path,
             "--require-hashes", "--no-deps", "--target", tmp_path / "into", "-r", asked],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    refused = install("0" * 64)
    assert refused.returncode != 0
    assert "DO NOT MATCH" in refused.stderr
    assert not (tmp_path / "into" / "planted.py").exists()
    assert install(hashlib.sha256(wheel.read_bytes()).hexdigest()).returncode == 0


# -- licences --------------------------------------------------------------------------------------


def test_every_part_has_a_licence_that_goes_with_ours(tools) -> None:
    parts = tools["licences"].all_parts()
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert {part.kind for part in parts} == {"python", "library", "program", "javascript", "data"}
    assert tools["licences"].complaints(parts, notice) == []


@pytest.mark.parametrize(
    ("kind", "licence", "is_wrong"),
    [
        ("python", "GPL-3.0-only", True),
        ("python", "LGPL-2.1-or-later", True),
        ("python", "MIT OR AGPL-3.0-only", False),
        ("python", "MIT AND (GPL-2.0-only OR AGPL-3.0-only)", True),
        ("python", "Apache-2.0 AND (BSD-3-Clause OR GPL-2.0-only)", False),
        ("python", "", True),
        ("javascript", "SSPL-1.0", True),
        ("library", "LGPL-2.1-or-later", True),
        ("program", "GPL-3.0-or-later", True),
        ("data", "CC-BY-NC-4.0", True),
    ],
)
def test_a_licence_that_does_not_go_is_told(tools, kind, licence, is_wrong) -> None:
    part = tools["licences"].Part(kind=kind, name="planted", version="1", licence=licence)
    assert bool(tools["licences"].complaints([part], "")) is is_wrong


def test_what_is_named_in_the_notice_may_be_exchangeable(tools) -> None:
    part = tools["licences"].Part(kind="library", name="GEOS", licence="LGPL-2.1-or-later")
    assert tools["licences"].complaints([part], "GEOS") == []


# -- the list of parts -----------------------------------------------------------------------------


def test_the_list_of_parts_is_valid_and_not_stale(tools) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (ROOT / "requirements" / "sbom.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = json.loads(text)
    names = {part["name"] for part in listed["components"]}
    assert set(pins(ROOT / "requirements" / "run.txt")) <= names
    assert {"lit", "maplibre-gl", "evidence/centerface.onnx", "fonts/VallumSans-Bold.ttf"} <= names
    if not tools["sbom"].is_same_system():
        pytest.skip("the list is of another system, whose packages hold other files")
    assert text == tools["sbom"].sbom(), "next: make sbom"


def test_every_packaged_file_is_in_the_list_with_its_hash() -> None:
    listed = json.loads((ROOT / "requirements" / "sbom.cdx.json").read_text("utf-8"))
    hashes = {
        part["name"]: part["hashes"][0]["content"]
        for part in listed["components"]
        if "hashes" in part
    }
    data = ROOT / "src/vallum/data"
    n_seen = 0
    for path in data.rglob("*"):
        if path.suffix in {".onnx", ".npz", ".ttf", ".otf", ".geojson", ".csv"}:
            name = path.relative_to(data).as_posix()
            assert hashes[name] == hashlib.sha256(path.read_bytes()).hexdigest(), name
            n_seen += 1
    assert n_seen > 15


def test_every_network_is_pinned_where_it_is_loaded_and_has_a_card() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    pinned = set(re.findall(r'^SHA256 = "([0-9a-f]{64})"$', code, re.M))
    cards = "\n".join(
        path.read_text("utf-8")
        for path in (
            ROOT / "docs/explain/model-card.md",
            ROOT / "src/vallum/data/evidence/MODEL-CARD.md",
        )
    )
    networks = sorted((ROOT / "src").rglob("*.onnx"))
    assert len(networks) == len(pinned) == 3
    for path in networks:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert digest in pinned, path.name
        assert digest in cards, path.name


def test_nothing_unpickles_but_what_own_workers_send() -> None:
    bad = re.compile(
        r"^\s*(import|from) (pickle|joblib|dill|cloudpickle|shelve|marshal)\b|allow_pickle=True|read_pickle\(",
        re.M,
    )
    assert bad.search("    import pickle")
    sources = list((ROOT / "src").rglob("*.py"))
    assert len(sources) > 100
    # Processes that this one started, and workers that hold the keys of the person's cluster.
    own = ROOT / "src" / "vallum" / "run"
    found = [path for path in sources if bad.search(path.read_text("utf-8"))]
    assert [path.name for path in found if path.parent != own] == []


# -- weaknesses ------------------------------------------------------------------------------------

SPANS = [
    ("1.4.0", [{"introduced": "0"}, {"fixed": "1.4.1"}], True),
    ("1.4.1", [{"introduced": "0"}, {"fixed": "1.4.1"}], False),
    ("2.0.0", [{"introduced": "0"}, {"fixed": "1.4.1"}, {"introduced": "2.0.0"}], True),
    ("1.9.9", [{"introduced": "0"}, {"fixed": "1.4.1"}, {"introduced": "2.0.0"}], False),
    ("1.10", [{"introduced": "1.9"}, {"last_affected": "1.10"}], True),
    ("1.11", [{"introduced": "1.9"}, {"last_affected": "1.10"}], False),
    ("1.0.0", [{"introduced": "1.0.0-rc.1"}], True),
]


@pytest.mark.parametrize(("number", "events", "is_hit"), SPANS)
def test_a_range_of_versions_is_read(tools, number, events, is_hit) -> None:
    affected = {"ranges": [{"type": "ECOSYSTEM", "events": events}]}
    assert tools["audit"].is_affected(number, affected) is is_hit


def planted(**changes) -> dict:
    return {
        "id": "TEST-1",
        "summary": "SIMULATED",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Pillow"},
                      "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}],
    } | changes  # fmt: skip


def audit(place: Path | None) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if k != "VALLUM_ADVISORIES"}
    more = {} if place is None else {"VALLUM_ADVISORIES": str(place)}
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "audit.py"],
        env=kept | more, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_a_copy_of_the_advisories_it_says_that_nothing_was_looked_up() -> None:
    done = audit(None)
    assert done.returncode == 0
    assert "NOT DONE" in done.stdout


def test_a_known_weakness_is_found_in_a_folder_and_in_an_archive(tmp_path) -> None:
    whole = tmp_path / "all.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("TEST-1.json", json.dumps(planted()))
    for place in (whole, tmp_path):
        done = audit(place)
        assert done.returncode == 1
        assert f"pillow {version('pillow')}" in done.stdout
        assert "TEST-1" in done.stdout


def test_a_copy_that_is_not_there_is_no_clean_bill(tmp_path) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        done = audit(place)
        assert done.returncode == 1
        assert "nothing was looked up" in done.stderr


def test_what_was_withdrawn_or_is_of_others_does_not_hold(tools) -> None:
    pin = tools["audit"].Pin(ecosystem="PyPI", name="pillow", version="1.0", where="here")
    others = planted(
        affected=[{"package": {"ecosystem": "npm", "name": "pillow"}, "versions": ["1.0"]}]
    )
    told = [planted(withdrawn="2026-01-01T00:00:00Z"), others, planted()]
    assert [len(tools["audit"].audit([pin], iter([one]))[0]) for one in told] == [0, 0, 1]


# -- the package ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_builds_give_one_file_which_holds_what_it_says(tmp_path) -> None:
    done = subprocess.run(
        ["bash", ROOT / "tools" / "wheel.sh", sys.executable, tmp_path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.whl")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in done.stdout
    assert digest in (tmp_path / f"{path.name}.sha256").read_text()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        record = next(name for name in names if name.endswith(".dist-info/RECORD"))
        rows = {row[0]: row[1] for row in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert set(rows) == set(names)
        assert {one.date_time[0] for one in archive.infolist()} == {2020}
    assert not [n for n in names if n.endswith((".pyc", ".map", ".ipynb")) or "__pycache__" in n]
    assert [n for n in names if n.endswith("sboms/sbom.cdx.json")]
    assert path.stat().st_size < 20 << 20
    words = [f"/{folder}/".encode() for folder in ("home", "root", "work")]
    with zipfile.ZipFile(path) as archive:
        told = [n for n in names if any(word in archive.read(n) for word in words)]
    assert [n for n in told if not n.endswith((".py", ".mjs", ".js"))] == []
