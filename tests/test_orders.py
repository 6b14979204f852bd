"""Areas to order: inside the provider's limits, around the corridor, no land paid twice."""

import json

import pytest
import shapely

from vallum.frontier import Frontier
from vallum.ground.errors import BadSetting
from vallum.ground.span import Span
from vallum.ground.when import When
from vallum.measure import orders
from vallum.measure.orders import Limits

LIMITS = {
    "large": Limits(min_km2=25, min_width_m=2000, max_vertices=500),
    "few corners": Limits(min_km2=2, min_width_m=500, max_vertices=12),
    "not long": Limits(min_km2=1, min_width_m=1000, max_vertices=30, max_aspect=4),
    "four corners": Limits(max_vertices=4),
}
LINE = Frontier.packaged("prk-north")


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("at_km", [60, 410, 1003])
def test_an_area_keeps_every_limit_and_holds_the_corridor(name, at_km):
    land = LINE.corridor(Span(at_km * 1000, at_km * 1000 + 3000), 400, 250)
    area = orders.aoi(land, LIMITS[name])
    assert orders.breaches(area, LIMITS[name], around=land) == ()
    assert area.covers(land.buffer(-1e-5))


def test_an_area_is_not_larger_than_the_limits_ask_for():
    land = LINE.corridor(Span(400_000, 402_000), 400, 400)
    assert orders.area_km2(orders.aoi(land, Limits())) < 1.5 * orders.area_km2(land)
    least = orders.area_km2(orders.aoi(land, Limits(min_km2=25)))
    assert 25 <= least < 25.1


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (Limits(min_km2=100), "less than"),
        (Limits(max_km2=0.5), "more than"),
        (Limits(max_vertices=4), "corners"),
        (Limits(min_width_m=5000), "thinner"),
        (Limits(max_aspect=1.2), "as long as wide"),
    ],
    ids=["small", "large", "corners", "thin", "long"],
)
def test_a_breach_is_said_in_words(limits, word):
    area = shapely.Polygon([(129, 42), (129.1, 42), (129.1, 42.01), (129.05, 42.012), (129, 42.01)])
    assert any(word in one for one in orders.breaches(area, limits))


def test_what_no_area_can_keep_is_refused_with_the_next_step():
    land = LINE.corridor(Span(400_000, 440_000), 400, 400)
    with pytest.raises(BadSetting, match="shorter sections"):
        orders.aoi(land, Limits(max_km2=5))


def test_limits_that_contradict_each_other_are_refused():
    with pytest.raises(BadSetting, match="min_km2"):
        Limits(min_km2=10, max_km2=5)


def test_neighbours_share_almost_no_land():
    areas = [
        orders.aoi(LINE.corridor(Span(at, at + 3000), 400, 400), Limits())
        for at in range(400_000, 412_000, 3000)
    ]
    cut = orders.apart(areas, Limits())
    assert orders.overlap_km2(areas) > 5 * orders.overlap_km2(cut)
    assert all(orders.breaches(one, Limits()) == () for one in cut)
    lost = shapely.union_all(areas).difference(shapely.union_all(list(cut)))
    assert lost.area < 1e-3 * areas[0].area


def test_land_is_paid_twice_only_where_a_limit_would_break():
    limits = Limits(min_km2=5)
    areas = [
        orders.aoi(LINE.corridor(Span(at, at + 1000), 400, 400), limits)
        for at in (400_000, 401_000)
    ]
    assert all(orders.breaches(one, limits) == () for one in orders.apart(areas, limits))


def test_a_query_is_one_that_a_catalogue_takes():
    area = shapely.box(129.0, 42.0, 129.1, 42.1)
    query = orders.stac_query(
        area, When.parse("2022"), gsd_m=0.7, cloud_percent=15, collections=("a",)
    )
    assert query["datetime"] == "2022-01-01T00:00:00Z/2022-12-31T23:59:59Z"
    assert query["query"] == {"gsd": {"lte": 0.7}, "eo:cloud_cover": {"lte": 15}}
    assert query["collections"] == ["a"]
    assert "query" not in orders.stac_query(area, When.parse("2022"))
    assert json.loads(json.dumps(query))["intersects"]["type"] == "Polygon"


def test_outlines_run_against_the_clock_as_geojson_wants():
    ring = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    written = shapely.geometry.shape(orders.geometry(ring))
    assert written.exterior.is_ccw


def test_a_collection_holds_what_is_said_of_each_area():
    made = orders.feature_collection([(shapely.box(0, 0, 1, 1), {"order": "order 1"})], note="n")
    assert made["note"] == "n"
    assert made["features"][0]["properties"] == {"order": "order 1"}
