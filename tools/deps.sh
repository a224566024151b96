#!/bin/sh
# Installs the Debian packages that Samaki needs, and only those that are missing. Asks no question.
#
#   tools/deps.sh build     what the programs need (this is the default)
#   tools/deps.sh test      that, and what the tests need
#   tools/deps.sh fuzz      what the programs and the fuzz targets need
#   tools/deps.sh reports   what the programs need, and what prints reports and looks at them
set -eu
export LC_ALL=C.UTF-8

what=${1:-build}
exec 9<"$0" # one installation at a time; the lock goes with this shell
flock 9
# One word per need; names joined by a bar mean the first that this Debian has.
needs="build-essential cmake ninja-build pkg-config|pkgconf libuv1-dev liblmdb-dev
    libmsgpack-c-dev|libmsgpack-dev libsodium-dev libicu-dev libjansson-dev libconfuse-dev
    libzip-dev libexpat1-dev libxlsxwriter-dev"
case $what in
build) ;;
test) needs="$needs libcriterion-dev lmdb-utils iproute2 libxml2-utils" ;;
fuzz) needs="$needs clang libclang-rt-dev|libclang-rt-14-dev" ;;
reports) needs="$needs chromium poppler-utils libharfbuzz-bin mupdf-tools woff2 libxml2-utils" ;;
*) echo "usage: tools/deps.sh [build|test|fuzz|reports]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "deps: not a Debian system, nothing installed; needed here:" $needs >&2
    exit 0
fi

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }
is_known() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# Prints the needs of which no name is installed.
find_missing() {
    for need in $needs; do
        found=no
        for name in $(echo "$need" | tr '|' ' '); do
            if is_installed "$name"; then found=yes; break; fi
        done
        [ $found = yes ] || echo "$need"
    done
}

# Sets packages to one name for each missing need; fails when the package lists know none for one of them.
pick_packages() {
    packages= unknown=
    for need in $missing; do
        picked=
        for name in $(echo "$need" | tr '|' ' '); do
            if is_known "$name"; then picked=$name; break; fi
        done
        packages="$packages ${picked:-${need%%|*}}"
        [ -n "$picked" ] || unknown="$unknown $need"
    done
    [ -z "$unknown" ]
}

as_root=
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 "$@" </dev/null
}
update() { apt update || echo "deps: the package lists could not be renewed, going on with the old ones" >&2; }
install() { apt install --no-install-recommends $packages; }

missing=$(find_missing)
if [ -z "$missing" ]; then exit 0; fi

if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        pick_packages || true
        echo "deps: packages are missing, and installing them takes root. Run this, then try again:" >&2
        echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$packages" >&2
        exit 1
    fi
fi

updated=no
if ! pick_packages; then
    update
    updated=yes
    if ! pick_packages; then echo "deps: this system has no package for:$unknown" >&2; exit 1; fi
fi
# Old lists name versions that the mirror has dropped since: then renew them and try once more.
install || { [ $updated = no ] && update && install; }
still=$(find_missing)
if [ -n "$still" ]; then echo "deps: still missing:" $still >&2; exit 1; fi
