#!/bin/sh
# The walls: which room may include which, and which file may see which library. rooms.awk holds the rules.
#
#   tests/lint/rooms.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-.}"
broken=$(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' proto store node tools tests |
    awk -f "$here/rooms.awk")
if [ -n "$broken" ]; then
    printf '%s\n' "$broken" >&2
    echo "rooms: a wall is broken (lines above)" >&2
    exit 1
fi
