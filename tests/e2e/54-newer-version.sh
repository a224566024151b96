#!/bin/sh
# Goal: what a newer version of Samaki wrote is kept, passed on and shown untouched, and an edit by this version loses none of it.
. "$(dirname "$0")/prologue.sh"
need samaki samakid newer_node
a=$work/a b=$work/b
cd "$work"

expect 0 samaki --home "$a" init --name "Newer" --org cpdd --office cpdd-ed:secretariat_editor --office cpdd-ap:secretariat_approver
node "$a"
expect 0 samaki --home "$a" invite --org ctod --role member_editor --area 02 --address "$address"
cp out invitation
expect 0 samaki --home "$b" join @invitation
sync() { expect 0 samaki --home "$b" sync "$address"; }
settled() { # the certificate of the new device may have come into being while the first session ran
    tries=0
    until samaki --home "$b" sync "$address" --json | grep -q '"agreed_before":true'; do
        tries=$((tries + 1))
        [ $tries -le 100 ] || fail "they never agree"
    done
}
settled

# The member's office runs a newer version: a field, a part of a group, a choice and a type that we do not know.
doc=0102030405060708090a0b0c0d0e0f10
survey=1112131415161718191a1b1c1d1e1f20
"$SMK_BIN/newer_node" "$b" ctod-editor prov:02 case_study $doc "{'ref' 'CS-1' 'year' 2021 'title' {'en' 'Study'} \
'colour' {'en' 'red' 'shade' 3} 'methods' ['phone' 'hologram'] 'district' '0201' \
'findings' [{'id' 'F1' 'text' {'en' 'one'} 'weight' [1 2 #3x01]}] 'lead_org' 'ctod' 'respondents' {'total' 3 'female' 1}}" >newer.id
"$SMK_BIN/newer_node" "$b" ctod-editor prov:02 survey $survey "{'ref' 'SV-1' 'pages' [#4x07 true nil] 'title' {'en' 'A survey'}}" >survey.id
sync

# Kept and passed on: both export the same bytes.
samaki --home "$a" export | grep '"scope":"prov:02"' | grep -v '"type_name":"open"' >a.export
samaki --home "$b" export | grep '"scope":"prov:02"' | grep -v '"type_name":"open"' >b.export
[ -s a.export ] && cmp -s a.export b.export || fail "the exports differ"
grep -q "\"id\":\"$(cat newer.id)\".*\"weight\":\[1,2,\"010101\"\]" a.export || fail "a part of a group is not exported as it is"

# Shown: the known type counts, with what we do not know of it; the unknown one is shown with its reason.
expect 0 samaki --home "$a" show CS-1 --json
says '"counts":true'
says '"colour":{"en":"red","shade":3}'
says '"methods":["phone","hologram"]'
expect 0 samaki --home "$a" show CS-1
says '"weight":[1,2,"010101"]'
expect 0 samaki --home "$a" list survey
says "A survey"
says "does not count: this version knows no such type of document"
expect 0 samaki --home "$a" show SV-1 --json
says '"pages":["07070707",true,null],"title":{"en":"A survey"}'
expect 1 samaki --home "$a" edit SV-1 --field title=x
says "SV-1 is of a type that this version does not know (survey)."
expect 2 samaki --home "$a" list surveys

# Edits by this version: of another field, of the group, of the list. What they do not know goes through as it is.
member() { expect 0 samaki --home "$b" edit CS-1 "$@"; }
member --field year=2022
member --field 'findings[F1].text_km=មួយ'
member --field 'findings+={"id":"F2","text_en":"two"}'
member --field methods+=focus_group
expect 1 samaki --home "$b" edit CS-1 --field methods+=fax
says "the value is not one of the choices"
sync
expect 0 samaki --home "$a" show CS-1 --json
says '"year":2022'
says '"colour":{"en":"red","shade":3}'
says '"methods":["phone","hologram","focus_group"]'
says '"findings":[{"id":"F1","text":{"en":"one","km":"មួយ"},"weight":[1,2,"010101"]},{"id":"F2","text":{"en":"two"}}]'
stop "$a"
echo "what a newer version wrote: kept, passed on, shown, and not lost by an edit"
