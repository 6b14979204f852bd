"""Frame times of pages in a real browser, while they are dragged, zoomed and scrolled.

Used by `benchmarks/speed/interactive.py`. The browser measures itself: the time between two calls of
`requestAnimationFrame`, and tasks of over 50 ms as `PerformanceObserver` reports them. Chromium
draws in software here, so that a machine with a graphics card is faster than this: when anything
at all moves it puts the whole window together anew. What that takes is measured beside, without any
script of ours: `pushed` moves a bare canvas, on an empty page or on the page itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

STEPS = 90
"""Movements of one measurement, one for each frame."""
QUIET, PATIENCE = 20, 900
"""A page is quiet after so many frames in time, one after the other; so many are waited for."""

_WATCH = """() => {
    window.__frames = []; window.__long = [];
    let last = 0, on = true;
    const observer = new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.__long.push(one.duration);
    });
    observer.observe({ entryTypes: ["longtask"] });
    const tick = (now) => {
        if (last > 0) window.__frames.push(now - last);
        last = now;
        if (on) requestAnimationFrame(tick);
    };
    window.__stop = () => { on = false; observer.disconnect(); };
    requestAnimationFrame(tick);
}"""
_STOP = "() => { window.__stop(); return [window.__frames, window.__long]; }"

_SETTLED = """([quiet, most]) => new Promise((done) => {
    let last = performance.now(), calm = 0, n = 0;
    const tick = (now) => {
        calm = now - last < 20 ? calm + 1 : 0;
        last = now;
        if (calm >= quiet || ++n >= most) done(calm >= quiet);
        else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
})"""
_PUSHED = """async ([wide, high, isPainted, steps]) => {
    // What a browser must do at least: something of this size is pushed, and nothing else.
    const thing = document.createElement("canvas");
    [thing.width, thing.height] = [wide, high];
    Object.assign(thing.style, { position: "fixed", left: "0", top: "0", zIndex: "9999", pointerEvents: "none", willChange: "transform" });
    const pen = thing.getContext("2d", { willReadFrequently: true, alpha: false });
    document.body.append(thing);
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let k = 0; k < 30; k += 1) await frame();
    window.__frames.length = window.__long.length = 0;
    for (let k = 0; k < steps; k += 1) {
        const x = Math.round(Math.sin(k / 9) * window.innerWidth * 0.3);
        if (isPainted) pen.fillRect(Math.max(0, x), 0, 10, high);
        else thing.style.transform = `translateX(${x}px)`;
        await frame();
    }
    thing.remove();
}"""

_DRIVE = """async ([path, how, steps]) => {
    // As a hand does it: one movement for each frame, on the thing itself.
    const find = (from, names) => names.reduce((at, name) => at && (at.shadowRoot ?? at).querySelector(name), from);
    const thing = find(document, path);
    if (!thing) throw new Error(`not on the page: ${path}`);
    const box = thing.getBoundingClientRect();
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const send = (type, x, y, more = {}) => thing.dispatchEvent(new PointerEvent(type, {
        clientX: x, clientY: y, button: 0, buttons: 1, pointerId: 1, pointerType: "mouse", bubbles: true, composed: true, cancelable: true, ...more }));
    const capture = thing.setPointerCapture;
    thing.setPointerCapture = () => {}; // there is no real pointer to be held
    await frame();
    const wheel = (deltaY) => thing.dispatchEvent(new WheelEvent("wheel", { deltaY, ctrlKey: true, clientX: middle.x,
        clientY: middle.y, bubbles: true, composed: true, cancelable: true }));
    const near = how === "drag near" ? 4 : 0; // times twice as large: all of a line cannot be dragged
    for (let k = 0; k < near; k += 1) wheel(-300);
    for (let k = 0; k < 2; k += 1) await frame();
    if (how.startsWith("drag")) {
        send("pointerdown", middle.x, middle.y);
        for (let k = 0; k < steps; k += 1) {
            send("pointermove", middle.x + Math.sin(k / 9) * box.width * 0.3, middle.y);
            await frame();
        }
        send("pointercancel", middle.x, middle.y);
        for (let k = 0; k < near; k += 1) wheel(300);
    } else if (how === "hover") {
        for (let k = 0; k < steps; k += 1) {
            send("pointermove", box.left + ((k + 0.5) / steps) * box.width, middle.y, { buttons: 0 });
            await frame();
        }
    } else if (how === "zoom") {
        for (let k = 0; k < steps; k += 1) {
            wheel(k < steps / 2 ? -60 : 60);
            await frame();
        }
    } else {
        const room = how === "scroll page" ? document.scrollingElement : thing;
        for (let k = 0; k < steps; k += 1) {
            room.scrollTop = (k / steps) * Math.max(0, room.scrollHeight - room.clientHeight);
            await frame();
        }
    }
    thing.setPointerCapture = capture;
}"""


_SEEN = """path => path.reduce((at, name) => (at.shadowRoot ?? at).querySelector(name), document)
    .scrollIntoView({ block: "center" })"""


@dataclass(frozen=True, kw_only=True)
class Frames:
    """What a page did while it was moved; milliseconds."""

    p50: float
    p95: float
    longest: float
    longest_task: float
    n: int


def measured(page: Page, move: Callable[[], object]) -> Frames:
    """Return the frames of a page while `move` moves something on it."""
    page.evaluate(_WATCH)
    move()
    frames, tasks = page.evaluate(_STOP)
    values = np.array(frames[1:] or [0.0])
    return Frames(
        p50=float(np.percentile(values, 50)),
        p95=float(np.percentile(values, 95)),
        longest=float(values.max()),
        longest_task=float(max(tasks, default=0.0)),
        n=len(values),
    )


def moved(page: Page, path: list[str], how: str, steps: int = STEPS) -> Frames:
    """Return the frames while one thing of a page is dragged, zoomed, hovered or scrolled.

    It is brought into view first, and the page has come to rest.

    Args:
        page: where.
        path: selectors from the document down, one for each shadow root.
        how: drag, drag near (16 times as large), zoom, hover, scroll or scroll page.
        steps: movements, one for each frame.
    """
    page.evaluate(_SEEN, path)
    settle(page)
    return measured(page, lambda: page.evaluate(_DRIVE, [path, how, steps]))


def settle(page: Page) -> bool:
    """Wait until a page draws every frame in time; say whether it came to that."""
    return bool(page.evaluate(_SETTLED, [QUIET, PATIENCE]))


def pushed(page: Page, size: tuple[int, int], *, is_painted: bool = False) -> Frames:
    """Return the frames while a bare canvas of so many pixels is pushed, or painted, on a page.

    No script of ours runs: what is slow here is the browser, which puts the window together.
    """
    settle(page)
    return measured(page, lambda: page.evaluate(_PUSHED, [*size, is_painted, STEPS]))


def idle(page: Page) -> Frames:
    """Return the frames of a page on which nothing moves."""
    wait = "(n) => new Promise((done) => { const f = () => (n-- > 0 ? requestAnimationFrame(f) : done()); f(); })"
    return measured(page, lambda: page.evaluate(wait, STEPS))


def nodes(page: Page) -> int:
    """Return how many elements a page has, those in shadow roots too."""
    return int(
        page.evaluate(
            """() => {
                const count = (root) => [...root.querySelectorAll("*")]
                    .reduce((n, one) => n + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0), 0);
                return count(document);
            }"""
        )
    )
