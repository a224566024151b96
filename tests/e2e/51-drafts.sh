#!/bin/sh
# Goal: what an organisation drafts nobody else sees; to submit and to publish write the whole text into the wider scope, once,
# naming what it was taken from; what others changed meanwhile is not lost.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
a=$work/a b=$work/b
cd "$work"

expect 0 samaki --home "$a" init --name "Drafts" --org cpdd --office cpdd-ed:secretariat_editor --office cpdd-ap:secretariat_approver
node "$a"
expect 0 samaki --home "$a" invite --org ctod --role member_editor --role member_approver --area 02 --address "$address"
cp out invitation
expect 0 samaki --home "$b" join @invitation
sync() { expect 0 samaki --home "$b" sync "$address"; }
tries=0
until samaki --home "$b" sync "$address" --json | grep -q '"agreed_before":true'; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || fail "they never agree"
done
member() { # member CODE WORD... : what the member's office types
    code=$1
    shift
    expect "$code" samaki --home "$b" "$@"
}
count() { samaki --home "$1" export | grep -c "\"type_name\":\"edit\",\"scope\":\"$2\"" || true; }

# A draft, step by step; nobody else sees it.
member 0 new case_study --draft --field id=CS-1 --field year=2021 --field title_km=ករណី
sync
expect 0 samaki --home "$a" list
says "There is nothing here yet"
member 0 totals --json
says '"case_studies":{"count":0'
member 1 submit CS-1
says "Nothing says where the document belongs."
member 0 edit CS-1 --field district=0201
member 1 submit CS-1 --lang km
says "Case study: still missing: Methods (methods), Findings (findings), Respondents (respondents)."
says "ករណីសិក្សា៖ នៅខ្វះ៖"
member 1 publish CS-1
says "CS-1 is a draft that has not been submitted."
[ "$(count "$b" prov:02)" -eq 0 ] || fail "a refusal wrote something"
echo "scan" >scan.txt
echo '{"type": "attachment", "id": "AT-1", "file": "scan.txt", "media_type": "text/plain", "kind": "photo", "subject": "CS-1", "visibility": "coalition"}' >at1.json
echo '{"type": "attachment", "id": "AT-2", "file": "scan.txt", "media_type": "text/plain", "kind": "photo", "subject": "CS-1", "visibility": "organisation"}' >at2.json
member 0 put at1.json at2.json --as ctod-editor
member 0 edit CS-1 --field methods=phone --field respondents=3/1 --field 'findings=[{"id":"F1","text_en":"one"}]' --field attachments=AT-1,AT-2

# Submitted: one record with the whole text, and the act; then nothing more.
member 0 submit CS-1 --json
says '"kind":"case_study","act":null,"ref":"CS-1","scope":"prov:02"'
says '"kind":"attachment","act":null,"ref":"AT-1","scope":"prov:02"'
says '"act":"submit"'
says_not '"AT-2"'
[ "$(count "$b" prov:02)" -eq 2 ] || fail "not one record for each text"
member 0 export
grep '"scope":"prov:02"' out | grep -q '"from":\["[0-9a-f]\{64\}"\]' || fail "it does not name what it was taken from"
member 0 submit CS-1
says "stands since"
[ "$(count "$b" prov:02)" -eq 2 ] || fail "submitted again, it was written again"
sync
expect 0 samaki --home "$a" show CS-1 --json
says '"scope":"prov:02","counts":true,"status":"submitted"'
says '"title":{"km":"ករណី"}'
expect 0 samaki --home "$a" totals --json
says '"case_studies":{"count":1'

# From now on changes are made where the others see it.
member 0 edit CS-1 --field year=2022
says "in prov:02"
sync
expect 0 samaki --home "$a" show CS-1 --json
says '"year":2022'

# Submitted as it stands now, verified, and published: the whole text again, by the secretariat, with what everybody may see.
member 0 submit CS-1
sync
expect 0 samaki --home "$a" act verify CS-1 --as cpdd-ap
member 1 publish CS-1
expect 0 samaki --home "$a" publish CS-1
says "The whole text of CS-1 stands in pub now."
says_not "AT-1"
expect 0 samaki --home "$a" publish CS-1
says "CS-1 stands in pub with all that it says; nothing was written."
expect 0 samaki --home "$a" list case_study --json
says '"scope":"pub","counts":true,"reason":null,"status":"published"'
sync
member 0 list case_study
[ "$(grep -c "CS-1" out)" -eq 3 ] || fail "the draft, the text and the published text are not all there"

# A list takes its draft recommendations along; another draft that it names is pointed out.
member 0 new meeting --draft --field id=MT-1 --field kind=joint_consultation --field level=district --field area=0201 \
    --field date=2021-11-16 --field organisers=ctod
for i in 1 2; do
    member 0 new recommendation --draft --field id=RC-$i --field number=$i --field district=0201 --field "title_en=Item $i" \
        --field theme=notice --field mechanism=owso --field responsible_office=ctod-editor --field level=district --field timeframe=short --field from_findings=F1
done
member 0 new joint_list --draft --field id=JL-1 --field district=0201 --field version=1 --field title_km=បញ្ជី --field parties=ctod \
    --field negotiated_at=MT-1 --field recommendations=RC-1,RC-2 --field case_studies=CS-1
member 0 submit JL-1
says "Mind that JL-1 names MT-1, which is still a draft: nobody else sees that."
says "The whole text of RC-2 stands in dm:0201 now."
says "The whole text of JL-1 stands in dm:0201 now."
member 0 submit MT-1
member 0 submit MT-1
says "MT-1 stands in dm:0201 with all that it says; nothing was written."
sync
expect 0 samaki --home "$a" list joint_list
says "dm:0201"
expect 1 samaki --home "$a" submit JL-1
says "JL-1 is no draft of yours"

# Two laptops of one organisation: what one drafts while the other submits and corrects is not lost, and loses nothing.
member 0 new event --draft --field id=EV-1 --field kind=exchange --field title_en=Visit --field venue_en=Hall --field organisers=ctod
member 0 edit EV-1 --field partners=cpdd
cp -r "$b" "$b.2"
rm -f "$b.2/run/"*
expect 0 samaki --home "$b.2" edit EV-1 --field title_en="Visit to Pursat" --field date=2021-12-01
member 0 submit EV-1
member 0 edit EV-1 --field title_en="Exchange visit" --field venue_en="Town hall"
sync
expect 0 samaki --home "$b.2" sync "$address"
expect 1 samaki --home "$b.2" submit EV-1
says "says something else there than in your draft: Title (title)"
says_not "Venue"
expect 0 samaki --home "$b.2" submit EV-1 --over
expect 0 samaki --home "$b.2" show EV-1 --json
says '"title":{"en":"Visit to Pursat"}'
says '"venue":{"en":"Town hall"}'
says '"date":"2021-12-01"'
expect 0 samaki --home "$b.2" sync "$address"
sync
member 0 show EV-1 --json
says '"title":{"en":"Visit to Pursat"}'
says '"concurrent":{}'
member 0 history EV-1
says "wrote"

# Mistakes.
member 1 submit CS-9
says "There is no document 'CS-9' here."
member 2 submit
expect 1 samaki --home "$a" submit EV-1
says "EV-1 is no draft of yours"
member 1 publish EV-1
says "EV-1 has no published text of its own"
stop "$a"
echo "drafts: nobody else's business until they are submitted, and then whole"
