"""The publication as a whole: headline, numbers, HTML, folder."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from fake_book import fake_book
from vallum.ground.errors import BadSetting
from vallum.ground.kinds import Change, Held
from vallum.ground.records import Estimate
from vallum.report.model import build
from vallum.report.plates import PLATES
from vallum.report.printing import (
    Way,
    bounds_text,
    day_text,
    km_text,
    label_of,
    length_text,
    number_text,
    share_text,
    value_text,
)
from vallum.report.publish import files_in, publish
from vallum.report.words import headline

ALWAYS = {
    "report.html", "report.pdf", "report.json", "findings.gpkg", "findings.geojson",
    "candidates.geojson", "border.kmz", "findings.csv", "statuses.csv", "estimates.csv",
    "images.csv", "candidates.csv", "manifest.json", "CITATION.txt", "CITATION.cff",
    "datacite.json", "figures/strip-chart.svg", "figures/strip-chart.png", "figures/map.svg",
    "figures/map.png", "embed/strip.html", "embed/strip.png", "embed/README.txt",
}  # fmt: skip
FURTHER = re.compile(
    r"figures/(?:{})\.(?:svg|png)|embed/swipe-\d+(?:\.html|-before\.png|-after\.png)"
    r"|stac/(?:collection|(?:pairs|images)/[\w-]+)\.json".format(
        "|".join(plate.stem for plate in PLATES)
    )
)
"""Files that are there where there is something to put in them."""
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def book():
    return fake_book(7.4, is_simulated=True)


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    publish(book, out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return lxml_html.fromstring((folder / "report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def told(folder):
    return json.loads((folder / "report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def empty_book(book):
    return replace(
        book, estimates=(), findings=(), candidates=(), scenes=(), looks=(), comparisons=(),
        fits=(), chips=(), places=(), score=(), settings={}, is_simulated=False,
    )  # fmt: skip


def _is_a_publication(names) -> bool:
    odd = [name for name in set(names) - ALWAYS if not FURTHER.fullmatch(name)]
    assert odd == []
    return set(names) >= ALWAYS


def test_all_files_are_there_and_nothing_else(folder):
    assert _is_a_publication(files_in(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["report"]


def test_two_publications_of_one_book_are_the_same_to_the_byte(book, folder, tmp_path):
    written = publish(book, tmp_path / "again")
    names = [path.relative_to(tmp_path / "again").as_posix() for path in written]
    assert names[1:] == sorted(set(files_in(folder)) - {"report.html"})
    assert names[0] == "report.html"
    for path, name in zip(written, names, strict=True):
        assert path.read_bytes() == (folder / name).read_bytes(), name


def test_publishing_again_touches_nothing_and_something_else_is_never_overwritten(folder, book):
    times = {name: (folder / name).stat().st_mtime_ns for name in files_in(folder)}
    publish(book, folder)
    assert times == {name: (folder / name).stat().st_mtime_ns for name in files_in(folder)}
    with pytest.raises(BadSetting, match="nothing was written"):
        publish(replace(book, name="another"), folder)
    assert times == {name: (folder / name).stat().st_mtime_ns for name in files_in(folder)}


def test_another_publication_takes_the_place_only_when_asked(empty_book, tmp_path):
    out = tmp_path / "report"
    out.mkdir()
    (out / "manifest.json").write_text("{}")
    publish(empty_book, out, replace=True)
    assert _is_a_publication(files_in(out))
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_of_other_files_is_not_replaced_even_when_asked(empty_book, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(BadSetting, match="no publication"):
        publish(empty_book, tmp_path / "mine", replace=True)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"


class _Broken:
    def __getattr__(self, name):
        raise RuntimeError(name)


def test_a_failure_leaves_no_half_written_folder(tmp_path):
    with pytest.raises(RuntimeError):
        publish(replace(fake_book(7.4, n_chips=0), frontier=_Broken()), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_holds_the_hash_of_every_file(folder):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert set(manifest["files"]) == set(files_in(folder)) - {"manifest.json"}
    for name, told_of in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told_of["sha256"]


def test_nothing_private_is_in_any_file(folder):
    for path in (folder / name for name in files_in(folder)):
        data = path.read_bytes()
        for secret in (b"secret-file-name", b"/home/someone", str(folder.parent).encode()):
            assert secret not in data, path.name


def _text(element) -> str:
    return " ".join(element.text_content().split())


def _numbers(text: str) -> set[str]:
    return {match.rstrip(",") for match in NUMBER.findall(text)}


def _strings(value) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_strings(part) for part in value.values()), map(str, value))
    if isinstance(value, list):
        return set().union(*(_strings(part) for part in value))
    return {str(value)}


def test_every_number_in_tables_key_numbers_and_headline_is_in_the_model(page, told):
    known = set().union(*(_numbers(text) for text in _strings(told)))
    cells = page.xpath("//td | //tbody//th | //ul[@class='keys']/li | //h1 | //figcaption | //dd")
    assert len(cells) > 200
    for cell in cells:
        if cell.getparent().xpath("ancestor::table[@class='hash']"):
            continue
        assert _numbers(_text(cell)) <= known, _text(cell)


def test_cells_are_printed_word_for_word_as_in_the_model(page, told):
    known = {" ".join(text.split()).lower() for text in _strings(told)}
    for cell in page.xpath("//table[not(@class)]//td"):
        text = _text(cell).lower()
        assert not text or text in known, text


def test_the_page_loads_nothing_from_outside(page, folder):
    assert page.xpath("//link | //iframe | //object | //embed | //base | //form") == []
    for source in page.xpath("//@src | //@srcset | //@poster | //@action"):
        assert source.startswith("data:image/")
    for target in page.xpath("//@href"):
        assert target.startswith("#") or (folder / target).is_file()
    for target in page.xpath("//@href[starts-with(., '#')]"):
        assert page.xpath(f"//*[@id='{target[1:]}']"), target
    # What is drawn inside pictures is looked at below.
    text = re.sub(r'"data:image/[^"]*"', '""', (folder / "report.html").read_text("utf-8"))
    assert "url(" not in text
    assert "http:" not in text
    assert "https:" not in text


def test_figures_inside_load_nothing_from_outside(page):
    for source in page.xpath("//img/@src[starts-with(., 'data:image/svg')]"):
        svg = unquote(source.partition(",")[2])
        assert svg.lstrip().startswith("<")
        links = re.findall(r"""(?:xlink:)?href=["']([^"'#][^"']*)["']""", svg)
        assert all(link.startswith("data:") for link in links), links
        assert all(inner == "#" for inner in re.findall(r"""url\(["']?(.)""", svg))
        assert "<script" not in svg


