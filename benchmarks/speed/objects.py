"""Reading one section out of object storage: speed, requests, and bytes per useful pixel.

    python benchmarks/speed/objects.py [ROUNDS]

Ours (`vallum.imagery.view` over `ranged`), GDAL's own /vsis3/ and plain files, one after another in
every round, in one process; the storage is a small server of parts of files on loopback, in a
process of its own, that counts what is asked. With a pause of 20 ms before each answer (SIMULATED)
it stands for a bucket in the same country. Every reading begins with nothing kept. The images are
SIMULATED: a section is 2 km by 2 km at 0.5 m, in a COG of 6 km by 4 km.
"""

import json
import os
import re
import resource
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from record import Row, keep
from vallum.imagery import buckets, objects, ranged, view

GSD_M, WEST, NORTH = 0.5, 500_000.0, 4_600_000.0
HEIGHT, WIDTH, SIDE = 8_000, 12_000, 4_000
KINDS = {
    "JPEG": {"COMPRESS": "JPEG", "QUALITY": "85"},
    "ZSTD": {"COMPRESS": "ZSTD", "LEVEL": "6", "PREDICTOR": "YES"},
}
PAUSES_S = (0.0, 0.02)


# -- a storage ------------------------------------------------------------------------------


def serve(folder: str, told) -> None:
    """Answer requests for parts of the files in `folder`, as far as S3 is needed here."""
    counts = {"requests": 0, "bytes": 0}
    state = {"pause_s": 0.0}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def log_message(self, *_):
            pass

        def do_GET(self):
            path = self.path.partition("?")[0]
            if path == "/count":
                with lock:
                    body = json.dumps(counts).encode()
                    counts.update(requests=0, bytes=0)
                return self.answer(200, body, {})
            if path.startswith("/pause/"):
                state["pause_s"] = float(path.rpartition("/")[2])
                return self.answer(200, b"", {})
            file = Path(folder) / Path(path).name
            if not file.is_file():
                return self.answer(404, b"", {})
            time.sleep(state["pause_s"])
            size = file.stat().st_size
            headers = {"ETag": f'"{size}-a"', "Accept-Ranges": "bytes"}
            told = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            start, stop = 0, size
            if told:
                start, stop = int(told[1]), min(int(told[2] or size) + 1, size)
                headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
            with file.open("rb") as stream:
                body = os.pread(stream.fileno(), stop - start, start)
            with lock:
                counts["requests"] += 1
                counts["bytes"] += 0 if self.command == "HEAD" else len(body)
            return self.answer(206 if told else 200, body, headers)

        do_HEAD = do_GET  # noqa: N815

        def answer(self, status, body, headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def storage(folder: Path):
    """Yield the address of a storage in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(str(folder), theirs), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def ask(host: str, what: str) -> bytes:
    with urllib.request.urlopen(f"http://{host}{what}") as answer:
        return answer.read()


# -- what is read ---------------------------------------------------------------------------


def write(folder: Path) -> None:
    """Write the same ground as COGs: smooth hills, fields and grain, in three bands."""
    rng = np.random.default_rng(0)
    small = rng.normal(0, 22, (HEIGHT // 40 + 1, WIDTH // 40 + 1))
    ground = np.kron(small, np.ones((40, 40), np.float32))[:HEIGHT, :WIDTH] + 110
    ground += rng.normal(0, 4, ground.shape)
    plain = folder / "plain.tif"
    place = {"crs": "EPSG:32652", "transform": from_origin(WEST, NORTH, GSD_M, GSD_M)}
    profile = {"driver": "GTiff", "count": 3, "dtype": "uint8", "tiled": True, "BIGTIFF": "NO"}
    with rasterio.open(plain, "w", width=WIDTH, height=HEIGHT, **place, **profile) as target:
        for band, share in enumerate((1.0, 0.93, 0.8), start=1):
            target.write(np.clip(ground * share, 1, 255).astype(np.uint8), band)
    for name, how in KINDS.items():
        rasterio.shutil.copy(plain, folder / f"{name}.tif", driver="COG", BLOCKSIZE="512", **how)
    plain.unlink()


def section() -> GeoBox:
    """Return the grid of a section that begins inside blocks, as most do."""
    left, top = WEST + 1_700.3 * GSD_M, NORTH - 2_100.7 * GSD_M
    box = (left, top - SIDE * GSD_M, left + SIDE * GSD_M, top)
    return GeoBox.from_bbox(box, "EPSG:32652", resolution=GSD_M, tight=True)


def from_gdal(name: str, grid: GeoBox):
    with (
        rasterio.Env(**view.SAFE, VSI_CACHE="NO", CPL_VSIL_CURL_NON_CACHED="/vsis3/"),
        rasterio.open(f"/vsis3/border/{name}", driver="GTiff", sharing=False) as source,
    ):
        return view.read_from(source, grid)


def measured(read) -> tuple[float, float, bytes]:
    """Return wall and CPU seconds of one reading, and what it read."""
    began, before = time.perf_counter(), time.process_time()
    pixels, valid = read()
    return (
        time.perf_counter() - began,
        time.process_time() - before,
        pixels.tobytes() + valid.tobytes(),
    )


def rows_of(name: str, host: str, folder: Path, pause_s: float, rounds: int) -> list[Row]:
    """Return what one kind of COG came to at one pause."""
    ask(host, f"/pause/{pause_s}")
    found = buckets.look(objects.storage("border"), "border", f"{name}.tif")
    one = objects.Named(bucket="border", key=f"{name}.tif", size=found.size, etag=found.etag)
    grid = section()
    ways = {
        "file": lambda: view.read(folder / f"{name}.tif", grid),
        "ours": lambda: view.read(one.path, grid),
        "gdal": lambda: from_gdal(f"{name}.tif", grid),
    }
    wall, cpu, counts, same = ({way: [] for way in ways} for _ in range(4))
    for _ in range(rounds):
        for way, read in ways.items():
            ranged.KEPT.forget()
            ask(host, "/count")
            wall_s, cpu_s, pixels = measured(read)
            counts[way].append(json.loads(ask(host, "/count")))
            wall[way].append(wall_s)
            cpu[way].append(cpu_s)
            same[way].append(hash(pixels))
    if name == "JPEG":  # decoded by GDAL, which gives other last levels
        del same["gdal"]
    if len({number for numbers in same.values() for number in numbers}) != 1:
        raise SystemExit(f"{name}: what was read differs between files, vallum and /vsis3/")
    mpx = SIDE * SIDE / 1e6
    at = f"{name}, {1000 * pause_s:g} ms a request" if pause_s else f"{name}, loopback"
    note = "SIMULATED pause" if pause_s else ""

    def speed(seconds: list[float]) -> float:
        return mpx / statistics.median(seconds)

    def count(way: str, what: str) -> float:
        return statistics.median(one[what] for one in counts[way])

    return [
        Row(
            name=f"{at}: read a section", value=speed(wall["ours"]), unit="Mpx/s", better="more",
            peer="/vsis3/", peer_value=speed(wall["gdal"]), bound=speed(wall["file"]),
            note=f"bound: the same from a file; {note}".strip("; "),
        ),
        Row(
            name=f"{at}: per CPU second", value=speed(cpu["ours"]), unit="Mpx/s", better="more",
            peer="/vsis3/", peer_value=speed(cpu["gdal"]), bound=speed(cpu["file"]), note=note,
        ),
        Row(
            name=f"{at}: requests for a section", value=count("ours", "requests"), unit="requests",
            better="less", peer="/vsis3/", peer_value=count("gdal", "requests"),
        ),
        Row(
            name=f"{at}: bytes per useful pixel", value=count("ours", "bytes") / (mpx * 1e6),
            unit="B/px", better="less", peer="/vsis3/",
            peer_value=count("gdal", "bytes") / (mpx * 1e6), note="3 bands",
        ),
    ]  # fmt: skip


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="vallum-objects-") as made:
        folder = Path(made)
        # In a process of its own, so that its memory is not that of reading.
        writing = get_context("spawn").Process(target=write, args=(folder,))
        writing.start()
        writing.join()
        with storage(folder) as host:
            os.environ.update(
                VALLUM_BUCKETS="border", AWS_NO_SIGN_REQUEST="YES",
                AWS_ENDPOINT_URL=f"http://{host}",
                # as GDAL reads them
                AWS_S3_ENDPOINT=host, AWS_HTTPS="NO", AWS_VIRTUAL_HOSTING="FALSE",
            )  # fmt: skip
            rows = [
                row
                for pause_s in PAUSES_S
                for name in KINDS
                for row in rows_of(name, host, folder, pause_s, rounds)
            ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(
        Row(name="peak memory of reading, all three ways", value=peak, unit="MB", better="")
    )
    keep("speed/objects", rows, rounds=rounds, kept_bytes=ranged.KEPT_BYTES)


if __name__ == "__main__":
    main()
