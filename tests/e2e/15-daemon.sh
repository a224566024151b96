#!/bin/sh
# Goal: samakid says where it listens, is alone on its home, survives kill -9, takes strangers' bytes in silence, and
# stops within 2 s of SIGTERM.
set -eu
dir=$(mktemp -d)
pid=
end() {
    [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
    rm -rf "$dir"
}
trap end EXIT
fail() {
    echo "FAILED: $*" >&2
    cat "$dir/log" >&2 || true
    exit 1
}
home=$dir/home
samaki() { "$SMK_BIN/samaki" --home "$home" "$@"; }

samakid_refuses() { # samakid_refuses EXIT ARGUMENTS... : it does not start, and says why
    want=$1
    shift
    code=0
    timeout 10 "$SMK_BIN/samakid" "$@" >"$dir/out" 2>&1 || code=$?
    [ "$code" -eq "$want" ] || fail "samakid $* ended with $code, not $want: $(cat "$dir/out")"
    [ -s "$dir/out" ] || fail "samakid $* refused without a word"
}

wait_for() { # wait_for SECONDS COMMAND... : until it succeeds
    tries=$(($1 * 20))
    shift
    while ! "$@" 2>/dev/null; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "waited in vain for: $*"
        sleep 0.05
    done
}

start() {
    "$SMK_BIN/samakid" --home "$home" --listen 127.0.0.1:0 >>"$dir/log" 2>&1 &
    pid=$!
    wait_for 20 test -s "$home/run/listen"
}

samakid_refuses 2 --nonsense
samakid_refuses 1 --home "$dir/nowhere"
samaki init --name "Daemon test" --org office >/dev/null
samakid_refuses 2 --home "$home" --listen nowhere

start
samakid_refuses 75 --home "$home" --listen 127.0.0.1:0
address=$(cat "$home/run/listen")
samaki status >/dev/null || fail "status beside a running daemon"

# a stranger's bytes get no answer at all (the handshake ends after 10 s at the latest)
if command -v nc >/dev/null; then
    answer=$(printf '\000\040garbage garbage garbage garbage ' | timeout 15 nc -w 12 "${address%:*}" "${address#*:}" | wc -c)
    [ "$answer" -le 98 ] || fail "a stranger got $answer bytes"
    printf 'GET / HTTP/1.1\r\n\r\n' | timeout 15 nc -w 12 "${address%:*}" "${address#*:}" >"$dir/http" || true
    [ ! -s "$dir/http" ] || fail "a browser got an answer"
fi
kill -0 "$pid" || fail "samakid died of a stranger's bytes"

kill -9 "$pid"
wait "$pid" 2>/dev/null || true
rm -f "$home/run/listen"
start # after kill -9 the home opens again
samaki audit >/dev/null || fail "audit after kill -9"

began=$(date +%s%N)
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
took_ms=$((($(date +%s%N) - began) / 1000000))
pid=
[ "$code" -eq 0 ] || fail "samakid ended with $code after SIGTERM"
[ "$took_ms" -lt 2000 ] || fail "stopping took $took_ms ms"
[ ! -e "$home/run/listen" ] || fail "run/listen was left behind"
grep -q "stopped" "$dir/log" || fail "no line about stopping"
echo "samakid: alone on its home, silent to strangers, back after kill -9, stopped in $took_ms ms"
