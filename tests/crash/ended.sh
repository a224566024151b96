#!/bin/sh
# A test program that is told to end leaves no folder and no process behind, whatever it was doing.
. "$(dirname "$0")/../e2e/prologue.sh"
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"

left() { # the processes that have this TMPDIR, and are not this script's own
    grep -lzxF "TMPDIR=$TMPDIR" /proc/[0-9]*/environ 2>/dev/null | sed 's,^/proc/\([0-9]*\)/.*,\1,' |
        while read -r pid; do
            case $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) in "$SMK_BIN/"*) echo "$pid" ;; esac
        done
}
ends() { # ends SIGNAL CODE PROGRAM [ARGUMENT...]
    name=$1 code=$2
    shift 2
    [ -x "$SMK_BIN/$1" ] || fail "there is no program $1"
    program=$SMK_BIN/$1
    shift
    "$program" "$@" >"$work/said" 2>&1 &
    pid=$! daemons=$!
    tenths=0
    while [ -z "$(ls "$TMPDIR")" ]; do
        [ $tenths -lt 100 ] || fail "$program makes no folder within 10 s"
        tenths=$((tenths + 1))
        sleep 0.1
    done
    sleep 0.7 # in the middle of something
    kill -"$name" "$pid"
    answer=0
    wait "$pid" || answer=$?
    daemons=
    [ "$answer" -eq "$code" ] || fail "$program ended with $answer at SIG$name: $(tail -n 2 "$work/said")"
    [ -z "$(ls "$TMPDIR")" ] || fail "$program left $(ls "$TMPDIR") at SIG$name"
    [ -z "$(left)" ] || fail "$program left processes at SIG$name: $(left)"
}
for signal in 'TERM 143' 'HUP 129'; do # a shell lets what runs in the background ignore INT
    ends $signal crash_kill
    ends $signal crash_powercut
    ends $signal crash_crowd
    ends $signal crash_damage --cuts 100000
    ends $signal threads --rounds 1000
    ends $signal fault_loops
done
