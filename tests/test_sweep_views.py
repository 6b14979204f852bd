"""Texts as readers see them: the same as the slower search makes, whatever is in them."""

import html
import re
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vallum.evidence import canary, sweep_views
from vallum.evidence.sweep import _PIECE, sweep
from vallum.evidence.sweep_views import pieces, seen, views
from vallum.evidence.unpack import letters_in, runs_in

_BITS = (
    b"\n", b"\r\n", b"\r", b" ", b"  ", b"\t", b"\n \t", b"\v", b"<b>", b"<", b">", b"</a\n>", b"&amp;",
    b"&amp", b"&#65;", b"&#x3b1", b"&notit;", b"&", b";", b"\\u00e9", b"\\ud83d\\ude00", b"\\", b"%41",
    b"%", b"=41", b"=\n", b"=\r\n", b"=", b"a", b"K", "é".encode(), "조선".encode(), b"\xff", b"\xe2\x82",
)  # fmt: skip
_TEXTS = st.lists(st.sampled_from(_BITS) | st.binary(max_size=3), max_size=60).map(b"".join)
_FEW = st.integers(1, 12)


@given(content=_TEXTS, size=_FEW)
def test_every_reading_is_that_of_the_slower_search_however_it_is_cut(content, size):
    with _cut_every(size):
        found = list(views(content))
    assert [("as it is", content), *found] == list(canary._views(content))


@given(content=_TEXTS, size=_FEW)
def test_what_a_reader_sees_is_what_one_call_for_all_of_it_returns(content, size):
    plain = content.decode("utf-8", "ignore")
    with _cut_every(size):
        shown = {how: "".join(text()) for how, text in seen(content, content)}
    assert shown["utf-8"] == plain
    if "<" in plain or "&" in plain:
        bare = html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", plain))
        assert shown["utf-8, tags left out"] == bare
    if "\\u" in plain:
        spoken = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), plain)
        assert shown["JSON escapes"] == spoken


@given(text=st.text("ab ", max_size=200), size=_FEW)
def test_pieces_are_the_text_and_end_where_they_may(text, size):
    with _cut_every(size):
        found = list(pieces(text, " "))
    assert "".join(found) == text
    assert all(piece.endswith(" ") for piece in found[:-1])


@given(content=st.lists(st.sampled_from([b"a", b"bb", b" ", b"-"]), max_size=80).map(b"".join))
def test_runs_are_those_of_a_pattern(content):
    found = list(runs_in(content, letters_in(b"ab"), 4))
    assert found == [match.span() for match in re.finditer(rb"[ab]{4,}", content)]


@pytest.mark.parametrize("before", [*range(_PIECE - 14, _PIECE + 3), 2 * _PIECE - 6])
def test_what_lies_across_two_pieces_is_found(before, tmp_path):
    text = b"x" * before + b"Hidden Valley" + b" and on" * 9
    (tmp_path / "file.txt").write_bytes(text + b"\n" + text)
    found = sweep(tmp_path, {"place": "hidden valley"}, names={"name": "valley"})
    assert {leak.needle for leak in found.leaks} == {"place", "name"}


@contextmanager
def _cut_every(size):
    """Pieces of so many letters, so that short texts are cut too."""
    before, sweep_views._PIECE = sweep_views._PIECE, size
    try:
        yield
    finally:
        sweep_views._PIECE = before
