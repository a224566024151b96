#!/bin/sh
# Goal: a home that was put back to an older state by hand, behind Samaki's back, writes a second record for a place that
# it has filled before. Both nodes prove it, leave out what is in dispute, agree, and the device goes on in a new log.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
a=$work/a b=$work/b

document() { # document NAME [AREA] : a meeting of that name
    printf '{"type": "meeting", "id": "%s", "kind": "joint_consultation", "level": "district", "area": "%s",' "$1" "${2:-0201}"
    printf ' "date": "2026-11-20", "title_en": "Meeting %s", "organisers": ["ctod"]}\n' "$1"
}
in_sync() { # until both say same: the certificate may be new to one of them
    tries=0
    until "$SMK_BIN/samaki" --home "$b" --json sync "$address" >"$work/out" 2>"$work/err"; do
        tries=$((tries + 1))
        [ $tries -lt 20 ] || fail "the two do not come to hold the same"
        sleep 0.1
    done
}

expect 0 samaki --home "$a" init --name Forks --org cpdd
node "$a"
expect 0 samaki --home "$a" invite --org ctod --role member_editor --area 02 --address "$address"
cp "$work/out" "$work/invitation"
expect 0 samaki --home "$b" join "@$work/invitation"
document MT-1 >"$work/1.json"
document MT-2 >"$work/2.json"
document MT-3 >"$work/3.json"
document MT-4 >"$work/4.json"
expect 0 samaki --home "$b" put "$work/1.json"
in_sync
cp "$b/store/data.mdb" "$work/older"
expect 0 samaki --home "$b" put "$work/2.json"
in_sync

# The same file at the same place with older content: nothing tells that from an ordinary start.
cat "$work/older" >"$b/store/data.mdb"
rm -f "$b/store/lock.mdb"
expect 0 samaki --home "$b" put "$work/3.json"
in_sync
for home in "$a" "$b"; do
    expect 0 samaki --home "$home" forks
    says "A device of ctod signed two records for place 3 of its log in dm:0201"
    says "first branch, place 3: edit"
    expect 0 samaki --home "$home" --json forks
    says '"seq":3'
    expect 1 samaki --home "$home" audit
    says "its author has signed two records for one place of its log"
    expect 0 samaki --home "$home" list meeting
    says MT-1
    says_not MT-2
    says_not MT-3
done
expect 0 samaki --home "$b" put "$work/4.json"
in_sync
expect 0 samaki --home "$a" list meeting
says MT-1
says MT-4
says_not MT-3

# The same before the first record of a log: the whole log is in dispute, and nothing of it counts.
document MT-5 0202 >"$work/5.json"
document MT-6 0202 >"$work/6.json"
document MT-7 0202 >"$work/7.json"
cp "$b/store/data.mdb" "$work/older"
expect 0 samaki --home "$b" put "$work/5.json"
in_sync
cat "$work/older" >"$b/store/data.mdb"
rm -f "$b/store/lock.mdb"
expect 0 samaki --home "$b" put "$work/6.json"
in_sync
expect 0 samaki --home "$b" put "$work/7.json"
in_sync

# Somebody who comes later hears of that log by its proof alone.
c=$work/c
expect 0 samaki --home "$a" invite --org as --role member_editor --area 02 --address "$address"
cp "$work/out" "$work/invitation"
expect 0 samaki --home "$c" join "@$work/invitation"
for home in "$a" "$b" "$c"; do
    expect 0 samaki --home "$home" forks
    says "A device of ctod signed two records for place 1 of its log in dm:0202"
    expect 1 samaki --home "$home" audit
    says "its author has signed two records for one place of its log"
    says_not "damaged"
    expect 0 samaki --home "$home" --json export
    expect 0 samaki --home "$home" scrub
    expect 0 samaki --home "$home" list meeting
    says MT-1
    says MT-7
    says_not MT-5
    says_not MT-6
done
grep -q "a fork is proved" "$a.log" || fail "the daemon does not tell of the fork"
stop "$a"