def test_the_policy_allows_our_own_style_and_script_and_nothing_else(page):
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (element,) = page.xpath(f"//{tag}")
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert page.xpath("//@style | //@onclick | //@onload") == []


def test_a_simulated_page_says_so_at_its_head_in_its_title_and_at_every_picture(page):
    assert _text(page.xpath("//div[@class='mark']")[0]).startswith("SIMULATED")
    assert page.findtext(".//title").startswith("SIMULATED")
    assert all("SIMULATED" in alt for alt in page.xpath("//img/@alt"))
    assert all("SIMULATED" in _text(one) for one in page.xpath("//figcaption"))


def test_every_picture_has_words_and_every_chart_a_table(page):
    images = page.xpath("//img")
    assert len(images) >= 9
    assert all(len(image.get("alt")) > 60 for image in images)
    assert len(page.xpath("//table//th[@scope='col']")) > 20


def test_pictures_of_unreviewed_places_say_that_nothing_is_confirmed(told, book):
    titles = {chip["candidate"]: chip["title"] for chip in told["chips"]}
    assert len(titles) == 2
    for key, title in titles.items():
        if key in book.settled:
            assert title.startswith(book.settled[key].held.value.capitalize())
        else:
            assert title.startswith("Unreviewed candidate, not confirmed:")


def test_every_key_number_says_how_to_trace_it_and_leads_to_its_method(page, told):
    cards = page.xpath("//ul[@class='keys']/li")
    assert len(cards) == len(told["key_numbers"]) > 8
    for card, number in zip(cards, told["key_numbers"], strict=True):
        assert f"vallum trace {number['name']}" in _text(card)
        assert card.xpath(f".//a[@href='#n-{number['name']}']")


