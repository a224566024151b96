#!/bin/sh
# The C code is formatted as .clang-format says. Versions of clang-format differ, so only version 14 is asked.
#
#   tests/lint/format.sh [ROOT]          look
#   tests/lint/format.sh [ROOT] fix      change the files
set -eu
cd "${1:-.}"
if ! command -v clang-format-14 >/dev/null; then
    echo "skipped: no clang-format-14"
    exit 77
fi
files=$(find proto store node tools tests -name '*.[ch]' | sort)
if [ -z "$files" ]; then echo "format: nothing to check"; exit 0; fi
if [ "${2:-}" = fix ]; then exec clang-format-14 -i $files; fi
wrong=$(clang-format-14 --dry-run -Werror -ferror-limit=1 $files 2>&1 | grep -E '^[^ ]+:[0-9]+:' | cut -d: -f1,2 || true)
if [ -n "$wrong" ]; then
    printf '%s\n' "$wrong" >&2
    echo "format: these differ from there on; run  tests/lint/format.sh . fix" >&2
    exit 1
fi
