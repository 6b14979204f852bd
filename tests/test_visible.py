"""What could be seen: border that counts for a class, findings in doubt, and the words for both."""

import math
from dataclasses import replace

import pytest

from desk_rows import AFTER, BEFORE, FRONTIER, candidate, comparison, finding, line, post, scene
from fake_book import fake_book
from vallum.change import limits
from vallum.ground import visibility
from vallum.ground.errors import BadTable
from vallum.ground.kinds import Change, Kind, Status
from vallum.ground.numbers import parts_of
from vallum.ground.records import FOOTPRINT_ONLY, Estimate, Look
from vallum.ground.saidkinds import Subject
from vallum.ground.span import Span, Spans
from vallum.measure import visible
from vallum.measure.estimates import estimates
from vallum.measure.extent import statuses
from vallum.report.book import Book
from vallum.report.model import build
from vallum.report.printing import THIN, label_of
from vallum.report.publish import publish
from vallum.report.visible import TOO_COARSE, visible_model

KM = 1000
FRAME = Span(0, 10 * KM)
SIZES = (0.3, 0.5, 0.7, 1.0, 2.0)


def seen_by(*sizes_m, after_m=None, blocked_by="", as_one=False):
    """Comparisons of 2 km each, one for each pixel size; their looks and scenes."""
    scenes, looks, rows = {}, [], []
    for number, size in enumerate(sizes_m):
        span = Span(2 * KM * number, 2 * KM * (number + 1))
        pair = [
            scene(f"b{number}.tif", gsd_m=size),
            scene(f"a{number}.tif", "2022-04-10", gsd_m=size if after_m is None else after_m),
        ]
        two = [
            Look(scene=one.id, span=span, seen=Spans((span,)), valid=Spans((span,)), clear_share=1)
            for one in pair
        ]
        scenes |= {one.id: one for one in pair}
        looks += two
        rows.append(comparison(span, before=two[0].id, after=two[1].id, blocked_by=blocked_by))
    return rows, looks, scenes


def measured(rows, looks, scenes, candidates=(), findings=()):
    found = estimates(FRAME, FRONTIER, rows, candidates, findings, (), scenes, looks)
    return {one.name: one for one in found}


def metres(found, kind):
    return round(found[f"border_km_comparable_{kind.value}"].value * KM)


# -- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind, ids=lambda one: one.value)
def test_every_class_has_a_size_with_its_source(kind):
    limit = visibility.of_kind(kind)
    assert 0 < limit.most_m <= limit.reported_m
    assert limit.source
    assert limit.reported_by
    assert limit.caution


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind is not Kind.BUILDING], ids=lambda one: one.value
)
def test_no_size_promises_more_than_the_packaged_detection_limits(kind):
    at_m = min(size for size in SIZES if size >= visibility.of_kind(kind).most_m)
    assert limits.share_found(kind, limits.USUAL_WIDTH_M[kind], at_m).share >= limits.USABLE


def test_at_ten_metres_a_road_was_reported_and_a_fence_never_was():
    assert visibility.of_kind(Kind.PATROL_ROAD).reported_m == 10
    assert visibility.of_kind(Kind.FENCE).reported_m < 1
    assert not any(visibility.is_observable(kind, 10.0) for kind in Kind)


def test_a_pixel_is_as_large_as_stated_after_a_change_of_projection():
    assert visibility.is_observable(Kind.FENCE, 0.6003)
    assert not visibility.is_observable(Kind.FENCE, 0.61)


@pytest.mark.parametrize("gsd_m", [math.nan, 0.0, -1.0, math.inf], ids=str)
def test_an_unknown_pixel_size_shows_no_class(gsd_m):
    assert not any(visibility.is_observable(kind, gsd_m) for kind in Kind)


HEAD = "subject,use,gsd_m,is_guess,caution,source\n"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("fence,absence,wide,no,,here", "row 1"),
        ("fence,absence,0,no,,here", "row 1"),
        ("fence,absence,0.5,no,,", "row 1"),
        ("fence,absence,0.5,perhaps,,here", "row 1"),
        ("fence,elsewhere,0.5,no,,here", "row 1"),
        ("moat,absence,0.5,no,,here", "row 1"),
        ("fence,absence,0.5,no,,here\nfence,absence,0.6,no,,there", "row 2"),
        ("fence,presence,0.5,no,,here", "no row of absence for fence"),
        ("fence", "row 1"),
    ],
    ids=["no-number", "zero", "no-source", "guess", "use", "subject", "twice", "alone", "short"],
)
def test_a_broken_table_is_refused_by_its_row(rows, words):
    with pytest.raises(BadTable, match=words):
        visibility.parsed((HEAD + rows).splitlines(), "t.csv")


