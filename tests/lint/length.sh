#!/bin/sh
# No function is longer than 70 lines, no .c file longer than 600.
#
#   tests/lint/length.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-.}"
files=$(find proto store node tools tests -name '*.[ch]' | sort)
if [ -z "$files" ]; then echo "length: nothing to check"; exit 0; fi
long=$(awk -f "$here/code.awk" $files | awk -v function_max=70 -v file_max=600 -f "$here/length.awk")
if [ -n "$long" ]; then
    printf '%s\n' "$long" >&2
    echo "length: too long (lines above)" >&2
    exit 1
fi
