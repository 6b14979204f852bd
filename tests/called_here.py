"""`foreign.call` without a process: for tests of what a job does with files that the test made."""

from __future__ import annotations

import importlib
import json
from typing import Any

from pydantic import TypeAdapter


def call(job: str, arguments: dict[str, Any], *, returns: Any, **_limits: Any) -> Any:
    """Run the job in this process; arguments and answer cross as JSON, as they do elsewhere."""
    module, _, name = job.partition(":")
    function = getattr(importlib.import_module(module), name)
    answer = json.dumps(function(**json.loads(json.dumps(arguments))))
    return TypeAdapter(returns).validate_json(answer, strict=True)
