"""The one way out: pinned connections, checked redirects, patience, limits, and no traces."""

import datetime
import email.utils
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import stac_server
from vallum.ground.errors import AddressRefused, NotReached
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Patience, Wire

QUICK = Patience(tries=4, connect_s=2, silent_s=2, answer_s=2, pause_s=1.0, longest_pause_s=100)


@pytest.fixture
def files() -> Iterator[stac_server.Files]:
    with stac_server.files() as served:
        yield served


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def wire(files: stac_server.Files, waits: list[float]) -> Iterator[Wire]:
    rules = Rules(private=frozenset({files.host}))
    with Wire(rules=rules, patience=QUICK, sleep=waits.append) as made:
        yield made


def replies(*answers: tuple[int, dict[str, str]]):
    """Answer the first requests so, and then as usual."""
    left = list(answers)

    def answer(handler, path) -> bool:
        if not left:
            return False
        status, headers = left.pop(0)
        handler.send(status, b"", headers)
        return True

    return answer


def test_json_is_fetched_and_a_connection_is_kept(files, wire) -> None:
    href = files.put_json("/a.json", {"a": 1})
    assert wire.json(href) == {"a": 1}
    assert wire.json(href) == {"a": 1}
    assert len(wire._open) == 1


def test_nothing_about_the_person_or_the_machine_is_sent(files, wire, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("VALLUM_ACTOR", "CANARY")
    wire.json(files.put_json("/a.json", {}))
    files.answer = replies((200, {"Set-Cookie": "id=1"}))
    with pytest.raises(NotReached, match="no valid JSON"):
        wire.json(files.href + "/a.json")
    wire.json(files.href + "/a.json")
    sent = files.asked[-1][2]
    assert set(sent) == {"host", "user-agent", "accept-encoding", "accept"}
    assert sent["user-agent"].startswith("vallum/")
    assert sent["accept-encoding"] == "identity"


def test_a_server_in_trouble_is_asked_again_with_growing_pauses(files, wire, waits) -> None:
    href = files.put_json("/a.json", 7)
    files.answer = replies((503, {}), (500, {}), (502, {}))
    assert wire.json(href) == 7
    assert [round(wait) for wait in waits] == pytest.approx([1, 2, 4], abs=1)
    assert waits[0] < waits[1] < waits[2]


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_a_server_that_asks_for_a_pause_gets_it(files, wire, waits, kind) -> None:
    href = files.put_json("/a.json", 7)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=40)
    asked = "40" if kind == "seconds" else email.utils.format_datetime(later, usegmt=True)
    files.answer = replies((429, {"Retry-After": asked}))
    assert wire.json(href) == 7
    assert 37 <= waits[0] <= 41


def test_a_pause_that_is_too_long_ends_the_run_with_what_is_kept(files, wire, waits) -> None:
    files.answer = replies((429, {"Retry-After": "3600"}))
    with pytest.raises(NotReached, match="left alone for 60 min; what was fetched is kept"):
        wire.json(files.put_json("/a.json", 7))
    assert not waits


def test_after_the_last_try_the_refusal_is_told_without_the_query(files, wire, waits) -> None:
    files.answer = lambda handler, path: handler.send(503, b"") or True
    with pytest.raises(NotReached, match="HTTP 503") as caught:
        wire.json(files.href + "/a.json?sig=SECRET")
    assert len(waits) == QUICK.tries - 1
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(("status", "words"), [(401, "sign in"), (403, "expired"), (404, "check")])
def test_a_clear_refusal_is_not_asked_again(files, wire, waits, status, words) -> None:
    files.answer = replies((status, {}))
    with pytest.raises(NotReached, match=words):
        wire.json(files.href + "/a.json")
    assert len(files.asked) == 1
    assert not waits


def test_a_web_page_in_place_of_json_is_named(files, wire) -> None:
    files.content["/"] = b"<!doctype html><title>Welcome</title>"
    with pytest.raises(NotReached, match="a web page"):
        wire.json(files.href + "/")


# -- redirects ---------------------------------------------------------------------------------


