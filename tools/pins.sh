#!/usr/bin/env bash
# Pin what is installed beside PYTHON: pins.sh [PYTHON]; writes constraints.txt and requirements/.
#
# constraints.txt holds versions, for people who install vallum into an environment of their own.
# requirements/*.txt hold the same versions, for Linux and macOS and each Python from 3.11 on, with
# the SHA-256 of every file that pip may fetch for them: build.txt (what makes packages), run.txt
# (what vallum runs with), develop.txt (its tests and documents too). PyTorch, which only `make
# train` needs, is in none: its files differ by kind of processor and are 200 MB to 3 GB each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${1:-.venv/bin/python}
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

bash tools/constraints.sh "$python" >"$fresh/constraints.txt"
# For an older Python some packages exist in an older version only: these two are not held.
grep -v -E '^(pymdown-extensions|soupsieve)==' "$fresh/constraints.txt" >"$fresh/held.txt"

pin() { # NAME OPTIONS...
    local name=$1
    shift
    # What was pinned before stays, where nothing speaks against it.
    if [ -e "requirements/$name" ]; then cp "requirements/$name" "$fresh/$name"; fi
    "$python" -m uv pip compile "$@" --quiet --constraint "$fresh/held.txt" \
        --generate-hashes --universal --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        --output-file "$fresh/$name" >/dev/null
    # What holds everywhere is not said on each line; pyproject.toml says it once, under tool.uv.
    "$python" - "$fresh/$name" "requirements/$name" <<'PLAIN'
import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text("utf-8")
text = text.replace(" and (sys_platform == 'darwin' or sys_platform == 'linux')", "")
text = text.replace("python_full_version < '3.15' and ", "")
text = re.sub(r" (and|;) python_full_version < '3\.15'(?= )", "", text)
head = "# Written by 'make constraints'; pip reads it with --require-hashes.\n"
Path(sys.argv[2]).write_text(head + text, "utf-8")
PLAIN
}

mkdir -p requirements
pin build.txt --group build
pin run.txt pyproject.toml
pin develop.txt pyproject.toml --extra dev --extra docs
mv "$fresh/constraints.txt" constraints.txt
chmod 644 constraints.txt
