# What the scenarios share; read by them with `.`. Needs SMK_BIN, the folder of the programs.
#
#   expect CODE COMMAND...   runs it; its exit code must be CODE; what it said is in $work/out and $work/err
#   says TEXT                the last command said TEXT (a fixed string) on stdout or stderr
#   node HOME [HOST [OPTION...]]   starts a daemon for a home on a port of the kernel's choice; its address in $address
#   stop HOME                ends that daemon in good order
set -eu
export LC_ALL=C.UTF-8
: "${SMK_BIN:?set SMK_BIN to the folder of the programs}"
work=$(mktemp -d)
daemons=
finish() {
    for pid in $daemons; do kill "$pid" 2>/dev/null || true; done
    for pid in $daemons; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
unset SAMAKI_HOME XDG_DATA_HOME CDPATH
export HOME="$work"

fail() {
    echo "$(basename "$0"): $*" >&2
    for stream in out err; do [ ! -s "$work/$stream" ] || sed "s/^/    $stream: /" "$work/$stream" >&2; done
    exit 1
}
need() { # need PROGRAM... : skips the scenario when one is not built
    for program; do
        if [ ! -x "$SMK_BIN/$program" ]; then
            echo "skipped: $program is not built"
            exit 77
        fi
    done
}
samaki() { "$SMK_BIN/samaki" "$@"; }

expect() {
    wanted=$1 code=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted from: $*"
}
says() { grep -qF -e "$1" "$work/out" "$work/err" || fail "it does not say: $1"; }
says_not() { if grep -qF -e "$1" "$work/out" "$work/err"; then fail "it says: $1"; fi; }
# The value of a plain field of the JSON object in $work/out: a number, a word, or the inside of a string.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$work/out"; }

node() {
    node_home=$1 node_host=${2:-127.0.0.1}
    shift
    [ $# -eq 0 ] || shift
    "$SMK_BIN/samakid" --home "$node_home" --listen "$node_host:0" "$@" 2>"$node_home.log" &
    pid=$!
    daemons="$daemons $pid"
    echo "$pid" >"$node_home.pid"
    tries=0
    until [ -s "$node_home/run/listen" ]; do
        kill -0 "$pid" 2>/dev/null || { cat "$node_home.log" >&2; fail "samakid ended at its start"; }
        tries=$((tries + 1))
        [ $tries -lt 400 ] || fail "samakid does not listen"
        sleep 0.05
    done
    address=$(cat "$node_home/run/listen")
}
stop() {
    kill "$(cat "$1.pid")"
    wait "$(cat "$1.pid")" || fail "samakid of $1 ended with an error"
}
