#!/bin/sh
# A function that returns an error must not be ignored, and says in its header which errors there are.
#
#   tests/lint/errors.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-.}"
files=$(find proto store node tools -name '*.h' | sort)
if [ -z "$files" ]; then echo "errors: nothing to check"; exit 0; fi
bad=$(awk -f "$here/errors.awk" $files)
if [ -n "$bad" ]; then
    printf '%s\n' "$bad" >&2
    echo "errors: a header keeps an error to itself (lines above)" >&2
    exit 1
fi
