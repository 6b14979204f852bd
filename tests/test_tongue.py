"""Reports in Korean and Chinese: every text, the same numbers, and no English left."""

from __future__ import annotations

import importlib.util
import json
import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fake_book import fake_book
from fake_said import said_book
from fake_told import told_book
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Basis, Change, Kind, Status
from vallum.ground.records import Estimate
from vallum.report import gates, naming, printing, tongue
from vallum.report.built import built_model
from vallum.report.context import context_model
from vallum.report.issue import Cause, Changed, Correction, History, Issue, Sort
from vallum.report.looked import pairs_model, sections_model, unseen_model
from vallum.report.model import build
from vallum.report.said import said_model
from vallum.report.timeline import timeline_model
from vallum.report.tongue import LANGUAGES, many, said, say, speaking
from vallum.report.visible import visible_model
from vallum.report.words import headline, method_paragraphs, strip_alt

OTHERS = ["ko", "zh-Hans"]
TOOL = Path(__file__).parents[1] / "tools/messages.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("messages_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(tool):
    return tool.collect()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_a_translation_with_the_same_holes(tool, found, language):
    assert tool.faults(language, found) == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_file_of_translations_holds_what_reports_say_and_nothing_else(tool, found, language):
    path = tool.FOLDER / f"{language}.po"
    assert path.read_bytes() == tool.updated(language, found), "run python tools/messages.py"


def test_the_tool_finds_literals_constants_plurals_templates_and_stored_texts(found):
    assert ("{km} could not be compared", "") in found
    assert ("{n} finding", "{n} findings") in found
    assert ("border where it cannot be told", "") in found  # a constant, looked up by name
    assert ("under the footprint", "") not in found
    assert "src/vallum/report/messages/stored.txt" in found["at most", ""]


def test_a_translation_with_other_holes_is_a_fault(tool, monkeypatch):
    wrong = tool.Catalog(locale="ko")
    wrong.add("{km} could not be compared", string="비교할 수 없었다")
    monkeypatch.setattr(tool, "read", lambda _: wrong)
    assert "other {holes}" in tool.faults("ko", {("{km} could not be compared", ""): []})[0]


@pytest.mark.parametrize("language", OTHERS)
def test_every_label_is_said_in_the_language(language):
    labels = [one.label for group in (Kind, Status) for one in group]
    with speaking(language):
        assert not [text for text in labels if _has_words(said(text))]
        assert not [text for text in printing.CHANGE_LABELS.values() if _has_words(text)]
        names = ["border_km_changed_estimated_in_km_2.5_5", "barrier_km_double_fence_new",
                 "barrier_km_all_built_by_2020-12-31", "posts_watchtower_stock_before"]  # fmt: skip
        assert not [name for name in names if _has_words(printing.label_of(name))]


def test_english_is_what_stands_in_the_code():
    assert say("{km} could not be compared", km="3 km") == "3 km could not be compared"
    assert many(1, "{n} finding", "{n} findings") == "1 finding"
    assert many(1200, "{n} finding", "{n} findings") == "1,200 findings"
    assert said("anything that somebody wrote") == "anything that somebody wrote"


def test_words_of_others_are_left_as_they_are():
    for text in ("We went from here to there, and back.", "a fence of our own words", "Seoul"):
        with speaking("ko"):
            assert said(text) == text


def test_stored_sentences_are_translated_with_what_stands_in_their_holes():
    with speaking("ko"):
        assert said("of 12.345 km of barrier confirmed as built") == (
            "지어진 것으로 확인된 장벽 12.345 km 기준"
        )
        assert said("Low: confirmed only. The bounds equal the value: it is a count.") == (
            "하한: 확인된 것만. 상·하한은 값과 같다. 개수이다."
        )
        assert said("about, as analysts read it") == "약, 분석자 판독 기준"
    with speaking("zh-Hans"):
        assert said("not aligned: too little texture") == "未配准：纹理过少"


def test_a_claim_is_told_in_the_language_with_towns_in_both_names():
    english = ("According to a source that is not named, a new double fence has been built, border "
               "km 805 to 810 (nearest town Hoeryong), April 2019 to June 2020.")  # fmt: skip
    with speaking("ko"):
        told = said(english)
    assert "새 이중 울타리 건설됨" in told
    assert "회령 Hoeryong" in told
    assert "2019년 4월~2020년 6월" in told


@pytest.mark.parametrize(
    ("language", "day", "month", "year"),
    [
        ("en", "2019-05-14", "2019-05", "2019"),
        ("ko", "2019년 5월 14일", "2019년 5월", "2019년"),
        ("zh-Hans", "2019年5月14日", "2019年5月", "2019年"),
    ],
    ids=["en", "ko", "zh-Hans"],
)
def test_dates_are_written_as_the_language_writes_them(language, day, month, year):
    with speaking(language):
        assert printing.date_text(date(2019, 5, 14)) == day
        assert printing.month_text(date(2019, 5, 14)) == month
        assert printing.day_text("2019") == year


