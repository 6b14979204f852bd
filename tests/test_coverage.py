"""Which metres an image shows, and which two images are compared."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, box

from small_images import EAST, NORTH, scene, textured, write
from vallum.frontier import Frontier
from vallum.ground.records import Look
from vallum.ground.span import Span, Spans
from vallum.imagery import coverage


def to_degrees(x, y):
    return Transformer.from_crs(32652, 4326, always_xy=True).transform(x, y)


@pytest.fixture(scope="module")
def frontier():
    """4 km due east on the grid, 600 m south of the upper edge of the test images."""
    x = EAST + 100 + np.arange(0, 4001, 250.0)
    lon, lat = to_degrees(x, np.full_like(x, NORTH - 600))
    return Frontier(name="made up", line=LineString(list(zip(lon, lat, strict=True))))


def picture(height, width, seed=0):
    rough = textured(1, height // 5 + 1, width // 5 + 1, seed=seed, low=60, high=110)
    fine = np.kron(rough, np.ones((1, 5, 5), "uint8"))[:, :height, :width]
    return np.concatenate([fine, fine + 6, fine - 20])


def look(path, frontier, number=0, *, wide_m=400, min_share=0.9, gsd_m=5.0, **more):
    section = frontier.sections(2000)[number]
    lon, lat = to_degrees([EAST, EAST + 6000], [NORTH - 1500, NORTH])
    image = scene(gsd_m=gsd_m, footprint=box(lon[0], lat[0], lon[1], lat[1]), href="imagery/a.tif")
    return coverage.look(image, path, frontier, section, wide_m, wide_m, min_share, **more)


def test_an_image_over_all_of_a_section_sees_every_metre(tmp_path, frontier):
    path = write(tmp_path / "a.tif", picture(240, 900), res=5)
    got = look(path, frontier)
    assert got.seen == got.valid == Spans.of((0, 2000))
    assert (got.blocked_by, got.clear_share) == ("", 1.0)


def test_an_image_that_ends_inside_a_section_sees_up_to_there(tmp_path, frontier):
    path = write(tmp_path / "a.tif", picture(240, 261), res=5)  # its last pixel ends 1205 m on
    got = look(path, frontier)
    assert got.seen.parts[0].start_m == 0
    assert len(got.seen) == 1
    assert abs(got.seen.length_m - 1205) <= 15
    assert got.clear_share == pytest.approx(0.6, abs=0.02)


def test_the_same_image_at_half_a_metre_is_looked_at_coarsely(tmp_path, frontier):
    pixels = np.kron(picture(240, 261), np.ones((1, 10, 10), "uint8"))
    path = write(tmp_path / "a.tif", pixels, res=0.5, tiled=True, compress="deflate")
    assert abs(look(path, frontier, gsd_m=0.5).seen.length_m - 1205) <= 15


def test_an_image_of_one_bank_only_is_too_narrow(tmp_path, frontier):
    path = write(tmp_path / "a.tif", picture(140, 900), res=5)  # reaches 100 m past the line
    got = look(path, frontier)
    assert not got.seen
    assert got.blocked_by.startswith("too narrow: has pixels for at most 6")
    assert look(path, frontier, min_share=0.5).seen == Spans.of((0, 2000))


def test_cloud_hides_metres_and_can_be_allowed(tmp_path, frontier):
    pixels = picture(240, 900)
    pixels[:, 30:220, 120:200] = 240  # chainage 500 to 900
    path = write(tmp_path / "a.tif", pixels, res=5)
    got = look(path, frontier)
    assert got.valid == Spans.of((0, 2000))
    hidden = got.seen.within(Span(0, 2000))
    assert hidden.length_m == pytest.approx(400 + 2 * 50, abs=60)
    assert Spans.of((500, 900)) - hidden == Spans()
    assert look(path, frontier, mask_clouds=False).seen == Spans.of((0, 2000))
    (share,) = got.hidden
    assert share.startswith("cloud 0.2")
    assert (got.masked_by, look(path, frontier, mask_clouds=False).masked_by) == ("vallum", "")
    whole = write(tmp_path / "b.tif", np.full((3, 240, 900), 240, "uint8"), res=5)
    got = look(whole, frontier)
    assert (bool(got.seen), got.blocked_by) == (False, "cloud, haze, snow or deep shadow")


def test_a_hole_in_an_image_and_an_image_elsewhere_are_told_apart(tmp_path, frontier):
    mask = np.zeros((240, 900), bool)
    hole = write(tmp_path / "a.tif", picture(240, 900), res=5, mask=mask)
    assert look(hole, frontier).blocked_by == "no valid pixels"
    transform = Affine(5, 0, EAST + 50_000, 0, -5, NORTH)
    away = write(tmp_path / "b.tif", picture(240, 900), transform=transform)
    lon, lat = to_degrees([EAST + 50_000, EAST + 54_500], [NORTH - 1200, NORTH])
    image = scene(gsd_m=5.0, footprint=box(lon[0], lat[0], lon[1], lat[1]), href="x")
    got = coverage.look(image, away, frontier, frontier.sections(2000)[0], 400, 400, 0.9)
    assert got.blocked_by == "no overlap"


def test_looks_of_all_sections_together_leave_no_metre_out(tmp_path, frontier):
    path = write(tmp_path / "a.tif", picture(240, 900), res=5)
    sections = frontier.sections(700)
    spans = Spans()
    for i, section in enumerate(sections):
        got = coverage.look(scene(gsd_m=5.0, href="x"), path, frontier, section, 400, 400, 0.9)
        assert got.span == sections[i].span
        spans = spans | got.seen
    assert spans == Spans((frontier.span,))


def test_a_footprint_sees_the_line_inside_it(frontier):
    west, _ = to_degrees(EAST + 100 + 300, NORTH - 600)
    east, _ = to_degrees(EAST + 100 + 1500, NORTH - 600)
    image = scene(footprint=box(west, 42, east, 43))
    section = frontier.sections(2000)[0]
    got = coverage.look(image, None, frontier, section, 400, 400, 0.9)
    (part,) = got.seen.parts
    assert (abs(part.start_m - 300) <= 2, abs(part.end_m - 1500) <= 2) == (True, True)
    assert got.clear_share == pytest.approx(0.6, abs=0.01)
    away = scene(footprint=MultiPolygon([box(10, 10, 11, 11)]))
    assert coverage.look(away, None, frontier, section, 400, 400, 0.9).blocked_by == "no overlap"


# -- pairs


def seen(name, day, *parts, pixels=True, **more):
    """A look and its scene over metres 0 to 2000."""
    image = scene(name, day=day, href=f"imagery/{name}" if pixels else "", **more)
    spans = Spans.of(*(parts or [(0, 2000)]))
    return Look(scene=image.id, span=Span(0, 2000), seen=spans, valid=spans, clear_share=1.0), image


BEFORE, AFTER = date(2019, 5, 1), date(2022, 5, 1)


@pytest.fixture
def choose(frontier):
    section = frontier.sections(2000)[0]

    def chosen(before, after):
        names = {i.id: i.name for _, i in [*before, *after]}
        pairs = coverage.pair(before, after, section)
        return [(names[p.before.scene], names[p.after.scene], p.seen) for p in pairs], pairs

    return chosen


def best(found):
    return found[0][0][:2]


def test_the_pair_that_sees_most_in_common_is_best(choose):
    before = [seen("a", BEFORE, (0, 1000)), seen("b", BEFORE, gsd_m=3.0)]
    after = [seen("c", AFTER), seen("d", AFTER, (500, 1500))]
    assert best(choose(before, after)) == ("b", "c")


def test_like_pixels_come_before_finer_pixels(choose):
    before = [seen("a", BEFORE, gsd_m=0.5), seen("b", BEFORE, gsd_m=1.0)]
    assert best(choose(before, [seen("c", AFTER, gsd_m=1.0)])) == ("b", "c")
    finer = [seen("c", AFTER, gsd_m=0.6), seen("d", AFTER, gsd_m=1.0)]
    assert best(choose(before, finer)) == ("a", "c")


def test_like_sun_and_season_decide_between_equals(choose):
    summer = {"sun_azimuth_deg": 150, "sun_elevation_deg": 60}
    winter = {"sun_azimuth_deg": 165, "sun_elevation_deg": 25}
    before = [seen("a", BEFORE, **summer), seen("b", date(2019, 12, 20), **winter)]
    assert best(choose(before, [seen("c", date(2022, 1, 5), **winter)])) == ("b", "c")
    assert best(choose(before, [seen("c", AFTER, **summer)])) == ("a", "c")
    steep = [seen("a", BEFORE, off_nadir_deg=5), seen("b", BEFORE, off_nadir_deg=35)]
    assert best(choose(steep, [seen("c", AFTER, off_nadir_deg=5)])) == ("a", "c")


def test_then_the_newest_after_and_the_latest_before(choose):
    before = [seen("a", date(2019, 5, 1)), seen("b", date(2019, 5, 3))]
    after = [seen("c", date(2022, 5, 2)), seen("d", date(2022, 5, 1))]
    assert best(choose(before, after)) == ("b", "c")


def test_more_pairs_are_added_while_they_add_ten_metres(choose):
    before = [
        seen("a", BEFORE, (0, 1200)),
        seen("b", BEFORE, (1000, 1960), gsd_m=2.0),
        seen("e", BEFORE, (1950, 1965)),
    ]
    found, pairs = choose(before, [seen("c", AFTER)])
    assert found == [("a", "c", Spans.of((0, 1200))), ("b", "c", Spans.of((1200, 1960)))]
    assert pairs[0].reason.startswith("best of 3 pairs: 1,200 m seen in both")
    assert pairs[1].reason.startswith("adds 760 m that better pairs leave open")
    assert "unlike" in pairs[1].reason
    assert not pairs[0].seen & pairs[1].seen


def test_pixels_come_before_footprints(choose):
    before = [seen("a", BEFORE, pixels=False), seen("b", BEFORE, (0, 500))]
    found, pairs = choose(before, [seen("c", AFTER)])
    assert [f[:2] for f in found] == [("b", "c"), ("a", "c")]
    assert "footprints only" in pairs[1].reason


def test_without_common_metres_there_is_no_pair_and_order_does_not_matter(choose):
    assert choose([seen("a", BEFORE, (0, 100))], [seen("c", AFTER, (100, 200))])[0] == []
    assert choose([], [seen("c", AFTER)])[0] == []
    before = [seen(n, BEFORE, (100 * i, 100 * i + 900)) for i, n in enumerate("abcdef")]
    after = [seen(n, AFTER) for n in "xyz"]
    assert choose(before, after)[0] == choose(before[::-1], after[::-1])[0]


@pytest.mark.parametrize("why", [{"looking_only": "tilted"}, {"repeats": "scene-x"}], ids=str)
def test_what_is_only_for_looking_or_delivered_twice_is_not_compared(choose, why):
    before = [seen("a", BEFORE, gsd_m=0.3, **why), seen("b", BEFORE)]
    assert choose(before, [seen("c", AFTER)])[0] == [("b", "c", Spans.of((0, 2000)))]
    assert choose(before[1:], [seen("c", AFTER, **why)])[0] == []


def test_a_sun_that_is_not_stated_is_computed_from_the_moment(choose):
    early, noon = (datetime(2019, 5, 1, hour, tzinfo=UTC) for hour in (0, 3))
    before = [seen("a", BEFORE, taken_at=early), seen("b", BEFORE, taken_at=noon)]
    after = [seen("c", AFTER, taken_at=noon.replace(year=2022))]
    found = choose(before, after)
    assert best(found) == ("b", "c")
    assert "sun directions 0 deg apart" in found[1][0].reason
    (worse,) = choose(before[:1], after)[1]
    assert "shadows fall another way" in worse.reason


def test_unknown_pixel_sizes_do_not_break_the_rule(choose):
    before = [seen("a", BEFORE, gsd_m=float("nan")), seen("b", BEFORE)]
    assert best(choose(before, [seen("c", AFTER)])) == ("b", "c")
