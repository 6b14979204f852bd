"""The evidence tree: from one number down to the files of the images."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fake_book import fake_book
from small_figures import figures_book
from vallum.evidence.redact import redact
from vallum.ground.records import Level
from vallum.report.figures.evidence import evidence_model, tree


@pytest.fixture(scope="module")
def model():
    return evidence_model(figures_book())


def _images(branch):
    if "sha256" in branch:
        yield branch
    for child in branch.get("children", ()):
        yield from _images(child)


def test_the_tree_holds_every_finding_of_the_number_once(model):
    book = figures_book()
    told = [row[0] for branch in model["children"] for row in branch["rows"]]
    confirmed = {book.id_of(one) for one in book.confirmed}
    assert sorted(told) == sorted(set(book.estimate(model["id"]).from_ids) & confirmed)
    assert model["findings_left_out"] == 0


def test_every_branch_ends_in_candidates_and_images_of_the_book(model):
    book = figures_book()
    known = {one.id for one in book.comparisons}
    for branch in model["children"]:
        assert branch["id"] in known
        assert {one["id"] for one in branch["children"]} <= set(book.look_by_id)
        assert {one["id"] for one in _images(branch)} == set(book.scene_by_id)
        assert {row[2] for row in branch["rows"]} <= set(book.candidate_by_id)


def test_answers_are_counted_and_nobody_is_named(model):
    n = sum(len(branch["rows"]) for branch in model["children"])
    assert (model["answers_yes"], model["answers"]) == (2 * n, 3 * n)
    assert "analyst" not in json.dumps(model)


def test_it_is_the_first_number_of_the_headline(model):
    assert model["id"] == "barrier_km_all_new"
    assert model["trace"] == "vallum trace barrier_km_all_new"
    assert tree(figures_book()).table.rows[0][0] == model["label"]


def test_a_file_hash_is_shown_only_where_the_book_holds_it(model):
    assert {one["sha256"] for one in _images(model)} == {"1" * 64, "2" * 64}
    book = figures_book()
    told = evidence_model(replace(book, scenes=tuple(redact(book.scenes, Level.PUBLIC))))
    assert {one["sha256"] for one in _images(told)} == {""}
    assert [one["id"] for one in _images(told)] == [one["id"] for one in _images(model)]


def test_a_number_that_rests_on_no_finding_has_no_tree():
    assert evidence_model(fake_book(7.4, n_chips=0)) == {}
    assert tree(fake_book(7.4, n_chips=0)) is None