@pytest.mark.parametrize("language", [*LANGUAGES])
def test_a_printed_number_is_the_unrounded_one_in_every_language(language):
    with speaking(language):
        for metres in (0, 4, 9_214.4, 18_650, 1_240_118.2, -3_200):
            printed = printing.length_text(metres).replace(printing.MINUS, "-")
            number, _, unit = printed.replace(",", "").partition(printing.THIN)
            scale, step = (1000, 50) if unit == "km" else (1, 0.5)
            assert abs(float(number) * scale - metres) <= step + 1e-9
        assert printing.number_text(1234567) == "1,234,567"
        assert printing.grouped(0.125, 2) == "0.12"  # as Python rounds, in every language


@pytest.mark.parametrize("language", OTHERS)
def test_bounds_are_rounded_outwards_in_every_language(language):
    one = Estimate(name="barrier_km_all_new", value=12.34, low=12.34, high=15.61, unit="km",
                   basis=Basis.SAMPLED, denominator="", method="", wording="about",
                   from_ids=())  # fmt: skip
    with speaking(language):
        low, high = re.findall(r"[\d.]+", printing.bounds_text(one))
        assert (float(low), float(high)) == (12.3, 15.7)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Hoeryong (회령)", "Dandong (丹东)", "Yalu (Amnok)", "Tumen (Tuman)"]),
        ("ko", ["회령 (Hoeryong)", "단동 (丹东)", "압록강 (鸭绿江)", "두만강 (图们江)"]),
        ("zh-Hans", ["会宁 (회령)", "丹东 (Dandong)", "鸭绿江 (압록강)", "图们江 (두만강)"]),
    ],
    ids=["en", "ko", "zh-Hans"],
)
def test_towns_and_rivers_have_the_names_of_both_sides(language, names):
    with speaking(language):
        assert [
            naming.both_names(one) for one in ("회령", "Dandong", "Yalu", "Tumen River")
        ] == names
        assert naming.both_names("A place of nobody") == "A place of nobody"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "book", [fake_book(), told_book(), said_book()], ids=["fake", "told", "said"]
)
def test_no_english_sentence_is_left(language, book):
    with speaking(language):
        model = _ours(book)
        left = [text for text in _texts(model) if _has_words(_without_names(text))]
    assert left == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_unrounded_numbers_stand_beside_every_language(language):
    book = said_book()
    english = _numbers(_ours(book))
    with speaking(language):
        assert _numbers(_ours(book)) == english


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_sentence_is_left_in_the_whole_model(language, whole_book):
    with speaking(language):
        model = json.loads(json.dumps(build(whole_book)))
    left = {text for path, text in _leaves(model) if _is_english(path, text)}
    assert left == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_prints_the_same_numbers_as_in_english(language, whole_book):
    english = dict(_leaves(build(whole_book)))
    with speaking(language):
        other = dict(_leaves(build(whole_book)))
    free = ("live", "settings")  # the strip's own codes; settings are named by their labels
    paths = [path for path in english if path[0] not in free]
    wrong = {
        path: (english[path], other.get(path))
        for path in paths
        if _printed(english[path]) != _printed(other.get(path, ""))
    }
    assert len(paths) > 500
    assert wrong == {}


@pytest.mark.parametrize("language", OTHERS)
def test_gates_give_reason_and_way_out_in_the_language(language, whole_book):
    lone = replace(whole_book.estimates[0], wording="exactly", value=2.0, low=1.0)
    facts = gates.Facts(
        n_accepts=9, together=["claim-a"], uncleared=["photo-a"], stale=["posts_new"],
        pictures={"a": "people found that the thing stood there before, so there is no before and "
                  "after"},
        withheld=["it was said off the record"],
    )  # fmt: skip
    confirmed = [one for one in whole_book.findings if one.held == "confirmed"][:4]
    with speaking(language):
        told = gates.refusals(
            facts, estimates=[lone], confirmed=confirmed, scenes=whole_book.scenes
        )
        texts = [text for one in told for text in (one.what, one.why, one.way_out)]
    assert len(told) >= 6
    assert [text for text in texts if _is_english((), re.sub(r"`[^`]+`", "", text))] == []


def test_a_text_of_holes_alone_has_the_marks_of_the_language():
    with speaking("zh-Hans"):
        assert say("{a}: {b} ({c}).", a="甲", b="乙", c="丙") == "甲：乙（丙）。"
    assert say("{a}: {b} ({c}).", a="A", b="B", c="C") == "A: B (C)."


def test_a_name_in_a_hole_is_never_changed():
    with speaking("ko"):
        assert said("According to X, at least 24 new guard posts have been built, 2020.") == (
            "X에 따르면 새 초소 최소 24개 건설됨(2020년)."
        )
        assert said("at least 3 km") == "최소 3 km"


def test_a_language_that_is_not_there_is_refused_with_the_choice():
    with pytest.raises(BadSetting, match="ko"), speaking("tlh"):
        pass
    assert tongue.known("zh") == "zh-Hans"


def test_every_change_has_a_label():
    assert set(printing.CHANGE_LABELS) == set(Change)


def test_numbers_that_are_not_known_say_so_in_the_language():
    with speaking("ko"):
        assert not _has_words(printing.number_text(math.nan))