def test_the_coarsest_report_is_kept():
    text = HEAD + "wall,absence,0.5,no,,a\nwall,presence,0.4,no,,b\nwall,presence,3,no,,c"
    limit = visibility.parsed(text.splitlines(), "t.csv")[Subject.WALL]
    assert (limit.most_m, limit.reported_m, limit.reported_by) == (0.5, 3.0, "c")


# -- border that counts -------------------------------------------------------------------------


def test_each_class_counts_the_border_that_its_pixels_show():
    found = measured(*seen_by(0.5, 0.65, 0.9, 3.0))
    assert metres(found, Kind.FENCE) == 2 * KM
    assert metres(found, Kind.GUARD_POST) == 4 * KM
    assert metres(found, Kind.PATROL_ROAD) == 6 * KM
    assert found["border_km_comparable"].value == 6


def test_no_class_counts_more_than_could_be_compared_at_all():
    found = measured(*seen_by(0.5, 0.65, 0.9, 3.0, 10.0))
    whole = found["border_km_comparable"].spans
    for kind in Kind:
        assert not found[f"border_km_comparable_{kind.value}"].spans - whole


def test_the_coarser_of_two_images_decides():
    found = measured(*seen_by(0.3, after_m=0.9))
    assert metres(found, Kind.FENCE) == 0
    assert metres(found, Kind.WALL) == 2 * KM


def test_a_later_pair_of_fine_images_fills_what_a_coarse_one_leaves():
    rows, looks, scenes = seen_by(0.9, 0.5)
    rows[1] = replace(rows[1], span=Span(0, 2 * KM), slot=1, seen=Spans.of((500, 700)))
    rows[0] = replace(rows[0], seen=Spans.of((0, 500), (700, 2 * KM)))
    found = measured(rows, looks, scenes)
    assert found["border_km_comparable_fence"].spans == Spans.of((500, 700))
    assert metres(found, Kind.WALL) == 2 * KM


def test_an_unknown_pixel_size_counts_for_no_class_and_says_so():
    rows, looks, scenes = seen_by(0.5, math.nan)
    found = measured(rows, looks, scenes)
    assert metres(found, Kind.WALL) == 2 * KM
    assert "unknown size" in found["border_km_comparable_wall"].method
    assert found["border_km_comparable"].value == 4


def test_footprints_count_for_the_classes_that_their_pixels_would_show():
    found = measured(*seen_by(0.5, 0.9, 30.0, blocked_by=FOOTPRINT_ONLY))
    assert metres(found, Kind.FENCE) == 2 * KM
    assert metres(found, Kind.WALL) == 4 * KM
    assert found["border_km_comparable"].value == 4
    assert found["border_km_not_comparable"].value == 2


def test_a_blocked_pair_counts_for_no_class():
    found = measured(*seen_by(0.3, blocked_by="cloud"))
    assert all(metres(found, kind) == 0 for kind in Kind)


def test_the_method_says_the_size_its_source_and_what_was_left_out():
    method = measured(*seen_by(0.5, 0.9, 0.7))["border_km_comparable_fence"].method
    for words in ("at most 0.6 m", "Jung", "Not counted: 4.000 km", "0.7 to 0.9 m"):
        assert words in method


def test_a_number_per_class_rests_on_its_comparisons_alone():
    rows, looks, scenes = seen_by(0.5, 0.9)
    number = measured(rows, looks, scenes)["border_km_comparable_fence"]
    assert number.from_ids == (rows[0].id,)


def test_without_looks_nothing_is_said_of_pixels():
    rows, _, scenes = seen_by(0.9)
    found = {e.name: e for e in estimates(FRAME, FRONTIER, rows, [], [], (), scenes)}
    assert not [name for name in found if name.startswith("border_km_comparable_")]
    assert found["border_km_unchanged"].value == 2


# -- an absence that could not have been seen is none --------------------------------------------


def test_border_on_pixels_that_show_no_class_is_not_comparable_and_never_unchanged():
    rows, looks, scenes = seen_by(0.5, 10.0)
    found = measured(rows, looks, scenes)
    assert found["border_km_unchanged"].value == 2
    assert found["border_km_not_comparable"].spans == Spans.of((2 * KM, 4 * KM))
    total = sum(found[f"border_km_{status.value}"].value for status in Status)
    assert total == pytest.approx(10)


