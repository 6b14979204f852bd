"""The port is open before the project is read: what is answered then, and what waits."""

import asyncio
import gc
import json
import socket
from pathlib import Path

import pytest

import small_published
import web_client
from vallum.ground.unhurried import unhurried
from vallum.steps.home import Home
from vallum.steps.past import Tally, past
from vallum.web import opening, serve
from vallum.web.app import complete, create_app, openapi
from vallum.web.lobby import Lobby, is_of_the_first_page
from vallum.web.opening import Address, Opening


async def _asked(app, path: str) -> tuple[int, bytes, dict[bytes, bytes]]:
    """What an app answers to one request."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    await app({"type": "http", "path": path, "method": "GET", "headers": []}, receive, send)
    body = b"".join(part.get("body", b"") for part in sent[1:])
    return sent[0]["status"], body, dict(sent[0]["headers"])


async def _app(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def test_health_says_that_the_project_is_being_read() -> None:
    status, body, headers = asyncio.run(_asked(Lobby(), "/api/health"))
    assert (status, json.loads(body)) == (200, {"ok": True, "is_opening": True})
    assert headers[b"cache-control"] == b"no-store"
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]


def test_the_page_comes_before_the_project_and_rows_after_it() -> None:
    async def go() -> None:
        lobby = Lobby()
        page = asyncio.create_task(_asked(lobby, "/"))
        script = asyncio.create_task(_asked(lobby, "/static/app.js"))
        state = asyncio.create_task(_asked(lobby, "/api/state"))
        gone = asyncio.create_task(_asked(lobby, "/api/queue"))
        await asyncio.sleep(0)
        assert not page.done()
        lobby.show(_app)
        assert (await page)[1] == b"/"
        assert (await script)[1] == b"/static/app.js"
        assert not state.done()
        gone.cancel()  # a browser that leaves takes nobody along
        lobby.admit(_app)
        assert (await state)[1] == b"/api/state"
        assert (await _asked(lobby, "/api/health"))[1] == b"/api/health"

    asyncio.run(go())


def test_what_the_first_page_does_not_ask_is_made_ready_once_for_all_who_ask() -> None:
    done: list[str] = []

    async def go() -> None:
        lobby = Lobby()
        lobby.admit(_app, rest=(lambda: done.append("aside"), lambda: done.append("between")))
        for path in ("/", "/static/app.js", "/api/state", "/api/item/t", "/api/health"):
            assert (await _asked(lobby, path))[1] == path.encode()
        assert not done
        asked = [asyncio.create_task(_asked(lobby, "/api/claims")) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()  # a browser that leaves takes nobody along
        assert [(await one)[1] for one in asked[1:]] == [b"/api/claims"] * 2
        await _asked(lobby, "/api/vault")
        assert done == ["aside", "between"]

    asyncio.run(go())


def test_pictures_wait_for_the_first_thing_to_judge_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def go(*, is_item: bool) -> list[str]:
        lobby, order = Lobby(), []

        async def noting(scope, receive, send) -> None:
            order.append(scope["path"])
            await _app(scope, receive, send)

        lobby.admit(noting)
        pictures = [asyncio.create_task(_asked(lobby, f"/api/chip/{k}")) for k in range(2)]
        await asyncio.sleep(0)
        await _asked(lobby, "/api/queue")
        await _asked(lobby, "/api/home")  # no picture: whoever asks for it looks at it
        if is_item:
            await _asked(lobby, "/api/item/t")
            await _asked(lobby, "/api/strip")
        await asyncio.gather(*pictures)
        await _asked(lobby, "/api/tiles/1")
        return order

    told = asyncio.run(asyncio.wait_for(go(is_item=True), 60))
    assert told[:4] == ["/api/queue", "/api/home", "/api/item/t", "/api/strip"]
    monkeypatch.setattr("vallum.web.lobby._PATIENCE_S", 0.01)
    assert len(asyncio.run(go(is_item=False))) == 5


def test_pictures_wait_longer_while_the_page_is_still_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vallum.web.lobby._PATIENCE_S", 0.01)

    async def go() -> list[str]:
        lobby, order, go_on = Lobby(), [], asyncio.Event()

        async def slow(scope, receive, send) -> None:
            if scope["path"].startswith("/api/item/"):
                await go_on.wait()
            order.append(scope["path"])
            await _app(scope, receive, send)

        lobby.admit(slow)
        item = asyncio.create_task(_asked(lobby, "/api/item/t"))
        picture = asyncio.create_task(_asked(lobby, "/api/ribbon"))
        await asyncio.sleep(0.1)
        assert not picture.done()
        assert not lobby.is_told.is_set()
        go_on.set()
        await asyncio.gather(item, picture)
        assert lobby.is_told.is_set()
        return order

    assert asyncio.run(asyncio.wait_for(go(), 60)) == ["/api/item/t", "/api/ribbon"]


def test_what_could_not_be_made_ready_is_tried_again() -> None:
    tries: list[int] = []

    def fails_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ImportError("no such module")

    async def go() -> None:
        lobby = Lobby()
        lobby.admit(_app, rest=(fails_once, lambda: None))
        with pytest.raises(ImportError):
            await _asked(lobby, "/api/claims")
        assert (await _asked(lobby, "/api/claims"))[0] == 200

    asyncio.run(go())


def test_an_app_that_was_completed_answers_what_a_whole_one_answers(tmp_path: Path) -> None:
    home = Home(cwd=tmp_path)
    part, whole = create_app(home, is_whole=False), create_app(home)
    early = set(openapi(part)["paths"])
    part.openapi_schema = None
    complete(part)
    assert openapi(part) == openapi(whole)
    late = set(openapi(whole)["paths"]) - early
    assert {"/api/claims", "/api/vault", "/api/publishing/gates"} <= late
    assert not [path for path in late if is_of_the_first_page(path)]
    # What answers a path in part must not stand in the way of what comes later.
    first = {path for path in early if is_of_the_first_page(path)}
    assert {"/api/state", "/api/strip", "/api/queue", "/api/item/{ticket}"} <= first


def test_what_cannot_be_opened_ends_the_server_and_is_told(tmp_path: Path) -> None:
    address = Address(host="127.0.0.1", port=7420, is_tls=False, is_local=True, token="t")
    ended: list[bool] = []
    opening = Opening(
        tmp_path / "none", address, force=False, warn=lambda _: None, then=lambda: None
    )
    opening.begin(lambda: ended.append(True))
    opening.close()
    assert ended == [True]
    with pytest.raises(Exception, match="no vallum project"):
        opening.check()


def test_the_collector_is_as_before_when_something_large_was_made() -> None:
    assert gc.isenabled()
    with unhurried():
        assert not gc.isenabled()
        with unhurried():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with unhurried():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_body_is_sent_at_once_also_where_a_socket_names_no_protocol() -> None:
    listener, _ = serve._listener("127.0.0.1", 7420)
    with listener, socket.create_connection(listener.server_address) as asking:
        answering, _ = listener.socket.accept()
        with answering:
            assert answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert asking.fileno() > 0


def test_a_history_that_goes_on_says_what_one_from_the_beginning_says(tmp_path: Path) -> None:
    import small_desk

    with small_desk.make(tmp_path / "border") as project:
        tally = Tally()
        before = past(project, last=20, tally=tally)
        with project.run("more") as work:
            work.add_all(small_desk.candidates(3, 12_000))
        after = past(project, last=20, tally=tally)
        assert before != after
        assert after == past(project, last=20)


def test_what_is_made_ready_beforehand_can_be_asked_of_a_desk(tmp_path: Path) -> None:
    """What goes wrong there would go wrong in the background, and nobody would see it."""
    root = small_published.make(tmp_path / "border", is_measured=False)
    with web_client.home_of(root) as home:
        assert home.desk is not None
        home.desk.kept.warm()
        home.desk.kept.warm(is_more=True)
        for ask in opening._FIRST_CALLS:
            ask(home.desk)
        assert ("history", 100) in home.desk.kept._made
