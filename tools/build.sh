#!/bin/sh
# Configures and builds one preset. Says nothing unless it fails.
#
#   tools/build.sh PRESET
set -eu
unset CDPATH
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
preset=${1:?usage: tools/build.sh PRESET}
log=build/$preset.log
mkdir -p build
exec 9>build/lock # one build at a time; the lock goes with this shell
flock 9
step() {
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "build: the preset $preset does not build (above; also in $log)" >&2
        exit 1
    fi
}
step cmake --preset "$preset"
step cmake --build --preset "$preset"
