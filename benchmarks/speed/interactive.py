"""How fast the app is on a whole border: start, pages, frames, settle, measure, report.

    python benchmarks/speed/interactive.py                    # all of it, about ten minutes
    python benchmarks/speed/interactive.py --only routes      # help start routes frames steps report
    python benchmarks/speed/interactive.py --n 2000 --km 140  # a tenth of the border

The project is SIMULATED (`tests/whole_border.py`): the packaged line from end to end, 692 sections,
20,000 candidates of which 7,000 are posts, several hundred images without pixels, 27,000 answers.
It is made once and kept in the folder that `--keep` names. Pages are asked over a connection on
this machine; the browser is Chromium and draws in software.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks"), str(Path(__file__).parent)]

import desk_page  # noqa: E402
import whole_border  # noqa: E402
from record import Row, keep  # noqa: E402

PARTS = ("help", "start", "routes", "frames", "steps", "report")
CALLS = 5
PAGE_MS, START_S, REPORT_S = 200.0, 1.5, 60.0
START = "from vallum.cli import main; main()"


def main() -> int:
    """Make the project, measure what was asked for, and keep the table."""
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--n", type=int, default=whole_border.N, help="candidates")
    told.add_argument("--km", type=int, default=0, help="of border; 0 for all of it")
    told.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "vallum-whole")
    told.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    told.add_argument("--no-record", action="store_true", help="print only")
    options = told.parse_args()
    begun = time.perf_counter()
    size = whole_border.Size(n=options.n, km=options.km)
    made = whole_border.make(options.keep, size)
    print(f"{made} ({time.perf_counter() - begun:.1f} s to make or find)")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="vallum-speed-") as folder:
        root = Path(shutil.copytree(made, Path(folder) / "border"))
        for part in PARTS:
            if part in options.only:
                print(f"\n== {part}", flush=True)
                rows += _MEASURES[part](root)
    facts = {"n": options.n, "km": options.km, "load": os.getloadavg()[0]}
    if options.no_record:
        from record import table

        print(table(rows))
    else:
        print()
        keep("speed/interactive", rows, **facts)
    return 0


# -- processes --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Took:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str


def run(*words: str, cwd: Path | None = None) -> Took:
    """Run `vallum` with these words and return what it took; fails if it fails."""
    code = (
        "import resource, sys, json\n"
        "from vallum.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n"
        "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    kids = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "    cpu = used.ru_utime + used.ru_stime + kids.ru_utime + kids.ru_stime\n"
        "    sys.stderr.write('\\n#' + json.dumps([cpu, used.ru_maxrss / 1024]))\n"
        "    sys.exit(end.code)\n"
    )
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    wall_s = time.perf_counter() - begun
    assert done.returncode in {0, 3}, done.stderr
    cpu_s, peak_mb = json.loads(done.stderr.rpartition("#")[2])
    return Took(wall_s=wall_s, cpu_s=cpu_s, peak_mb=peak_mb, said=done.stdout)


def used(pid: int) -> tuple[float, float]:
    """Return CPU seconds and peak memory (MB) of a process that runs."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(words[11]) + int(words[12])) / tick, int(peak) / 1024


def helping(_: Path) -> list[Row]:
    """How long `vallum --help` takes."""
    took = [run("--help") for _ in range(CALLS)]
    wall, cpu = np.median([t.wall_s for t in took]), np.median([t.cpu_s for t in took])
    return [_row("vallum --help", float(wall), "s", bound=1.0, note=f"CPU {cpu:.2f} s")]


# -- start ------------------------------------------------------------------------------------


class Server:
    """`vallum open` on a project, timed from its beginning."""

    def __init__(self, root: Path) -> None:
        self.root, self.begun = root, time.perf_counter()
        self.port = desk_page.free_port()
        words = ["open", "--no-browser", "--json", "--port", str(self.port), "-p", str(root)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *words],
            cwd=root.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.healthy_s = self._healthy()
        assert self.process.stdout is not None
        self.link = json.loads(self.process.stdout.readline())["url"]
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.cookie = ""

    def _healthy(self) -> float:
        while True:
            assert self.process.poll() is None, "the server ended"
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                line.request("GET", "/api/health")
                if line.getresponse().status == 200:
                    return time.perf_counter() - self.begun
            except OSError:
                time.sleep(0.01)
            finally:
                line.close()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes, float]:
        """Return status, body and seconds of one request."""
        headers = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json",
                   "Accept-Encoding": "gzip"}  # fmt: skip
        headers |= {"Cookie": self.cookie} if self.cookie else {}
        begun = time.perf_counter()
        self.line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.line.getresponse()
        data = answer.read()
        took = time.perf_counter() - begun
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.split(";")[0]
        return answer.status, data, took

    def enter(self) -> None:
        """Come in by the printed link, and say a name."""
        self.ask("GET", "/" + self.link.partition("/?")[2].join(["?", ""]))
        status, body, _ = self.ask("POST", "/api/me", {"name": "analyst one"})
        assert status in {200, 400}, body

    def json(self, path: str) -> Any:
        """Return what a route answers; fails unless it answers well."""
        import gzip

        status, body, _ = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {body[:200]!r}"
        return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)

    def stop(self) -> None:
        """End it."""
        self.line.close()
        self.process.terminate()
        self.process.communicate(timeout=60)


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """Yield a server over a project."""
    server = Server(root)
    try:
        yield server
    finally:
        server.stop()


