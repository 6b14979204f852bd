"""The same as F1 does with forks, done to the real server: killed while a browser answers."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import random
import threading
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ANSWERS = 40
_LATEST_S = 0.05
_MOST_ACKED = 12


@dataclass(kw_only=True)
class Served:
    """What the kills of the server came to."""

    n_killed: int = 0
    n_while_writing: int = 0
    acked: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


class Browser:
    """Asks the server as the page does, and keeps its cookie from one start to the next."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def get(self, path: str) -> Any:
        """Return the answer to a question."""
        return self._asked(urllib.request.Request(self.address + path))

    def post(self, path: str, body: object) -> Any:
        """Return the answer to something that is sent."""
        about = {"Content-Type": "application/json", "Origin": self.address}
        data = json.dumps(body).encode()
        return self._asked(urllib.request.Request(self.address + path, data=data, headers=about))

    def open(self, link: str) -> None:
        """Open a link, as from the terminal."""
        self._opener.open(link, timeout=30).read()

    def _asked(self, request: urllib.request.Request) -> Any:
        with self._opener.open(request, timeout=30) as answer:
            return json.loads(answer.read())


def killed_servers(folder: Path, n_kills: int, chance: random.Random) -> Served:
    """Start the desk, answer over HTTP, kill it at some moment, look; again and again."""
    import desk_page
    import small_desk
    from torture.f1_review import reopened

    served = Served()
    root = folder / "served"
    small_desk.make(root, n=1200).close()
    server = desk_page.Server(folder, root)
    server.start()
    ann = _joined(server.address, server.link)
    for number in range(n_kills):
        if server.process is None:
            server.start()
        acked = _answered(server, ann, number, chance)
        served.n_killed += 1
        served.n_while_writing += bool(acked)
        served.acked |= acked
        _, found = reopened(root, served.acked, is_full=not number % 5)
        served.problems += [f"kill {number + 1} of the server: {one}" for one in found]
    if served.n_while_writing < n_kills // 2:
        served.problems.append(f"the server had acknowledged something in {served.n_while_writing}")
    return served


def _joined(address: str, link: str) -> Browser:
    """Return the browser of an analyst whom the keeper invited."""
    keeper, ann = Browser(address), Browser(address)
    keeper.open(link)
    told = keeper.post("/api/people", {"name": "ann", "role": "analyst"})["link"]
    ann.post("/api/join", {"token": told.partition("#")[2]})
    return ann


def _answered(server: Any, ann: Browser, number: int, chance: random.Random) -> set[str]:
    """Answer until the server is gone; return what it acknowledged."""
    import small_desk

    acked: set[str] = set()
    timer = threading.Timer(chance.uniform(0.0, _LATEST_S), server.process.kill)
    n = chance.randint(1, _MOST_ACKED)
    try:
        items = ann.get("/api/queue?mode=triage&order=position")["items"][:_ANSWERS]
        for k, one in enumerate(items):
            full = ann.get(f"/api/item/{one['ticket']}?mode=triage")
            body = small_desk.body(full, 5_000_000 + 1000 * number + k)
            told = ann.post("/api/verdicts", {"items": [body]})
            results = told if isinstance(told, list) else told.get("items", told.get("results"))
            if results and results[0]["status"] in {"saved", "stale"} and results[0]["seq"]:
                acked.add(body["at"])
            if len(acked) == n and not timer.is_alive():
                timer.start()
                n = -1
    except (OSError, http.client.HTTPException, ValueError):
        pass  # it was killed
    finally:
        timer.cancel()
        server.kill()
    return acked
