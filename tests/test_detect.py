import resource

import cv2
import numpy as np
import pytest
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox

from vallum.change.detect import detect
from vallum.change.found import Settings
from vallum.ground.errors import GridMismatch
from vallum.ground.kinds import Change, Kind

SIZE = 400
LINE = ((60, 90), (330, 210))  # x, y in pixels
TRUE_M = float(np.hypot(270, 120)) * 0.5


def grid(size=SIZE, gsd_m=0.5):
    return GeoBox((size, size), Affine(gsd_m, 0, 500_000, 0, -gsd_m, 4_650_000), "EPSG:32652")


def place(x, y, gsd_m=0.5):
    return 500_000 + (x + 0.5) * gsd_m, 4_650_000 - (y + 0.5) * gsd_m


def ground(seed, size=SIZE):
    """Return textured ground without lines: the same for both dates of a pair."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.GaussianBlur(rng.normal(size=(size, size)).astype(np.float32), (0, 0), s)
        for s in (1.0, 3.0, 12.0)
    ]
    return 110 + sum(w * layer / layer.std() for w, layer in zip((3, 5, 8), layers, strict=True))


def pair(seed=0):
    """Return two dates of one place: the same ground, other noise."""
    rng = np.random.default_rng(1000 + seed)
    base = ground(seed)
    return [base + rng.normal(0, 2, base.shape) for _ in range(2)]


def drawn(image, points=LINE, width=2, height=18.0):
    """Return the image with a line painted on it."""
    mask = np.zeros(image.shape, np.uint8)
    line = np.array(points, np.int32).reshape(-1, 1, 2)
    cv2.polylines(mask, [line], False, 255, width, cv2.LINE_AA)
    return image + height * cv2.GaussianBlur(mask / np.float32(255), (0, 0), 0.6)


def found_in(before, after, clear=None, settings=None, gsd_m=0.5):
    images = [np.clip(x, 0, 255).astype(np.uint8)[None].repeat(3, axis=0) for x in (before, after)]
    clear = np.ones(before.shape, bool) if clear is None else clear
    return detect(*images, clear, grid(before.shape[0], gsd_m), settings or Settings())


def lines(found, change=None):
    return [f for f in found if f.category.is_line and change in (None, f.change)]


def covered(found, points=LINE):
    """Return the share of the painted line within 2 m of what was found."""
    truth = shapely.LineString([place(*p) for p in points])
    if not found:
        return 0.0
    near = shapely.union_all([f.shape.buffer(2) for f in found])
    return truth.intersection(near).length / truth.length


@pytest.mark.parametrize("height", [18.0, -18.0])
def test_a_new_line_is_found_where_it_stands(height):
    before, after = pair()
    found = lines(found_in(before, drawn(after, height=height)))
    assert {f.change for f in found} == {Change.NEW}
    assert covered(found) > 0.9
    assert sum(f.length_m for f in found) == pytest.approx(TRUE_M, rel=0.1)
    assert all(f.length_m == pytest.approx(f.shape.length) for f in found)


def test_swapping_the_dates_turns_new_into_removed():
    before, after = pair()
    after = drawn(after)
    forward, backward = found_in(before, after), found_in(after, before)
    assert covered(lines(backward, Change.REMOVED)) > 0.9
    assert not lines(backward, Change.NEW)
    assert len(forward) == len(backward)


def test_identical_dates_give_nothing():
    image = drawn(pair()[0])
    assert found_in(image, image) == []


@pytest.mark.parametrize("seed", range(4))
def test_nothing_built_gives_next_to_nothing(seed):
    # 200 m x 200 m is 0.6 km of corridor of +-32 m.
    assert len(found_in(*pair(seed))) <= 1


def test_a_line_that_stands_on_both_dates_is_not_new():
    before, after = (drawn(image) for image in pair(3))
    assert covered(lines(found_in(before, after))) < 0.1


def test_brightness_and_gain_do_not_matter():
    before, after = pair(4)
    found = lines(found_in(0.6 * before + 60, 1.4 * drawn(after) - 50))
    assert covered(lines(found, Change.NEW)) > 0.9
    standing = [drawn(image) for image in pair(4)]
    assert not lines(found_in(0.6 * standing[0] + 60, 1.4 * standing[1] - 50))


def test_a_pixel_of_misregistration_makes_no_lines_of_old_ones():
    base = ground(5)
    for points in (LINE, ((40, 350), (360, 300)), ((200, 30), (180, 380))):
        base = drawn(base, points, height=20)
    rng = np.random.default_rng(6)
    for move in ((1.0, 0.0), (0.7, 0.7), (0.0, -1.0)):
        matrix = np.float32([[1, 0, move[0]], [0, 1, move[1]]])
        other = cv2.warpAffine(
            base.astype(np.float32),
            matrix,
            (SIZE, SIZE),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
        found = lines(
            found_in(base + rng.normal(0, 2, base.shape), other + rng.normal(0, 2, base.shape))
        )
        assert len(found) <= 1


def test_an_edge_between_two_fields_is_no_line():
    before, after = pair(7)
    y, x = np.indices(before.shape)
    field = (0.4 * x + y > 260).astype(np.float32)
    assert not lines(found_in(before, after + 30 * cv2.GaussianBlur(field, (0, 0), 0.7)))


def test_snow_that_covers_half_makes_no_lines():
    before, after = pair(8)
    cover = cv2.GaussianBlur((ground(9) > 110).astype(np.float32), (0, 0), 3)
    assert len(lines(found_in(before, after * (1 - 0.7 * cover) + 165 * cover))) <= 1


def test_masked_ground_and_its_edges_give_nothing():
    before, after = pair(10)
    clear = np.ones(before.shape, bool)
    clear[:, 150:] = False
    after[:, 150:] = 250  # a cloud
    assert lines(found_in(before, after, clear)) == []
    line = drawn(after, height=25)
    right = [f for f in found_in(before, line, clear) if f.shape.bounds[2] > place(150, 0)[0]]
    assert right == []


def test_the_border_of_the_image_and_empty_pixels_give_nothing():
    before, after = pair(11)
    after[:60] = 0
    before[:, -50:] = 0
    assert lines(found_in(before, after)) == []


def test_nothing_clear_gives_nothing():
    before, after = pair()
    assert found_in(before, drawn(after), np.zeros(before.shape, bool)) == []


def test_short_lines_are_left_out_by_the_setting():
    before, after = pair()
    after = drawn(after)
    assert lines(found_in(before, after, settings=Settings(min_length_m=120)))
    assert not lines(found_in(before, after, settings=Settings(min_length_m=200)))


def test_the_threshold_orders_what_is_found():
    before, after = pair(12)
    after = drawn(after, height=12)
    after = drawn(after, ((60, 60), (340, 90)), height=5)
    few = lines(found_in(before, after, settings=Settings(line_threshold=1.0)))
    many = lines(found_in(before, after, settings=Settings(line_threshold=-99.0)))
    assert 0 < len(few) < len(many)
    assert all(f.score >= 1.0 for f in few)
    strongest = [
        max(f.score for f in lines(found_in(*pair(12)[:1], drawn(pair(12)[1], height=h))))
        for h in (5, 12)
    ]
    assert strongest[0] < strongest[1]


@pytest.mark.parametrize(
    ("width_px", "low_m", "high_m"), [(2, 0.4, 2.5), (8, 2.5, 5.5), (18, 6, 13)]
)
def test_width_is_measured_and_names_the_kind(width_px, low_m, high_m):
    before, after = pair(13)
    found = lines(found_in(before, drawn(after, width=width_px, height=22)), Change.NEW)
    assert covered(found) > 0.7
    longest = max(found, key=lambda f: f.length_m)
    assert low_m <= longest.width_m <= high_m
    assert (
        # without a shadow a thin bright line may be a fence or a wall
        longest.category
        in {2: (Kind.FENCE, Kind.WALL), 8: (Kind.PATROL_ROAD,), 18: (Kind.CLEARED_STRIP,)}[width_px]
    )


def test_two_lines_eight_metres_apart_are_one_double_fence():
    before, after = pair(14)
    for off in (0, 16):
        after = drawn(after, ((60, 200 + off), (340, 200 + off)), width=1, height=25)
    found = lines(found_in(before, after), Change.NEW)
    assert [f.category for f in found] == [Kind.DOUBLE_FENCE]
    assert found[0].width_m == pytest.approx(8.5, abs=1.5)
    assert found[0].length_m == pytest.approx(140, rel=0.1)


def test_a_line_that_became_much_stronger_is_an_upgrade():
    before, after = pair(15)
    found = lines(found_in(drawn(before, width=1, height=16), drawn(after, width=3, height=40)))
    assert Change.UPGRADED in {f.change for f in found}
    assert covered(lines(found, Change.UPGRADED)) > 0.5


@pytest.mark.parametrize("is_new", [True, False])
def test_a_post_with_a_shadow_is_found_once(is_new):
    bare, other = pair(16)
    built = other.copy()
    for x, y in ((120, 130), (260, 300)):
        built[y + 4 : y + 10, x - 1 : x + 8] -= 35
        built[y - 4 : y + 4, x - 4 : x + 4] += 45
    built = cv2.GaussianBlur(built.astype(np.float32), (0, 0), 0.6)
    found = found_in(bare, built) if is_new else found_in(built, bare)
    points = [f for f in found if not f.category.is_line]
    assert len(points) == 2
    assert {f.change for f in points} == {Change.NEW if is_new else Change.REMOVED}
    assert {f.category for f in points} <= {Kind.GUARD_POST, Kind.WATCHTOWER}
    for x, y in ((120, 130), (260, 300)):
        truth = shapely.Point(place(x, y))
        assert min(f.shape.distance(truth) for f in points) < 2


def test_posts_can_be_left_out():
    bare, built = pair(16)
    built[126:134, 116:124] += 60
    assert found_in(bare, built)
    assert not found_in(bare, built, settings=Settings(finds_posts=False))


@pytest.mark.parametrize("bands", [1, 2, 8])
def test_any_number_of_bands_and_sixteen_bits_work(bands):
    before, after = pair(17)
    images = [
        (np.clip(x, 0, 255) * 40).astype(np.uint16)[None].repeat(bands, axis=0)
        for x in (before, drawn(after))
    ]
    found = detect(*images, np.ones(before.shape, bool), grid(), Settings())
    assert covered(lines(found, Change.NEW)) > 0.9


def test_unequal_grids_and_degrees_are_errors():
    image = np.zeros((1, 50, 50), np.uint8)
    clear = np.ones((50, 50), bool)
    with pytest.raises(GridMismatch, match="one grid"):
        detect(image, image[:, :40], clear, grid(50))
    degrees = GeoBox((50, 50), Affine(1e-5, 0, 10, 0, -1e-5, 40), "EPSG:4326")
    with pytest.raises(GridMismatch, match="metres"):
        detect(image, image, clear, degrees)


def test_a_large_tile_stays_within_memory():
    base = np.tile(ground(18), (6, 6))[:2304, :2304]
    image = np.clip(base, 0, 255).astype(np.uint8)[None]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    detect(image, image[:, ::-1], np.ones((2304, 2304), bool), grid(2304))
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 1_000


@pytest.mark.real
def test_naip_where_nothing_was_built_gives_few_candidates(shared_data):
    import rasterio

    files = sorted((shared_data / "imagery" / "naip-nd-10dates").glob("*.tif"))
    before, after = (rasterio.open(files[n]).read()[:, :723] for n in (1, 3))
    found = found_in(before[0, :, :723].astype(float), after[0, :, :723].astype(float))
    # As if 0.5 m: 2.0 km of corridor of +-32 m.
    assert len(lines(found)) <= 8