def _named(root: Path) -> None:
    """Say a name once, so that no page asks for it later."""
    with served(root) as server:
        server.enter()


def starting(root: Path) -> list[Row]:
    """From the command to the first answer, and to the first page that can be used."""
    from playwright.sync_api import sync_playwright

    small = whole_border.make(root.parent / "small", whole_border.Size(n=200, km=14))
    rows = []
    with sync_playwright() as playwright:
        browser = desk_page.launch(playwright)
        for what, where in (("14 km", small), ("whole border", root)):
            _named(where)
            found = [_started(browser, where) for _ in range(3)]
            healthy, shown, usable, cpu, peak = np.median(found, axis=0).tolist()
            name = f"{what}: from the command to"
            rows += [
                _row(f"{name} the first answer", healthy, "s", bound=START_S),
                _row(f"{name} the page", shown, "s", bound=START_S, note="says what it reads"),
                _row(f"{name} the first candidate", usable, "s", bound=START_S,
                     note=f"with strip and queue; peak {peak:.0f} MB"),
                _row(f"{what}: server CPU until the first candidate", cpu, "s CPU", bound=START_S),
            ]  # fmt: skip
        browser.close()
    return rows


def _started(browser: Any, root: Path) -> tuple[float, float, float, float, float]:
    """Return seconds to the answer, the page and the first candidate; the server's CPU and MB."""
    with served(root) as server:
        page = browser.new_context(viewport=desk_page.SIZE).new_page()
        page.goto(server.link, wait_until="commit")
        _until(page, _SHOWN)
        shown = time.perf_counter() - server.begun
        _until(page, _USABLE)
        usable = time.perf_counter() - server.begun
        page.context.close()
        return server.healthy_s, shown, usable, *used(server.process.pid)


def _until(page: Any, what: str, about: Any = None, most_s: float = 120.0) -> None:
    """Wait for something; the pages' policy lets nobody ask twice with `wait_for_function`."""
    ends = time.monotonic() + most_s
    while not page.evaluate(what, about):
        if time.monotonic() > ends:
            raise TimeoutError(f"{page.url} does not show it: {page.content()[:600]}")
        time.sleep(0.01)


_SHOWN = "() => document.querySelector('vallum-app')?.shadowRoot?.childElementCount > 0"
_REVIEW = "document.querySelector('vallum-app')?.shadowRoot?.querySelector('vallum-review')"
_USABLE = f"""() => {{
    const review = {_REVIEW};
    return review?.sitting?.current && review.shadowRoot?.querySelector('vallum-strip')?.shadowRoot?.querySelector('svg');
}}"""


# -- routes -----------------------------------------------------------------------------------

_QUERIES = {
    "/api/queue": [f"mode={m}" for m in ("triage", "sheet", "sweep", "sample", "disagreements",
                                         "dating")]
    + ["mode=triage&order=position", "mode=triage&section=40", "mode=triage&like=1"],
    "/api/strip": ["bins=700", "bins=700&blind=1"],
    "/api/places": ["q=", "q=Hoeryong"],
    "/api/claims/places": ["q=Musan"],
    "/api/when": ["text=last%20month&published=2019-05-15"],
    "/api/ribbon": ["start_m=100000&length_m=4000"],
    "/api/sample-plan": ["n=300"],
    "/api/timeline": ["", "from_m=100000&to_m=140000"],
    "/api/claims/timeline": ["", "from_m=100000&to_m=140000"],
    "/api/publishing/gates": ["level=public&language=en"],
    "/api/history": ["last=100"],
}  # fmt: skip
_GATES = "/api/publishing/gates"
_FIRST = ("/api/state", "/api/strip", "/api/queue", "/api/item/{ticket}", "/api/progress")
"""What the first page asks for, in this order."""


