#!/bin/sh
# Goal: what was entered by mistake is taken back: one document, or all that a file has brought in; not what somebody has built on
# since, which is named; nothing is lost, and the same file brings it back.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
cd "$work"
expect 0 samaki --home office init --name "Back" --org as --office as-ed:secretariat_editor --office as-ap:secretariat_approver
node "$work/office"
expect 0 samaki --home office invite --org ctod --kind member --area 02 --role member_editor --role member_approver --address "$address"
expect 0 samaki --home member join "$(grep -o 'samaki1[^ ]*\|samaki:[^ ]*' out | head -1)"
export SAMAKI_HOME="$work/office"
new() { expect 0 samaki new --as as-ed "$@"; }

# One document, with a tired person's mistakes.
new event --field id=EV-1 --field kind=training --field title_en=One --field date=2021-11 --field organisers=as --field participants=40/10
expect 2 samaki withdraw EV-1
says "--reason"
expect 1 samaki withdraw EV-9 --reason x
says "There is no document 'EV-9' here"
new attachment --field id=AT-1 --field sha256="$(printf '%064d' 7)" --field bytes=5 --field media_type=image/png --field kind=photo \
    --field subject=EV-1 --field visibility=public
expect 1 samaki withdraw EV-1 --reason "entered twice"
says "Another document names it: AT-1"
expect 0 samaki withdraw AT-1 --reason "entered twice" --as as-ed
expect 0 samaki totals --json
says '"event_participants":{"count":1,"participants":40'
expect 0 samaki withdraw EV-1 --reason បញ្ចូលពីរដង --as as-ed
expect 1 samaki withdraw EV-1 --reason "entered twice"
says "It was withdrawn before"
expect 0 samaki show EV-1
says "One"
says "withdrawn"
expect 0 samaki history EV-1
says "withdraw"
expect 0 samaki list
grep 'EV-1 .*withdrawn' out >/dev/null || fail "the list does not say that it was withdrawn"
expect 0 samaki totals --json
says '"event_participants":{"count":0'
says '"event.withdrawn":'
expect 0 samaki export --json-file gone.json --json
says '"event":{"withdrawn":1}'
if grep -q '"EV-1"' gone.json; then fail "what was withdrawn is exported"; fi

# A change brings it back.
expect 0 samaki edit EV-1 --field title_en="One again" --as as-ed
expect 0 samaki totals --json
says '"event_participants":{"count":1,"participants":40'
# Only who made it: not the member, and not what the member has worked on.
expect 0 samaki --home member sync "$address"
expect 1 samaki --home member withdraw EV-1 --reason x
says "it belongs to another organisation"
expect 0 samaki --home member new case_study --field id=CS-1 --field district=0201 --field year=2021 --field methods=phone \
    --field title_km=ករណី --field 'findings=[{"id":"F1","text_en":"x"}]' --field respondents=12/3
expect 0 samaki --home member sync "$address"
expect 1 samaki withdraw CS-1 --reason x
says "it belongs to another organisation"

# A whole file taken back: first a look, then all of it.
cat >event.csv <<'CSV'
id,kind,title_en,date,organisers,participants.total,participants.female
EV-10,training,Ten,2021-11,as,10,5
EV-11,training,Eleven,2021-11,as,10,5
EV-12,training,Twelve,2021-11,as,10,5
EV-13,training,Thirteen,2021-11,as,10,5
EV-1,training,Another one,2021-11,as,10,5
CSV
expect 0 samaki import event.csv --as as-ed
says "4 new, 1 changed"
log=$(ls office/imports/*.jsonl)
expect 0 samaki export --json-file before.json --for-import --type event
expect 1 samaki import --undo event.csv
says "The log cannot be used: line 1 is no line of the log of an import."
expect 1 samaki import --undo nowhere
says "there is no such file"
expect 2 samaki import --undo "$log" event.csv
says "--undo takes the log of an import"
expect 2 samaki import event.csv --reason x
expect 0 samaki --home member sync "$address"
expect 0 samaki edit EV-11 --field title_en="Eleven, corrected" --as as-ed
new attachment --field id=AT-12 --field sha256="$(printf '%064d' 8)" --field bytes=5 --field media_type=image/png --field kind=photo \
    --field subject=EV-12 --field visibility=public
expect 0 samaki act record EV-13 --field participants=10/5 --as as-ed
expect 1 samaki import --undo "$log" --preview
says "row 3, EV-11: stays: as-ed has changed it on"
says "row 4, EV-12: stays: Another document names it: AT-12."
says "row 5, EV-13: stays: Something was done about it: record, on"
says "row 6, EV-1: stays: The import has changed it only"
says "Nothing was written. It would be: 1 withdrawn, 0 withdrawn before, 4 stay."
expect 0 samaki list
if grep -q 'EV-10 .*withdrawn' out; then fail "a preview has withdrawn something"; fi
expect 1 samaki import --undo "$log" --reason "the wrong file" --json
says '"summary":{"withdrawn":1,"withdrawn_before":0,"stays":4,"preview":false}'
says '"reason":"named"'
expect 0 samaki history EV-10 --json
says 'the wrong file'
expect 0 samaki withdraw AT-12 --reason x --as as-ed
expect 1 samaki import --undo "$log"
says "1 withdrawn, 1 withdrawn before, 3 stay."

# The member sees the same, and the file brings back what went.
expect 0 samaki --home member sync "$address"
expect 0 samaki --home member list
grep 'EV-12 .*withdrawn' out >/dev/null || fail "the member does not know that it was withdrawn"
expect 0 samaki --home member audit
sed -i 's/,10,5$/,,/' event.csv
expect 0 samaki import event.csv --as as-ed
says "row 2, EV-10: created: it had been withdrawn, and is brought back"
says "2 new, 1 changed, 2 here already"
expect 0 samaki show EV-10 --json
says '"participants":null},"concurrent"'
grep -q '"status":"planned"' out || fail "it is not back"
log=$(ls -t office/imports/*.jsonl | head -1)
expect 1 samaki import --undo "$log" --preview
says "It would be: 2 withdrawn"
stop "$work/office"
