"""What a catalogue has of a corridor: a STAC API is searched, a catalogue of plain files is walked.

The requests are those of pystac-client, but every one of them goes out through `wire`. Servers are
taken as they are: without a list of what they conform to, without counts, with GET only, with
links that lead nowhere or in circles. What they answer is checked again here: place, date, cloud.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from vallum.frontier import Frontier
from vallum.ground.errors import AddressRefused, BadInput, BadSetting, NotReached
from vallum.ground.span import Span, Spans
from vallum.ground.when import When
from vallum.imagery import stated
from vallum.imagery.stac import items
from vallum.imagery.stac.hosts import joined, same_origin, shown
from vallum.imagery.stac.wire import Wire

if TYPE_CHECKING:
    from pystac_client.stac_api_io import StacApiIO

Plain = Mapping[str, Any]

PART_M = 60_000  # servers refuse long polygons, and answer slowly to wide boxes
_VERTICES = 120
_PAGE = 100
_MOST_PAGES = 200
_MOST_DOCUMENTS = 3_000
_ENDED = "vallum:ended"  # in a page that is none: why there are no more
_NO_POST = {400, 403, 404, 405, 411, 413, 415, 422, 500, 501}


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """A catalogue that was opened.

    Attributes:
        href: address that the person gave.
        title: what it calls itself.
        search_href: where a search is sent; empty when it is a catalogue of plain files.
        root: its first document.
    """

    href: str
    title: str
    search_href: str
    root: Plain


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is looked for.

    Attributes:
        collections: ids.
        when: brackets of days; an image must lie in one of them.
        areas: as `areas` made them.
        max_cloud: in percent; None for any. An image that states none is kept.
    """

    collections: tuple[str, ...]
    when: tuple[When, ...]
    areas: tuple[BaseGeometry, ...]
    max_cloud: float | None = None


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An image that was found, or in one line why an item is none."""

    item: items.Item | None = None
    problem: str = ""


def areas(frontier: Frontier, spans: Spans, left_m: float, right_m: float) -> list[BaseGeometry]:
    """Return the corridor as few simple polygons, EPSG:4326, each of at most 120 vertices.

    They reach a little beyond the corridor, never short of it.

    Args:
        frontier: the line.
        spans: the metres that are looked for.
        left_m: width on the left.
        right_m: width on the right.
    """
    return [
        _simple(frontier.corridor(Span(start, min(start + PART_M, span.end_m)), left_m, right_m))
        for span in spans
        for start in range(span.start_m, span.end_m, PART_M)
    ]


def _simple(whole: BaseGeometry) -> BaseGeometry:
    """Return a polygon of few vertices that holds another."""
    slack, simple = 0.0005, whole
    while shapely.get_num_coordinates(simple) > _VERTICES:
        # Widened by more than simplifying may take away.
        simple = shapely.simplify(whole.buffer(slack, quad_segs=2), 0.9 * slack)
        slack *= 2
    return simple


def opened(wire: Wire, href: str) -> Catalogue:
    """Return the catalogue at an address.

    Raises:
        AddressRefused: the address is not asked, or searches are to go to another server.
        BadSetting: it is no catalogue; the message says what it seems to be.
        NotReached: nothing useful answers there.
    """
    root = wire.json(href)
    if not isinstance(root, dict):
        raise BadSetting(_no_catalogue(href))
    kind = str(root.get("type"))
    if kind in {"Feature", "FeatureCollection"}:
        raise BadSetting(
            f"{shown(href)}: holds items, not a catalogue; nothing was added, give the address of "
            "the catalogue itself (often what stands before /search or /collections)"
        )
    links = _links(root)
    if kind not in {"Catalog", "Collection"} and "stac_version" not in root and not links:
        raise BadSetting(_no_catalogue(href))
    search = next((link["href"] for link in links if link.get("rel") == "search"), "")
    conforms = root.get("conformsTo")
    is_api = isinstance(conforms, list) and any("item-search" in str(one) for one in conforms)
    if not search and is_api:
        search = href.split("?")[0].rstrip("/") + "/search"  # the link is missing or broken
    search = _linked(_folder(href), search) if search else ""
    if search and not same_origin(search, href):
        raise AddressRefused(
            f"{shown(href)}: wants searches to be sent to another server ({shown(search)}); your "
            "corridor was not sent there, give the address of that catalogue if you trust it"
        )
    return Catalogue(
        href=href,
        title=stated.text(
            items.clean({n: root.get(n) for n in ("title", "id")}), 100, "title", "id"
        )
        or shown(href),
        search_href=search,
        root=root,
    )


def _no_catalogue(href: str) -> str:
    return (
        f"{shown(href)}: is no STAC catalogue; nothing was added, check the address (it often ends "
        "in /v1 or /stac)"
    )


def found(wire: Wire, catalogue: Catalogue, query: Query) -> Iterator[Hit]:
    """Yield what a catalogue has, each image once, in its order.

    An item that makes no sense, or a link that is not followed, becomes a problem in one line.

    Raises:
        AddressRefused: the search itself is sent on to another server.
        NotReached: it stopped answering.
    """
    seen: set[tuple[str, str] | str] = set()
    documents: dict[str, Plain] = {}
    around = shapely.union_all(list(query.areas))
    shapely.prepare(around)
    for raw, base in _raw(wire, catalogue, query):
        if isinstance(raw, str):
            if raw not in seen:
                yield Hit(problem=raw)
            seen.add(raw)
            continue
        name, number = (stated.text(raw, 200, key) for key in ("collection", "id"))
        if number and (name, number) in seen:
            continue
        seen.add((name, number))
        collection = _collection(wire, raw, base, documents)
        try:
            item = items.read(raw, base, collection)
        except (BadInput, AddressRefused) as error:
            yield Hit(problem=str(error))
            continue
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            yield Hit(problem=_no_sense(raw, error))
            continue
        if _fits(item, query, around):
            yield Hit(item=item)


def _no_sense(raw: Plain, error: Exception) -> str:
    number = items.clean(stated.text(raw, 200, "id")) or "an item without id"
    return (
        f"{number}: what the catalogue states of it makes no sense ({type(error).__name__}); it "
        "was left out"
    )


def _fits(item: items.Item, query: Query, around: BaseGeometry) -> bool:
    cloud = item.told.cloud_percent
    return (
        any(item.taken.overlaps(when) for when in query.when)
        and not (query.max_cloud is not None and cloud > query.max_cloud)
        and (item.collection in query.collections or not item.collection)
        and bool(around.intersects(item.footprint))
    )


def _collection(wire: Wire, raw: Plain, base: str, known: dict[str, Plain]) -> Plain:
    """Return the document of an item's collection, asked for once; empty when it has none."""
    name = stated.text(raw, 200, "collection")
    if name not in known:
        links = _links(raw)
        href = next((link["href"] for link in links if link.get("rel") == "collection"), "")
        try:
            told = wire.json(_linked(base, href)) if href else {}
        except NotReached:  # licence and credit can be given by hand
            told = {}
        known[name] = told if isinstance(told, dict) else {}
    return known[name]