def addresses(server: Server) -> tuple[list[str], list[str]]:
    """Return the GET addresses of all pages, those of the first page first, and what is left out."""
    told = server.json("/api/openapi.json")
    paths = [path for path, verbs in told["paths"].items() if "get" in verbs]
    paths.sort(key=lambda path: _FIRST.index(path) if path in _FIRST else len(_FIRST))
    found, left = [], []
    for path in paths:
        # A ticket is filled in once the queue has told one.
        if "{" in path and not path.startswith("/api/item"):
            left.append(path)
            continue
        queries = _QUERIES.get(path, [""])
        found += [path + (f"?{query}" if query else "") for query in queries]
    return found, left


def _later(root: Path, paths: list[str]) -> Row:
    """Return the slowest first call at a desk that was opened half a minute ago."""
    with served(root) as server:
        server.enter()
        queue = server.json("/api/queue?mode=triage")
        server.ask("GET", "/api/strip?bins=700")
        server.ask("GET", f"/api/item/{queue['items'][0]['ticket']}")
        server.line.close()  # it would be closed meanwhile
        time.sleep(30)
        found = {path: server.ask("GET", path)[2] for path in paths if "{" not in path}
    name, seconds = max(found.items(), key=lambda one: one[1])
    return _row("slowest address, first call half a minute after the start", 1000 * seconds, "ms",
                bound=PAGE_MS, note=name)  # fmt: skip


def routing(root: Path) -> list[Row]:
    """How long the server takes for every address that pages ask for."""
    with served(root) as server:
        server.enter()
        _, left = asked = addresses(server)
    rows = [_later(root, asked[0])]
    with served(root) as server:  # a fresh one: what is asked first finds nothing prepared
        server.enter()
        print(f"{'address':<62}{'first':>8}{'p50':>8}{'p95':>8}{'max':>8}{'after':>8}  ms{'kB':>9}")
        tickets: list[str] = []
        checks: list[float] = []
        kept: list[tuple[str, list[float]]] = []
        for path in asked[0]:
            if "{ticket}" in path:
                queue = server.json("/api/queue?mode=triage")
                tickets = [one["ticket"] for one in queue["items"]]
                path = path.replace("{ticket}", tickets[0])
            status, body, first = server.ask("GET", path)
            if status not in {200, 204}:
                left.append(f"{path} ({status})")
                continue
            if path.startswith(_GATES):
                checks.append(first + _checked(server, path))
            times = [server.ask("GET", path)[2] for _ in range(CALLS + 1)][1:]
            after = _after_answer(server, path, tickets)
            if path.startswith(_GATES):
                checks.append(after + _checked(server, path))
            ms = [1000 * t for t in (first, *np.percentile(times, (50, 95, 100)), after)]
            kept.append((path.partition("/item/")[0] + ("/item" if "/item/" in path else ""), ms))
            print(
                f"{kept[-1][0]:<62}" + "".join(f"{v:8.0f}" for v in ms) + f"{len(body) / 1e3:13.0f}"
            )
        rows.append(_row("slowest address, first call at once", max(ms[0] for _, ms in kept), "ms",
                         bound=PAGE_MS, note=max(kept, key=lambda one: one[1][0])[0]))  # fmt: skip
        rows.append(_row("slowest address, warm", max(ms[2] for _, ms in kept), "ms",
                         bound=PAGE_MS, note=max(kept, key=lambda one: one[1][2])[0]))  # fmt: skip
        rows.append(_row("slowest address, after an answer was saved", max(ms[4] for _, ms in kept),
                         "ms", bound=PAGE_MS, note=max(kept, key=lambda one: one[1][4])[0]))  # fmt: skip
        rows += [_row(f"GET {path}", ms[1], "ms", bound=PAGE_MS) for path, ms in kept]
        for when, seconds in zip(("first", "after an answer was saved"), checks, strict=True):
            rows.append(_row(f"until the gates are known, {when}", seconds, "s",
                             note="looked at in the background; the page says so meanwhile"))  # fmt: skip
    print("not asked:", ", ".join(left) or "none")
    return rows


def _checked(server: Server, path: str) -> float:
    """Return the seconds until what holds a publication back is known for the newest rows."""
    begun = time.perf_counter()
    while server.json(path)["is_checking"]:
        time.sleep(0.02)
    return time.perf_counter() - begun


