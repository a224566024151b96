#!/bin/sh
# Without room nothing is half done: what was saved stays, and work goes on when there is room again.
. "$(dirname "$0")/prologue.sh"
need samaki
a=$work/a
long=$(head -c 200 /dev/zero | tr '\0' x)
tight() { # tight BLOCKS COMMAND... : with files of at most so many blocks of 512 bytes (or 1,024, as the shell counts)
    (
        blocks=$1
        shift
        ulimit -f "$blocks"
        "$SMK_BIN/samaki" --home "$a" "$@"
    )
}

expect 1 tight 20 init --name Test --org cpdd
says "The disk is full"
expect 0 samaki --home "$a" init --name Test --org cpdd
blocks=$(($(stat -c %s "$a/store/data.mdb") / 1024))
expect 1 tight $((blocks / 2)) org add ctod --kind member --name-en "$long"
says "The disk is full"
says "Everything that was saved before is safe."
expect 0 samaki --home "$a" audit
expect 0 samaki --home "$a" org list
says_not ctod
expect 0 samaki --home "$a" org add ctod --kind member --name-en "$long"
expect 0 samaki --home "$a" audit
