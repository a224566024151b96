#!/bin/sh
# Each header compiles alone, and twice in a row, with every compiler that is here.
#
#   tests/lint/headers.sh [ROOT]
set -eu
cd "${1:-.}"
flags="-std=gnu17 -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Werror"
bad=0
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    for header in $(find proto store node tools tests -name '*.h' | sort); do
        printf '#include "%s"\n#include "%s"\nextern int not_empty;\n' "$header" "$header" |
            $compiler $flags -I. -fsyntax-only -x c - || bad=1
    done
done
if [ "$bad" -ne 0 ]; then
    echo "headers: a header does not stand alone (lines above)" >&2
    exit 1
fi
