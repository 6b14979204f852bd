"""Images that stay in object storage: read like files, from buckets that the person named alone."""

import contextlib
import hashlib
import http.client
import logging
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from click.testing import CliRunner
from rasterio.windows import Window

import small_border
import test_jpegs
from vallum import steps
from vallum.cli import main
from vallum.ground.errors import BadImage, BadInput, BadSetting, ChainBroken
from vallum.ground.records import Candidate, Comparison, Fit, Look, Scene
from vallum.imagery import buckets, display, jpegs, objects, ranged, view
from vallum.imagery.intake import COG
from vallum.project import Project, open_project

USER, SECRET, TOKEN = "canaryuserid", "canary/secret+words", "canary-token"
ITEM = b'{"properties": {"datetime": "2022-05-10T02:00:00Z", "platform": "Small-1"}}'
NAMES = ("scene_2019-05-01.tif", "scene_2022-05-10.tif")


@dataclass(frozen=True)
class Place:
    """The same images as files and as objects, and a project with the objects, not looked at."""

    href: str
    files: Path
    line: Path
    added: Path
    said: str

    @property
    def host(self) -> str:
        return self.href.removeprefix("http://")

    def put(self, key: str, body: bytes) -> None:
        self._ask("PUT", f"/border/{quote(key)}" if key else "/border", body)

    def drop(self, key: str) -> None:
        self._ask("DELETE", f"/border/{quote(key)}", b"")

    def _ask(self, method: str, target: str, body: bytes) -> None:
        who = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, "
        headers = {"Authorization": f"{who}SignedHeaders=host, Signature=unlooked-at"}
        asked = http.client.HTTPConnection(self.host, timeout=20)
        asked.request(method, target, body=body, headers=headers)
        assert asked.getresponse().status in {200, 204}
        asked.close()

    def body(self, name: str) -> bytes:
        return (self.files / name).read_bytes()

    def named(self, name: str) -> objects.Named:
        with open_project(self.added) as project:
            scene = next(one for one in project.rows(Scene) if one.name == name)
        return objects.named(scene.href)


def mine(patch: pytest.MonkeyPatch, href: str, trusted: str = "border") -> None:
    """Let the environment be that of a person with a bucket, and nothing else of theirs."""
    for name in [one for one in os.environ if one.startswith(("AWS_", "VALLUM_BUCKETS"))]:
        patch.delenv(name)
    told = {
        "AWS_ENDPOINT_URL": href, "AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN, "VALLUM_BUCKETS": trusted,
    }  # fmt: skip
    for name, value in told.items():
        if value:
            patch.setenv(name, value)
    ranged.KEPT.forget()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    storage = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    storage.start()
    folder = tmp_path_factory.mktemp("objects")
    small = small_border.make(folder)
    files = folder / "cogs"
    files.mkdir()
    host, port = storage.get_host_and_port()
    made = Place(f"http://{host}:{port}", files, small.line, folder / "added", "")
    made.put("", b"")
    for name in NAMES:
        rasterio.shutil.copy(small.images / name, files / name, **COG)
        made.put(f"2 dates/{name}", made.body(name))
    (files / NAMES[1]).with_suffix(".json").write_bytes(ITEM)
    made.put("2 dates/scene_2022-05-10.json", ITEM)
    patch = pytest.MonkeyPatch()
    mine(patch, made.href)
    try:
        new_project(made, made.added)
        asked = ["add", "--in-place", "s3://border/2 dates/", "--project", str(made.added)]
        told = CliRunner().invoke(main, asked)
        assert told.exit_code == 0, told.output
        yield Place(made.href, files, small.line, made.added, told.output)
    finally:
        patch.undo()
        storage.stop()


