#!/usr/bin/env bash
# Get what only the tests need and pip cannot bring: a browser that opens the report.
# Installs it where it may (root, Debian); elsewhere says the one next step. With CI=true a
# missing browser is an error, so that no check is skipped unseen.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the tests that open the report ..."
    export DEBIAN_FRONTEND=noninteractive
    install=(apt-get install -y -qq --no-install-recommends chromium)
    if "${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}" >/dev/null; }; then
        exit 0
    fi
fi

echo "vallum: no browser found; the tests that open the report in one will be skipped." >&2
echo "vallum: next, to run them too: sudo apt-get install chromium, then make test" >&2
if [ "${CI:-}" = true ]; then
    echo "vallum: CI=true, so this is an error" >&2
    exit 1
fi
