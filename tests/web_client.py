"""A browser for tests of the app: same origin, signed in as the keeper of this computer."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from vallum.steps.home import Home
from vallum.web.app import create_app

BASE = "http://127.0.0.1:7420"
_APPS: list[tuple[Home, FastAPI]] = []


def home_of(root: Path, cwd: Path | None = None) -> Home:
    """What a server started in `root` holds, its project open."""
    home = Home(cwd=cwd or root)
    home.open(root)
    return home


def app_of(home: Home) -> FastAPI:
    """The app over a home, made once: making it takes longer than most tests."""
    for known, app in _APPS:
        if known is home:
            return app
    _APPS.append((home, create_app(home)))
    return _APPS[-1][1]


def stranger(home: Home) -> TestClient:
    """A browser that has not signed in."""
    return TestClient(app_of(home), base_url=BASE, headers={"Origin": BASE})


def keeper(home: Home) -> TestClient:
    """The browser that the printed link opened."""
    client = stranger(home)
    answer = client.get("/", params={"token": home.token}, follow_redirects=False)
    assert answer.status_code == 303
    return client