def _raw(wire: Wire, catalogue: Catalogue, query: Query) -> Iterator[tuple[Plain | str, str]]:
    """Yield items as they came, with the address that their links start from; or a problem."""
    if not catalogue.search_href:
        yield from _walked(wire, catalogue, query)
        return
    io = _io(wire)
    may_post = True
    for when in query.when:
        for area in query.areas:
            if may_post:
                try:
                    for item in _asked(io, catalogue, query, when, area, may_post=True):
                        yield item, catalogue.search_href
                    continue
                except _NoPost:
                    may_post = False
            for item in _asked(io, catalogue, query, when, area, may_post=False):
                yield item, catalogue.search_href


class _NoPost(Exception):  # never leaves this file
    """The server does not take the search as POST."""


def _asked(
    io: StacApiIO,
    catalogue: Catalogue,
    query: Query,
    when: When,
    area: BaseGeometry,
    *,
    may_post: bool,
) -> Iterator[Plain | str]:
    from pystac_client import ItemSearch
    from shapely.geometry import mapping

    where: dict[str, Any] = {"bbox": [round(value, 6) for value in area.bounds]}
    if may_post:
        where = {"intersects": mapping(shapely.set_precision(area, 1e-6))}
    search = ItemSearch(
        catalogue.search_href,
        method="POST" if may_post else "GET",
        stac_io=io,
        collections=list(query.collections),
        datetime=f"{when.earliest}T00:00:00Z/{when.latest}T23:59:59Z",
        limit=_PAGE,
        **where,
    )
    for page in search.pages_as_dicts():
        if _ENDED in page:
            yield str(page[_ENDED])
            return
        yield from (item for item in page["features"] if isinstance(item, dict))


