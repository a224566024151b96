#!/bin/sh
# A coalition is founded; a device is invited, joins, and both hold the same; nobody else can use the invitation.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
a=$work/a b=$work/b c=$work/c

expect 0 samaki --home "$a" init --name "សាមគ្គី" --org cpdd --time-zone Asia/Phnom_Penh
says "The coalition 'សាមគ្គី' is founded."
says "cpdd-approver (secretariat_approver)"
expect 1 samaki --home "$a" init --name Other --org cpdd
says "there is a coalition already"
expect 0 samaki status --home "$a" --json
coalition=$(field coalition)
[ "$(stat -c %a "$a/root.key" "$a/device.key" | sort -u)" = 600 ] || fail "keys are open to others"

node "$a"
expect 0 samaki --home "$a" invite --org ctod --role member_editor --role member_approver --area 02 --address "$address"
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "the invitation does not stand alone on stdout"
cp "$work/out" "$work/invitation"
says "ctod-approver, ctod-editor"

# Joining, from a text that was pasted with quotes and line breaks.
{ printf 'Please join:\n> "'; fold -w 60 "$work/invitation"; printf '"\n'; } >"$work/pasted"
expect 0 samaki --home "$b" join "@$work/pasted"
says "Joined 'សាមគ្គី' as a device of ctod (ctod-approver, ctod-editor)."
says "same: "
expect 0 samaki --home "$b" status --json
[ "$(field coalition)" = "$coalition" ] || fail "another coalition was joined"

# The certificate of the new device may have come into being while the first session ran.
root() { samaki --home "$1" status --json | sed -n 's/.*"gov":{[^}]*"root":"\([0-9a-f]*\)".*/\1/p'; }
tries=0
until [ "$(root "$a")" = "$(root "$b")" ]; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || fail "the roots of gov differ"
    sleep 0.05
    expect 0 samaki --home "$b" sync "$address"
done

# Again with the same keys: fine. With others: not.
expect 0 samaki --home "$b" join "@$work/invitation"
expect 1 sh -c 'SAMAKI_HOME=$1 "$2/samaki" join - <"$3"' sh "$c" "$SMK_BIN" "$work/invitation"
says "closed the line without an answer"
[ ! -e "$c/store/data.mdb" ] || fail "a store was made without a welcome"

# Words behind the text are left out; another invitation cannot be used by this home, nor one's own.
{ cat "$work/invitation"; printf '\nBest regards\nDara, CTOD\n'; } >"$work/mail"
expect 0 samaki --home "$b" join "@$work/mail"
expect 0 samaki --home "$a" invite --org as --role member_editor --area 02 --address "$address"
cp "$work/out" "$work/other"
expect 1 samaki --home "$b" join "@$work/other"
says "This home is a device of ctod already (ctod-approver, ctod-editor): the invitation is another one."
expect 1 samaki --home "$a" join "@$work/other"
says "This is the home of the node that wrote the invitation"

# A kind or role that nobody knows is refused with its file and field, and the others are decided.
mkdir "$work/govern"
cat >"$work/govern/organisations.json" <<'END'
[{"id": "MA", "kind": "member", "name_en": "Member A", "area": "02"},
 {"id": "MB", "kind": "membr", "name_en": "Member B", "area": "02"}]
END
cat >"$work/govern/offices.json" <<'END'
[{"id": "MA-ED", "org": "MA", "role": "member_editor", "title_en": "Editor"},
 {"id": "MA-X", "org": "MA", "role": "boss", "title_en": "Boss"},
 {"id": "MA-S", "org": "MA", "role": "sna_clerk", "title_en": "Clerk"},
 {"id": "MB-ED", "org": "MB", "role": "member_editor", "title_en": "Editor"}]
END
expect 1 samaki --home "$a" import "$work/govern"
says "organisations.json, MB, field kind"
says "offices.json, MA-X, field role"
says "offices.json, MA-S, field role: the role sna_clerk belongs to an administration"
says "offices.json, MB-ED, field org: the organisation 'mb' was refused"
expect 0 samaki --home "$a" office
says "ma-ed"
expect 0 samaki --home "$b" sync "$address"

# What the member sees, and what only the founder may do.
expect 0 samaki --home "$b" roster
says "This device holds: gov pub nat prov:02 dm:02* org:ctod"
expect 0 samaki --home "$b" device
says "(this device)"
expect 0 samaki --home "$b" peers
says "same at "
expect 1 samaki --home "$b" org add star --kind member --name-en "STAR Kampuchea"
says "it can be done on the node where 'samaki init' was run"
expect 0 samaki --home "$a" org add star --kind member --name-en "STAR Kampuchea" --area 02 --area 0201
expect 0 samaki --home "$a" office add star-dir --org star --role member_approver
expect 0 samaki --home "$b" sync "$address" --json
[ "$(field records_received)" = 2 ] && [ "$(field agreed)" = true ] || fail "the two decisions did not come"
expect 0 samaki --home "$b" office list --json
says '{"id":"star-dir","org":"star","role":"member_approver"'

stop "$a"
expect 75 samaki --home "$b" sync "$address"
says "nobody listens there"
expect 0 samaki --home "$b" peers
says "not compared since"
