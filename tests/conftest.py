"""What all tests share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings


@pytest.fixture(autouse=True)
def _no_alarm_is_left() -> Iterator[None]:
    """What a limited process does may be called here; the alarm it sets would end this process."""
    yield
    signal.alarm(0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project, or a skip that says so."""
    folder = Path(os.environ.get("VALLUM_SHARED", Path(__file__).parents[2] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("real data not beside the project (../shared/data)")
    return folder


settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
