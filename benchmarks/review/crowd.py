"""32 people at one desk: what is lost, what is refused as stale, how long an answer takes.

    python benchmarks/review/crowd.py [--reviewers 32] [--verdicts 60] [--think-s 0.5]

A real server on 127.0.0.1 in a process of its own; SIMULATED candidates, no pixels. Every reviewer
looks at a thing, thinks, and answers it. Some answers are sent twice, as after a lost connection
(they must be saved once), and some come from a second window that shows an older state (they must
be refused as stale, and kept for the adjudicator). At the end the ledger is read from disk.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
LIMIT_S = 300.0


class Browser:
    """One connection that is kept open, with its cookie."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie = port, ""
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict, float]:
        """Return status, JSON and seconds of one request."""
        headers = {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        text = None if body is None else json.dumps(body)
        begun = time.perf_counter()
        try:
            self.line.request(method, path, text, headers)
            answer = self.line.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # An idle connection was closed: do as a browser does, and send it again.
            self.line.close()
            self.line.request(method, path, text, headers)
            answer = self.line.getresponse()
        data = answer.read()
        took = time.perf_counter() - begun
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.split(";")[0]
        return answer.status, json.loads(data) if data[:1] in (b"{", b"[") else {}, took


class Tally:
    """What all reviewers saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.took: dict[str, list[float]] = {"item": [], "verdict": [], "queue": []}
        self.status: Counter[str] = Counter()
        self.sent: set[tuple[str, str]] = set()  # name and time of each answer said to be kept
        self.wrong: list[str] = []


def review(browser: Browser, name: str, n: int, think_s: float, seed: int, tally: Tally) -> None:
    """Answer `n` things; every seventh is sent twice, every ninth from a window left behind."""
    chance = random.Random(seed)
    _, queue, took = browser.ask("GET", "/api/queue?mode=triage")
    with tally.lock:
        tally.took["queue"].append(took)
    begun = datetime.now(UTC)
    for k, item in enumerate(queue["items"][:n]):
        _, full, item_s = browser.ask("GET", f"/api/item/{item['ticket']}?mode=triage")
        time.sleep(chance.uniform(0.5, 1.5) * think_s)
        at = begun + timedelta(milliseconds=k * 10)
        body = {
            "ticket": item["ticket"],
            "mode": "triage",
            "answer": chance.choice(["yes", "no"]),
            "looked": [{"scene": full["before"], "seconds": 1.0}],
            "seconds": think_s,
            "at": at.isoformat(),
            "based_on": full["based_on"],
        }
        status, answer, took = browser.ask("POST", "/api/verdicts", {"items": [body]})
        note(tally, name, body, status, answer, "saved")
        with tally.lock:
            tally.took["item"].append(item_s)
            tally.took["verdict"].append(took)
        if k % 7 == 3:
            note(
                tally,
                name,
                body,
                *browser.ask("POST", "/api/verdicts", {"items": [body]})[:2],
                "same",
            )
        if k % 9 == 4:
            late = body | {
                "answer": "cannot_tell",
                "at": (at + timedelta(milliseconds=5)).isoformat(),
            }
            note(
                tally,
                name,
                late,
                *browser.ask("POST", "/api/verdicts", {"items": [late]})[:2],
                "stale",
            )


def note(tally: Tally, name: str, body: dict, status: int, answer: dict, wanted: str) -> None:
    """Remember what became of an answer."""
    results = answer.get("results") or [{"status": f"http {status}"}]
    with tally.lock:
        tally.status[results[0]["status"]] += 1
        if results[0]["status"] in {"saved", "same", "stale"}:
            tally.sent.add((name, datetime.fromisoformat(body["at"]).isoformat()))
        if results[0]["status"] != wanted:
            tally.wrong.append(f"{name}: {results[0]} instead of {wanted}")


def serve(root: Path) -> None:
    """Be the server; says its port and token on the first line."""
    import uvicorn

    from vallum.steps.home import Home
    from vallum.web.app import create_app

    home = Home(cwd=root.parent)
    home.open(root)
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1], "token": home.token}), flush=True)
    settings = uvicorn.Config(create_app(home), log_level="warning", access_log=False)
    uvicorn.Server(settings).run(sockets=[listener])


def kept(root: Path) -> tuple[set[tuple[str, str]], int]:
    """Return name and time of every answer in the ledger on disk, and how many rows there are."""
    from vallum.ground.records import Verdict
    from vallum.project import open_project

    with open_project(root) as project:
        project.store.verify()
        rows = [e.row() for e in project.store.entries() if e.kind == Verdict.kind()]
    return {(row.analyst, row.at.isoformat()) for row in rows}, len(rows)


def crowd(root: Path, n_reviewers: int, n_verdicts: int, think_s: float) -> Tally:
    """Let everybody work at once."""
    command = [sys.executable, __file__, "--serve", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            told = json.loads(server.stdout.readline())
            keeper = Browser(told["port"])
            keeper.ask("GET", f"/?token={told['token']}")
            tally, threads = Tally(), []
            for k in range(n_reviewers):
                name = f"reviewer {k + 1}"
                _, invited, _ = keeper.ask("POST", "/api/people", {"name": name, "role": "analyst"})
                browser = Browser(told["port"])
                browser.ask("POST", "/api/join", {"token": invited["link"].partition("#")[2]})
                arguments = (browser, name, n_verdicts, think_s, k, tally)
                threads.append(threading.Thread(target=review, args=arguments, daemon=True))
            for thread in threads:
                thread.start()
            ends = time.monotonic() + LIMIT_S
            for thread in threads:
                thread.join(max(0.0, ends - time.monotonic()))
            if any(thread.is_alive() for thread in threads):
                tally.wrong.append(f"not finished in {LIMIT_S:.0f} s")
        finally:
            server.terminate()
    return tally


def main() -> int:
    """Print the table; 1 when something was lost, or went another way than it should."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--reviewers", type=int, default=32)
    told.add_argument("--verdicts", type=int, default=60)
    told.add_argument("--think-s", type=float, default=0.5)
    told.add_argument("--candidates", type=int, default=150)
    told.add_argument("--serve", type=Path)
    wanted = told.parse_args()
    if wanted.serve:
        serve(wanted.serve)
        return 0
    import small_desk

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        small_desk.make(root, n=wanted.candidates).close()
        begun = time.perf_counter()
        tally = crowd(root, wanted.reviewers, wanted.verdicts, wanted.think_s)
        took_s = time.perf_counter() - begun
        there, n_rows = kept(root)
    lost = tally.sent - there
    print(f"{wanted.reviewers} reviewers x {wanted.verdicts} verdicts in {took_s:.0f} s")
    print("answers:", ", ".join(f"{n:,} {name}" for name, n in sorted(tally.status.items())))
    print(f"lost: {len(lost)}; ledger: {n_rows:,} verdict rows for {len(tally.sent):,} answers")
    print(f"stale refused: {tally.status['stale']:,}")
    for name, values in tally.took.items():
        p50, p95, top = np.percentile(values, [50, 95, 100]) * 1000
        print(
            f"{name:8} p50 {p50:6.0f} ms  p95 {p95:6.0f} ms  max {top:6.0f} ms  n {len(values):,}"
        )
    for line in tally.wrong[:10]:
        print("wrong:", line)
    return 1 if lost or tally.wrong or n_rows != len(tally.sent) else 0


if __name__ == "__main__":
    sys.exit(main())