def _after_answer(server: Server, path: str, tickets: list[str]) -> float:
    """Return the seconds of an address just after somebody answered something."""
    if tickets:
        ticket = tickets.pop()
        item = server.json(f"/api/item/{ticket}")
        body = {"ticket": ticket, "mode": "triage", "answer": "yes", "seconds": 2.0,
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "based_on": item["based_on"]}  # fmt: skip
        status, said, _ = server.ask("POST", "/api/verdicts", {"items": [body]})
        assert status in {200, 409}, said
    return server.ask("GET", path)[2]


# -- frames -----------------------------------------------------------------------------------


def framing(root: Path) -> list[Row]:
    """How smooth strips, maps and long pages are."""
    import framing as pages
    from playwright.sync_api import sync_playwright

    if not (root / "out" / "report" / "report.html").is_file():
        run("publish", "--project", str(root))
    _named(root)
    with sync_playwright() as playwright, served(root) as server:
        browser = desk_page.launch(playwright)
        page = browser.new_context(viewport=desk_page.SIZE).new_page()
        rows = pages.of_empty(page)
        page.goto(server.link)
        _until(page, _USABLE)
        rows += pages.of_app(page, lambda path: _until(page, _THERE, path))
        page.goto((root / "out" / "report" / "report.html").as_uri())
        rows += pages.of_report(page, lambda path: _until(page, _THERE, path))
        browser.close()
    return rows


_THERE = """path => {
    const thing = path.reduce((at, name) => at && (at.shadowRoot ?? at).querySelector(name), document);
    return thing !== null && thing !== undefined && thing.getBoundingClientRect().height > 0;
}"""


# -- steps ------------------------------------------------------------------------------------


def stepping(root: Path) -> list[Row]:
    """How long settling and measuring take."""
    rows = []
    for step in ("settle", "measure"):
        took = run(step, "--project", str(root))
        rows.append(_row(f"vallum {step}", took.wall_s, "s", bound=REPORT_S,
                         note=f"CPU {took.cpu_s:.1f} s, peak {took.peak_mb:.0f} MB"))  # fmt: skip
        print(rows[-1])
    return rows


def reporting(root: Path) -> list[Row]:
    """How long a report takes, in parts, and how large it is."""
    shutil.rmtree(root / "out" / "report", ignore_errors=True)
    took = run("publish", "--project", str(root))
    folder = root / "out" / "report"
    n_bytes = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    shutil.rmtree(folder)
    parts = _parts_of_publish(root)
    page, pdf = folder / "report.html", folder / "report.pdf"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        _row("vallum publish", took.wall_s, "s", bound=REPORT_S,
             note=f"CPU {took.cpu_s:.1f} s, peak {took.peak_mb:.0f} MB"),
        *(_row(f"publish: {name}", seconds, "s CPU") for name, seconds in parts.items()),
        _row("report: all files", n_bytes / 1e6, "MB"),
        _row("report: report.html", page.stat().st_size / 1e6, "MB"),
        _row("report: report.pdf", pdf.stat().st_size / 1e6 if pdf.is_file() else 0.0, "MB"),
        _row("publish in this process: peak memory", peak_mb, "MB"),
    ]  # fmt: skip


def _parts_of_publish(root: Path) -> dict[str, float]:
    """Return CPU seconds of the parts of a publication, each measured where it is called."""
    from vallum import steps
    from vallum.project import open_project
    from vallum.report import publish
    from vallum.steps import telling

    took: dict[str, float] = {}

    def timed(home: Any, name: str, what: str) -> None:
        made = getattr(home, name)

        def call(*args: Any, **more: Any) -> Any:
            begun = time.process_time()
            try:
                return made(*args, **more)
            finally:
                took[what] = took.get(what, 0.0) + time.process_time() - begun

        setattr(home, name, call)

    for home, name, what in (
        (publish, "_data_files", "tables, GeoJSON, parts, STAC"),
        (publish, "write_geopackage", "GeoPackage"),
        (publish.kmz, "files", "KMZ"),
        (publish, "build", "model"),
        (publish.plates, "drawn", "figures"),
        (publish.embed, "files", "embedded fragments"),
        (publish, "document", "PDF"),
        (publish, "page", "page"),
        (telling, "book_of", "book"),
    ):
        if hasattr(home, name):
            timed(home, name, what)
    begun = time.process_time()
    with open_project(root) as project:
        steps.publish(project)
    took["everything"] = time.process_time() - begun
    return took


def _row(name: str, value: float, unit: str, *, bound: float | None = None, note: str = "") -> Row:
    return Row(name=name, value=value, unit=unit, better="less", bound=bound, note=note)


_MEASURES = {
    "help": helping, "start": starting, "routes": routing, "frames": framing, "steps": stepping,
    "report": reporting,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
