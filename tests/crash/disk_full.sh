#!/bin/sh
# A disk of 4 MiB that others fill up: the daemon stays, reads serve, decisions go through, records wait; with room again
# everything goes on, and nobody has to start anything anew.
set -eu
if [ "${SMK_OWN_MOUNTS:-}" != 1 ]; then
    if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
        echo "skipped: mounting a small disk needs root"
        exit 77
    fi
    SMK_OWN_MOUNTS=1 exec unshare -m --propagation private "$0"
fi
. "$(dirname "$0")/../e2e/prologue.sh"
need samaki samakid
disk=$work/disk a=$work/disk/a b=$work/b
mkdir "$disk"
mount -t tmpfs -o size=4m samaki-test "$disk" || { echo "skipped: no tmpfs"; exit 77; }
trap 'umount -l "$disk" 2>/dev/null || true; finish' EXIT
long=$(head -c 9000 /dev/zero | tr '\0' x)
event() { printf '{"kind":"event","fields":{"kind":"other","title":{"en":"Event %s"}}}\n' "$1" >"$work/event.json"; }
records() { samaki --home "$1" --json status | grep -o '"pub":{[^}]*' | grep -o '"records":[0-9]*' | tr -dc 0-9; }

expect 0 samaki --home "$a" init --name Test --org office --office office-ed:secretariat_approver \
    --office office-pm:secretariat_editor
node "$a"
expect 0 samaki --home "$a" --json invite --org ctod --kind member --area 02 --role member_editor --address "$address"
expect 0 samaki --home "$b" join "$(field invitation)"
event 1
expect 0 samaki --home "$b" put "$work/event.json"
expect 0 samaki --home "$b" sync "$address"
[ -s "$a/store/reserve" ] || fail "no reserve was made"

# Full to the last byte.
cat /dev/zero >"$disk/ballast" 2>/dev/null || true
for n in $(seq 2 60); do
    event "$n $long"
    expect 0 samaki --home "$b" put "$work/event.json"
done
before=$(records "$a")
samaki --home "$b" sync "$address" >"$work/out" 2>"$work/err" && fail "a full disk took 59 records"
says "disk"
kill -0 "$(cat "$a.pid")" || fail "the daemon has ended"
expect 0 samaki --home "$a" status
expect 0 samaki --home "$a" list
expect 0 samaki --home "$a" audit
for n in $(seq 20); do
    expect 0 samaki --home "$a" org add "late-$n" --kind member --name-en "Decided on a full disk"
done
expect 0 samaki --home "$a" roster
says late-20
[ ! -e "$a/store/reserve" ] || fail "the decisions went through without the reserve: the disk was not full"
expect 1 samaki --home "$a" --as office-pm put "$work/event.json"
says "The disk is full"
[ "$(records "$a")" -lt $((before + 59)) ] || fail "the disk was not full"

# Room again.
rm "$disk/ballast"
expect 0 samaki --home "$b" sync "$address"
[ "$(records "$a")" -eq "$(records "$b")" ] || fail "what waited has not arrived"
[ -s "$a/store/reserve" ] || fail "the reserve was not made again"
kill -0 "$(cat "$a.pid")" || fail "the daemon has ended"
expect 0 samaki --home "$a" audit
expect 0 samaki --home "$a" scrub
stop "$a"
umount "$disk"
