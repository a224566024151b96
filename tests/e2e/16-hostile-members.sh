#!/bin/sh
# Goal: a member that asks without end and never reads an answer costs little memory and few places, and keeps nobody
# else from syncing.
. "$(dirname "$0")/prologue.sh"
need samaki samakid hostile_peer

expect 0 samaki --home "$work/office" init --name "Hostile members" --org office
node "$work/office"
for member in banan good; do
    expect 0 samaki --home "$work/office" invite --org $member --kind member --area 0201 --role member_editor --address "$address"
    mv "$work/out" "$work/invitation"
    expect 0 samaki --home "$work/$member" join "@$work/invitation"
done
daemon=$(cat "$work/office.pid")
count_files() { ls "/proc/$daemon/fd" | wc -l; }
memory_kib() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"; }

# hostile MODE... : starts it; it keeps its connections until its input ends
hostile() {
    rm -f "$work/leash" "$work/hostile"
    mkfifo "$work/leash"
    "$SMK_BIN/hostile_peer" "$address" "$work/banan" "$@" <"$work/leash" >"$work/hostile" 2>&1 &
    peer=$!
    daemons="$daemons $peer"
    exec 8>"$work/leash"
    tries=0
    until [ -s "$work/hostile" ]; do
        kill -0 "$peer" 2>/dev/null || fail "the hostile peer ended: $(cat "$work/hostile")"
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || fail "the hostile peer does not get through: hostile_peer $*"
        sleep 0.05
    done
}
release() {
    exec 8>&-
    wait "$peer" || fail "the hostile peer failed: $(cat "$work/hostile")"
}
# at_most COUNT SECONDS : the daemon holds no more files than at the start and COUNT within that time
at_most() {
    tries=$(($2 * 20))
    while [ "$(count_files)" -gt $((files + $1)) ]; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "$(($(count_files) - files)) connections after $2 s, not $1"
        sleep 0.05
    done
}
if ! ls "/proc/$daemon/fd" >/dev/null 2>&1; then
    echo "skipped: only root may count the files of samakid"
    exit 77
fi
files=$(count_files) memory=$(memory_kib)

hostile stuck 20 150 # each session is over soon, and its last words are never read
at_most 8 5
at_most 4 40 # what is over goes after 10 s, what was stopped after 30 s; an open session may be silent for 120 s
expect 0 samaki --home "$work/good" sync "$address"
release

hostile flood 96
went=$(sed -n 's/^flood: \([0-9]*\) KiB.*/\1/p' "$work/hostile")
[ "$went" -lt 32768 ] || fail "$went KiB were taken from somebody who does not read"
grown=$((($(memory_kib) - memory) / 1024))
expect 0 samaki --home "$work/good" sync "$address"
release
hostile stuck 12 3000 # these are not even over: their questions wait
at_most 8 5
expect 0 samaki --home "$work/good" sync "$address"
release
stop "$work/office"
echo "hostile members: 8 places at most; $went KiB taken without an answer being read, $grown MiB more memory"