@pytest.fixture
def own(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The storage of a person who trusts its bucket."""
    mine(monkeypatch, place.href)
    return place


def new_project(place: Place, root: Path) -> None:
    project, _ = steps.new(
        root, frontier=place.line, before="2019", after="2022", corridor_m=60, section_m=500,
        stretch_km="0.3..0.7",
    )  # fmt: skip
    project.close()


@pytest.fixture
def copied(place: Place, tmp_path: Path) -> Path:
    """A project folder with rows of objects, as it came by mail."""
    return Path(shutil.copytree(place.added, tmp_path / "came"))


@dataclass
class Heard:
    """What asked at an address: one line for each request, or connection."""

    href: str
    lines: list[str]


@contextlib.contextmanager
def answering(status: int, headers: dict[str, str] | None = None) -> Iterator[Heard]:
    """Answer every request with one status until the block ends."""
    heard = Heard("", [])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            heard.lines.append(f"{self.command} {self.path}")
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.href = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def looked(project: Project) -> dict[type, list[tuple[object, ...]]]:
    """What a run came to, without the marks of where the images lay."""
    return {
        Look: sorted(
            (one.scene, one.span, one.seen, one.valid, one.clear_share, one.hidden)
            for one in project.rows(Look)
        ),
        Fit: sorted((one.dx_m, one.dy_m, one.rmse_m, one.gain) for one in project.rows(Fit)),
        Comparison: sorted(
            (one.span, one.slot, one.candidate_ids, one.blocked_by)
            for one in project.rows(Comparison)
        ),
        Candidate: sorted(
            (one.id, one.span, one.length_m, one.score, one.shape.wkb_hex)
            for one in project.rows(Candidate)
        ),
    }


def run(project: Project, scheduler: str = "") -> None:
    steps.cover(project, scheduler=scheduler)
    steps.align(project)
    steps.detect(project)


# -- the same as from files -----------------------------------------------------------------


@pytest.fixture(scope="module")
def from_files(place: Place, tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("files") / "project"
    new_project(place, root)
    with open_project(root) as project:
        steps.add(project, [place.files], in_place=True)
        run(project)
        return looked(project)


def test_what_is_found_in_storage_is_what_is_found_in_files(
    own: Place, copied: Path, from_files: dict
) -> None:
    with open_project(copied) as project:
        run(project, scheduler="local")  # its workers read the storage, too
        assert looked(project) == from_files
    assert from_files[Candidate]


def test_a_row_says_where_and_as_what_and_nothing_is_kept(own: Place) -> None:
    with open_project(own.added) as project:
        scenes = {scene.name: scene for scene in project.rows(Scene)}
    assert sorted(scenes) == list(NAMES)
    for name, scene in scenes.items():
        body = own.body(name)
        assert scene.href.startswith(f"s3://border/2 dates/{name}#size={len(body)}&etag=")
        assert scene.copy_sha256 == scene.sha256
        assert (str(scene.taken), scene.sensor) == (
            name[6:16],
            "Small-1" if name == NAMES[1] else "",  # of the STAC item beside it
        )
    assert list((own.added / "imagery").iterdir()) == []


def test_adding_again_fetches_nothing_and_changes_terms(own: Place, copied: Path) -> None:
    with open_project(copied) as project:
        first = steps.add(project, [Path("s3://border/2 dates")], in_place=True)
        assert first.n_added == 0
        assert all("nothing new" in line for line in first.lines if line.startswith("scene"))
        steps.add(
            project, [Path(f"s3://border/2 dates/{NAMES[0]}")], in_place=True, licence="CC BY 4.0"
        )
        licences = {scene.name: scene.licence for scene in project.rows(Scene)}
    assert licences == {NAMES[0]: "CC BY 4.0", NAMES[1]: ""}


def test_blocks_are_fetched_once_and_together(own: Place) -> None:
    one = own.named(NAMES[0])
    before = ranged.KEPT.n_requests
    for _ in range(2):
        with view.opened(one.path) as source, view.opened(own.files / NAMES[0]) as file:
            window = Window(300, 100, 900, 200)
            assert np.array_equal(source.read(window=window), file.read(window=window))
            assert np.array_equal(source.dataset_mask(), file.dataset_mask())
    assert ranged.KEPT.n_requests - before <= 3


def test_jpeg_is_decoded_alike_from_storage_and_from_files(own: Place, tmp_path: Path) -> None:
    body = test_jpegs.written(tmp_path / "a.tif").read_bytes()
    own.put("a.tif", body)
    etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
    one = objects.Named(bucket="border", key="a.tif", size=len(body), etag=etag)
    before = ranged.KEPT.n_requests
    with view.opened(one.path) as source, view.opened(tmp_path / "a.tif") as file:
        read = [jpegs.read(each, [1, 2, 3], test_jpegs.WHOLE) for each in (source, file)]
        by_gdal = file.read(window=test_jpegs.WHOLE)
    assert ranged.KEPT.n_requests - before <= 2
    assert np.array_equal(*read)
    assert not np.array_equal(read[0], by_gdal)


def test_what_is_kept_of_objects_has_a_limit() -> None:
    kept = ranged.Chunks(most_bytes=4 * ranged.CHUNK_BYTES)
    one = objects.Named(bucket="border", key="a.tif", size=1 << 20, etag="a")
    kept.came(one, 0, bytes(10 * ranged.CHUNK_BYTES))
    assert [kept.get(one, number) is not None for number in range(10)] == [False] * 6 + [True] * 4


def test_the_app_shows_an_object_from_any_thread(own: Place) -> None:
    one = own.named(NAMES[0])
    pool, shapes = display.Pool(), []

    def show() -> None:
        with pool.opened(one.path) as shown:
            shapes.append(shown.source.read(1, window=Window(0, 0, 50, 40)).shape)

    for _ in range(2):
        thread = threading.Thread(target=show)
        thread.start()
        thread.join()
    show()
    assert shapes == [(40, 50)] * 3


# -- whom it asks ---------------------------------------------------------------------------


@pytest.mark.parametrize("trusted", ["", "others,borders"], ids=["none", "others"])
def test_a_strangers_rows_make_no_connection(
    own: Place, copied: Path, monkeypatch: pytest.MonkeyPatch, trusted: str
) -> None:
    monkeypatch.delenv("VALLUM_BUCKETS")
    with answering(200) as heard:
        mine(monkeypatch, heard.href, trusted)
        with open_project(copied) as project:
            steps.cover(project)
            looks = project.rows(Look)
            told = steps.verify(project)
    assert heard.lines == []
    assert {look.blocked_by.partition(": ")[2].partition(";")[0] for look in looks} == {
        "the bucket 'border' is none that you named as yours"
    }
    assert any("were not looked at" in line for line in told.lines)


@pytest.mark.parametrize(
    "href",
    [
        "/vsis3/border/a.tif",
        "/vsicurl/http://127.0.0.1:9/a.tif",
        "s3://border/a.tif",
        "s3://border/a.tif#size=10",
        "s3://border/../other/a.tif#size=10&etag=a",
        "s3://border@evil.example/a.tif#size=10&etag=a",
        "s3://border/a.tif?acl#size=10&etag=a",
        "s3://border/a.tif#size=10&etag=a%0d%0aHost:x",
        "s3://BORDER/a.tif#size=10&etag=a",
        "/s3:/border/10-a/../../../a.tif",
        "s3:/border/a.tif",
        "s3://[border/a.tif#size=10&etag=a",
    ],
)
def test_odd_names_in_rows_ask_nobody(monkeypatch: pytest.MonkeyPatch, href: str) -> None:
    with answering(200) as heard:
        mine(monkeypatch, heard.href, "border,other,border@evil.example")
        path = objects.path_of(href) if objects.is_object(href) else Path("/project") / href
        with pytest.raises(BadImage), view.opened(path):
            pass
    assert heard.lines == []


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://storage.example.org", "without encryption"),
        ("http://10.0.0.7:9000", "without encryption"),
        ("http://localhost.example.org", "without encryption"),
        ("https://user:canary@storage.example.org", "no address"),
        ("https://storage.example.org/folder", "no address"),
        ("ftp://storage.example.org", "no address"),
        ("https://storage.example.org:port", "no address"),
        ("https://169.254.169.254", "vallum never asks"),
    ],
)
def test_endpoints_that_are_not_asked(
    place: Place, monkeypatch: pytest.MonkeyPatch, endpoint: str, said: str
) -> None:
    mine(monkeypatch, endpoint)
    with pytest.raises(BadImage, match=said) as raised, view.opened(place.named(NAMES[0]).path):
        pass
    assert "canary" not in str(raised.value)


def test_keys_come_from_a_profile_and_from_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text("[desk]\naws_access_key_id = a\naws_secret_access_key = b\n")
    told = {"VALLUM_BUCKETS": "border", "AWS_SHARED_CREDENTIALS_FILE": str(file)}
    with pytest.raises(BadImage, match="no key for the object storage is set"):
        objects.storage("border", told)
    found = objects.storage("border", told | {"AWS_PROFILE": "desk"})
    assert (found.user, found.secret, found.host) == ("a", "b", "s3.us-east-1.amazonaws.com")
    with pytest.raises(BadImage, match="the profile 'other'"):
        objects.storage("border", told | {"AWS_PROFILE": "other"})
    assert objects.storage("border", told | {"AWS_NO_SIGN_REQUEST": "YES"}).user == ""
    assert "b'" not in repr(found)


def test_requests_are_signed_as_others_sign_them() -> None:
    auth = pytest.importorskip("botocore.auth")
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    told = {
        "VALLUM_BUCKETS": "border", "AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN, "AWS_REGION": "eu-west-3",
        "AWS_ENDPOINT_URL": "https://storage.example.org:9000",
    }  # fmt: skip
    storage = objects.storage("border", told)
    at = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
    target, query = "/border/2%20dates/%C3%A9.tif", "list-type=2&prefix=a%2Fb"
    ours = buckets.signed(storage, "GET", target, query, {"Range": "bytes=0-9"}, at)
    request = AWSRequest(
        method="GET",
        url=f"https://storage.example.org:9000{target}?{query}",
        headers={"X-Amz-Content-SHA256": ours["x-amz-content-sha256"]},
    )
    request.context["timestamp"] = "20261123T010203Z"
    signer = auth.S3SigV4Auth(Credentials(USER, SECRET, TOKEN), "s3", "eu-west-3")
    signer._modify_request_before_signing(request)
    asked = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, asked), request)
    assert ours["Authorization"].endswith(f"Signature={signature}")


# -- when something is wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "access was denied"),
        (404, "it is no longer in the bucket 'border'"),
        (412, "it was changed in the bucket 'border'"),
        (400, "AWS_REGION and AWS_ENDPOINT_URL"),
        (503, "could not be reached"),
        (200, "gives no parts"),
    ],
)
def test_what_the_storage_answers_is_said_in_words(
    place: Place, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    with answering(status) as heard:
        mine(monkeypatch, heard.href)
        with pytest.raises(BadImage, match=said) as raised, view.opened(place.named(NAMES[0]).path):
            pass
        assert 1 <= len(heard.lines) <= buckets.PATIENCE.tries
    assert objects.is_of_storage(str(raised.value))


def test_where_the_storage_sends_on_to_is_not_asked(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200) as other, answering(307, {"Location": f"{other.href}/x"}) as heard:
        mine(monkeypatch, heard.href)
        with (
            pytest.raises(BadImage, match="sends on elsewhere"),
            view.opened(place.named(NAMES[0]).path),
        ):
            pass
    assert other.lines == []
    assert len(heard.lines) == 1


def test_a_run_without_storage_resumes_where_it_was(
    own: Place, copied: Path, monkeypatch: pytest.MonkeyPatch, from_files: dict
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with open_project(copied) as project:
        mine(monkeypatch, gone)
        steps.cover(project)
        assert all("could not be reached" in one.blocked_by for one in project.rows(Look))
        mine(monkeypatch, own.href)
        steps.cover(project)
        mine(monkeypatch, gone)
        steps.align(project)
        steps.detect(project)
        assert all("could not be reached" in one.blocked_by for one in project.rows(Fit))
        assert project.rows(Candidate) == []
        mine(monkeypatch, own.href)
        steps.align(project)
        steps.detect(project)
        assert looked(project) == from_files


def test_an_object_that_changes_while_it_is_read_is_refused(own: Place) -> None:
    own.put("c/one.tif", own.body(NAMES[0]))
    found = buckets.look(objects.storage("border"), "border", "c/one.tif")
    one = objects.Named(bucket="border", key="c/one.tif", size=found.size, etag=found.etag)
    body = bytearray(own.body(NAMES[0]))
    body[-1] ^= 1

    def read() -> None:
        with view.opened(one.path) as source:
            own.put("c/one.tif", bytes(body))
            source.read()

    with pytest.raises(BadImage, match="it was changed"):
        read()


def test_verify_names_what_is_gone_or_changed(
    own: Place, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_project(copied) as project:
        lines = steps.verify(project).lines
        assert any(line.startswith("2 images in object storage have the size") for line in lines)
        try:
            own.drop(f"2 dates/{NAMES[0]}")
            own.put(f"2 dates/{NAMES[1]}", b"another")
            with pytest.raises(ChainBroken) as raised:
                steps.verify(project)
        finally:
            for name in NAMES:
                own.put(f"2 dates/{name}", own.body(name))
    assert f"{NAMES[0]} in object storage: it is no longer in" in str(raised.value)
    assert f"{NAMES[1]} in object storage: it was changed in" in str(raised.value)


@pytest.mark.parametrize(
    ("wanted", "more", "error"),
    [
        (["s3://border/2 dates/"], {}, BadSetting),
        (["s3://border/2 dates/", "line.geojson"], {"in_place": True}, BadSetting),
        (["s3://borders/2 dates/"], {"in_place": True}, BadInput),
        (["s3://border/nothing/"], {"in_place": True}, BadInput),
        (["s3://border/../x.tif"], {"in_place": True}, BadInput),
    ],
    ids=["not in place", "mixed", "not trusted", "empty", "odd name"],
)
def test_what_cannot_be_added_adds_nothing(
    own: Place, copied: Path, wanted: list[str], more: dict, error: type[Exception]
) -> None:
    with open_project(copied) as project:
        seq = project.store.head()
        with pytest.raises(error):
            steps.add(project, [Path(one) for one in wanted], **more)
        assert project.store.head() == seq


def test_what_is_no_cog_is_refused_with_the_next_step(own: Place, copied: Path) -> None:
    own.put("d/text_2019-05-01.tif", b"<html>")
    with open_project(copied) as project:
        told = steps.add(project, [Path("s3://border/d/")], in_place=True)
    assert told.n_added == 0
    assert [line.partition(":")[0] for line in told.blocked] == ["text_2019-05-01.tif"]
    assert "web page" in told.blocked[0]


def test_what_is_secret_is_written_nowhere(
    own: Place, copied: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = [own.said]
    with caplog.at_level(logging.DEBUG):
        for status in (403, 503):
            with answering(status) as heard:
                mine(monkeypatch, heard.href)
                asked = ["--project", str(copied)]
                told += [CliRunner().invoke(main, [name, *asked]).output for name in ("cover",)]
                told.append(
                    CliRunner().invoke(main, ["add", "--in-place", "s3://border/x/", *asked]).output
                )
    told += [f"{one.getMessage()} {one.args} {one.exc_text}" for one in caplog.records]
    mine(monkeypatch, own.href)
    told.append(repr(objects.storage("border")))
    for word in (USER, SECRET, TOKEN):
        assert not any(word in text for text in told)
        for path in copied.rglob("*"):
            assert path.is_dir() or word.encode() not in path.read_bytes()
