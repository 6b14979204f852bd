"""The calendar of a data cube: one acquisition is one date, a mosaic is as many as it has."""

from dataclasses import replace
from datetime import UTC, date, datetime

from small_images import scene
from vallum.frontier import Section
from vallum.ground.records import Look
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.imagery.calendar import calendar

SPAN = Span(0, 2000)


def section(span=SPAN):
    return Section(number=1, span=span, epsg=32652)


def look(one, *, seen=(0, 2000), span=SPAN):
    spans = Spans.of(seen) if seen else Spans()
    return Look(scene=one.id, span=span, seen=spans, valid=spans, clear_share=1.0)


def at(name, day, *, clock="02:00:00", sensor="WorldView-2", **more):
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    return scene(
        name,
        day=date.fromisoformat(day),
        sensor=sensor,
        taken_at=moment,
        href=f"{name}.tif",
        **more,
    )


def test_dates_stand_in_order_with_the_gaps_between_them():
    scenes = [at("c", "2022-05-01"), at("a", "2019-03-01"), at("b", "2019-03-11")]
    (one,) = calendar([look(s) for s in scenes], scenes, [section()])
    assert [str(dated.taken) for dated in one.dates] == ["2019-03-01", "2019-03-11", "2022-05-01"]
    assert [gap.days for gap in one.gaps] == [10, 1147]
    assert one.longest.after == date(2019, 3, 11)


def test_a_delivery_that_repeats_another_is_no_second_date():
    first = at("a", "2019-03-01")
    again = at("b", "2019-03-01", clock="02:00:03", repeats=first.id)
    (one,) = calendar([look(first), look(again)], [first, again], [section()])
    (dated,) = one.dates
    assert (dated.scenes, dated.repeats, one.n_repeats) == ((first.id,), (again.id,), 1)


def test_bands_and_tiles_of_one_pass_are_one_date_seen_together():
    pan = at("pan", "2019-03-01", gsd_m=0.5)
    colour = at("ms", "2019-03-01", clock="02:00:01", gsd_m=2.0)
    looks = [look(pan, seen=(0, 1000)), look(colour, seen=(500, 2000))]
    (one,) = calendar(looks, [pan, colour], [section()])
    (dated,) = one.dates
    assert dated.scenes == (pan.id, colour.id)
    assert (dated.gsd_m, dated.seen.length_m) == (0.5, 2000)


def test_two_satellites_on_one_day_are_two_dates():
    one, other = at("a", "2019-03-01"), at("b", "2019-03-01", sensor="GeoEye-1", clock="03:00:00")
    (found,) = calendar([look(one), look(other)], [one, other], [section()])
    assert len(found.dates) == 2
    assert not found.gaps


def test_parts_of_a_mosaic_count_by_their_own_dates():
    parts = [
        scene(str(n), day=date(2022, n, 1), href="x.tif", part_of="mosaic.tif") for n in (4, 9)
    ]
    looks = [look(parts[0], seen=(0, 1200)), look(parts[1], seen=(1200, 2000))]
    (one,) = calendar(looks, parts, [section()])
    assert [dated.is_part for dated in one.dates] == [True, True]
    assert [dated.seen.length_m for dated in one.dates] == [1200, 800]


def test_a_clouded_date_is_listed_but_closes_no_gap():
    scenes = [at("a", "2019-01-01"), at("b", "2019-06-01"), at("c", "2020-01-01")]
    looks = [look(scenes[0]), look(scenes[1], seen=None), look(scenes[2])]
    (one,) = calendar(looks, scenes, [section()])
    assert len(one.dates) == 3
    assert [gap.days for gap in one.gaps] == [365]


def test_images_set_aside_and_other_sections_do_not_count():
    kept, aside = at("a", "2019-01-01"), at("b", "2019-06-01", set_aside="thin cloud over it")
    far = Span(2000, 4000)
    looks = [look(kept), look(aside), look(kept, span=far, seen=(2000, 2500))]
    here, there, empty = calendar(
        looks, [kept, aside], [section(), section(far), section(Span(4000, 6000))]
    )
    assert [len(one.dates) for one in (here, there, empty)] == [1, 1, 0]
    assert there.dates[0].seen.length_m == 500


def test_a_bracket_leaves_the_shortest_gap_that_is_sure():
    first = scene("a", href="a.tif", day=date(2019, 1, 1))
    wide = scene("b", href="b.tif", sensor="x")
    wide = replace(wide, taken=When.parse("2019-02..2019-03"))
    (one,) = calendar([look(first), look(wide)], [first, wide], [section()])
    assert [gap.days for gap in one.gaps] == [31]
