"""Catalogues as they are: paging of every kind, missing words, broken links, plain files."""

import json

import pytest
import shapely
from shapely.geometry import box

import small_catalogue as small
import stac_server
from vallum.frontier import Frontier
from vallum.ground.errors import AddressRefused, BadSetting, NotReached
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.imagery.stac import search
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Patience, Wire

AREA = box(129.6, 42.3, 129.9, 42.6)


@pytest.fixture
def files():
    with stac_server.files() as served:
        yield served


@pytest.fixture
def wire(files):
    rules = Rules(private=frozenset({files.host}))
    with Wire(rules=rules, patience=Patience(tries=2), sleep=lambda _s: None) as made:
        yield made


def query(*collections: str, **more) -> search.Query:
    told = {"collections": collections or ("s2",), "when": (When.parse("2019"),), "areas": (AREA,)}
    return search.Query(**(told | more))


def an_item(name: str, **more):
    assets = {"B04": small.asset("https://files.example/a.tif?sig=SECRET", "red")}
    return small.item(name, assets, area=more.pop("area", box(129.7, 42.4, 129.8, 42.5)), **more)


def landing(files, **more):
    links = [{"rel": "search", "href": f"{files.href}/search", "method": "POST"}]
    root = {"type": "Catalog", "id": "api", "stac_version": "1.0.0", "description": "", **more}
    root.setdefault("links", links)
    return files.put_json("/", root)


def page(*items, **more):
    return {"type": "FeatureCollection", "features": list(items), **more}


def names(wire, href, asked=None):
    catalogue = search.opened(wire, href)
    hits = list(search.found(wire, catalogue, asked or query()))
    return [hit.item.name if hit.item else hit.problem for hit in hits]


def served(files, answer):
    """Answer searches with what `answer(method, body, path)` returns: JSON, or a status."""

    def reply(handler, path) -> bool:
        if not path.startswith("/search"):
            return False
        body = json.loads(files.bodies[-1]) if handler.command == "POST" else None
        told = answer(handler.command, body, handler.path)
        if isinstance(told, int):
            handler.send(told, b"{}")
        else:
            handler.send(200, json.dumps(told).encode())
        return True

    files.answer = reply


def test_a_search_sends_corridor_dates_and_collections_and_nothing_else(files, wire) -> None:
    served(files, lambda *_: page(an_item("a")))
    assert names(wire, landing(files)) == ["a"]
    body = json.loads(files.bodies[0])
    assert set(body) == {"collections", "datetime", "intersects", "limit"}
    assert body["collections"] == ["s2"]
    assert body["datetime"] == "2019-01-01T00:00:00Z/2019-12-31T23:59:59Z"


@pytest.mark.parametrize("merge", [True, False], ids=["merged", "whole"])
def test_pages_that_are_asked_for_with_a_token_in_the_body(files, wire, merge) -> None:
    def answer(method, body, path):
        if "token" in body:
            assert body["token"] == "next:1"
            assert ("collections" in body) == merge
            return page(an_item("b"))
        link = {"rel": "next", "method": "POST", "href": f"{files.href}/search",
                "body": {"token": "next:1"}, "merge": merge}  # fmt: skip
        return page(an_item("a"), links=[{"broken": 1}, {"rel": "next"}, link])

    served(files, answer)
    assert names(wire, landing(files)) == ["a", "b"]


def test_a_server_that_takes_no_post_is_asked_with_get_and_boxes(files, wire) -> None:
    def answer(method, body, path):
        if method == "POST":
            return 405
        if "page=2" in path:
            return page(an_item("b"), an_item("far", area=box(10, 10, 11, 11)))
        assert "bbox=129.6%2C42.3%2C129.9%2C42.6" in path
        return page(an_item("a"), links=[{"rel": "next", "href": "/search?page=2"}])

    served(files, answer)
    assert names(wire, landing(files)) == ["a", "b"]


def test_pages_that_lead_in_a_circle_end(files, wire) -> None:
    link = {"rel": "next", "href": f"{files.href}/search?page=1"}
    served(files, lambda *_: page(an_item("a"), links=[link]))
    assert names(wire, landing(files)) == ["a"]
    assert len(files.asked) < 6


def test_a_server_without_conformance_counts_or_types_is_read(files, wire) -> None:
    served(files, lambda *_: {"features": [an_item("a"), "no item", None]})
    href = files.put_json(
        "/", {"stac_version": "0.9", "id": "old", "links": [{"rel": "search", "href": "search"}]}
    )
    assert names(wire, href) == ["a"]


