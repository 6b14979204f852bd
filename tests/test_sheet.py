"""One page for each finding: what stands on it, and which findings may have one."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape

import pikepdf
import pypdfium2
import pytest

from fake_book import fake_book
from vallum.ground.kinds import Answer, Change, Held
from vallum.ground.records import Level
from vallum.ground.saidkinds import ClaimStatus, Modality, Subject
from vallum.ground.told import Told
from vallum.report.figures.locator import locator
from vallum.report.leaf import sheet_html, sheet_pdf
from vallum.report.sheet import Subject as About
from vallum.report.sheet import sheet_model
from vallum.report.tongue import speaking
from vallum.steps import sheeting

BOOK = fake_book(7.4, is_simulated=True)


@cache
def _about(n_claims: int = 0) -> About:
    chip = BOOK.chips[0]
    candidate = BOOK.candidate_by_id[chip.candidate_id]
    finding = next(one for one in BOOK.confirmed if one.category.is_line)
    claim = Told(
        key="abcdefgh", says="According to SIMULATED Watch, a fence has been built, 2021.",
        subject=next(iter(Subject)), modality=next(iter(Modality)),
        status=ClaimStatus.CORROBORATED, why="Images say the same.", who="SIMULATED Watch",
        grade="B2", is_simulated=True,
    )  # fmt: skip
    return About(
        finding=replace(finding, first_seen=date(2022, 4, 9), last_absent=date(2019, 3, 14)),
        candidate=candidate, fit=BOOK.fits[0], chip=chip, n_yes=2, n_unsure=1, scenes=BOOK.scenes,
        claims=(claim,) * n_claims,
    )  # fmt: skip


@pytest.fixture(scope="module")
def where():
    return locator(BOOK, _about().finding.span)


def _text(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    return re.sub(r"[\s\ufffe\u200b]+", "", text)


def test_a_sheet_holds_its_measures_with_bounds_on_both_sides():
    model = sheet_model(BOOK, _about())
    length = model["measures"][0]
    assert length["name"] == "length_m"
    assert length["low"] < length["value"] < length["high"]
    pixel_m, rest_m = BOOK.scenes[0].gsd_m, BOOK.fits[0].rmse_m
    assert length["high"] - length["value"] == pytest.approx(2 * (pixel_m + rest_m))


def test_every_number_of_a_sheet_stands_in_its_page_and_in_its_pdf(where):
    about = _about(2)
    model = sheet_model(BOOK, about)
    html = sheet_html(model, where, about.chip)
    seen = re.sub(r"[\s\ufffe\u200b]+", "", html)
    pdf = _text(sheet_pdf(model, where, about.chip))
    printed = [
        model["headline"], model["where"]["stretch"], model["where"]["position"], model["finding"],
        model["agreement"]["text"], model["dated"],
        *(one[key] for one in model["measures"] for key in ("printed", "bounds")),
        *(text for row in model["facts"] for text in row),
        *(row["id"] for row in model["images"]["rows"]),
    ]  # fmt: skip
    for text in printed:
        assert re.sub(r"\s+", "", text) in seen, text
        assert re.sub(r"\s+", "", text) in pdf, text


def test_a_sheet_is_one_page_even_with_three_claims(where):
    about = _about(3)
    made = sheet_pdf(sheet_model(BOOK, about), where, about.chip)
    assert len(pypdfium2.PdfDocument(made)) == 1


def test_a_sheet_is_the_same_to_the_byte_when_made_twice(where):
    about = _about()
    model = sheet_model(BOOK, about)
    assert sheet_pdf(model, where, about.chip) == sheet_pdf(model, where, about.chip)


def test_a_sheet_for_print_is_tagged_and_says_its_language(where):
    about = _about()
    with speaking("ko"):
        made = sheet_pdf(sheet_model(BOOK, about), where, about.chip)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("ko")
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"


def test_a_page_of_a_sheet_loads_nothing_and_runs_no_script(where):
    about = _about()
    html = sheet_html(sheet_model(BOOK, about), where, about.chip)
    assert "<script" not in html
    assert "default-src 'none'" in unescape(html)
    assert not re.findall(r'(?:src|href)="(?!data:)', html)


def test_names_that_look_like_markup_stay_text(where):
    odd = replace(BOOK, name='#panic("x") <b>*no* 두만강 & $1$ 图们江', is_simulated=False)
    about = _about()
    model = sheet_model(odd, about)
    assert re.sub(r"\s", "", odd.name) in _text(sheet_pdf(model, where, about.chip))
    assert "<b>*no*" not in sheet_html(model, where, about.chip)


def test_a_sheet_without_a_picture_says_why():
    model = sheet_model(BOOK, replace(_about(), chip=None, why_no_chip="no licence is recorded"))
    assert model["why_no_chip"] == "No licence is recorded"
    imported = replace(_about().finding, held=Held.IMPORTED)
    model = sheet_model(BOOK, About(finding=imported))
    assert "taken over from a source" in model["why_no_chip"]
    assert model["agreement"]["counts"] == [0, 0, 0]
    assert model["measures"][0]["bounds"] == ""


def test_more_images_than_fit_show_the_oldest_and_the_newest_and_say_so():
    scenes = tuple(
        replace(BOOK.scenes[0], sha256=f"{n:064d}", taken=replace(
            BOOK.scenes[0].taken, earliest=date(2010 + n, 1, 1), latest=date(2010 + n, 1, 1)))
        for n in range(7)
    )  # fmt: skip
    images = sheet_model(BOOK, replace(_about(), scenes=scenes))["images"]
    assert [row["taken"][:4] for row in images["rows"]] == ["2010", "2011", "2015", "2016"]
    assert "3 more images" in images["more"]


@pytest.mark.parametrize(
    ("held", "n_yes", "level", "why"),
    [
        (Held.CONFIRMED, 2, Level.PUBLIC, ""),
        (Held.CONFIRMED, 1, Level.PUBLIC, "1 person said yes, 2 are needed"),
        (Held.CONFIRMED, 1, Level.DESK, ""),
        (Held.REJECTED, 2, Level.PUBLIC, "rejected"),
        (Held.REJECTED, 2, Level.DESK, "rejected"),
        (Held.DISPUTED, 2, Level.PUBLIC, "people disagree"),
        (Held.INDETERMINATE, 2, Level.PUBLIC, "could not tell"),
        (Held.INDETERMINATE, 2, Level.DESK, ""),
        (Held.IMPORTED, 0, Level.PUBLIC, ""),
    ],
    ids=["agreed", "one-yes", "one-yes-desk", "rejected", "rejected-desk", "disputed", "unsure",
         "unsure-desk", "imported"],
)  # fmt: skip
def test_a_finding_has_a_sheet_only_as_far_as_people_agree(held, n_yes, level, why):
    finding = replace(_about().finding, held=held)
    answers = {finding.about: Counter({Answer.YES: n_yes})}
    said = sheeting.why_not(finding, answers, level, 2)
    assert (why in said) if why else not said


def test_a_thing_that_stood_before_is_not_called_new():
    stood = replace(_about().finding, change=Change.UNCHANGED)
    assert "there already" in sheet_model(BOOK, replace(_about(), finding=stood))["headline"]
