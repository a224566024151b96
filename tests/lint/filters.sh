#!/bin/bash
# Each command of tests/README.md that filters tests runs at least one of them: a filter that matches none runs nothing
# and succeeds. Patterns as Criterion has them: * ? [...] and @(a|b), over suite/test.
#
#   SMK_BIN=build/asan/bin tests/lint/filters.sh [ROOT]
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail
shopt -s extglob
cd "${1:-.}"
bin=${SMK_BIN:-build/asan/bin}
page=tests/README.md
if [ ! -f $page ]; then echo "filters: nothing to check"; exit 0; fi
if ! compgen -G "$bin/unit_*" >/dev/null; then echo "skipped: no test programs in $bin"; exit 77; fi
names() { # names PROGRAM: suite/test, a line each
    ASAN_OPTIONS=detect_leaks=0 "$bin/$1" --list |
        awk '/: [0-9]+ tests?$/ { sub(/:.*/, ""); suite = $0; next } NF { print suite "/" $NF }'
}
bad=0 count=0
declare -A known
while read -r program filter; do
    if [ ! -x "$bin/$program" ]; then
        echo "$page: there is no program $program: --filter '$filter'" >&2
        bad=1
        continue
    fi
    [ -n "${known[$program]:-}" ] || known[$program]=$(names "$program")
    count=$((count + 1)) found=0
    while read -r name; do
        # shellcheck disable=SC2053 # it is a pattern
        if [[ $name == $filter ]]; then found=1; fi
    done <<<"${known[$program]}"
    if [ $found = 0 ]; then
        echo "$page: it runs no test: $program --filter '$filter'" >&2
        bad=1
    fi
done < <(grep -oE "[a-z_]+ --filter '[^']*'" $page | sed -E "s/ --filter '(.*)'/ \1/")
# A command without quotes, or with others, would have been passed over.
all=$(grep -o -e '--filter' $page | wc -l)
if [ "$bad" = 0 ] && [ "$all" != "$count" ]; then
    echo "$page: $((all - count)) filters are not in the form PROGRAM --filter 'PATTERN'" >&2
    bad=1
fi
exit $bad
