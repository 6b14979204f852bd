"""What a file is, and its working copy: words or pixels, and nothing else of it."""

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from small_papers import CANARY, PAGE, document, pdf, photo
from vallum.evidence import courier, papers, texts
from vallum.evidence.bare import extras_of
from vallum.evidence.papers import opened, sniffed
from vallum.ground.errors import BadImage, BadInput, TooLarge, WorkerFailed
from vallum.ground.saidkinds import Paper


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open in this process."""
    monkeypatch.setattr(
        courier.foreign, "call", lambda job, arguments, **_: courier._run_here(**arguments)
    )


MP4 = b"\0\0\0\x18ftypisom" + bytes(64)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (photo(), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (photo("TIFF"), "image/tiff"),
        (photo("WEBP"), "image/webp"),
        (MP4, "video/mp4"),
        (b"\0\0\0\x18ftypqt  " + bytes(64), "video/quicktime"),
        (b"\0\0\0\x18ftypheic" + bytes(64), "image/heic"),
        (b"\x1a\x45\xdf\xa3" + bytes(64), "video/x-matroska"),
        (pdf("a"), "application/pdf"),
        (document(), "application/zip"),
        (b"age-encryption.org/v1\n", "application/age"),
        (b"plain words", ""),
    ],
    ids=["jpeg", "png", "tiff", "webp", "mp4", "mov", "heic", "mkv", "pdf", "docx", "age", "text"],
)
def test_what_a_file_is_follows_from_its_bytes(content, kind) -> None:
    assert sniffed(content[:4096]) == kind


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(
    ("name", "content", "kind", "paper"),
    [
        ("a.jpg", PAGE.encode(), "text/html", Paper.ARTICLE),
        ("a.html", photo(), "image/jpeg", Paper.PHOTO),
        ("a.txt", pdf("The fence at Musan."), "application/pdf", Paper.DOCUMENT),
        ("a.csv", b"km,posts\n1,2\n", "text/csv", Paper.TABLE),
        (
            "a.md",
            b"# Fence\n**Two** [posts](https://x.example/y).",
            "text/markdown",
            Paper.DOCUMENT,
        ),
        ("a.txt", MP4, "video/mp4", Paper.VIDEO),
        ("a.txt", bytes(range(256)) * 8, "application/octet-stream", Paper.DOCUMENT),
    ],
    ids=["page", "photo", "pdf", "table", "markdown", "video", "unknown"],
)
def test_the_name_of_a_file_is_not_believed(name, content, kind, paper) -> None:
    found = opened(content, name=name)
    assert (found.media_type, found.paper) == (kind, paper)
    if kind == "text/markdown":
        assert found.text == "Fence\nTwo posts."
    if paper is Paper.VIDEO:
        assert "without a working copy" in found.notes[0]
        assert not found.picture
        assert not found.text


def test_a_file_on_the_disk_is_opened_in_the_limited_process(tmp_path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    found = opened(path, name=path.name)
    assert found.title == "Second fence at Musan"
    assert found.language == "en"
    assert found.published == "2021-05-15"
    assert "second fence of three kilometres" in found.text
    for word in ("Sign up", "Hyesan", "cousin", "do not read", "assistant", "rights reserved"):
        assert word not in found.text


def test_no_temporary_file_ever_holds_what_is_carried(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    real, seen = courier.foreign.call, []

    def watched(job: str, arguments: dict, **more: object) -> object:
        done = real(job, arguments, **more)
        seen.extend(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
        return done

    monkeypatch.setattr(courier.foreign, "call", watched)
    found = opened(f"{CANARY} saw a fence.".encode(), name="a.txt")
    assert CANARY in found.text
    assert len(seen) >= 2, "the file and the answer"
    assert all(one.startswith(b"age-encryption.org/v1") for one in seen)
    assert not any(CANARY.encode() in one for one in seen)
    assert not [*tmp_path.iterdir()]


def test_a_text_cannot_be_marked_for_its_reader() -> None:
    marked = "The\u200b fe\u00adnce\u2060 at\u00a0Mu\ufeffsan\u202e \U000e0041was  built. \r\n\u3164\x0bIn\ufe0f 2021\t \n\n\n\nEnd"
    assert texts.plain(marked) == "The fence at Musan was built.\n\nIn 2021\n\nEnd"
    in_pieces = "\u1106\u116e\u1109\u1161\u11ab"  # hangul as some computers save it
    assert texts.plain(in_pieces) == "무산"
    joined = "می\u200cخواهم"
    assert texts.plain(joined) == joined
    assert len(texts.plain("a" * 5_000_000)) == texts.MOST_CHARACTERS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949", "gb18030"], ids=str)
def test_texts_in_the_encodings_of_the_region_are_read(encoding) -> None:
    words = {
        "gb18030": "新华社丹东电：中朝边境正在修建新的围栏和岗哨，当地居民说工程从四月开始。" * 3,
    }.get(encoding, "무산군에서 두만강을 따라 새로운 철조망이 설치되었다고 주민들이 말했다. " * 3)
    assert texts.plain(texts.decoded(words.encode(encoding))) == words.strip()


@pytest.mark.usefixtures("fast")
def test_a_short_testimony_saved_as_a_page_is_not_lost() -> None:
    body = "<p>I crossed at Musan in 2019.</p><p>In April they built a fence.</p>"
    found = opened(f"<html><body><h1>Nr 14</h1>{body}</body></html>".encode())
    assert "I crossed at Musan in 2019." in found.text
    assert "In April they built a fence." in found.text
    assert opened(b"<html><body><script>x()</script></body></html>").text == ""


@pytest.mark.usefixtures("fast")
def test_a_page_in_a_table_keeps_its_words() -> None:
    page = (
        "<HTML><BODY><TABLE><TR><TD>Guards laid a second fence near Musan in April, a source told "
        "the paper, and it carries current.<BR><BR>Three towers were planned.</TD></TR></TABLE>"
    )
    text = opened(page.encode()).text
    assert "second fence near Musan" in text
    assert "Three towers were planned." in text


@pytest.mark.usefixtures("fast")
def test_a_page_saved_as_one_file_is_read() -> None:
    saved = (
        "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{PAGE}\r\n--b--\r\n"
    )
    found = opened(saved.encode())
    assert found.media_type == "multipart/related"
    assert "second fence of three kilometres" in found.text


@pytest.mark.usefixtures("fast")
def test_the_text_of_a_pdf_is_read() -> None:
    assert opened(pdf("The fence at Musan", "was doubled.")).text == (
        "The fence at Musan\nwas doubled."
    )
    found = opened(pdf())
    assert found.text == ""
    assert "pictures" in found.notes[0]
    with pytest.raises(BadInput, match="cannot be opened.*nothing was taken"):
        opened(pdf("x")[:60])


@pytest.mark.usefixtures("fast")
def test_a_document_is_read_as_it_stands() -> None:
    found = opened(document())
    assert found.text.splitlines()[0] == "The fence at Musan was doubled in 2021."
    assert "posts 12" in " ".join(found.text.split())
    assert "comments, were left out" in found.notes[0]
    assert CANARY not in found.text


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return out.getvalue()


@pytest.mark.usefixtures("fast")
def test_hostile_documents_are_refused_or_only_kept(tmp_path) -> None:
    (tmp_path / "secret").write_text(CANARY)
    entity = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><d>&x;</d>'
    with pytest.raises(BadInput, match="no document type"):
        opened(zipped(word__document_xml=entity.encode()))
    with pytest.raises(BadInput, match="hundred times"):
        opened(zipped(word__document_xml=b" " * (8 << 20)))
    deep = b'<d xmlns:w="x">' * 300 + b"</d>" * 300
    with pytest.raises(BadInput, match="cannot be read"):
        opened(zipped(word__document_xml=deep))
    kept = opened(zipped(report=b"x"))
    assert (kept.media_type, kept.text) == ("application/zip", "")
    with pytest.raises(BadInput, match="empty"):
        opened(b"")


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_is_rebuilt_from_its_pixels(kind) -> None:
    found = opened(photo(kind))
    assert extras_of(found.picture) == ()
    assert CANARY.encode() not in found.picture
    with Image.open(io.BytesIO(found.picture)) as image:
        assert image.size == (64, 48)
        if kind in {"PNG", "TIFF"}:
            assert (np.asarray(image) == np.asarray(Image.open(io.BytesIO(photo(kind))))).all()
    if kind != "TIFF":  # Pillow writes no such metadata into it
        assert found.captured == "2021-04-17T06:31:20"
        assert found.captured_basis
        assert found.camera == pytest.approx((42.225, 129.2))
    assert found.c2pa == "absent"


@pytest.mark.usefixtures("fast")
def test_a_broken_picture_is_refused_and_one_without_metadata_says_nothing() -> None:
    with pytest.raises(BadImage, match="nothing was taken"):
        opened(photo()[:400])
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    found = opened(out.getvalue())
    assert (found.captured, found.captured_basis, found.camera) == ("", "", None)


def test_a_process_that_was_taken_over_passes_nothing_but_words_and_pixels(monkeypatch) -> None:
    said = {
        "media_type": "image/png", "paper": "photo", "text": "", "tool": "", "title": "",
        "language": "", "published": "", "captured": "", "captured_basis": "", "camera": None,
        "c2pa": "absent", "notes": [], "pieces": [],
    }  # fmt: skip

    def answers(picture: bytes = b"", **wrong: object) -> None:
        answer = courier.Answer(told=said | wrong, bodies=(picture,), sha256="")
        monkeypatch.setattr(papers.courier, "ask", lambda *_, **__: answer)

    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG", dpi=(71, 71))
    for wrong in (
        {"picture": picture.getvalue()},
        {"picture": b"#!/bin/sh"},
        {"media_type": "text/x-shellscript"},
        {"text": ["a"]},
        {"paper": "secret"},
        {"camera": ["here"]},
        {"more": "x"},
    ):
        answers(**wrong)
        with pytest.raises(WorkerFailed, match="more than words or pixels"):
            opened(photo())
    answers(title="a\x1b]0;b\nc", text="one\x1b[31m two\nthree")
    found = opened(photo())
    assert found.title == "a ]0;b c"
    assert found.text == "one[31m two\nthree"


def test_a_huge_file_is_kept_unopened(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(courier, "MOST_BYTES", 100)
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf("x"))
    found = opened(path)
    assert found.notes == ("larger than 200 MB: kept, without a working copy",)
    with pytest.raises(TooLarge):
        courier.ask("vallum.evidence.papers:_open_here", path, most_bytes=100, ending="")


def test_only_this_room_does_errands(tmp_path) -> None:
    with pytest.raises(BadInput, match="no part of the room"):
        courier.ask("os:system", Path(__file__), command="true")