def test_what_people_confirmed_on_coarse_pixels_stays_confirmed():
    rows, looks, scenes = seen_by(10.0)
    thing = candidate(line(200, 900), Kind.PATROL_ROAD)
    rows = [replace(rows[0], candidate_ids=(thing.id,))]
    found = measured(rows, looks, scenes, [thing], [finding(thing)])
    changed = found["border_km_changed"].spans
    assert changed.length_m == pytest.approx(700, abs=3)
    assert not found["border_km_not_comparable"].spans & changed
    assert found["border_km_comparable"].spans == changed  # no more can be compared
    assert found["border_km_comparable_fence"].value == 0


def test_statuses_know_pixels_only_when_told():
    rows, looks, scenes = seen_by(10.0)
    sizes = visible.sizes(rows, looks, scenes)
    span = Span(0, 2 * KM)
    assert statuses(span, rows, [], [])[Status.UNCHANGED].length_m == 2 * KM
    assert statuses(span, rows, [], [], sizes)[Status.NOT_COMPARABLE].length_m == 2 * KM


def test_a_length_has_no_upper_bound_where_its_class_could_not_be_seen():
    rows, looks, scenes = seen_by(*[0.9] * 5)
    fence, wall = candidate(line(200, 900)), candidate(line(2200, 2900), Kind.WALL)
    rows = [replace(rows[0], candidate_ids=(fence.id, wall.id)), *rows[1:]]
    found = measured(rows, looks, scenes, [fence, wall], [finding(fence), finding(wall)])
    fences, walls = found["barrier_km_fence_new"], found["barrier_km_wall_new"]
    assert math.isnan(fences.high)
    assert fences.open_m == FRAME.length_m
    assert "10.000 km of border were compared on pixels larger than a fence needs" in fences.method
    assert walls.high == walls.value
    assert math.isnan(found["barrier_km_all_new"].high)


def test_the_same_border_on_fine_pixels_has_its_bound():
    rows, looks, scenes = seen_by(*[0.5] * 5)
    fence = candidate(line(200, 900))
    rows = [replace(rows[0], candidate_ids=(fence.id,)), *rows[1:]]
    number = measured(rows, looks, scenes, [fence], [finding(fence)])["barrier_km_fence_new"]
    assert number.high == number.value
    assert number.open_m == 0


def test_posts_have_no_upper_bound_where_they_could_not_be_seen():
    found = measured(*seen_by(*[0.9] * 5))
    assert math.isnan(found["posts_new"].high)
    assert math.isnan(found["posts_new_per_border_km_comparable"].high)
    assert measured(*seen_by(*[0.5] * 5))["posts_new"].high == 0


def test_the_worst_case_of_border_holds_what_coarse_pixels_may_hide():
    found = measured(*seen_by(*[0.9] * 4, 0.5))
    assert found["border_km_changed"].high == 8
    assert found["border_km_with_new_infrastructure"].high == 8
    assert "too coarse for at least one class" in found["border_km_unchanged"].method


def test_open_metres_are_counted_once():
    found = measured(*seen_by(0.5, 0.9, 10.0))
    assert found["posts_new"].open_m == 8 * KM  # all but the two kilometres of fine pixels


# -- findings in doubt --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "change", "before_m", "after_m", "words"),
    [
        (Kind.FENCE, Change.NEW, 0.5, 0.5, ()),
        (Kind.FENCE, Change.NEW, 10.0, 0.5, ("its absence was not observable: the earlier",)),
        (Kind.FENCE, Change.NEW, 0.5, 10.0, ("nobody is known to have seen a fence at more",)),
        (Kind.PATROL_ROAD, Change.NEW, 0.5, 10.0, ("usually found at up to 1 m only",)),
        (Kind.FENCE, Change.REMOVED, 0.5, 10.0, ("absence was not observable: the later",)),
        (Kind.FENCE, Change.UNCHANGED, 2.0, 2.0, ("seen on pixels", "seen on pixels")),
        (Kind.WALL, Change.NEW, math.nan, 0.5, ("pixels of unknown size",)),
    ],
    ids=["fine", "before", "after", "road", "removed", "both", "unknown"],
)
def test_the_pixels_of_the_image_that_matters_are_doubted(kind, change, before_m, after_m, words):
    said = visibility.doubts(kind, change, before_m, after_m)
    assert len(said) == len(words)
    for sentence, part in zip(said, words, strict=True):
        assert part in sentence


def test_findings_on_coarse_images_are_counted_and_named():
    coarse = replace(AFTER, gsd_m=2.0)
    scenes = {BEFORE.id: BEFORE, AFTER.id: coarse}
    fence = candidate(line(200, 900))
    tower = candidate(post(1500), Kind.GUARD_POST)
    rows, looks, more = seen_by(0.5)
    rows = [replace(rows[0], candidate_ids=(fence.id, tower.id))]
    both = [finding(fence), finding(tower)]
    number = measured(rows, looks, scenes | more, [fence, tower], both)["findings_on_coarse_images"]
    assert number.value == 2
    assert set(number.from_ids) == {one.id for one in both}
    sharp = measured(rows, looks, more | {s.id: s for s in (BEFORE, AFTER)}, [fence, tower], both)
    assert sharp["findings_on_coarse_images"].value == 0


