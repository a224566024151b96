#!/bin/sh
# One fuzz target, for tests/fuzz/run, which builds it.
#
#   tests/fuzz/one.sh fuzz TARGET PRESET RUNS   gives it new inputs; one line: target, executions, a second, ok or FAILED
#   tests/fuzz/one.sh keep TARGET PRESET        renews its kept inputs: the fewest that reach all that is reached now, beside
#                                        those whose names are words
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."
export ASAN_OPTIONS="malloc_context_size=4:quarantine_size_mb=16:clear_shadow_mmap_threshold=1073741824"
export UBSAN_OPTIONS="print_stacktrace=1"

verb=$1 target=$2
program=build/$3/bin/fuzz_$target
new=build/fuzz/corpus/$target seeds=build/fuzz/seeds/$target kept=tests/fuzz/corpus/$target
log=build/fuzz/found/$target.log
mkdir -p build/fuzz/found build/fuzz/seeds "$new" "$kept"
# Some targets keep a store in a folder, which is to go with them however they end.
[ -n "${TMPDIR:-}" ] || { [ -w /dev/shm ] && TMPDIR=/dev/shm; } || TMPDIR=/tmp
TMPDIR=$(mktemp -d "$TMPDIR/samaki-fuzz-XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM
$program --seeds "$seeds"

# Longer inputs reach nothing more there, and take longer.
bytes_max=4096
case $target in
scope | proof) bytes_max=128 ;;
khmer | text | config | dbfile | channel | noise) bytes_max=512 ;;
invitation | fork | roster | rows | store) bytes_max=1536 ;;
session) bytes_max=16384 ;;
esac

number() { sed -n "s/^stat::$1: *//p" "$log"; }

case $verb in
fuzz)
    result=ok
    # The limits of one input are in fuzz.h; -timeout is for what never comes back.
    $program -runs="$4" -max_len=$bytes_max -timeout=20 -malloc_limit_mb=64 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$target-" "$new" "$seeds" "$kept" >"$log" 2>&1 || result=FAILED
    printf '%-14s %10s executions %7s a second  %s\n' "$target" "$(number number_of_executed_units)" \
        "$(number average_exec_per_sec)" $result
    if [ $result = FAILED ]; then sed -n '/assertion failed\|ERROR\|runtime error\|^fuzz:\|Test unit/p' "$log"; fi
    ;;
keep)
    fewest=build/fuzz/keep/$target
    rm -rf "$fewest"
    mkdir -p "$fewest"
    $program -merge=1 -set_cover_merge=1 -use_counters=0 -max_len=$bytes_max "$fewest" "$seeds" "$kept" "$new" \
        >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    find "$kept" -type f ! -name '*[g-z-]*' -delete
    cp "$fewest"/* "$kept"
    printf '%-14s %5s inputs kept\n' "$target" "$(find "$kept" -type f | wc -l)"
    ;;
esac
