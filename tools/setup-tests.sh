#!/usr/bin/env bash
# Get what only the tests need and pip cannot bring: a browser that opens the pages, letters for
# Korean and Chinese, Node, which rebuilds the page to see that its bundle is not stale, age, which
# must be able to open what the vault has locked, and PostgreSQL with PostGIS, on which a real
# catalogue of images answers. No service is started: the tests start their own and end it.
# Installs them where it may (root, Debian); elsewhere says the one next step. With CI=true what
# is missing is an error, so that no check is skipped unseen.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

wanted=()
have chromium || have chromium-browser || have google-chrome || wanted+=(chromium)
have node || wanted+=(nodejs)
have npm || wanted+=(npm)
have age || wanted+=(age)
if have apt-get && ! compgen -G "/usr/share/fonts/opentype/noto/NotoSansCJK*" >/dev/null; then
    wanted+=(fonts-noto-cjk)
fi
# The programs lie in a folder of their version, not on the path.
programs=$(compgen -G "/usr/lib/postgresql/*/bin/initdb" | sort -V | tail -1 || true)
version=$(basename "$(dirname "$(dirname "${programs:-/none/0/bin/initdb}")")")
if [ -z "$programs" ] && ! have initdb; then
    version=15
    if have apt-cache; then
        newest=$(apt-cache depends postgresql 2>/dev/null | grep -o 'postgresql-[0-9]*' | tail -1 || true)
        version=${newest##*-}
    fi
    wanted+=("postgresql-${version:-15}")
fi
if ! compgen -G "/usr/share/postgresql/*/extension/postgis.control" >/dev/null &&
    ! compgen -G "$(pg_config --sharedir 2>/dev/null || echo /none)/extension/postgis.control" >/dev/null; then
    wanted+=("postgresql-${version:-15}-postgis-3")
fi
if [ ${#wanted[@]} -eq 0 ]; then exit 0; fi

if [ "$(id -u)" = 0 ] && have apt-get; then
    echo "Installing for the tests: ${wanted[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    # Debian would start a server of its own with the package; the tests need the programs only.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    install=(apt-get install -y -qq --no-install-recommends "${wanted[@]}")
    if "${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}" >/dev/null; }; then
        exit 0
    fi
fi

echo "vallum: not found: ${wanted[*]}; the tests that need them will be skipped." >&2
echo "vallum: next, to run them too: sudo apt-get install ${wanted[*]}, then make test" >&2
if [ "${CI:-}" = true ]; then
    echo "vallum: CI=true, so this is an error" >&2
    exit 1
fi