# -- what is looked at --------------------------------------------------------------------------

_NAMES = re.compile(
    r"SIMULATED|vallum( \w+)?|[\w.-]+\.(csv|json|html)|test-line|TEST-\w+|EX-\d|ODbL[-\d.]*"
    r"|© ?[^,;。]*|km2?\b|\bm\b|border_km\w+|Turnbull|Northland|Southland|river mouth|tripoint"
    r"|scene-\w+|https?:\S+|rmse|Test border|candidate-\w+|finding-\w+|World Geodetic System"
)
_FREE = frozenset(
    {"says", "who", "why", "where", "trace", "name", "id", "key", "source", "source_url", "read_at",
     "licence", "credit", "sensor", "status", "unit", "before_id", "after_id", "values", "sign",
     "method", "when", "basis", "what_url", "sources", "what", "reported_by", "shown", "seen"}
)  # fmt: skip
"""Fields that hold names, codes, or what the made books let others say in English."""


def _ours(book):
    head = headline(book)
    return json.loads(json.dumps({
        "headline": [head.found, head.unseen, head.under], "alt": strip_alt(book, 3),
        "method_text": list(method_paragraphs(book)), "said": said_model(book),
        "built": built_model(book), "context": context_model(book),
        "timeline": timeline_model(book), "visible": visible_model(book),
        "pairs": pairs_model(book), "sections": sections_model(book),
        "unseen": unseen_model(book),
        "labels": [printing.label_of(one.name) for one in book.estimates],
        "printed": [printing.value_text(one) for one in book.estimates],
        "bounds": [printing.bounds_text(one) for one in book.estimates],
        "wordings": [said(one.wording) for one in book.estimates],
        "denominators": [said(one.denominator) for one in book.estimates],
    }))  # fmt: skip


def _texts(value, key=""):
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _FREE:
                yield from _texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, key)
    elif isinstance(value, str):
        yield value


def _numbers(value):
    if isinstance(value, dict):
        return {key: _numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return value if isinstance(value, int | float) else None


@pytest.fixture(scope="module")
def whole_book():
    """A book with claims, context, editions, changes and corrections."""
    book = told_book()
    old, new = book.estimates[0], replace(book.estimates[0], value=book.estimates[0].value + 1)
    first = Issue(number=1, day=date(2026, 1, 2), manifest_sha256="ab" * 32)
    causes = (
        *(Cause(sort=sort, kind=kind, n=3, ids=("finding-a",))
          for sort in (Sort.CAME, Sort.WENT, Sort.DIFFER)
          for kind in ("Finding", "Candidate", "Comparison", "Scene", "Sample", "Verdict", "Row")),
        Cause(sort=Sort.IMAGES_ADDED, n=2), Cause(sort=Sort.IMAGES_ASIDE, n=1),
        Cause(sort=Sort.ANSWERS, n=5), Cause(sort=Sort.VERSION, was="0.1", now="0.2"),
        Cause(sort=Sort.SETTING, name="unit of work", was="100", now="200"),
        Cause(sort=Sort.SETTINGS),
    )  # fmt: skip
    history = History(
        issue=Issue(number=2, day=date(2026, 3, 4)),
        editions=(first,),
        changes=(Changed(name=old.name, old=old, new=new, why=causes, is_correction=True),),
        corrections=(
            Correction(edition=1, day=date(2026, 3, 4), name=old.name, was=old, now=new, why=""),
        ),
    )
    return replace(book, history=history)


_MONTHS = {date(2000, month, 1).strftime("%B"): str(month) for month in range(1, 13)}
_THREE = re.compile(r"(?:\b[A-Za-z][A-Za-z'’-]+[,;:]?\s+){2,}[A-Za-z][A-Za-z'’-]+")
_OWN_WORDS = re.compile(
    r"vallum trace \S+|© OpenStreetMap contributors|(SIMULATED:? )?Test border|made up for tests"
    r"|licence for tests|Made up for tests"
)
_AS_WRITTEN = frozenset(
    {"claims", "context", "settings", "unit"}
)  # what the made book lets others say in English, and codes of units


def _leaves(value, path=()):
    if isinstance(value, dict | list | tuple):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in pairs:
            yield from _leaves(one, (*path, key))
    elif isinstance(value, str):
        yield path, value


def _is_english(path, text):
    if {"things", "says"} & set(path) or _AS_WRITTEN & set(path[:1]) or path[-1:] == ("unit",):
        return False
    return bool(_THREE.search(_OWN_WORDS.sub("", text)))


def _printed(text):
    """The numbers in a text; months are numbers in Korean and Chinese, and layers in Korean."""
    for name, number in _MONTHS.items():
        text = re.sub(rf"\b{name}\b", number, text)
    text = re.sub(r"(\d)-(?=\d)", r"\1 ", re.sub(r"[123]차", "", text))
    found = re.findall(r"(?<![A-Za-z\d.])\d[\d,]*(?:\.\d+)?", text)
    return {float(one.replace(",", "")) for one in found}


def _without_names(text):
    return _NAMES.sub("", text)


def _has_words(text):
    return len(re.findall(r"[A-Za-z]{3,}", text)) > 0