def test_a_missing_search_link_is_found_by_what_the_server_says_it_can(files, wire) -> None:
    served(files, lambda *_: page(an_item("a")))
    conforms = ["https://api.stacspec.org/v1.0.0/item-search"]
    assert names(wire, landing(files, links=[], conformsTo=conforms)) == ["a"]


def test_what_the_server_sends_against_the_question_is_left_out(files, wire) -> None:
    sent = [
        an_item("old", moment="2018-06-01T00:00:00Z"),
        an_item("far", area=box(10, 10, 11, 11)),
        an_item("cloudy", cloud=80),
        an_item("other", collection="l8"),
        an_item("unknown", cloud=None),
        an_item("fits"),
        an_item("fits"),
    ]
    served(files, lambda *_: page(*sent))
    assert names(wire, landing(files), query(max_cloud=20)) == ["unknown", "fits"]


def test_an_item_without_date_or_place_is_told_in_one_line(files, wire) -> None:
    no_date, no_place = an_item("undated"), an_item("nowhere")
    no_date["properties"]["datetime"] = None
    no_place |= {"geometry": None, "bbox": [1, 2]}
    served(files, lambda *_: page(no_date, no_place))
    told = names(wire, landing(files))
    assert told == ["undated: the catalogue tells no date; it was left out",
            "nowhere: the catalogue tells no place for it; it was left out"]  # fmt: skip


def test_a_link_to_the_own_network_is_not_followed(files, wire) -> None:
    link = {"rel": "next", "href": "http://169.254.169.254/latest/meta-data/"}
    served(files, lambda *_: page(an_item("a"), links=[link]))
    first, why = names(wire, landing(files))
    assert first == "a"
    assert "nothing was sent" in why


def test_a_link_to_a_file_of_this_computer_is_not_read(files, wire, tmp_path) -> None:
    secret = tmp_path / "next.json"
    secret.write_text(json.dumps(page(an_item("secret"))))
    served(
        files, lambda *_: page(an_item("a"), links=[{"rel": "next", "href": f"file://{secret}"}])
    )
    first, why = names(wire, landing(files))
    assert first == "a"
    assert "secret" not in why
    with pytest.raises(AddressRefused):
        search._io(wire).read_text(str(secret))


@pytest.fixture
def other():
    """A server that nobody named, though the rules would let it be asked."""
    with stac_server.files() as served_:
        served_.put_json("/search", page(an_item("stolen")))
        yield served_


@pytest.fixture
def both(files, other):
    rules = Rules(private=frozenset({files.host, other.host}))
    with Wire(rules=rules, patience=Patience(tries=2), sleep=lambda _s: None) as made:
        yield made


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_next_page_on_another_server_does_not_get_the_corridor(
    files, other, both, method
) -> None:
    link = {"rel": "next", "method": method, "merge": True, "href": f"{other.href}/search"}
    served(files, lambda *_: page(an_item("a"), links=[link]))
    first, why = names(both, landing(files))
    assert first == "a"
    assert "another server" in why
    assert not other.asked


def test_a_search_on_another_server_does_not_get_the_corridor(files, other, both) -> None:
    root = landing(files, links=[{"rel": "search", "href": f"{other.href}/search"}])
    with pytest.raises(AddressRefused, match="corridor was not sent there"):
        names(both, root)
    assert not other.asked


@pytest.mark.parametrize(
    ("status", "is_post"), [(302, True), (307, True), (308, True), (307, False)]
)
def test_a_search_is_not_followed_to_another_server(files, other, both, status, is_post) -> None:
    def answer(handler, path) -> bool:
        if path != "/search":
            return False
        if handler.command == "POST" and not is_post:
            handler.send(405, b"")
        else:
            handler.send(status, b"", {"Location": f"{other.href}/search"})
        return True

    files.answer = answer
    with pytest.raises(AddressRefused, match="corridor was not sent there"):
        names(both, landing(files))
    assert not other.asked


