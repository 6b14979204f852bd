#!/usr/bin/env bash
# Build the wheel twice and keep it if both are the same file: wheel.sh [PYTHON] [FOLDER]
#
# The two are built from copies in folders of other names, with other times, file modes, time
# zones, languages and orders of sets. The bytes also depend on the zlib of Python: whoever
# compares with a published sum takes the same Python. FOLDER is dist, unless given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$(realpath -s "${1:-.venv/bin/python}")
into=${2:-dist}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard -- src pyproject.toml README.md LICENSE NOTICE requirements
    else
        find src pyproject.toml README.md LICENSE NOTICE requirements -name __pycache__ -prune -o -type f -print0
    fi | LC_ALL=C sort -zu | while IFS= read -r -d '' name; do
        if [ -f "$name" ]; then printf '%s\0' "$name"; fi
    done
}

build() ( # FOLDER UMASK WHEN ZONE LANGUAGE SEED
    umask "$2"
    mkdir -p "$work/$1"
    files | tar --no-recursion --null -cf - --files-from=- | tar -xf - -C "$work/$1" --no-same-permissions
    find "$work/$1" -exec touch -d "$3" {} +
    cd "$work/$1"
    env -u SOURCE_DATE_EPOCH TZ="$4" LC_ALL="$5" PYTHONHASHSEED="$6" PYTHONDONTWRITEBYTECODE=1 \
        "$python" -m hatchling build -t wheel -d "$work/$1.made" >/dev/null 2>&1 ||
        { echo "vallum: the wheel could not be built; next: $python -m hatchling build" >&2; exit 1; }
)

build one 022 2001-02-03 UTC C 1
build another-and-longer-name 077 2031-11-12 Asia/Seoul C.UTF-8 2
cd "$work"
first=$(sha256sum one.made/*.whl | cut -d' ' -f1)
second=$(sha256sum another-and-longer-name.made/*.whl | cut -d' ' -f1)
if [ "$first" != "$second" ]; then
    echo "vallum: two builds of the same sources differ: $first and $second" >&2
    exit 1
fi
cd "$OLDPWD"
mkdir -p "$into"
cp "$work"/one.made/*.whl "$into"/
name=$(basename "$work"/one.made/*.whl)
echo "$first  $name" >"$into/$name.sha256"
echo "$into/$name: $(stat -c %s "$into/$name" 2>/dev/null || stat -f %z "$into/$name") bytes, built twice, SHA-256 $first"
