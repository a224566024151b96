#!/bin/sh
# Calls, jumps, file names and words that have no place here.
#
#   tests/lint/banned.sh [ROOT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-.}"
bad=0

fail() { # fail WHY LINES
    [ -n "$2" ] || return 0
    printf '%s\n' "$2" | sed "s|\$|    ($1)|" >&2
    bad=1
}
# Without comments and strings, one FILE:LINE:TEXT for each line.
code=$(find proto store node tools tests -name '*.[ch]' | sort | xargs -r awk -f "$here/code.awk")
calls() { # calls IN NAMES : the lines of files that match IN and call one of NAMES
    printf '%s\n' "$code" | grep -E "^$1[^:]*:[0-9]+:(.*[^A-Za-z0-9_.>])?($2)[[:space:]]*\(" || true
}

fail "has no bound, hides its errors, or runs a shell" \
    "$(calls '' 'strcpy|stpcpy|strcat|v?sprintf|gets|strtok|ato[ilf]|atoll|alloca|s?rand|system|popen')"
fail "proto and store take memory through proto/mem.h alone" \
    "$(calls '(proto|store)/' 'malloc|calloc|realloc|reallocarray|aligned_alloc|free|strn?dup|v?asprintf' |
        grep -v '^proto/mem\.c:')"
fail "proto is pure" "$(calls 'proto/' 'getenv|exit|random|time|clock')"
fail "the only jump is goto fail" \
    "$(printf '%s\n' "$code" | grep -E '(:|[^A-Za-z0-9_])goto[[:space:]]' | grep -vE 'goto[[:space:]]+fail;')"
fail "a file is called after what it does" \
    "$(find proto store node tools tests -name node_modules -prune -o -type f -print |
        grep -E '(^|[/_-])(utils?|misc|common|helpers?)([_-][^/]*)?\.[a-z]+$')"
fail "finish it, or leave it out" \
    "$(grep -rnIE --exclude-dir=.git --exclude-dir=build --exclude-dir=node_modules --exclude-dir=vectors \
        '(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_]|$)' . | grep -v '^\./tests/lint/')"

if [ "$bad" -ne 0 ]; then
    echo "banned: something here has no place (lines above)" >&2
    exit 1
fi