def _io(wire: Wire) -> StacApiIO:
    """Return what pystac-client sends its requests with: `wire`, and nothing else."""
    from pystac.stac_io import DefaultStacIO
    from pystac_client.stac_api_io import StacApiIO

    class _OverWire(StacApiIO):
        """Every request over the wire; links are never files of this computer."""

        def __init__(self) -> None:
            DefaultStacIO.__init__(self)  # no session of its own is made

        def read_text(self, source: Any, *_: Any, **__: Any) -> str:
            raise AddressRefused(f"{shown(str(source))}: was not asked for in this way")

        def get_pages(
            self, url: str, method: str | None = None, parameters: dict[str, Any] | None = None
        ) -> Iterator[dict[str, Any]]:
            yield from _pages(wire, url, method or "GET", parameters or {})

    return _OverWire()


def _pages(
    wire: Wire, href: str, method: str, parameters: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the pages of a search; a link to the next page may be a POST whose body is merged.

    All of them carry the corridor, so all of them are asked of one server. Where a link leads to
    another one, the last page is a word on that.
    """
    start = href
    body: Any = dict(parameters) if method == "POST" else None
    if method == "GET":
        href = _with_query(href, parameters)
    asked: set[bytes] = set()
    for number in range(_MOST_PAGES):
        asked.add(_key(method, href, body))
        try:
            page = _page(wire, href, method, body, is_first=number == 0)
        except AddressRefused as error:
            if number == 0:
                raise
            yield {_ENDED: str(error), "features": [None]}
            return
        features = page.get("features")
        if not isinstance(features, list) or not features:
            return
        yield page
        following = next((one for one in _links(page) if one.get("rel") == "next"), None)
        if following is None:
            return
        method = "POST" if str(following.get("method", "GET")).upper() == "POST" else "GET"
        told = following.get("body")
        told = told if isinstance(told, dict) else {}
        if method == "POST":
            body = {**(body or parameters), **told} if following.get("merge") else told or body
        else:
            body = None
        try:
            href = _own(_linked(href, following["href"]), start)
            if _key(method, href, body) in asked:
                return  # it leads in a circle
        except AddressRefused as error:
            yield {_ENDED: str(error), "features": [None]}
            return


def _key(method: str, href: str, body: Any) -> bytes:
    """Return what tells one request for a page from another.

    Raises:
        AddressRefused: the body is nothing that can be sent.
    """
    try:
        return orjson.dumps([method, href, body], option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError, RecursionError) as error:
        raise AddressRefused(
            f"{shown(href)}: asks for something that makes no sense with its next page; the pages "
            "before it were read"
        ) from error


def _own(href: str, start: str) -> str:
    """Return the address of a next page, if the server that was named is the one to be asked.

    Raises:
        AddressRefused: it is another one.
    """
    if not same_origin(href, start):
        raise AddressRefused(
            f"{shown(start)}: its next page lies on another server ({shown(href)}); nothing was "
            "sent there, for it would learn your corridor; the pages before it were read"
        )
    return href


def _page(wire: Wire, href: str, method: str, body: Any, *, is_first: bool) -> dict[str, Any]:
    try:
        page = wire.json(href, method=method, body=body, stays=True)
    except NotReached as error:
        status = getattr(error.__cause__, "status", 0)
        if is_first and method == "POST" and status in _NO_POST:
            raise _NoPost from error
        raise
    if not isinstance(page, dict):
        raise NotReached(
            f"{shown(href)}: answered the search with no collection of items; nothing was taken "
            "from it, check that the address is that of a STAC API"
        )
    return page


def _with_query(href: str, parameters: Mapping[str, Any]) -> str:
    parts = urlsplit(href)
    asked = [*parse_qsl(parts.query, keep_blank_values=True)]
    asked += [(name, str(value)) for name, value in parameters.items()]
    return urlunsplit(parts._replace(query=urlencode(asked)))


def _walked(wire: Wire, catalogue: Catalogue, query: Query) -> Iterator[tuple[Plain | str, str]]:
    """Yield the items of a catalogue of plain files; folders far away or too old are not opened."""
    todo: list[tuple[str, Plain | None, bool]] = [(catalogue.href, catalogue.root, False)]
    done: set[str] = set()
    around = shapely.union_all(list(query.areas))
    while todo and len(done) < _MOST_DOCUMENTS:
        href, document, is_wanted = todo.pop()
        if href in done:
            continue
        done.add(href)
        if document is None:
            try:
                document = wire.json(href)
            except AddressRefused as error:
                yield str(error), href
                continue
            except NotReached:
                continue  # a link that leads nowhere; the rest goes on
        if not isinstance(document, dict):
            continue
        if document.get("type") == "Feature":
            yield document, href
            continue
        is_wanted = is_wanted or document.get("id") in query.collections
        if document.get("type") == "Collection" and not _may_hold(document, around):
            continue
        for link in reversed(_links(document)):
            is_item = link.get("rel") == "item" and is_wanted
            if is_item or link.get("rel") == "child":
                try:
                    todo.append((_linked(href, link["href"]), None, is_wanted))
                except AddressRefused as error:
                    yield str(error), href


def _may_hold(collection: Plain, around: BaseGeometry) -> bool:
    """Say whether a collection can hold something that is looked for, by its stated extent."""
    extent = collection.get("extent")
    spatial = extent.get("spatial") if isinstance(extent, Mapping) else None
    boxes = spatial.get("bbox") if isinstance(spatial, Mapping) else None
    for box in boxes if isinstance(boxes, list) else []:
        try:
            half = len(box) // 2
            if shapely.box(box[0], box[1], box[half], box[half + 1]).intersects(around):
                return True
        except (TypeError, ValueError, IndexError):
            return True
    return not boxes


def collections(wire: Wire, catalogue: Catalogue) -> list[str]:
    """Return the ids of the collections that a catalogue offers; empty when it does not tell."""
    href = next((one["href"] for one in _links(catalogue.root) if one.get("rel") == "data"), "")
    try:
        told = wire.json(_linked(_folder(catalogue.href), href)) if href else {}
    except NotReached:
        return []
    entries = told.get("collections") if isinstance(told, dict) else None
    found = [
        items.clean(stated.text(one, 100, "id"))
        for one in (entries if isinstance(entries, list) else [])
        if isinstance(one, dict)
    ]
    return sorted(filter(None, found))


def _links(document: Plain) -> list[Plain]:
    links = document.get("links")
    return [
        link
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict) and isinstance(link.get("href"), str) and link["href"]
    ]


def _folder(href: str) -> str:
    """Return the address that relative links of a catalogue start from."""
    last = urlsplit(href).path.rsplit("/", 1)[-1]
    return href if "." in last or href.endswith("/") else f"{href}/"


def _linked(base: str, link: str) -> str:
    """Return the address that a link means.

    It is https where a server behind a proxy writes http for its own address.

    Raises:
        AddressRefused: it is none.
    """
    href = joined(base, link)
    here, there = urlsplit(base), urlsplit(href)
    is_own = here.hostname == there.hostname and here.scheme == "https" and there.scheme == "http"
    if not is_own:
        return href
    return urlunsplit(there._replace(scheme="https", netloc=here.netloc))
