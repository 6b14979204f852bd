"""Documents made fit to be shown: words as a new text, some of them replaced, never cleared."""

import io
import zipfile
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from vallum.evidence import paper_copy, papers
from vallum.evidence.paper_copy import scrub_paper, with_replaced
from vallum.ground.errors import BadInput, BadSetting, WorkerFailed
from vallum.steps.scrubbing import scrub as step

CANARY = "CANARYKIM"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Open documents in this process, except where a test is about the limited one."""
    if "whole_run" in request.node.name:
        return

    def ask(job: str, path: Path, *, wall_s: float, **more: str) -> paper_copy.courier.Answer:
        open_it = papers._open_here if job.endswith("papers:_open_here") else paper_copy._pdf_here
        told, bodies = open_it(path.read_bytes(), **more)
        return paper_copy.courier.Answer(told=told, bodies=tuple(bodies), sha256="")

    monkeypatch.setattr(paper_copy.courier, "ask", ask)


def pdf(path: Path, *drawn: str) -> Path:
    """A PDF of one page, 400 x 300 points, in Helvetica; `drawn` are its drawing commands."""
    stream = "\n".join(drawn).encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Author ({CANARY}) /Title ({CANARY}) /Producer ({CANARY}) >>".encode(),
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    starts = []
    for n, body in enumerate(objects, 1):
        starts.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (n, body))
    table = out.tell()
    out.write(b"xref\n0 7\n0000000000 65535 f \n")
    out.writelines(b"%010d 00000 n \n" % start for start in starts)
    out.write(b"trailer << /Size 7 /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF" % table)
    path.write_bytes(out.getvalue())
    return path


def line(words: str, y: int, colour: str = "0 0 0", mode: int = 0, size: int = 12) -> str:
    return f"BT /F1 {size} Tf {mode} Tr {colour} rg 1 0 0 1 40 {y} Tm ({words}) Tj ET"


BAR = "0 0 0 rg 38 196 250 16 re f"


def test_only_words_that_can_be_seen_on_a_page_are_taken(tmp_path) -> None:
    path = pdf(
        tmp_path / "report.pdf",
        line('The post stands at l - I. It is new, "e.g." this: 1.', 250),
        line(f"Under {CANARY} a black bar", 200),
        BAR,
        line(f"White {CANARY} on white", 150, "1 1 1"),
        line(f"Invisible {CANARY} letters", 120, mode=3),
        "0 0 0.5 rg 36 86 250 18 re f",
        line("White on blue is read", 90, "1 1 1"),
        line("small grey words are read too", 50, "0.5 0.5 0.5", size=6),
    )
    done = scrub_paper(path, tmp_path / "out.txt")
    written = (tmp_path / "out.txt").read_text()
    assert [words for words in written.split("\n") if words] == [
        'The post stands at l - I. It is new, "e.g." this: 1.',
        "White on blue is read",
        "small grey words are read too",
    ]
    assert done.n_hidden == 5 + 4 + 3
    document = pdfium.PdfDocument(path)
    assert document[0].get_textpage().get_text_bounded().count(CANARY) == 3
    document.close()


def test_a_scanned_page_with_its_letters_behind_the_picture_keeps_its_words(tmp_path) -> None:
    path = pdf(
        tmp_path / "scan.pdf",
        line("The wall is new", 200),  # stands for the picture
        line("The wall is new", 200, mode=3),
    )
    assert scrub_paper(path, tmp_path / "out.txt").n_hidden == 0


def test_nothing_but_the_body_of_a_word_document_comes_through(tmp_path) -> None:
    document = Document()
    document.core_properties.author = document.core_properties.title = CANARY
    document.core_properties.comments = CANARY
    document.sections[0].header.paragraphs[0].text = CANARY
    document.sections[0].footer.paragraphs[0].text = CANARY
    paragraph = document.add_paragraph("The fence ")
    hidden = paragraph.add_run(CANARY)
    hidden.font.hidden = True
    gone = OxmlElement("w:del")
    gone.set(qn("w:author"), CANARY)
    run, words = OxmlElement("w:r"), OxmlElement("w:delText")
    words.text = CANARY
    run.append(words)
    gone.append(run)
    paragraph._p.append(gone)
    new = OxmlElement("w:ins")
    new.set(qn("w:author"), CANARY)
    new.append(document.add_paragraph("is double.").runs[0]._r)
    paragraph._p.append(new)
    document.add_comment(paragraph.runs[0], text=CANARY, author=CANARY)
    document.save(str(tmp_path / "report.docx"))
    with zipfile.ZipFile(tmp_path / "report.docx") as archive:
        assert sum(archive.read(name).count(CANARY.encode()) for name in archive.namelist()) >= 8
    done = step(tmp_path / "report.docx", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_text() == "The fence is double.\n"
    assert (tmp_path / "out.txt").stat().st_mtime == 0
    assert "left out" in " ".join(done.lines)


@pytest.mark.parametrize(
    ("text", "words", "new", "spellings", "inside"),
    [
        ("Kim said. KIM'S house, kim.", "kim", "[p] said. [p]'S house, [p].",
         {"Kim": 1, "KIM": 1, "kim": 1}, {}),
        ("Kim and Kimchi", "Kim", "[p] and Kimchi", {"Kim": 1}, {"Kimchi": 1}),
        ("Kim Chol-su, KIM\nCHOL SU", "Kim Chol su", "[p], [p]",
         {"Kim Chol-su": 1, "KIM CHOL SU": 1}, {}),
        ("김철수가 말했다", "김철수", "[p]가 말했다", {"김철수": 1}, {}),
        ("据王小明说", "王小明", "据[p]说", {"王小明": 1}, {}),
        ("Élodie, e\u0301lodie", "élodie", "[p], [p]", {"Élodie": 1, "élodie": 1}, {}),
        ("a.b axb", "a.b", "[p] axb", {"a.b": 1}, {}),
        ("nobody", "Kim", "nobody", {}, {}),
    ],
    ids=["case", "longer", "spaces", "korean", "chinese", "accents", "signs", "none"],
)  # fmt: skip
def test_words_are_replaced_whole_in_every_spelling(text, words, new, spellings, inside) -> None:
    written, (found,) = with_replaced(text, [(words, "[p]")])
    assert (written, found.spellings, found.inside) == (new, spellings, inside)


def test_a_full_name_is_replaced_before_its_part() -> None:
    text, found = with_replaced("Kim Chol met Kim", [("Kim", "[a]"), ("Kim Chol", "[b]")])
    assert text == "[b] met [a]"
    assert [one.by for one in found] == ["[a]", "[b]"]


def test_a_whole_run_says_what_was_replaced_and_that_nobody_cleared_it(tmp_path) -> None:
    path = pdf(tmp_path / "report.pdf", line(f"{CANARY} saw the wall", 200), line("x", 90, "1 1 1"))
    done = step(path, tmp_path / "out.txt", replace=[(CANARY.lower(), "[person]")])
    assert (tmp_path / "out.txt").read_text() == "[person] saw the wall\n"
    told = done.to_json()
    assert told["replaced"] == [{"by": "[person]", "spellings": {CANARY: 1}, "left_inside": {}}]
    assert told["n_words_hidden_left_out"] == 1
    assert (told["status"], told["is_cleared"]) == ("not cleared yet", False)
    assert "manner of speaking" in told["not_looked_for"]


def test_plain_texts_lose_marks_that_nobody_sees(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffThe\u200b wall\u2063 is\u00a0new\r\n".encode())
    scrub_paper(tmp_path / "a.txt", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == b"The wall is new\n"


def test_what_is_no_document_or_holds_no_text_is_refused(tmp_path) -> None:
    out = tmp_path / "out.txt"
    with pytest.raises(BadInput, match="pictures"):
        scrub_paper(pdf(tmp_path / "empty.pdf", BAR), out)
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff no photograph")
    for name in ("cut.pdf", "old.doc", "empty.txt", "photo.jpg", "none.pdf"):
        with pytest.raises(BadInput):
            scrub_paper(tmp_path / name, out)
    assert not out.exists()


def test_orders_that_cannot_be_carried_out_are_refused(tmp_path) -> None:
    path = pdf(tmp_path / "report.pdf", line("Kim", 200))
    for replace in ([("", "x")], [("--", "x")], [("Kim", "[Kim]")]):
        with pytest.raises(BadSetting, match="nothing was done"):
            scrub_paper(path, tmp_path / "out.txt", replace=replace)
    for out in ("out.pdf", "out.docx"):
        with pytest.raises(BadSetting, match=r"\.txt"):
            scrub_paper(path, tmp_path / out)
    (tmp_path / "same.txt").write_text("Kim")
    with pytest.raises(BadSetting, match="original"):
        scrub_paper(tmp_path / "same.txt", tmp_path / "same.txt")
    for out, more in (
        ("out.txt", {"cover": [(0, 0, 9, 9)]}),
        ("out.jpg", {"replace": [("a", "b")]}),
    ):
        with pytest.raises(BadSetting, match="--cover|a document is written"):
            step(path, tmp_path / out, **more)


def test_an_answer_that_is_no_text_is_not_passed_on(tmp_path, monkeypatch) -> None:
    path = pdf(tmp_path / "report.pdf", line("Kim", 200))
    for told in ({}, {"text": 3, "n_hidden": 0, "notes": []}, {"text": "x", "n_hidden": "a"}):
        answer = paper_copy.courier.Answer(told=told, bodies=(), sha256="")
        monkeypatch.setattr(paper_copy.courier, "ask", lambda *_, answer=answer, **__: answer)
        with pytest.raises(WorkerFailed, match="nothing was written"):
            scrub_paper(path, tmp_path / "out.txt")