def test_the_five_statuses_add_up_to_the_border(told, book):
    rows = told["statuses"]["rows"]
    assert len(rows) == 5
    assert sum(row["metres"] for row in rows) == told["statuses"]["total"]["metres"]
    assert told["statuses"]["total"]["metres"] == book.extent.length_m


def test_reasons_add_up_to_what_could_not_be_compared(told):
    unseen = told["unseen"]
    assert unseen["metres"] > 0
    assert sum(row["metres"] for row in unseen["rows"]) == unseen["metres"]


def test_the_line_its_tolerance_licence_and_credit_are_printed(page):
    text = _text(page.xpath("//section[@id='line']")[0])
    for word in ("ODbL", "OpenStreetMap", "1 m", "river mouth", "tripoint", "do not state a view"):
        assert word in text.replace("\u202f", " ")


def test_the_headline_says_what_was_found_and_what_could_not_be_compared(book):
    said = headline(book)
    assert re.fullmatch(
        r"At least [\d.]+\u202fkm of new, .* barrier; new or upgraded infrastructure of any kind on at least "
        r"[\d.]+\u202fkm of border",
        said.found,
    )
    assert "could not be compared" in said.unseen
    assert "border_km_not_comparable" in said.from_names


def test_without_settled_findings_the_headline_calls_nothing_a_finding():
    open_book = fake_book(7.4, is_reviewed=False, n_chips=0)
    said = headline(open_book)
    count = len(open_book.candidates)
    assert said.found == f"{count} unreviewed candidates; nothing has been confirmed"
    assert "could not be compared" in said.unseen
    assert "finding" not in said.found + said.unseen + said.under
    model = build(open_book)
    assert model["findings"] == []


def test_rejected_candidates_alone_leave_nothing_confirmed(book):
    rejected = tuple(replace(f, held=Held.REJECTED) for f in book.findings)
    answered = tuple(one for one in book.candidates if one.id in book.settled)
    said = headline(replace(book, findings=rejected, candidates=answered))
    assert said.found.startswith("No change confirmed")


def test_imported_barriers_are_on_record_and_never_new(book):
    imported = tuple(
        replace(f, held=Held.IMPORTED, change=Change.UNCHANGED) for f in book.findings[:5]
    )
    numbers = tuple(
        Estimate(name=name, value=value, low=value, high=value, unit="km", method="as listed",
                 wording="as listed by the source")
        for name, value in (("barrier_km_imported_all", 1127.8),
                            ("border_km_with_imported_barrier_within_300_m", 993.0))
    )  # fmt: skip
    quiet = replace(book, findings=imported, candidates=(), comparisons=(), fits=(), looks=(),
                    estimates=numbers, is_simulated=False, chips=())  # fmt: skip
    said = headline(quiet)
    assert said.found == (
        "1,127.8\u202fkm of barrier on record; 993.0\u202fkm of border have one within 300\u202fm"
    )
    assert "was not measured" in said.unseen
    model = build(quiet)
    assert [row["name"] for row in model["key_numbers"]] == [one.name for one in numbers]
    assert model["findings"] == []
    assert {row["held"] for row in model["standing"]} == {"imported"}


