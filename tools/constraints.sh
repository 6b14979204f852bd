#!/usr/bin/env bash
# Print one pinned line for every package installed beside PYTHON: constraints.sh [PYTHON]
# vallum itself and the installer are left out.
set -euo pipefail

python=${1:-.venv/bin/python}

echo "# The exact versions that vallum is tested with; pip reads them with -c."
echo "# Written by 'make constraints'; the ranges that vallum accepts stand in pyproject.toml."
"$python" - <<'PINS'
import re
from importlib.metadata import distributions

left_out = {"vallum", "pip", "setuptools", "wheel"}
pins = {
    re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(): found.version
    for found in distributions()
}
for name in sorted(pins.keys() - left_out):
    print(f"{name}=={pins[name]}")
PINS
