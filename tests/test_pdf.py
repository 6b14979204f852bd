"""The report for print: what stands in it, and whether a screen reader can read it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict, replace
from functools import cache

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from fake_book import fake_book
from vallum.report import annexes, cases
from vallum.report.blocks import footnote, heading, para, table
from vallum.report.book import Book
from vallum.report.figures import charts, maps
from vallum.report.figures.ink import Figures
from vallum.report.model import Model, build
from vallum.report.pdf import document, typeset
from vallum.report.tongue import speaking

BOOK = fake_book(7.4, is_simulated=True)
OURS = ("VallumSans", "DejaVuSans")


@cache
def _figures() -> dict[str, Figures]:
    return {"strip": charts.strip(BOOK), "map": maps.line_map(BOOK)}


def _model(book: Book = BOOK) -> Model:
    model = build(book)
    model["figures"] = {
        name: {"alt": one.alt, "notes": list(one.notes), "table": one.table and asdict(one.table)}
        for name, one in _figures().items()
    }
    model["downloads"] = [{"name": "findings.csv", "href": "findings.csv", "what": "findings as a "
                           "table", "bytes": 3, "sha256": "ab" * 32}]  # fmt: skip
    return model


@cache
def _english() -> bytes:
    return document(_model(), _figures(), BOOK.chips)


def _pages(pdf: bytes) -> list[str]:
    return [
        re.sub(r"[\s\ufffe\u200b]+", "", page.get_textpage().get_text_range())
        for page in pypdfium2.PdfDocument(pdf)
    ]


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _tags(pdf: pikepdf.Pdf) -> dict[str, list[pikepdf.Object]]:
    found: dict[str, list[pikepdf.Object]] = {}
    waiting = [pdf.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(node)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.setdefault(str(node.S), []).append(node)
            if "/K" in node:
                waiting.append(node.K)
    return found


def test_every_number_of_the_model_stands_in_the_text_of_the_pdf():
    model, text = _model(), "".join(_pages(_english()))
    printed = [
        model["headline"]["found"], model["headline"]["unseen"],
        *(one[key] for one in model["numbers"] for key in ("printed", "bounds", "name")),
        *(row[key] for row in model["statuses"]["rows"] for key in ("exact", "share")),
        *(row["pieces"] for row in model["findings"]),
        *(row["exact"] for row in model["unseen"]["rows"]),
        *(row["id"] for row in model["images"]), model["ledger_head"], "ab" * 32,
    ]  # fmt: skip
    for one in printed:
        assert _bare(one).casefold() in text.casefold(), one


def test_what_was_not_seen_stands_on_the_first_page_beside_what_was_found():
    first = _pages(_english())[0]
    assert _bare(_model()["headline"]["found"]) in first
    assert _bare(_model()["headline"]["unseen"]).casefold() in first.casefold()


def test_every_page_says_that_it_is_simulated():
    pages = _pages(_english())
    assert len(pages) > 5
    assert all("SIMULATED" in page for page in pages)


def test_the_pdf_declares_ua_1_and_has_tags_a_title_and_a_language():
    with pikepdf.open(io.BytesIO(_english())) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"] == BOOK.title
        tags = _tags(pdf)
        assert {"/H1", "/Table", "/TH", "/TD", "/Figure", "/Caption", "/P"} <= tags.keys()


def test_every_picture_has_its_words():
    with pikepdf.open(io.BytesIO(_english())) as pdf:
        pictures = [one for one in _tags(pdf)["/Figure"] if "/Alt" in one]
        alts = [str(one.Alt) for one in pictures]
    assert len(alts) == 2 + 2 * len(BOOK.chips)
    assert _model()["figures"]["strip"]["alt"] in alts


def test_only_our_fonts_are_in_it_and_only_the_letters_that_it_needs():
    with pikepdf.open(io.BytesIO(_english())) as pdf:
        names = {
            str(font.BaseFont).lstrip("/")
            for page in pdf.pages
            for font in (page.Resources.get("/Font") or {}).values()
        }
    assert names
    assert all(re.match(r"[A-Z]{6}\+", name) for name in names)  # a subset has a tag
    assert all(name[7:].startswith(OURS) for name in names), names


def test_the_pdf_is_the_same_to_the_byte_when_made_twice():
    assert document(_model(), _figures(), BOOK.chips) == _english()


@pytest.mark.parametrize(("language", "tag"), [("ko", "ko-KR"), ("zh-Hans", "zh-CN")])
def test_another_language_is_declared_and_its_letters_are_printed(language, tag):
    with speaking(language):
        made = typeset(
            [heading("두만강 图们江"), para("회령 会宁")], {}, title="두만강", description="江"
        )
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert str(pdf.Root.Lang) == tag
    assert "두만강图们江" in _pages(made)[0]
    assert "회령会宁" in _pages(made)[0]


def test_nothing_in_a_project_is_read_as_markup():
    odd = '#panic("x") *b* _i_ $1$ `c` <l> @r \\ [x] // 두만강'
    blocks = [heading(odd), para([odd, footnote(odd)]), table([odd], [[odd]], caption=odd)]
    text = _pages(typeset(blocks, {}, title=odd, description=odd))[0]
    assert text.count(_bare(odd)) >= 5


def test_letters_that_no_font_has_become_dots_and_not_an_error():
    text = _pages(typeset([heading("A"), para("x\U0001f9ff\u0e01y\tz\n!")], {}, title="t", description="d"))[0]  # fmt: skip
    assert "x…yz!" in text


def test_the_head_of_a_table_is_repeated_on_every_page():
    rows = [[f"row {n}", "x"] for n in range(150)]
    pages = _pages(typeset([heading("A"), table(["What", "Zebra"], rows)], {}, title="t", description="d"))  # fmt: skip
    assert len(pages) > 2
    assert all("Zebra" in page for page in pages)


def test_an_empty_project_has_a_report_that_says_so():
    empty = replace(
        BOOK, estimates=(), findings=(), candidates=(), scenes=(), comparisons=(), fits=(),
        looks=(), chips=(), score=(), places=(), settings={},
    )  # fmt: skip
    text = "".join(_pages(document({**_model(empty), "figures": {}}, {}, ())))
    assert "Nothinghasbeenconfirmed" in text
    assert "Noimageswereused" in text


def _nodes(pdf: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    return _tags(pdf).get(kind, [])


def test_every_head_of_a_table_says_that_it_is_one_of_a_column():
    with pikepdf.open(io.BytesIO(_english())) as pdf:
        heads = _nodes(pdf, "/TH")
        scopes = []
        for head in heads:
            told = head.A
            told = told if isinstance(told, pikepdf.Array) else [told]
            scopes += [str(one.Scope) for one in told if "/Scope" in one]
    assert len(scopes) == len(heads) > 10
    assert set(scopes) == {"/Column"}


def test_no_heading_skips_a_level():
    with pikepdf.open(io.BytesIO(_english())) as pdf:
        levels = {kind for kind in _tags(pdf) if re.fullmatch(r"/H[1-6]", kind)}
    assert levels == {"/H1", "/H2"}


def test_the_chapters_are_short_and_everything_else_is_behind_a_divider():
    pages = _pages(_english())
    at = next(n for n, page in enumerate(pages) if "AnnexesWhatthepagesbefore" in page)
    assert at <= 12
    assert "Howeachnumberwasreached" in "".join(pages[at:])
    assert "Method" in "".join(pages[2:at])


def test_annexes_are_counted_by_letters():
    assert "AAllquantities" in "".join(_pages(_english())[1:])


def test_what_several_methods_say_is_printed_once():
    long = "Rests on 788 answers of people who read the same images."
    shared = annexes._shared([f"First thing. {long}", f"Second thing. {long}", long])
    assert shared == {long: "[1]"}
    assert annexes._method(f"First thing. {long}", shared)[0]["text"] == "First thing. [1]"


def test_pictures_are_no_finer_than_print_shows_and_large_ones_keep_their_pixels():
    made = cases.pictures(BOOK.chips[:1] * (cases.N_LARGE + 1))
    sizes = [Image.open(io.BytesIO(data)).width for data in made.values()]
    assert sizes[0] == BOOK.chips[0].width_px
    assert sizes[-1] < 600
    assert len(made["chip-6-before.jpg"]) < len(made["chip-0-before.jpg"]) / 2


def test_folders_are_counted_and_files_at_the_top_are_listed_with_their_hashes():
    told = {"downloads": [
        {"name": name, "what": "", "sha256": "ab"} for name in ("a.csv", "stac/b", "stac/c")
    ]}  # fmt: skip
    made = json.dumps(annexes.files(told, None))
    assert "a.csv" in made
    assert "stac/b" not in made
    assert "2 files" in made
