"""`read` works on a file, standard input or the text itself, without a project."""

import io
import json
from datetime import date

import pytest

from vallum.ground.errors import BadDate, BadInput, TooLarge
from vallum.steps import reading
from vallum.steps.reading import read

TEXT = (
    "Soldiers built 12 km of fence near Hoeryong last month, a source in China told Border Post.\n"
    "They will build guard posts between Uiju and Sinuiju, and a wall at Nowhereville.\n"
)


def test_a_file_gives_a_list_of_claims(tmp_path):
    path = tmp_path / "article.txt"
    path.write_text(TEXT, encoding="utf-8")
    done = read(path, published="2019-05-15")
    rows = json.loads(json.dumps(done.to_json()))
    assert [row["kind"] for row in rows] == ["fence", "guard_post", "wall"]
    first = rows[0]
    assert TEXT[first["start"] : first["end"]] == "12 km of fence"
    assert first["quantity"] == {
        "min": 12.0, "max": 12.0, "unit": "km", "qualifier": "", "as_stated": "12 km",
    }  # fmt: skip
    assert (first["date"]["first"], first["date"]["last"]) == ("2019-04-01", "2019-04-30")
    assert first["date"]["expression"] == "last month"
    assert first["attribution"] == "a source in China"
    assert first["access"] == "direct"
    assert first["published"] == "2019-05-15"
    assert done.exit_code == 0
    assert done.facts["n_claims"] == 3


def test_places_have_chainage_and_what_is_unknown_has_none():
    rows = read(TEXT, published="2019-05-15").to_json()
    hoeryong, posts, wall = rows
    assert hoeryong["span"] == hoeryong["places"][0]["span"]
    first, last = hoeryong["span"]
    assert 10_000 < last - first < 40_000
    sinuiju = next(one for one in posts["places"] if one["name"] == "Sinuiju")
    assert posts["span"][0] <= sinuiju["span"][0] < sinuiju["span"][1] <= posts["span"][1]
    assert posts["span"][1] < first
    assert wall["span"] is None
    assert wall["places"][0]["precision"] == "unplaced"


def test_a_river_has_a_name_and_no_chainage():
    (row,) = read("A wall was built along the Tumen River.", published="2019-05-15").to_json()
    assert row["places"][0]["name"] == "Tuman / Tumen"
    assert row["span"] is None


def test_a_page_is_read_by_its_ending(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(f"<body><nav>wall in Musan</nav><p>{TEXT}</p></body>", encoding="utf-8")
    rows = read(path, published=date(2019, 5, 15)).to_json()
    assert [row["kind"] for row in rows] == ["fence", "guard_post", "wall"]
    assert path.read_text("utf-8")[rows[0]["start"] : rows[0]["end"]] == "12 km of fence"


def test_standard_input_and_old_encodings_are_read(monkeypatch):
    class Input:
        buffer = io.BytesIO("A wall stands in Musan \x96 “finished”.".encode("cp1252", "replace"))

    monkeypatch.setattr(reading.sys, "stdin", Input)
    assert [c.kind for c in read("-", published="2019-05-15").claims] == ["wall"]


def test_lines_say_what_where_when_and_who():
    lines = "\n".join(read(TEXT, published="2019-05-15").lines)
    assert "fence, completed, 12 km" in lines
    assert "last month = 2019-04; says a source in China (direct)" in lines
    assert "3 claims in text, published 2019-05-15" in lines


def test_bad_input_is_refused_with_a_way_out(tmp_path, monkeypatch):
    binary = tmp_path / "x.txt"
    binary.write_bytes(b"a\0b")
    with pytest.raises(BadInput, match="no text"):
        read(binary, published="2019-05-15")
    with pytest.raises(BadInput, match="no such file"):
        read("missing.txt", published="2019-05-15")
    with pytest.raises(BadDate, match="no single day"):
        read(TEXT, published="2019-05")
    with pytest.raises(BadDate):
        read(TEXT, published="last May")
    monkeypatch.setattr(reading, "_MOST_BYTES", 10)
    binary.write_text(TEXT, encoding="utf-8")
    with pytest.raises(TooLarge):
        read(binary, published="2019-05-15")


@pytest.mark.real
def test_the_articles_are_read_in_file_mode(shared_data):
    folder = shared_data / "articles"
    told = read(folder / "dailynk-5g-checkpoints.txt", published="2020-05-06").to_json()
    modality = {(row["place"], row["modality"]) for row in told if row["kind"] == "checkpoint"}
    assert {("Dandong", "completed"), ("Tonghua", "planned"), ("Dandong", "no_public_reports")} <= (
        modality
    )
    (arrest,) = [row for row in told if row["kind"] == "arrest" and row["modality"] == "completed"]
    assert arrest["place"] == "Hushan Great Wall; Donggang"
    assert (arrest["date"]["first"], arrest["date"]["last"]) == ("2020-04-11", "2020-04-20")
