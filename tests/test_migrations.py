"""Projects of older schemas: they open, what they hold stays, and a crash in between harms nothing."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from torture import f12_migrations as f12
from vallum import config
from vallum.ground.errors import SchemaTooNew
from vallum.ground.records import ROWS, SCHEMA_VERSION
from vallum.project import open_project

NAMES = f12.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_project_of_an_older_schema_opens_as_its_own_code_left_it(
    name: str, tmp_path: Path
) -> None:
    root = f12.unpacked(name, tmp_path)
    assert f12.opened(root, f12.expected()[name]) == []
    (copy,) = (root / "backups").iterdir()
    assert copy.name == f"project-{name}.db"
    assert copy.stat().st_mode & 0o077 == 0
    assert f12.version_of(copy) == int(name.rpartition("-")[2])
    before = (root / f12.DATABASE).read_bytes()
    open_project(root).close()
    assert (root / f12.DATABASE).read_bytes() == before
    assert list((root / "backups").iterdir()) == [copy]


def test_measuring_and_publishing_again_gives_the_same_numbers(tmp_path: Path) -> None:
    # The others are measured by F12 itself, see `test_torture`.
    root = f12.unpacked("schema-2", tmp_path)
    assert f12.measured_again(root, f12.expected()["schema-2"], is_published=True) == []


def test_a_number_that_is_otherwise_is_named(tmp_path: Path) -> None:
    root = f12.unpacked("schema-6", tmp_path)
    want = f12.expected()["schema-6"]
    other = dict(want["numbers"]) | {"posts_new": ["7.0", "7.0", "7.0", "posts", "counted"]}
    (said,) = f12.measured_again(root, want | {"numbers": other}, is_published=False)
    assert said.startswith("posts_new was 7.0")
    assert f12.opened(root, want | {"head": "0" * 64}) != []


def test_fixtures_hold_what_they_stand_for() -> None:
    versions = [int(name.rpartition("-")[2]) for name in NAMES]
    assert versions == list(range(2, SCHEMA_VERSION))
    for name in NAMES:
        kinds = f12.expected()[name]["kinds"]
        assert {"Verdict", "Finding", "Estimate", "Release", "Run"} <= set(kinds)
        assert (f12.FIXTURES / f"{name}.zip").stat().st_size < 200_000
    assert {"Claim", "Match", "Custody", "Disclosure"} <= set(f12.expected()["schema-7"]["kinds"])
    assert "Edition" in f12.expected()["schema-9"]["kinds"]


def test_a_new_field_needs_a_new_schema() -> None:
    shape = {
        kind: sorted((entry.name, str(get_type_hints(cls)[entry.name])) for entry in fields(cls))
        for kind, cls in sorted(ROWS.items())
    }
    found = hashlib.sha256(json.dumps(shape).encode()).hexdigest()
    known = json.loads((f12.FIXTURES / "shapes.json").read_bytes())
    assert known.get(str(SCHEMA_VERSION)) == found, (
        "the rows have other fields than this schema had: let SCHEMA_VERSION go up, keep a "
        f"fixture of the old one (tools/schemas.py), and write {found} into shapes.json"
    )


def test_half_a_migration_would_be_noticed(tmp_path: Path) -> None:
    source = f12.unpacked("schema-4", tmp_path / "source")
    was = f12.tables_of(source / f12.DATABASE)
    whole = Path(shutil.copytree(source, tmp_path / "whole"))
    open_project(whole).close()
    becomes = f12.tables_of(whole / f12.DATABASE)
    assert was != becomes
    assert list(f12.left_wrong(source, "schema-4", was, becomes)) == []
    assert list(f12.left_wrong(whole, "schema-4", was, becomes)) == []
    half = Path(shutil.copytree(source, tmp_path / "half"))
    with closing(sqlite3.connect(half / f12.DATABASE)) as connection:
        connection.execute("DROP TABLE finding")
        connection.commit()
    (what,) = f12.left_wrong(half, "schema-4", was, becomes)
    assert "not those of that schema" in what
    shutil.rmtree(whole / "backups")
    (what,) = f12.left_wrong(whole, "schema-4", was, becomes)
    assert "nothing was kept" in what
    (whole / "backups").mkdir()
    shutil.copyfile(half / f12.DATABASE, whole / "backups" / "project-schema-4.db")
    (what,) = f12.left_wrong(whole, "schema-4", was, becomes)
    assert "no copy" in what


def test_a_project_of_a_newer_schema_is_left_as_it_is(tmp_path: Path) -> None:
    root = f12.unpacked("schema-9", tmp_path)
    with closing(sqlite3.connect(root / f12.DATABASE)) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(SchemaTooNew, match="nothing was changed"):
        open_project(root)
    assert f12.version_of(root / f12.DATABASE) == SCHEMA_VERSION + 1
    assert not (root / "backups").exists()


def test_settings_that_are_gone_are_named_and_do_no_harm(tmp_path: Path) -> None:
    root = f12.unpacked("schema-2", tmp_path)
    said = config.retired(root / config.FILE_NAME)
    assert [line.partition(" does")[0] for line in said] == [
        "vallum.toml: detect.line_threshold",
        "vallum.toml: detect.post_threshold",
    ]
    with open_project(root) as project:
        config.write(project.config, root / config.FILE_NAME)
    assert config.retired(root / config.FILE_NAME) == []
    assert config.retired(root / "none.toml") == []