def test_five_redirects_are_followed_and_a_sixth_is_not(files, wire) -> None:
    files.put_json("/end", 7)
    files.answer = replies(*[(302, {"Location": "/end"})] * 5)
    assert wire.json(files.href + "/a") == 7
    files.answer = replies(*[(302, {"Location": "/end"})] * 6)
    with pytest.raises(AddressRefused, match="more than 5 times"):
        wire.json(files.href + "/a")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "//127.0.0.1:1/x",
        "http://stac.example/plain",
    ],
)
def test_a_redirect_is_checked_like_the_first_address(files, wire, location) -> None:
    files.answer = replies((302, {"Location": location}))
    with pytest.raises(AddressRefused, match="nothing was sent"):
        wire.json(files.href + "/a?sig=SECRET")
    assert len(files.asked) == 1


def test_a_redirect_after_a_search_keeps_the_search_only_where_the_server_says_so(
    files, wire
) -> None:
    files.put_json("/b", 7)
    for status, method in ((307, "POST"), (308, "POST"), (303, "GET"), (302, "GET")):
        files.answer = replies((status, {"Location": "/b"}))
        assert wire.json(files.href + "/a", method="POST", body={"x": 1}) == 7
        assert files.asked[-1][0] == method


# -- DNS rebinding ------------------------------------------------------------------------------


def test_a_name_that_turns_private_after_the_check_is_not_followed(waits) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    resolved, connected = [], []

    def resolver(host: str, port: int) -> list[str]:
        resolved.append(host)
        return answers[min(len(resolved) - 1, 1)]

    def connect(address: str, port: int, timeout_s: float) -> socket.socket:
        connected.append(address)
        raise OSError("no network in the tests")

    patience = Patience(tries=1)
    with (
        Wire(rules=Rules(resolver=resolver), patience=patience, connect=connect) as wire,
        pytest.raises(NotReached, match="did not answer"),
    ):
        wire.json("https://rebind.example/")
    assert (resolved, connected) == (["rebind.example"], ["93.184.215.14"])
    # and when it is asked again, the new address is checked again
    with (
        Wire(rules=Rules(resolver=resolver), patience=patience, connect=connect) as wire,
        pytest.raises(AddressRefused, match="this machine"),
    ):
        wire.json("https://rebind.example/")
    assert connected == ["93.184.215.14"]