def test_an_empty_project_can_be_published_and_words_in_it_cannot_become_markup(
    empty_book, tmp_path
):
    publish(replace(empty_book, name="<script>alert(1)</script>"), tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "Nothing has been measured yet" in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert _is_a_publication(files_in(tmp_path / "report"))


def _estimate(value: float, wording: str = "", **more) -> Estimate:
    return Estimate(name="n", value=value, unit=more.pop("unit", "km"), method="", wording=wording,
                    **more)  # fmt: skip


def test_lengths_are_metres_below_ten_kilometres_and_kilometres_above():
    assert length_text(9_214.4) == "9,214\u202fm"
    assert length_text(18_746) == "18.7\u202fkm"
    assert length_text(1_384_000) == "1,384.0\u202fkm"
    assert km_text(42) == "42\u202fm"
    assert length_text(-160.0) == "−160\u202fm"


@given(st.floats(0, 1e7, allow_nan=False))
def test_at_least_never_claims_more_than_was_found(metres):
    text = value_text(_estimate(metres / 1000, "at least"))
    number = float(text.split("\u202f")[0].replace(",", ""))
    printed_m = number * (1000 if text.endswith("km") else 1)
    assert printed_m <= metres + 0.01
    assert metres - printed_m < (100.01 if text.endswith("km") else 1.01)


def test_bounds_are_rounded_outwards():
    assert bounds_text(_estimate(1.5, low=1.2346, high=1.5551)) == "1,234 to 1,556\u202fm"
    assert bounds_text(_estimate(1.5)) == ""
    assert bounds_text(_estimate(1.5, "counted", low=1.5, high=1.5)) == "exact"
    assert bounds_text(_estimate(0.0, "nothing confirmed", low=0.0, high=0.0)) != "exact"
    assert bounds_text(_estimate(1.5, "at least", low=1.5)) == "no upper bound"
    some = _estimate(1.5, "at least", low=1.2)
    assert bounds_text(some) == "1,200\u202fm or more; no upper bound"
    open_one = replace(_estimate(1.5, "at least", low=1.5), open_m=470)
    assert bounds_text(open_one) == "no upper bound: 470\u202fm of border unknown"
    assert bounds_text(_estimate(9.0, low=9.0, high=11.0)) == "9,000\u202fm to 11.0\u202fkm"


def test_a_number_without_upper_bound_says_so_wherever_it_stands(told, page, folder, book):
    by_name = {number["name"]: number for number in told["numbers"]}
    open_m = by_name["barrier_km_all_new"]["open_m"]
    assert open_m == sum(
        row["metres"] for row in told["statuses"]["rows"]
        if row["status"] in {"not_comparable", "not_examined"}
    )  # fmt: skip
    words = f"no upper bound: {open_m:,}\u202fm of border unknown"
    open_ones = [n for n in told["numbers"] if n["name"].startswith(("barrier_km", "posts_"))]
    assert open_ones
    for number in open_ones:
        assert number["high"] is None
        assert number["bounds"].startswith("no upper bound: ")
    assert by_name["barrier_km_all_new"]["bounds"] == words
    keys = " ".join(page.xpath("//section[@id='numbers']//li")[0].text_content().split())
    assert words.replace("no upper", "No upper").replace("\u202f", " ") in keys.replace(
        "\u202f", " "
    )
    confirmed = [row for row in told["findings"] if row["trace"].startswith("barrier_km")]
    assert confirmed
    assert {row["bounds"] for row in confirmed} == {words}
    cells = list(csv.DictReader(io.StringIO((folder / "estimates.csv").read_text("utf-8-sig"))))
    line = next(row for row in cells if row["name"] == "barrier_km_all_new")
    assert (line["high"], line["open_m"]) == ("", str(open_m))
    assert "low and high are equal" not in (folder / "report.html").read_text("utf-8")


def test_counts_and_rates_keep_their_thousands_and_their_small_values():
    assert number_text(6820) == "6,820"
    assert number_text(22.8571) == "22.9"
    assert number_text(0.0926) == "0.09"
    assert number_text(9.999, Way.DOWN) == "9.99"
    assert value_text(_estimate(169.0, unit="posts")) == "169\u202fposts"


def test_a_share_is_nothing_or_everything_only_when_it_is():
    assert share_text(1.0) == "100.0\u202f%"
    assert share_text(0.99999) == "over 99.9\u202f%"
    assert share_text(0.0001) == "under 0.1\u202f%"
    assert share_text(0.0) == "0.0\u202f%"


def test_brackets_of_days_are_written_as_short_as_they_are_true():
    assert day_text("2019-01-01..2019-12-31") == "2019"
    assert day_text("2022-01-01..2023-12-31") == "2022 to 2023"
    assert day_text("2019-03-14") == "2019-03-14"
    assert day_text("2019-03-14..2019-04-02") == "2019-03-14 to 2019-04-02"


def test_names_of_numbers_become_words():
    assert label_of("barrier_km_double_fence_new") == "double fence, new"
    assert label_of("border_km_with_imported_barrier_within_1000_m") == (
        "border with an imported barrier within 1,000\u202fm"
    )
    assert label_of("border_km_with_imported_barrier_pedestrian_within_100_m") == (
        "border with an imported barrier (pedestrian) within 100\u202fm"
    )
    assert label_of("barrier_km_imported_vehicle") == "imported barrier: vehicle"
    assert label_of("something_else_m") == "something else m"
