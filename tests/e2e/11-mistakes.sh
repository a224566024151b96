#!/bin/sh
# What a tired person types wrong gets a sentence that helps, exit 1 or 2, and changes nothing.
. "$(dirname "$0")/prologue.sh"
need samaki
a=$work/a none=$work/none

usage() { # usage TEXT COMMAND... : exit 2, and it says TEXT
    text=$1
    shift
    expect 2 samaki "$@"
    says "$text"
}
refused() { # the same with exit 1
    text=$1
    shift
    expect 1 samaki "$@"
    says "$text"
}

# Before there is a home.
for command in status peers roster org office device; do refused "There is no Samaki home in $none." --home "$none" $command; done
refused "There is no Samaki home" --home "$none" sync 127.0.0.1:1
refused "There is no store in" --home "$none" audit
[ ! -e "$none" ] || fail "a folder was made"
expect 1 samaki --home "$none" status --json
says '{"error":"store_missing","what":"There is no Samaki home in '
expect 1 samaki --home "$(printf '/no\033[2J')" status
says 'There is no Samaki home in /no\x1b[2J.'

# Words.
usage "usage: samaki"
usage "Did you mean 'invite'?" --home "$a" invte
usage "There is no command 'frobnicate'." frobnicate
usage "--lang is km or en." --lang fr status
usage "--home needs a value" status --home
usage "There is no option --nmae here. Did you mean --name?" --home "$a" init --nmae X --org cpdd
usage "--name is missing" --home "$a" init --org cpdd
usage "--org is missing" --home "$a" init --name X
usage "--name needs a value" --home "$a" init --name --org cpdd
usage "has to be in small letters, digits and hyphens: cpdd" --home "$a" init --name X --org CPDD
usage "'Sammaki' is one word too many" --home "$a" init --name Our Sammaki --org cpdd
usage "is not a time zone" --home "$a" init --name X --org cpdd --time-zone Asia/Nowhere
usage "There is no kind of organisation 'secretary'" --home "$a" init --name X --org cpdd --kind secretary
usage "There is no role 'editor'" --home "$a" init --name X --org cpdd --office ed:editor
usage "lacks its role" --home "$a" init --name X --org cpdd --office ed
[ ! -e "$a" ] || fail "a mistake made a home"
expect 0 samaki --help
says "found a coalition on this node"
expect 0 samaki invite --help
says "usage: samaki invite --org SLUG"
expect 0 samaki --version

expect 0 samaki init --org cpdd --home "$a" --name "Test"   # any order
expect 0 samaki --home "$a" status --json
cp "$work/out" "$work/before"

# Inviting.
good="--org ctod --role member_editor --address 127.0.0.1:4717"
invite() { usage "$1" --home "$a" invite $2; }
invite "--org is missing" "--role member_editor --address 127.0.0.1:4717"
invite "Which office shall it hold?" "--org ctod --address 127.0.0.1:4717"
invite "--address is missing" "--org ctod --role member_editor"
invite "lacks its port" "--org ctod --role member_editor --address 127.0.0.1"
invite "has to be a number from 1 to 65535" "--org ctod --role member_editor --address 127.0.0.1:99999"
invite "is a web address" "--org ctod --role member_editor --address http://127.0.0.1:4717"
invite "small letters, digits and hyphens: ctod" "--org CTOD --role member_editor --address 127.0.0.1:4717"
invite "Did you mean member_editor?" "--org ctod --role member_edtor --address 127.0.0.1:4717"
invite "There is no office nobody" "--org ctod --office nobody --address 127.0.0.1:4717"
invite "belongs to cpdd, not to ctod" "--org ctod --office cpdd-editor --address 127.0.0.1:4717"
invite "cannot stand beside another one" "$good --role auditor"
invite "belongs to a secretariat" "--org ctod --role secretariat_editor --address 127.0.0.1:4717"
invite "is not an area" "$good --area 2"
invite "--days is a number from 1 to 365." "$good --days 0"
invite "--days is a number from 1 to 365." "$good --days soon"
invite "would be too long a name" "--org abcdefghijklmnop --role provincial_coordinator --address 127.0.0.1:4717"
invite "is decided already, in other words" "--org cpdd --kind member --role auditor --address 127.0.0.1:4717"

# Deciding.
usage "usage: samaki org" --home "$a" org remove ctod
usage "--kind is missing" --home "$a" org add ctod
usage "usage: samaki office" --home "$a" office add
refused "has not been decided" --home "$a" office add star-dir --org star --role member_approver

# Joining and syncing.
usage "usage: samaki join" --home "$a" join
usage "That is not an invitation" --home "$work/j" join samaki1:AAAA
usage "That is not an invitation" --home "$work/j" join "Dear all, see you on Monday"
usage "could not be read" --home "$work/j" join @"$work/missing"
usage "could not be read" --home "$work/j" join @/dev/zero
[ ! -e "$work/j" ] || fail "a text that is none made a home"
usage "usage: samaki sync" --home "$a" sync
usage "lacks its port" --home "$a" sync 127.0.0.1
expect 75 samaki --home "$a" sync 127.0.0.1:1
says "cannot be reached: nobody listens there"
expect 75 samaki --home "$a" sync 127.0.0.1:1 --json
says '"word":"not compared"'

expect 0 samaki --home "$a" status --json
cmp -s "$work/before" "$work/out" || fail "a mistake has changed something"

# Keys that others may read are refused, with what to do.
chmod 644 "$a/device.key"
refused "chmod 600" --home "$a" status
