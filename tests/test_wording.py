"""One function chooses the words, and no number gets stronger ones than its evidence."""

import ast
import itertools
from pathlib import Path

import pytest

from desk_rows import candidate, finding, line
from vallum.ground.kinds import Basis, Dating, Held
from vallum.measure.wording import (
    ALLOWED_WHEN,
    AS_READ,
    IN_CHOSEN_AREA,
    WITHIN_ANALYSED,
    Evidence,
    Words,
    evidence_of,
    wording,
)

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "explain" / "wording.md"
FENCE = candidate(line(0, 1000))


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (Evidence(n_confirmed=1), "at least"),
        (Evidence(), "nothing confirmed"),
        (Evidence(n_unsettled=3, n_waiting=9), "nothing confirmed"),
        (Evidence(n_confirmed=5, is_share=True), f"at least, {WITHIN_ANALYSED}"),
        (Evidence(n_confirmed=5, is_ceiling=True, is_share=True), f"at most, {WITHIN_ANALYSED}"),
        (Evidence(n_confirmed=5, is_ratio_of_unknowns=True), "among what is confirmed"),
        (Evidence(n_confirmed=5, is_proven=False), "consistent with"),
        (Evidence(n_sources=1), "reported by 1 source, not visible in imagery"),
        (Evidence(n_sources=2), "reported by 2 sources, not visible in imagery"),
        (
            Evidence(n_sources=2, could_be_seen=False),
            "reported by 2 sources; no images to compare there",
        ),
        (Evidence(n_sources=2, n_confirmed=1), "at least"),
        (Evidence(basis=Basis.SAMPLED, has_interval=True), "about"),
        (Evidence(basis=Basis.SAMPLED), "no number"),
        (Evidence(basis=Basis.SAMPLED, is_share=True), "no number"),
        (
            Evidence(basis=Basis.SAMPLED, has_interval=True, is_share=True),
            f"about, {WITHIN_ANALYSED}",
        ),
        (Evidence(basis=Basis.BOUNDS), "between"),
        (
            Evidence(basis=Basis.ASSUMPTION, has_interval=True),
            "about, if what was not compared is like what was",
        ),
        (Evidence(basis=Basis.ASSUMPTION), "no number"),
        (Evidence(basis=Basis.CHOSEN_AREA, n_confirmed=2), f"at least, {IN_CHOSEN_AREA}"),
        (Evidence(basis=Basis.CHOSEN_AREA, has_interval=True), f"about, {IN_CHOSEN_AREA}"),
        (Evidence(basis=Basis.SAMPLED, has_interval=True, is_as_read=True), f"about, {AS_READ}"),
        (Evidence(basis=Basis.SAMPLED, is_as_read=True), "no number"),
        (
            Evidence(basis=Basis.CHOSEN_AREA, is_as_read=True),
            f"counted, {AS_READ}, {IN_CHOSEN_AREA}",
        ),
        (Evidence(basis=Basis.CHOSEN_AREA), f"nothing confirmed, {IN_CHOSEN_AREA}"),
        (Evidence(basis=Basis.CHOSEN_AREA, has_number=False), f"no number, {IN_CHOSEN_AREA}"),
        (Evidence(basis=Basis.BOUNDS, has_number=False), "no number"),
        (Evidence(basis=Basis.IMPORTED, n_confirmed=4), "as listed by the source"),
        (Evidence(basis=Basis.ACCOUNT), "counted"),
        (Evidence(basis=Basis.ACCOUNT, is_the_line=True), "measured along the stated line"),
        (Evidence(basis=Basis.ACCOUNT, n_unsettled=1, n_waiting=1), "apparent"),
        (
            Evidence(basis=Basis.ACCOUNT, n_waiting=1),
            "potentially; not yet validated in the field",
        ),
    ],
)
def test_the_words_follow_the_evidence(evidence, words):
    assert wording(evidence) == words


@pytest.mark.parametrize(
    ("held", "more", "words"),
    [
        (Held.CONFIRMED, {}, "confirmed"),
        (Held.CONFIRMED, {"dating": Dating.CONFLICTING}, "consistent with"),
        (Held.INDETERMINATE, {}, "apparent"),
        (Held.DISPUTED, {}, "apparent"),
        (Held.REJECTED, {}, "nothing confirmed"),
        (Held.WITHDRAWN, {}, "nothing confirmed"),
        (Held.IMPORTED, {}, "as listed by the source"),
    ],
)
def test_one_finding_has_words_too(held, more, words):
    assert wording(evidence_of(finding(FENCE, held, **more))) == words


def test_a_claim_that_analysts_rejected_is_reported_and_not_visible():
    rejected = finding(FENCE, Held.REJECTED)
    found = wording(evidence_of(rejected, n_sources=3))
    assert found == "reported by 3 sources, not visible in imagery"


def test_a_suggestion_that_nobody_settled_is_only_potential():
    assert wording(Evidence(is_one=True, n_waiting=1)) == Words.POTENTIALLY


def test_only_a_sample_with_an_interval_is_about_something():
    flags = ("has_interval", "is_share", "is_ceiling", "is_ratio_of_unknowns", "is_one")
    for basis, n, values in itertools.product(
        Basis, (0, 3), itertools.product((False, True), repeat=len(flags))
    ):
        evidence = Evidence(basis=basis, n_confirmed=n, **dict(zip(flags, values, strict=True)))
        words = wording(evidence)
        if words.startswith("about"):
            assert evidence.has_interval
            assert basis in {Basis.SAMPLED, Basis.ASSUMPTION, Basis.CHOSEN_AREA}
        if words.startswith(("at least", "at most", "confirmed")):
            assert evidence.n_confirmed
            assert basis in {Basis.CONFIRMED, Basis.CHOSEN_AREA}
        assert (IN_CHOSEN_AREA in words) == (basis is Basis.CHOSEN_AREA)


def test_every_rung_says_when_it_is_allowed_and_stands_on_the_page_in_this_order():
    assert set(ALLOWED_WHEN) == set(Words)
    page = PAGE.read_text(encoding="utf-8")
    rows = [line.split("**")[1] for line in page.splitlines() if line.startswith("| **")]
    rungs = [str(rung).replace("{sources}", "N sources") for rung in Words]
    assert rows == [*rungs, f", {WITHIN_ANALYSED}", f", {AS_READ}", f", {IN_CHOSEN_AREA}"]


def test_no_other_module_of_the_room_chooses_words():
    """`Words.X` anywhere else would be a second place where words are chosen."""
    room = ROOT / "src" / "vallum" / "measure"
    for module in sorted(room.rglob("*.py")):
        if module.name == "wording.py":
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "wording":
                assert not isinstance(node.value, ast.Constant | ast.JoinedStr), module.name
                text = ast.unparse(node.value)
                assert not text.startswith("Words."), module.name
