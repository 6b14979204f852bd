#!/usr/bin/env bash
# Check the review page and the report's script: types, tests, and that the committed bundles are
# what their sources give. Needs Node and npm; without them it says so, and with CI=true that is an error. (That the
# bundle is not older than its sources is also seen without Node, by tests/test_bundle.py.)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../frontend"

if ! command -v npm >/dev/null 2>&1; then
    echo "vallum: no npm found, so the review page was not built anew and compared." >&2
    [ "${CI:-}" != true ] || { echo "vallum: CI=true, so this is an error" >&2; exit 1; }
    exit 0
fi

# What is installed belongs to this lock file, or is installed anew.
mark=node_modules/.lock.sha256
lock=$(sha256sum package-lock.json)
if [ "$(cat "$mark" 2>/dev/null)" != "$lock" ]; then
    npm ci --no-audit --no-fund --loglevel=error
    echo "$lock" >"$mark"
fi
npm run --silent check
npm run --silent test

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
node build.mjs --out "$fresh/static" --report "$fresh/report.js"
if ! diff -rq "$fresh/static" ../src/vallum/web/static; then
    echo "vallum: src/vallum/web/static was not built from these sources; next: make bundle" >&2
    exit 1
fi
if ! diff -q "$fresh/report.js" ../src/vallum/report/templates/report.js; then
    echo "vallum: templates/report.js was not built from these sources; next: make bundle" >&2
    exit 1
fi
echo "The bundles of the review page and of the report are what their sources give."
