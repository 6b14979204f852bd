"""The data of the live strip and map: small, exact, and nothing that the level withholds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fake_book import fake_book
from vallum.frontier import Frontier
from vallum.ground.kinds import Held, Kind, Status
from vallum.ground.saidkinds import ClaimStatus, Modality, Subject
from vallum.ground.span import Span, Spans
from vallum.ground.told import Told
from vallum.report.figures.insets import insets_of
from vallum.report.figures.lanes import lanes_of, scale_of
from vallum.report.live import live_model
from vallum.report.livewords import doubts, method_box, words
from vallum.report.tongue import LANGUAGES, speaking


@pytest.fixture(scope="module")
def book():
    return fake_book(1400, n_chips=2)


@pytest.fixture(scope="module")
def live(book):
    return live_model(book)


@pytest.fixture(scope="module")
def empty(book):
    return replace(book, estimates=(), findings=(), candidates=(), scenes=(), looks=(),
                   comparisons=(), fits=(), chips=(), places=())  # fmt: skip


def _metres(runs: list[str]) -> int:
    return sum(int(end) - int(start) for start, end in (run.split(" ") for run in runs))


def test_statuses_cover_every_metre_once(book, live):
    assert sum(_metres(one["spans"]) for one in live["statuses"]) == book.extent.length_m


def test_every_stated_finding_is_there_and_nothing_that_was_rejected(book, live):
    ids = [line.split(" ")[7] for line in live["things"]]
    assert ids == [book.id_of(one) for one in book.stated]
    rejected = {book.id_of(one) for one in book.findings if one.held == Held.REJECTED}
    assert rejected
    assert not rejected & set(ids)


def test_brackets_are_those_of_the_finding_and_unknown_ends_stay_open(book):
    one, other = book.confirmed[:2]
    bare = replace(one, built=None, first_seen=date(2020, 5, 1))
    undated = replace(other, built=None)
    told = live_model(replace(book, findings=(bare, undated)))["things"]
    assert [line.split(" ")[5:7] for line in told] == [["-", "2020-05-01"], ["-", "-"]]


def test_places_have_six_decimals_at_the_most(live):
    for line in live["things"]:
        for place in line.split(" ")[9].replace("|", ";").split(";"):
            assert all(len(number.partition(".")[2]) <= 6 for number in place.split(","))


def test_a_long_border_with_thousands_of_posts_stays_under_two_megabytes(book):
    post = next(one for one in book.confirmed if one.category == Kind.GUARD_POST)
    many = tuple(
        replace(post, about=f"candidate-{n}", span=Span(n * 160, n * 160 + 1)) for n in range(7000)
    )
    live = live_model(replace(book, findings=many))
    assert len(live["things"]) == 7000
    assert len(json.dumps(live, ensure_ascii=False, indent=1).encode()) < 2_000_000


def test_a_thing_with_a_picture_names_it(book, live):
    chips = {int(line.split(" ")[8]) for line in live["things"]}
    settled = {n for n, chip in enumerate(book.chips) if chip.candidate_id in book.settled}
    assert chips - {-1} <= settled


def test_candidates_are_told_as_counts_alone(book, live):
    counts = [int(line.split(" ")[1]) for line in live["open"]["bins"]]
    assert sum(counts) == len(book.unreviewed) > 0
    text = json.dumps(live)
    assert not any(book.id_of(one) in text for one in book.unreviewed)


def test_claims_come_by_whole_cells_and_one_without_a_place_is_not_drawn(book):
    told = Told(key="k1", says="A wall was said to stand here", subject=Subject.WALL,
                modality=next(iter(Modality)), status=ClaimStatus.UNVERIFIED,
                cells=Spans.of((1000, 3000)), when="spring 2020", who="a resident")  # fmt: skip
    nowhere = replace(told, key="k2", cells=Spans())
    claims = live_model(replace(book, claims=(told, nowhere)))["claims"]
    assert [one["spans"] for one in claims] == [["1000 3000"]]
    assert "a resident" not in json.dumps(claims)
    assert "k1" not in json.dumps(claims)


def test_the_sections_add_up_to_the_border_and_to_its_statuses(book, live):
    rows = live["stretches"]
    assert sum(row["length_m"] for row in rows) == book.extent.length_m
    for key, status in (("changed_m", Status.CHANGED), ("unseen_m", Status.NOT_COMPARABLE),
                        ("unexamined_m", Status.NOT_EXAMINED)):  # fmt: skip
        assert sum(row[key] for row in rows) == book.status_spans[status].length_m
    assert [row["start_m"] for row in rows[1:]] == [row["end_m"] for row in rows[:-1]]


def test_the_insets_are_those_of_the_printed_strip_under_the_same_headings(book, live):
    lanes = lanes_of(book)
    printed = insets_of(book, lanes, scale_of(book, [spans for *_, spans in lanes]))
    assert [one["span"] for one in live["insets"]] == [
        [one.span.start_m, one.span.end_m] for one in printed
    ]


def test_a_short_part_that_the_line_names_is_drawn_larger_first(book):
    line = Frontier.packaged("prk-north")
    whole = replace(book, frontier=line, extent=Span(0, line.length_m))
    (inset,) = live_model(whole)["insets"]
    assert inset["span"][1] == line.length_m
    assert "Tumen tripoint" in inset["title"]
    assert inset["title"].startswith("Inset A: km ")


def test_a_near_map_gets_no_coarse_coast_under_it(live):
    assert live["base"]["land"]
    assert live_model(fake_book(7.4, n_chips=0))["base"]["land"] == []


def test_the_line_runs_from_end_to_end(book, live):
    ends = [int(live["line"][n].split(",")[2]) for n in (0, -1)]
    assert ends == [book.extent.start_m, book.extent.end_m]


def test_an_empty_project_has_words_and_nothing_to_draw(empty):
    live = live_model(empty)
    assert live["things"] == live["statuses"] == live["pairs"] == live["stretches"] == []
    assert live["words"]
    assert live["doubts"] == live["method_box"] == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_words_of_the_script_keep_their_places_for_values(language):
    english = words()
    with speaking(language):
        told = words()
    assert set(told) == set(english)
    for key, text in told.items():
        assert text, key
        holes = [sorted(part.partition("}")[0] for part in one.split("{")[1:])
                 for one in (english[key], text)]  # fmt: skip
        assert holes[0] == holes[1], key


def test_the_short_method_is_about_150_words(book):
    assert 100 <= sum(len(text.split()) for text in method_box(book)) <= 160


def test_without_compared_images_the_short_method_says_so_and_speaks_of_no_comparison(book):
    bare = replace(book, comparisons=(), scenes=())
    text = " ".join(method_box(bare))
    assert text.startswith("No two images of the same ground were compared")
    assert "laid two" not in text
    outlines = replace(book, scenes=tuple(replace(one, n_bands=0, href="") for one in book.scenes))
    assert "outlines of dated images" in " ".join(method_box(outlines))


def test_what_would_change_the_report_names_what_is_open(book):
    text = " ".join(doubts(book))
    assert f"{len(book.unreviewed)} candidates" in text
    assert "could not be compared" in text
    seen = replace(book, candidates=(), comparisons=book.comparisons)
    assert "candidates that nobody settled" not in " ".join(doubts(seen))


def test_the_report_brings_every_word_that_its_script_asks_for():
    told, asked = words(), set()
    for path in sorted((Path(__file__).parents[1] / "frontend/src/report").glob("*.ts")):
        asked |= set(re.findall(r'\bt\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    assert len(asked) > 30
    assert asked - told.keys() == set()