# -- TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> tuple[Path, Path]:
    """A key and a certificate for stac.example."""
    folder = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stac.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("stac.example"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "key.pem", folder / "certificate.pem"


@pytest.fixture
def secure(authority) -> Iterator[int]:
    """A server with TLS on loopback that says its name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1], authority[0])
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as end:
                    end.recv(65536)
                    end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7")
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.mark.parametrize(("host", "is_fine"), [("stac.example", True), ("other.example", False)])
def test_the_certificate_is_checked_against_the_name_not_the_number(
    authority, secure, host, is_fine
) -> None:
    context = ssl.create_default_context(cafile=str(authority[1]))
    rules = Rules(
        private=frozenset({f"{host}:{secure}"}), resolver=lambda _host, _port: ["127.0.0.1"]
    )
    with Wire(rules=rules, patience=Patience(tries=1), context=context) as wire:
        if is_fine:
            assert wire.json(f"https://{host}:{secure}/") == 7
        else:
            with pytest.raises(NotReached, match="certificate is not valid"):
                wire.json(f"https://{host}:{secure}/")


def test_a_certificate_that_nobody_vouches_for_is_refused(secure) -> None:
    rules = Rules(
        private=frozenset({f"stac.example:{secure}"}), resolver=lambda _host, _port: ["127.0.0.1"]
    )
    with (
        Wire(rules=rules, patience=Patience(tries=1)) as wire,
        pytest.raises(NotReached, match="certificate"),
    ):
        wire.json(f"https://stac.example:{secure}/")


# -- limits ------------------------------------------------------------------------------------


def test_an_answer_that_is_too_large_is_not_read_to_its_end(files, wire) -> None:
    files.content["/a"] = b"[" + b"1," * 400_000 + b"1]"
    with pytest.raises(NotReached, match="sends more than"):
        wire.json(files.href + "/a", most_bytes=1 << 19)


def test_an_answer_without_an_end_is_given_up(files, waits) -> None:
    def drip(handler, path) -> bool:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(40):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                threading.Event().wait(0.05)
        except OSError:
            pass
        handler.close_connection = True
        return True

    files.answer = drip
    patience = Patience(tries=1, silent_s=1, answer_s=0.3)
    rules = Rules(private=frozenset({files.host}))
    with (
        Wire(rules=rules, patience=patience, sleep=waits.append) as wire,
        pytest.raises(NotReached, match="too slow"),
    ):
        wire.json(files.href + "/a")


@pytest.mark.parametrize("where", ["head", "body", "chunk"])
def test_a_server_that_drips_is_given_up_wherever_it_drips(files, where) -> None:
    start = {
        "head": b"HTTP/1.1 200 OK\r\nX-A: ",
        "body": b"HTTP/1.1 206 X\r\nContent-Length: 65536\r\n\r\n",
        "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    }[where]

    def drip(handler, path) -> bool:
        handler.close_connection = True
        try:
            handler.wfile.write(start)
            for _ in range(100):
                handler.wfile.write(b"a")
                handler.wfile.flush()
                threading.Event().wait(0.03)
        except OSError:
            pass
        return True

    files.answer = drip
    patience = Patience(tries=1, silent_s=0.15, answer_s=0.3)
    began = time.monotonic()
    with Wire(rules=Rules(private=frozenset({files.host})), patience=patience) as wire:

        def read() -> bytes:
            with wire.open(files.href + "/a") as reply:
                return b"".join(reply.parts(1 << 20))

        with pytest.raises(NotReached, match="too slow"):
            wire.patiently(read, files.href)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("name", ["Retry-After", "Content-Length", "Location"])
@pytest.mark.parametrize("value", ["\xb2", "9" * 5000, "http://["], ids=["two", "long", "address"])
def test_a_header_of_nonsense_ends_in_one_line(files, waits, name, value) -> None:
    status = {"Retry-After": 503, "Content-Length": 200, "Location": 302}[name]

    def answer(handler, path) -> bool:
        if path != "/a":
            handler.send(404, b"")
            return True
        handler.send_response(status)
        handler.send_header(name, value)
        if name != "Content-Length":
            handler.send_header("Content-Length", "0")
        handler.end_headers()
        handler.wfile.write(b"7" if status == 200 else b"")
        handler.close_connection = True
        return True

    files.answer = answer
    patience = Patience(tries=2, silent_s=1)
    rules = Rules(private=frozenset({files.host}))
    with Wire(rules=rules, patience=patience, sleep=waits.append) as wire:
        if status == 200:
            assert wire.json(files.href + "/a") == 7
        else:
            with pytest.raises(NotReached):
                wire.json(files.href + "/a")


def test_a_server_that_says_nothing_is_given_up(waits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        host = f"127.0.0.1:{mute.getsockname()[1]}"
        patience = Patience(tries=2, connect_s=1, silent_s=0.2)
        rules = Rules(private=frozenset({host}))
        with (
            Wire(rules=rules, patience=patience, sleep=waits.append) as wire,
            pytest.raises(NotReached, match="did not answer"),
        ):
            wire.json(f"http://{host}/")
    assert len(waits) == 1


def test_an_answer_that_is_cut_short_is_asked_for_again(files, wire, waits) -> None:
    href = files.put_json("/a.json", list(range(100)))
    left = [1]

    def cut(handler, path) -> bool:
        if not left:
            return False
        left.pop()
        handler.send_response(200)
        handler.send_header("Content-Length", "999")
        handler.end_headers()
        handler.wfile.write(b"[1, 2")
        handler.close_connection = True
        return True

    files.answer = cut
    assert wire.json(href) == list(range(100))
    assert len(waits) == 1


def test_signatures_stand_in_no_log_and_no_representation(files, wire, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    href = files.put_json("/a.json", 7) + "?sig=SECRET"
    wire.json(href)
    with wire.open(href) as reply:
        assert "SECRET" not in repr(reply)
    files.answer = replies((404, {}))
    with pytest.raises(NotReached) as caught:
        wire.json(href)
    assert "SECRET" not in caplog.text + repr(wire) + str(caught.value)
