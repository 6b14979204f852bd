"""The step behind `vallum.notebook`."""

from __future__ import annotations

import shutil

import pytest

import small_published
from vallum.ground.errors import BadSetting
from vallum.ground.records import Estimate, Run
from vallum.project import open_project
from vallum.steps import noting


@pytest.fixture(scope="module")
def root(one_edition, tmp_path_factory):
    place = tmp_path_factory.mktemp("noting") / "border"
    return shutil.copytree(one_edition, place, ignore=shutil.ignore_patterns("report"))


@pytest.fixture(scope="module")
def shown(root):
    with open_project(root) as project:
        return noting.notebook(project)


def test_a_notebook_shows_what_was_measured_and_writes_nothing(root):
    with open_project(root) as project:
        runs = len(project.rows(Run))
        shown = noting.notebook(project)
        named = {one.name for one in project.rows(Estimate)}
        assert set(shown.numbers["name"]) == named
        assert len(project.rows(Run)) == runs
    assert not (root / "out" / "report").exists()
    text = shown._repr_html_()
    assert shown.model["headline"]["found"].split(";")[0][:20] in text
    assert len(text.encode()) < 500_000


def test_readers_are_named_to_nobody_outside(shown):
    told = shown._repr_html_() + shown.findings.to_csv() + shown.numbers.to_csv()
    assert not any(reader in told for reader in small_published.READERS)


def test_there_is_no_notebook_for_a_level_that_never_leaves(root):
    with open_project(root) as project, pytest.raises(BadSetting, match="public"):
        noting.notebook(project, level="private")


def test_before_anything_is_measured_it_says_what_comes_first(tmp_path):
    root = small_published.make(tmp_path / "bare", n=2, is_measured=False)
    with open_project(root) as project, pytest.raises(BadSetting, match="vallum measure"):
        noting.notebook(project)
