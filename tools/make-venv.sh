#!/usr/bin/env bash
# Make the project's own virtual environment: make-venv.sh FOLDER [PYTHON]
# Uses PYTHON when given, else the first Python on the PATH that is new enough.
set -euo pipefail

folder=$1
wanted=${2:-}
needs="3.11"

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
stop() { printf 'vallum: %s\n' "$@" >&2; exit 2; }

python=""
seen=""
if [ -n "$wanted" ]; then
    command -v "$wanted" >/dev/null 2>&1 || stop "PYTHON=$wanted is no program here. Give the path of a Python $needs or newer."
    seen=$(version_of "$wanted") || true
    if is_new_enough "$wanted"; then python=$wanted; fi
else
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        command -v "$name" >/dev/null 2>&1 || continue
        found=$(version_of "$name") || continue
        [ -n "$found" ] || continue
        if is_new_enough "$name"; then python=$name; break; fi
        seen=$found
    done
fi

if [ -z "$python" ]; then
    if [ -n "$seen" ]; then
        stop "Python $seen found, vallum needs $needs or newer." \
            "Install it (Debian 12: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11 ..."
    fi
    stop "no Python found, vallum needs $needs or newer." \
        "Install it (Debian 12: apt-get install python3 python3-venv), then run the same command again."
fi

# A half-made environment (no pip, or a Python that is gone) is made again.
if [ -x "$folder/bin/python" ] && is_new_enough "$folder/bin/python" \
    && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

# Debian keeps the module that makes environments in a package of its own.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    package="python$(version_of "$python")-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package (Debian's Python cannot make a virtual environment without it) ..."
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 \
            || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package" >/dev/null; } \
            || stop "$package could not be installed. Install it by hand, then run the same command again."
    else
        stop "this Python cannot make a virtual environment." \
            "Next: sudo apt-get install $package, then run the same command again."
    fi
fi

echo "Making $folder with $("$python" --version) ..."
"$python" -m venv --clear "$folder"
