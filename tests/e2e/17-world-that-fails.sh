#!/bin/sh
# Goal: samakid reaches a peer whose name has several addresses, says so once when it cannot, ends in time although a
# name server is silent, ends with a sentence when its disk fails, and tells a fault from a damaged file.
. "$(dirname "$0")/prologue.sh"
need samaki samakid

wait_for_line() { # wait_for_line FILE TEXT SECONDS
    tries=$(($3 * 20))
    until grep -qF -e "$2" "$1"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { cat "$1" >&2; fail "$(basename "$1") does not say within $3 s: $2"; }
        sleep 0.05
    done
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# ends HOME CODE SECONDS : the daemon of that home ends by itself or was told to
ends() {
    began=$(now_ms) code=0 pid=$(cat "$1.pid")
    while grep -q "^State:[[:space:]]*[^Z[:space:]]" "/proc/$pid/status" 2>/dev/null; do
        [ $(($(now_ms) - began)) -lt $(($3 * 1000)) ] || { cat "$1.log" >&2; fail "samakid did not end within $3 s"; }
        sleep 0.01
    done
    took=$(($(now_ms) - began))
    wait "$pid" || code=$?
    rm -f "$1/run/listen" # a sudden end leaves it behind
    [ "$code" -eq "$2" ] || { cat "$1.log" >&2; fail "samakid of $(basename "$1") ended with $code, not $2"; }
}

expect 0 samaki --home "$work/office" init --name "A world that fails" --org office
node "$work/office" 127.0.0.9
port=${address##*:}
expect 0 samaki --home "$work/office" invite --org banan --kind member --area 0201 --role member_editor --address "$address"
mv "$work/out" "$work/invitation"
expect 0 samaki --home "$work/banan" join "@$work/invitation"

# A peer that nobody can reach is told once.
"$SMK_BIN/samakid" --home "$work/banan" --listen none --peer 127.0.0.1:1 2>"$work/banan.log" &
echo $! >"$work/banan.pid"
daemons="$daemons $!"
wait_for_line "$work/banan.log" "INFO cannot reach 127.0.0.1:1: connection refused; trying again" 10
sleep 1.2 # the second try comes within 0.5 s
[ "$(grep -c "cannot reach" "$work/banan.log")" -eq 1 ] || fail "more than one line about one peer that cannot be reached"
kill "$(cat "$work/banan.pid")"
ends "$work/banan" 0 2

# Names: in a mount namespace of its own samakid reads our list of hosts and asks our name server.
cat >"$work/within.sh" <<'END'
mount --bind "$WORK/hosts" /etc/hosts && mount --bind "$WORK/nsswitch.conf" /etc/nsswitch.conf &&
    mount --bind "$WORK/resolv.conf" /etc/resolv.conf && exec "$@"
END
echo "hosts: files dns" >"$work/nsswitch.conf"
echo "nameserver 127.0.0.1" >"$work/resolv.conf"
: >"$work/hosts"
for host in 8 1 9; do echo "127.0.0.$host many" >>"$work/hosts"; done # the resolver puts 127.0.0.1 first
is_root=no
export WORK="$work"
if [ "$(id -u)" -eq 0 ] && unshare -m sh "$work/within.sh" true 2>/dev/null; then
    is_root=yes
    unshare -m sh "$work/within.sh" "$SMK_BIN/samakid" --home "$work/banan" --listen none --peer "many:$port" 2>"$work/banan.log" &
    echo $! >"$work/banan.pid"
    daemons="$daemons $!"
    wait_for_line "$work/banan.log" "same: " 15
    kill "$(cat "$work/banan.pid")"
    ends "$work/banan" 0 2
fi

# A name server that is silent: in a network of its own, packets to 192.0.2.1 get lost.
echo "nameserver 192.0.2.1" >"$work/resolv.conf"
cat >"$work/lonely.sh" <<'END'
ip link set lo up && ip route add 192.0.2.0/24 dev lo && exec sh "$WORK/within.sh" "$@"
END
took=
if [ $is_root = yes ] && unshare -mn sh "$work/lonely.sh" true 2>/dev/null; then
    unshare -mn sh "$work/lonely.sh" "$SMK_BIN/samakid" --home "$work/banan" --listen 127.0.0.1:0 --peer "nowhere.example:1" 2>"$work/banan.log" &
    echo $! >"$work/banan.pid"
    daemons="$daemons $!"
    wait_for_line "$work/banan.log" "listening on" 15
    sleep 0.5 # a lookup that has not begun can be ended
    kill "$(cat "$work/banan.pid")"
    ends "$work/banan" 0 2
    wait_for_line "$work/banan.log" "stopped, without waiting for the name of a peer" 1
    silent="$took ms beside a silent name server"
fi

# The disk fails under the store of the office.
stop "$work/office"
export BROKEN_DISK="$work/broken"
: >"$work/office.log" # what the last one said is not waited for
env LD_PRELOAD="$SMK_BIN/broken_disk.so" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
    "$SMK_BIN/samakid" --home "$work/office" --listen 127.0.0.1:0 2>"$work/office.log" &
echo $! >"$work/office.pid"
daemons="$daemons $!"
wait_for_line "$work/office.log" "listening on" 15
address=$(cat "$work/office/run/listen")
expect 0 samaki --home "$work/banan" sync "$address"
: >"$BROKEN_DISK"
samaki --home "$work/banan" sync "$address" >"$work/out" 2>&1 || true # the note about it cannot be written there
ends "$work/office" 75 5
wait_for_line "$work/office.log" "ERROR the disk failed while the store was written" 1
rm "$BROKEN_DISK"
node "$work/office" # and all is well again
expect 0 samaki --home "$work/banan" sync "$address"
stop "$work/office"

# A fault of its own is not told as a damaged file.
node "$work/office"
kill -ABRT "$(cat "$work/office.pid")"
ends "$work/office" 70 5
wait_for_line "$work/office.log" "ERROR samakid found a fault in itself" 1
node "$work/office"
kill -BUS "$(cat "$work/office.pid")"
ends "$work/office" 70 5
wait_for_line "$work/office.log" "ERROR the store file cannot be read" 1
echo "samakid in a world that fails: ${silent:-names not tried without root}; a failing disk ends it with 75"
