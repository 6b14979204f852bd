"""The review desk in a real browser: a small project, a server of its own, pages that are watched."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

FLAGS = (
    "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--force-color-profile=srgb",
)  # fmt: skip
KEPT = Path(__file__).parents[1] / "build" / "desk"
"""Where the pictures of a run stay, to be looked at."""

PATIENCE_MS = 45_000
SIZE = {"width": 1366, "height": 768}


# -- browser ----------------------------------------------------------------------------------


def chromium() -> str:
    """The browser of this machine; without one the test is skipped by name, or fails under CI."""
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        assert os.environ.get("CI") != "true", (
            "no browser, although CI=true: see tools/setup-tests.sh"
        )
        pytest.skip("no browser on this machine; install chromium")
    return found


def launch(playwright: Playwright, *more: str) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *more])


# -- server -----------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`vallum open` in a process of its own; can be killed and started again on the same port."""

    def __init__(self, cwd: Path, root: Path | None) -> None:
        self.cwd, self.root, self.port = cwd, root, free_port()
        self.process: subprocess.Popen[str] | None = None
        self.link = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ["open", "--no-browser", "--json", "--port", str(self.port)]
        words += [] if self.root is None else ["--project", str(self.root)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from vallum.cli import main; main()", *words],
            cwd=self.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = json.loads(self.process.stdout.readline())  # type: ignore[union-attr]
        assert said["port"] == self.port, "another program took the port"
        self.link = said["url"]

    def kill(self) -> None:
        """As when the computer is switched off."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=60)
        assert "Traceback" not in errors, errors
        self.process = None


@contextmanager
def serving(cwd: Path, root: Path | None = None) -> Iterator[Server]:
    server = Server(cwd, root)
    server.start()
    try:
        yield server
        server.stop()
    finally:
        if server.process is not None:
            server.kill()


# -- pages ------------------------------------------------------------------------------------

APP = "document.querySelector('vallum-app').shadowRoot"
REVIEW = "document.querySelector('vallum-app')?.shadowRoot?.querySelector('vallum-review')"
COMPARE = f"{REVIEW}?.shadowRoot?.querySelector('vallum-compare')"
NOT_LOADED = "Failed to load resource"


class Desk:
    """A browser of one person, and what it asked for and complained of."""

    def __init__(self, browser: Browser, server: Server, **more: Any) -> None:
        self.server = server
        more = {"viewport": SIZE, "locale": "en-GB"} | more
        self.context: BrowserContext = browser.new_context(**more)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.route(lambda url: not self.is_ours(url), self._refuse)
        self.asked: list[str] = []
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def is_ours(self, url: str) -> bool:
        return url.startswith((f"{self.server.address}/", "data:", "blob:", "about:"))

    def _refuse(self, route: Any) -> None:
        self.elsewhere.append(route.request.url)
        route.abort()

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not _is_of_the_driver(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def calm(self, *but: str) -> None:
        """Nothing left this machine, and the console has no complaints (but those that are due)."""
        strangers = [url for url in self.asked if not self.is_ours(url)]
        assert not self.elsewhere + strangers, self.elsewhere + strangers
        left = [text for text in self.complaints if not any(word in text for word in but)]
        assert left == [], left

    def close(self) -> None:
        self.context.close()

    # what the person does

    def enter(self) -> None:
        """Open the printed link."""
        self.page.goto(self.server.link)

    def visit(self, page: str) -> None:
        """Go to a page, such as `review/sheet`, as a link does."""
        self.page.evaluate("page => { location.hash = `#/${page}`; }", page)

    def name(self, name: str) -> None:
        """Answer the question after one's name, by keyboard."""
        self.page.locator("vallum-name-dialog input").wait_for()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.page.locator("vallum-name-dialog input").wait_for(state="hidden")

    def idle(self, but: str = "") -> str:
        """Wait until both pictures of another thing than `but` are whole; return its ticket."""
        ready = self.page.wait_for_function(
            f"""but => {{
                const review = {REVIEW}, compare = {COMPARE};
                const ticket = compare?.item?.ticket ?? "";
                return ticket !== "" && ticket !== but && compare.isIdle && review.hasSeen
                    && review.judge.item?.ticket === ticket ? ticket : null;
            }}""",
            arg=but,
        )
        return str(ready.json_value())

    def decide(self, *keys: str) -> str:
        """Press the keys of one decision, and wait for the next thing; return its ticket."""
        ticket = self.ticket
        for key in keys:
            self.page.keyboard.press(key)
        return self.idle(but=ticket)

    @property
    def ticket(self) -> str:
        return str(self.page.evaluate(f"{COMPARE}?.item?.ticket ?? ''"))

    def saved(self) -> None:
        """Wait until the server has everything."""
        self.page.wait_for_function(
            "() => Object.keys(localStorage).every(key => !key.startsWith('vallum.outbox.'))"
        )

    def kept(self) -> int:
        """How many entries wait in this browser."""
        return int(
            self.page.evaluate(
                "Object.keys(localStorage).filter(key => key.startsWith('vallum.outbox.')).length"
            )
        )

    def ask(self, path: str, body: object = None) -> Any:
        """Use the API with this person's session."""
        url, headers = f"{self.server.address}/api/{path}", {"Origin": self.server.address}
        request = self.context.request
        got = (
            request.get(url, headers=headers)
            if body is None
            else request.post(url, data=body, headers=headers)
        )
        assert got.ok, f"{path}: {got.status} {got.text()}"
        return got.json()

    def picture(self, name: str) -> None:
        """Keep what is on screen under build/desk/."""
        KEPT.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=KEPT / f"{name}.png")

    def axe(self) -> list[str]:
        """What axe finds wrong with what is on screen, a line each."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['target']} of {len(one['nodes'])}" for one in found]

    def fits_across(self) -> None:
        """Nothing makes the page scroll sideways."""
        wide = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide[0] <= wide[1], f"{self.page.url} at {self.page.viewport_size}: {wide}"


@contextmanager
def keeping(browser: Browser, server: Server, **more: Any) -> Iterator[Desk]:
    """The keeper's browser, whose name is known."""
    desk = Desk(browser, server, **more)
    try:
        desk.enter()
        desk.ask("me", {"name": "ann"})
        desk.page.reload()
        yield desk
    finally:
        desk.close()


def invited(browser: Browser, keeper: Desk, name: str, role: str = "analyst", **more: Any) -> Desk:
    """Another person in a browser of their own, who came by the one-time link."""
    link = keeper.ask("people", {"name": name, "role": role})["link"]
    desk = Desk(browser, keeper.server, **more)
    desk.page.goto(f"{keeper.server.address}{link[link.index('/join') :]}")
    desk.page.get_by_role("button").click()
    desk.page.locator("vallum-app header nav").wait_for()
    desk.page.wait_for_function("location.pathname === '/' && location.hash.length > 1")
    return desk


def _is_of_the_driver(text: str) -> bool:
    """Say whether the software renderer complains of our reading the screen, not the page."""
    return "GL Driver Message" in text and "ReadPixels" in text


def pixels(part: Locator) -> np.ndarray:
    """Return what is on screen of a part, (y, x, 3) int16."""
    image = Image.open(io.BytesIO(part.screenshot(animations="disabled"))).convert("RGB")
    return np.asarray(image, np.int16)


def middle(picture: np.ndarray) -> np.ndarray:
    """Return the middle half, where neither words nor buttons lie."""
    height, width = picture.shape[:2]
    return picture[height // 4 : -(height // 4), width // 4 : -(width // 4)]
