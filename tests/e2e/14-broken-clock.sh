#!/bin/sh
# Goal: a clock that fails ends a program at once, and nothing is half done: what it wrote is there or not, its home is
# sound, and the same goes well afterwards.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
export SMK_LIB="$SMK_BIN/broken_clock.so"
[ -f "$SMK_LIB" ] || { echo "skipped: broken_clock.so is not built" && exit 77; }
records() { # how many a home holds, and that nothing is wrong with them
    expect 0 samaki --home "$1" --json audit
    held=$(field records)
}
# breaks N HOME WORD... : true when the N-th look at a clock ended the command
breaks() {
    nth=$1 code=0
    shift
    env LD_PRELOAD="$SMK_LIB" BROKEN_CLOCK="$nth" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
        "$SMK_BIN/samaki" --home "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    case $code in # a program without sanitizers says that it stopped, and ends with 1
    0 | 1 | 134) ;;
    *) fail "exit code $code when look $nth at a clock failed" ;;
    esac
    [ "$code" -eq 0 ] || says "assertion failed: clock_gettime"
    [ "$code" -ne 0 ]
}
# until_well WORD... : breaks the command at every look until it has no more of them; how often in $broken
until_well() {
    broken=0
    records "$1"
    before=$held
    while breaks "$broken" "$@"; do
        records "$1"
        [ "$held" -eq "$before" ] || fail "a command that ended at once has written $((held - before)) records"
        broken=$((broken + 1))
        [ $broken -lt 100 ] || fail "it looks at the clock for ever"
    done
}

for number in 1 2; do
    echo '{"type": "event", "id": "EV-'$number'", "kind": "training_series", "title_en": "Training"}' >"$work/event-$number.json"
done
expect 0 samaki --home "$work/office" init --name "A broken clock" --org office
until_well "$work/office" put "$work/event-1.json"
[ $broken -gt 0 ] || fail "nobody looked at a clock"
writing=$broken
records "$work/office"
[ "$held" -gt "$before" ] || fail "the last one went well and wrote nothing"

node "$work/office"
expect 0 samaki --home "$work/office" invite --org banan --kind member --area 0201 --role member_editor --address "$address"
mv "$work/out" "$work/invitation"
expect 0 samaki --home "$work/banan" join "@$work/invitation"
expect 0 samaki --home "$work/office" put "$work/event-2.json"
talking=0
for look in 0 1 2 3 5 8 13 21; do # what comes comes in pieces: how often it looks is not always the same
    breaks $look "$work/banan" sync "$address" || break
    records "$work/banan"
    talking=$look
done
[ $talking -ge 5 ] || fail "look $((talking + 1)) at a clock failed, and nobody noticed"
expect 0 samaki --home "$work/banan" sync "$address"
records "$work/banan"
banan=$held
records "$work/office"
[ "$held" -eq "$banan" ] || fail "the office holds $held records, banan $banan"
stop "$work/office"
echo "a clock that failed ended a command that writes ($writing looks), and one that talks (up to look $talking)"