def spoilt(name: str):
    bad = an_item("bad", platform="x")
    match name:
        case "roles":
            bad["properties"]["providers"] = [{"roles": 5, "name": "x"}]
        case "self":
            bad["links"] = [{"rel": "self", "href": "http://["}]
        case "file":
            bad["assets"]["B04"]["href"] = "http://["
        case "id":
            bad["id"] = [[1]]
        case "collection":
            bad["collection"] = {"a": 1}
        case "link":
            bad["links"] = [{"rel": "collection", "href": "http://["}]
        case "inside":
            bad["links"] = [{"rel": "collection", "href": "http://169.254.169.254/"}]
        case "deep":
            bad["geometry"] = {"type": "Point", "coordinates": [0, 0]}
            for _ in range(450):
                bad["geometry"] = {"type": "GeometryCollection", "geometries": [bad["geometry"]]}
    return bad


@pytest.mark.parametrize(
    "name", ["roles", "self", "file", "id", "collection", "link", "inside", "deep"]
)
def test_an_item_of_nonsense_costs_no_other_item(files, wire, name) -> None:
    served(files, lambda *_: page(spoilt(name), an_item("good")))
    told = names(wire, landing(files))
    assert told[-1] == "good"
    assert len(told) <= 2
    if name in {"self", "deep"}:
        assert told[0].startswith("bad: ")
        assert "it was left out" in told[0]


@pytest.mark.parametrize("more", [{"href": "http://["}, {"method": "POST", "body": None}])
def test_a_next_page_of_nonsense_keeps_what_came_before(files, wire, more) -> None:
    deep: object = 1
    for _ in range(500):
        deep = [deep]
    link = {"rel": "next", "href": f"{files.href}/search", **more}
    link |= {"body": {"x": deep}} if "body" in more else {}
    served(files, lambda *_: page(an_item("a"), links=[link]))
    first, why = names(wire, landing(files))
    assert first == "a"
    assert "sense" in why or "no address" in why


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"type": "FeatureCollection", "features": []}, "holds items, not a catalogue"),
        ({"hello": "world"}, "is no STAC catalogue"),
        ([1, 2], "is no STAC catalogue"),
    ],
    ids=["items", "other", "list"],
)
def test_what_is_no_catalogue_is_named(files, wire, document, words) -> None:
    with pytest.raises(BadSetting, match=words):
        search.opened(wire, files.put_json("/x.json", document))


def test_an_answer_that_is_no_page_is_named(files, wire) -> None:
    served(files, lambda *_: [1])
    with pytest.raises(NotReached, match="no collection of items"):
        names(wire, landing(files))


# -- catalogues of plain files -------------------------------------------------------------------


def test_a_catalogue_of_plain_files_is_walked_where_it_can_hold_something(files, wire) -> None:
    far = {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [[None, None]]}}
    links = [{"rel": "child", "href": h} for h in ("./s2/c.json", "./l8/c.json", "gone.json",
                                                   "catalog.json", "./far/c.json")]  # fmt: skip
    href = files.put_json("/cat/catalog.json", {"type": "Catalog", "id": "x", "links": links})
    items = [{"rel": "item", "href": "a.json"}, {"rel": "item", "href": "../b.json"}]
    files.put_json("/cat/s2/c.json", small.collection() | {"links": items})
    files.put_json("/cat/l8/c.json", small.collection("l8") | {"links": items})
    files.put_json("/cat/far/c.json", small.collection(extent=far) | {"links": items})
    item = an_item("a")
    item["assets"]["B04"]["href"] = "./pixels.tif"
    files.put_json("/cat/s2/a.json", item)
    files.put_json("/cat/b.json", an_item("b"))
    catalogue = search.opened(wire, href)
    found = [hit.item for hit in search.found(wire, catalogue, query())]
    assert [one.name for one in found] == ["a", "b"]
    assert found[0].assets[0].href == f"{files.href}/cat/s2/pixels.tif"
    assert found[0].href == f"{files.href}/cat/s2/a.json"


