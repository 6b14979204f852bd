"""Nothing phones home: the flow runs where there is no network, and asks for none.

Which files can speak at all is held by test_house.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FLOW = Path(__file__).with_name("offline_flow.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("offline")
    done = subprocess.run(
        [sys.executable, FLOW, folder], cwd=FLOW.parent, capture_output=True, text=True, timeout=550,
        env=os.environ | {"PYTHONPATH": str(FLOW.parent)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    if "refused" in said:
        pytest.skip(f"this system gives no process a network of its own ({said['refused']})")
    return said


@pytest.mark.slow
def test_every_step_ends_well_where_there_is_no_network(told) -> None:
    assert told["commands"] == {
        "help": 0, "version": 0, "run": 3, "status": 0, "publish": 0, "verify": 0, "trace": 0,
        "doctor": told["commands"]["doctor"],
    }  # fmt: skip
    assert told["commands"]["doctor"] in (0, 3)


@pytest.mark.slow
def test_the_app_and_the_desk_answer_on_this_machine_alone(told) -> None:
    # Whoever has no key is sent away, by the app itself.
    assert told["pages"] == {"open": 401, "serve": 401}


@pytest.mark.slow
def test_nobody_elsewhere_is_spoken_to_or_asked_for(told) -> None:
    assert told["seen"] == []
    # And what is planted is seen, in this process and in those it starts, and goes nowhere.
    assert told["planted"] in {"OSError", "TimeoutError"}
    assert any("socket.connect 203.0.113.9" in line for line in told["seen_planted"])
    assert told["seen_in_child"] == "socket.connect 203.0.113.9"