# -- the report ---------------------------------------------------------------------------------


def with_km(book: Book, **km: float) -> Book:
    rows = [
        Estimate(
            name=f"border_km_comparable_{kind}", value=value, low=value, high=value, unit="km",
            denominator="", method="", wording="counted",
        )
        for kind, value in km.items()
    ]  # fmt: skip
    return replace(book, estimates=(*book.estimates, *rows))


def long_book(**km: float) -> Book:
    book = fake_book(7.4, n_chips=0)
    return with_km(replace(book, extent=Span(0, 1_400_400)), **km)


def test_it_reads_as_an_editor_would_write_it():
    book = long_book(fence=812.9, guard_post=930.0, patrol_road=1280.4, wall=1280.4)
    said = visible_model(book)["said"].replace(THIN, " ")
    assert said == (
        "Fences could be compared on 812 km of 1,400, guard posts on 930, patrol roads on 1,280."
    )


@pytest.mark.parametrize(
    ("km", "words"),
    [
        ({"fence": 0, "guard_post": 0}, "On none of the 1,400 km of border are both images"),
        ({"fence": 1400.4, "guard_post": 1400.4}, "Every class could be compared on all 1,400 km"),
        ({"fence": 700, "guard_post": 700}, "Every class could be compared on 700 km of 1,400 km"),
        (
            {"fence": 0, "guard_post": 930},
            "compared on none of the 1,400 km of border, guard posts",
        ),
        ({"fence": 930, "guard_post": 1400.4}, "on 930 km of 1,400, guard posts on all."),
        ({"fence": 0.9, "guard_post": 0.05}, "on 0.9 km of 1,400, guard posts on 50 m."),
        ({"fence": 0.05, "guard_post": 8}, "on 50 m of 1,400 km, guard posts on 8."),
    ],
    ids=["none", "all", "same", "no-fence", "all-posts", "metres", "few-metres"],
)
def test_the_sentence_fits_every_case(km, words):
    assert words in visible_model(long_book(**km))["said"].replace(THIN, " ")


def test_the_sentence_of_a_short_border_has_decimals():
    book = with_km(fake_book(7.4, n_chips=0), fence=3.2, guard_post=5.05, patrol_road=6.1)
    said = visible_model(book)["said"].replace(THIN, " ")
    assert said.startswith("Fences could be compared on 3.2 km of 6.4, ")
    assert said.endswith("guard posts on 5.0, patrol roads on 6.1.")  # never rounded up


def test_without_the_numbers_there_is_no_section():
    book = fake_book(7.4, n_chips=0)
    assert visible_model(book)["rows"] == []


def test_the_report_shows_the_table_and_the_doubts(tmp_path):
    book = with_km(fake_book(7.4, n_chips=0), fence=3.2, guard_post=5.0)
    coarse = tuple(replace(one, gsd_m=2.0) for one in book.scenes)
    for one, old in zip(coarse, book.scenes, strict=True):
        one.__dict__["id"] = old.id
    publish(replace(book, scenes=coarse), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for words in ("What could be seen", "border_km_comparable_fence", "Findings that their images",
                  "its absence was not observable"):  # fmt: skip
        assert words.lower() in page.lower()


def test_border_on_too_coarse_pixels_has_its_own_reason():
    book = fake_book(7.4, n_chips=0)
    coarse = tuple(replace(one, gsd_m=30.0) for one in book.scenes)
    for one, old in zip(coarse, book.scenes, strict=True):
        one.__dict__["id"] = old.id
    all_of_it = Spans((book.extent,))
    rows = tuple(
        replace(one, spans=all_of_it if one.name == "border_km_not_comparable" else Spans())
        for one in book.estimates
    )
    unseen = build(replace(book, scenes=coarse, estimates=rows))["unseen"]
    assert TOO_COARSE in {row["reason"] for row in unseen["rows"]}
    assert sum(row["metres"] for row in unseen["rows"]) == book.extent.length_m


def test_the_names_of_the_numbers_have_words():
    assert parts_of("border_km_comparable_double_fence").kind == "double_fence"
    assert parts_of("border_km_comparable").kind == ""
    assert label_of("border_km_comparable_guard_post").endswith("for a guard post")
    assert "too coarse" in label_of("findings_on_coarse_images")
