#!/bin/sh
# Goal: what somebody writes beside a daemon is passed on although nobody has announced it; a peer that cannot be reached is
# dialled more and more seldom; a daemon that stops takes leave; every line has keys of its own.
. "$(dirname "$0")/prologue.sh"
need samaki samakid slow_line

wait_for() { # wait_for SECONDS WHAT COMMAND... : until it succeeds
    tries=$(($1 * 20)) what=$2
    shift 2
    until "$@" >"$work/out" 2>"$work/err"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "waited in vain: $what"
        sleep 0.05
    done
}

expect 0 samaki --home "$work/office" init --name "Two daemons" --org office
node "$work/office"
"$SMK_BIN/slow_line" "$address" 1 0 10000000 0 1000000000 >"$work/line" &
daemons="$daemons $!"
wait_for 20 "the line" test -s "$work/line"
way=$(head -1 "$work/line")
expect 0 samaki --home "$work/office" invite --org banan --kind member --area 0201 --role member_editor --address "$way"
mv "$work/out" "$work/invitation"
expect 0 samaki --home "$work/banan" join "@$work/invitation"
mkdir -p "$work/banan"
echo 'log = "debug"' >"$work/banan/samakid.conf"
node "$work/banan" 127.0.0.1 --peer "$way" --peer 127.0.0.1:1
wait_for 20 "banan and office agree" grep -q "same: " "$work/banan.log"

# Without its socket nobody pokes the daemon; it looks by itself.
rm "$work/office/run/poke"
cat >"$work/event.json" <<'END'
{"type": "event", "id": "EV-1", "kind": "training", "title_en": "Nobody announced this", "date": "2026-11-20",
 "organisers": ["office"]}
END
expect 0 samaki --home "$work/office" put "$work/event.json"
wait_for 20 "the event arrives" sh -c "\"$SMK_BIN/samaki\" --home \"$work/banan\" list event | grep -q announced"

# 0.5, 1, 2, 4 s apart, each up to a quarter less: in 6 s four or five tries, and at one pace a dozen.
sleep 6
dials=$(grep -c "cannot reach 127.0.0.1:1:" "$work/banan.log")
[ "$dials" -ge 2 ] || fail "a peer that cannot be reached was tried $dials times"
[ "$dials" -le 8 ] || fail "a peer that cannot be reached was tried $dials times"

# The office says good-bye, and banan begins another session when it is there again.
stop "$work/office"
wait_for 20 "the office takes leave" grep -q "the peer closed: ok" "$work/banan.log"
! grep -q "the line was cut before" "$work/banan.log" || fail "a daemon that stopped has cut its line"

# What both ends of all lines said first is an ephemeral key: none twice.
count=$(grep -c "^first " "$work/line")
[ "$count" -ge 4 ] || fail "only $count ends of lines said something"
twice=$(grep "^first " "$work/line" | sort | uniq -d)
[ -z "$twice" ] || fail "two lines began with one ephemeral key"
stop "$work/banan"
echo "two daemons: an event that nobody announced arrived; $dials tries in 6 s; good-bye; $count first words, none twice"
