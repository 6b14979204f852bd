"""What others archived: pages out of WARC and WACZ, rows out of two tools' exports."""

import csv
import gzip
import io
import json
import zipfile

import pytest

from small_papers import CANARY, PAGE, photo, wacz, warc
from vallum.evidence import courier
from vallum.evidence.papers import opened
from vallum.ground.errors import BadInput
from vallum.ground.saidkinds import Paper

URL = "https://example.org/fence"
OTHER = PAGE.replace("Musan", "Hoeryong").replace("2021-05-15", "2020-01-02")


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open in this process."""
    monkeypatch.setattr(
        courier.foreign, "call", lambda job, arguments, **_: courier._run_here(**arguments)
    )


@pytest.mark.parametrize("is_packed", [True, False], ids=["gz", "plain"])
def test_each_page_of_a_warc_is_a_piece_of_its_own(is_packed) -> None:
    content = warc([(URL, PAGE), (f"{URL}/2", OTHER), (f"{URL}/again", PAGE)], is_packed=is_packed)
    found = opened(content)
    assert (found.media_type, found.paper, found.text) == ("application/warc", Paper.ARCHIVE, "")
    assert [piece.url for piece in found.pieces] == [URL, f"{URL}/2"]
    first, second = found.pieces
    assert first.body == PAGE.encode()
    assert "second fence of three kilometres" in first.text
    assert (first.published, second.published) == ("2021-05-15", "2020-01-02")
    assert first.captured == "2021-05-20T10:11:12+00:00"
    assert first.title == "Second fence at Musan"
    assert found.notes == ()


def test_a_wacz_gives_the_pages_that_a_person_archived() -> None:
    inner = warc([(URL, PAGE), ("https://example.org/advert", OTHER)])
    found = opened(wacz(inner, URL))
    assert found.media_type == "application/wacz"
    assert [piece.url for piece in found.pieces] == [URL]
    assert found.notes == ()


def test_an_archive_that_was_changed_says_so() -> None:
    inner = warc([(URL, PAGE)], is_packed=False)
    found = opened(wacz(inner, URL, stated="0" * 64))
    assert "not those that its own list of hashes names" in found.notes[0]
    changed = inner.replace(b"three kilometres", b"thirty kilometre", 1)
    assert changed != inner
    found = opened(changed)
    assert "do not fit the digest" in found.notes[0]
    assert len(found.pieces) == 1


@pytest.mark.parametrize("is_packed", [True, False], ids=["gz", "plain"])
def test_an_archive_that_was_cut_short_says_so(is_packed) -> None:
    content = warc([(URL, PAGE)], is_packed=is_packed)
    assert opened(content).notes == ()
    found = opened(content[:-40])
    assert len(found.pieces) == 1
    assert found.notes == ("it is cut short: only what came before was read",)
    assert "cut short" in " ".join(opened(content[: len(PAGE) // 4]).notes)


def test_a_broken_wacz_is_refused() -> None:
    with pytest.raises(BadInput, match="broken or locked"):
        opened(wacz(warc([(URL, PAGE)]), URL)[:-40])


def test_an_archive_without_a_page_says_so() -> None:
    found = opened(warc([]))
    assert found.pieces == ()
    assert found.notes == ("no page with a text in it",)


def test_an_archive_that_unfolds_without_end_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc", b"\0" * (64 << 20))
    with pytest.raises(BadInput, match="hundred times"):
        opened(out.getvalue())
    assert opened(gzip.compress(b"no archive")).media_type == "application/octet-stream"


def table(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


POST = {
    "Link": "https://social.example/post/1",
    "Archive status": "telethon: success",
    "Archive location": "https://archive.example/1.html",
    "Archive date": "2021-05-20T10:11:12.5+00:00",
    "Upload timestamp": "2021-05-15T23:30:00-05:00",
    "Upload title": "Somebody on a platform",
    "Text content": "They are building a second fence at Musan.",
    "Hash": "0" * 64,
    "WACZ": "https://archive.example/1.wacz",
}


def test_rows_of_auto_archiver_become_pieces() -> None:
    failed = POST | {"Link": "https://social.example/post/2", "Archive status": "nothing archived"}
    found = opened(table(POST, failed, dict.fromkeys(POST, "")), name="export.csv")
    assert (found.tool, found.paper) == ("auto_archiver", Paper.TABLE)
    (piece,) = found.pieces
    assert piece.text == "They are building a second fence at Musan."
    assert piece.url == "https://social.example/post/1"
    assert piece.archived_urls == (
        "https://archive.example/1.html",
        "https://archive.example/1.wacz",
    )
    assert piece.published == "2021-05-16", "a day in UTC"
    assert piece.captured == "2021-05-20T10:11:12+00:00"
    assert json.loads(piece.body)["hash"] == "0" * 64


def test_rows_of_atlos_become_pieces_without_positions_and_people() -> None:
    incident = {
        "slug": "CIV-AB12CD",
        "project": "Border",
        "latitude": "42.225",
        "longitude": "129.2",
        "description": "'=New wall beside the road",
        "sensitive": "Graphic Violence, Deceptive or Misleading, Not Sensitive",
        "more_info": "Seen from the far bank.",
        "assignments": CANARY,
        "source_10": "https://social.example/c",
        "source_2": "https://social.example/b",
        "source_1": "https://social.example/a",
    }
    found = opened(table(incident, dict.fromkeys(incident, "")), name="atlos-export.csv")
    (piece,) = found.pieces
    assert found.tool == "atlos"
    assert piece.text == "=New wall beside the road\n\nSeen from the far bank."
    assert piece.sensitive == ("graphic violence", "misleading")
    assert piece.url == "https://social.example/a"
    assert piece.archived_urls == ("https://social.example/b", "https://social.example/c")
    assert "42.225" not in piece.text
    assert CANARY not in piece.text + piece.title
    assert "42.225" in piece.body.decode(), "the vault has all of it"


def test_any_other_table_is_a_text() -> None:
    found = opened(b"km,posts\n1,12\n", name="posts.csv")
    assert (found.tool, found.pieces, found.text) == ("", (), "km,posts\n1,12")
    assert opened(photo(), name="posts.csv").paper is Paper.PHOTO