def test_broken_and_old_catalogues_of_the_samples_are_survived(files, wire, shared_data) -> None:
    for folder in ("invalid-catalog", "planet-example-v1-0-0-beta-2", "test-case-1"):
        root = shared_data / "stac/catalogs" / folder
        for path in root.rglob("*.json"):
            files.content[f"/{folder}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    files.content["/planet/"] = b"{}"
    whole = query(
        "planet-disaster-data", "hurricane-harvey", "area-1-1-imagery", when=(When.parse("2000..2030"),),
        areas=(box(-180, -90, 180, 90),),
    )  # fmt: skip
    start = "/planet-example-v1-0-0-beta-2"
    top = next(
        p for p in (f"{start}/catalog.json", f"{start}/collection.json") if p in files.content
    )
    assert len(names(wire, files.href + top, whole)) == 5
    try:
        told = names(wire, files.href + "/invalid-catalog/catalog.json", whole)
    except (BadSetting, NotReached) as error:
        told = [str(error)]
    assert all("\n" not in line for line in told)


# -- recorded answers ----------------------------------------------------------------------------


def playback(files, exchanges):
    """Play recorded answers back from loopback: their addresses are ours."""
    origins = {"/".join(e["request"]["uri"].split("/")[:3]) for e in exchanges}
    left = list(exchanges)

    def ours(text: str) -> str:
        for origin in origins:
            text = text.replace(origin, files.href)
        return text

    def answer(handler, path) -> bool:
        for number, exchange in enumerate(left):
            asked = exchange["request"]
            same_path = ours(asked["uri"]).removeprefix(files.href).rstrip("/") == path.rstrip("/")
            body = json.loads(files.bodies[-1]) if handler.command == "POST" else None
            token = lambda b: (b or {}).get("token") or (b or {}).get("next")  # noqa: E731
            if (
                same_path
                and asked["method"] == handler.command
                and token(body) == token(asked["body"])
            ):
                if handler.command == "POST":
                    left.pop(number)
                handler.send(200, ours(json.dumps(exchange["response"]["body"])).encode())
                return True
        return False

    files.answer = answer
    return ours(exchanges[0]["request"]["uri"])


@pytest.mark.parametrize(
    ("name", "collections", "area", "at_least"),
    [
        ("search-paging", ["naip"], box(-73.21, 43.99, -73.12, 44.05), 11),
        ("search-intersects", ["naip"], box(-73.21, 43.99, -73.12, 44.05), 42),
        ("query-json", ["naip"], box(-73.21, 43.99, -73.12, 44.05), 42),
        ("matched-not-available", ["naip"], box(-180, -90, 180, 90), 1),
        ("non-conformant-server", ["sentinel-s2-l2a-cogs"], box(-180, -90, 180, 90), 1),
        ("search-cql2-filter", ["sentinel-2-c1-l2a", "sentinel-2-l2a"], box(-180, -90, 180, 90), 1),
    ],
    ids=["paging", "intersects", "query", "no count", "no conformance", "filter"],
)
def test_recorded_answers_of_public_servers_are_read(
    files, wire, shared_data, name, collections, area, at_least
) -> None:
    exchanges = json.loads((shared_data / f"stac/api-exchanges/{name}.json").read_text())
    if exchanges[0]["request"]["method"] == "POST":
        href = playback(files, exchanges)
        root = href.rsplit("/", 1)[0]
        files.put_json(
            root.removeprefix(files.href),
            {"type": "Catalog", "id": "x", "links": [{"rel": "search", "href": href}]},
        )
        href = root
    else:
        href = playback(files, exchanges)
    catalogue = search.opened(wire, href)
    whole = query(*collections, when=(When.parse("1980..2030"),), areas=(area,))
    sent = [len(e["response"]["body"].get("features", [])) for e in exchanges]
    hits = []
    try:
        hits.extend(search.found(wire, catalogue, whole))
    except NotReached:
        assert len(exchanges) < 4  # the recording ends before the pages do
    good = [hit.item for hit in hits if hit.item]
    assert at_least <= len(good) <= sum(sent)
    assert all(item.collection in collections for item in good)


def test_collections_that_are_offered_are_told(files, wire) -> None:
    root = landing(files, links=[{"rel": "data", "href": "collections"}])
    files.put_json("/collections", {"collections": [{"id": "b"}, {"id": "a"}, {}, 3]})
    assert search.collections(wire, search.opened(wire, root)) == ["a", "b"]


# -- the corridor --------------------------------------------------------------------------------


def test_the_corridor_becomes_few_simple_polygons_that_hold_all_of_it() -> None:
    line = Frontier.packaged("prk-north")
    stretch = Span(200_000, 500_000)
    spans = Spans([stretch])
    parts = search.areas(line, spans, 1000, 1000)
    assert len(parts) <= stretch.length_m / search.PART_M + 1
    assert max(shapely.get_num_coordinates(part) for part in parts) <= 120
    assert all(part.is_valid for part in parts)
    whole = shapely.union_all(parts)
    lon, lat = line.points_at(range(200_000, 500_000, 997), 990.0)
    assert shapely.contains_xy(whole, lon, lat).all()
