#!/bin/sh
# Goal: a document is made and changed field by field on the command line; mistakes are named by the field's label in the
# chosen language, with what would be right; nothing is asked without a terminal.
. "$(dirname "$0")/prologue.sh"
need samaki
export SAMAKI_HOME="$work/office"
expect 0 samaki init --name "New and edit" --org office --office ed:secretariat_editor --office ap:secretariat_approver
cd "$work"
new() { expect 0 samaki new "$@"; }
edit() { expect 0 samaki edit "$@"; }
shows() { expect 0 samaki show "$1" --json; says "$2"; }

# What there is.
expect 0 samaki docs
says "case_study       Case study"
expect 0 samaki docs case_study --lang km
says "* district               ស្រុក"
says "owso                   ការិយាល័យច្រកចេញចូលតែមួយ"
expect 0 samaki docs meeting --json
says '{"code":"joint_consultation","label":{"en":"Joint consultation meeting","km":"កិច្ចប្រជុំពិគ្រោះយោបល់រួម","khmer":"draft"}}'
expect 0 samaki docs --json
[ "$(wc -l <out)" -eq 20 ] || fail "not every type is there"
expect 2 samaki docs case_studdy
says "Did you mean 'case_study'?"

# New, with everything that is required, in one line; and a mistake in each kind of field first.
set -- --field id=CS-1 --field district=០២០១ --field year=២០២១ --field "methods=phone, Focus group" \
    --field title_km=ករណីសិក្សា --field 'findings={"oops"' --field respondents=៥២/៣០
expect 1 samaki new case_study "$@"
says "Field Findings"
set -- "$@" --field 'findings=[{"id":"F1","text_en":"Nobody knew of the forum"}]'
expect 1 samaki new case_study "$@" --field year=2021x --json
says '"error":"wrong_type","what":"Field Year (year): the value is of the wrong type."'
says '"do":"Right would be: Whole number (1990-2200)."'
expect 1 samaki new case_study "$@" --field year=1021 --lang km
says "ព័ត៌មាន ឆ្នាំ (year)៖"
says "Field Year (year): the number is out of range."
expect 1 samaki new case_study "$@" --field methods=phone,fax
says "Field Methods 2 (methods[2]): the value is not one of the choices."
says "focus_group (Focus group)"
expect 1 samaki new case_study "$@" --field respondents=5/30
says "respondents=52/30 is 52 people, 30 of them women"
expect 1 samaki new case_study "$@" --field lead_org=nobody
says "'samaki org' shows those there are."
expect 1 samaki new case_study "$@" --field attachments=AT-9
says "'samaki list attachment' shows what is here"
expect 1 samaki new case_study "$@" --field colour=red
says "there is no such field"
expect 2 samaki new case_study "$@" --field year
says "A field is written NAME=VALUE"
expect 1 samaki new case_study --field year=2021
says "still missing: District (district), Title (title), Methods (methods)"
expect 1 samaki new case_study year=2021 "title=A title" --draft district=0213 lead_org=nobody
says "'samaki org' shows those there are."
expect 2 samaki new case_study title=A title
says "'title' is one word too many. A field is one word, NAME=VALUE; a value of several words stands in quotes."
expect 1 samaki new casestudy --field year=2021
says "Did you mean 'case_study'?"
expect 2 samaki new case_study
says "Nothing is asked, because this is no terminal."
expect 2 samaki new
expect 0 samaki list
says "There is nothing here yet"
new case_study "$@" --as ed
shows CS-1 '"respondents":{"total":52,"female":30}'
says '"year":2021'
says '"district":"0201"'
says '"methods":["phone","focus_group"]'
expect 1 samaki new case_study "$@" --as ed
says "There is a document of that name already: CS-1."

# Changes: only what is named, parts of it, and back again.
edit cs-1 --field title_en="A study"
shows CS-1 '"title":{"en":"A study","km":"ករណីសិក្សា"}'
edit CS-1 --field 'title=Another study'
shows CS-1 '"title":{"en":"Another study","km":"ករណីសិក្សា"}'
edit CS-1 --field methods+=individual --field methods-=phone
shows CS-1 '"methods":["focus_group","individual"]'
edit CS-1 --field 'findings[2]={"id":"F2","text_en":"Too far"}' --field 'findings[F1].text_km=គ្មាន' --field 'findings[2].mechanism=Public forum'
shows CS-1 '"findings":[{"id":"F1","text":{"en":"Nobody knew of the forum","km":"គ្មាន"}},{"id":"F2","text":{"en":"Too far"},"mechanism":"public_forum"}]'
edit CS-1 --field findings-=F1 --field respondents.female=
shows CS-1 '"findings":[{"id":"F2",'
says '"respondents":{"total":52,"female":null}'
edit CS-1 --field remarks="To be read again"
edit CS-1 --field remarks=
shows CS-1 '"remarks":null'
expect 1 samaki edit CS-1 --field title=
says "Field Title (title): the field is required."
expect 1 samaki edit CS-1 --field 'findings[7].text_en=x'
says "An item is named by its place, counted from 1"
expect 1 samaki edit CS-9 --field year=2020
says "There is no document 'CS-9' here."
expect 2 samaki edit CS-1
edit CS-1 --field year=2021 --json
says '"written":false'

# Files, and words over them.
echo '{"type": "meeting", "id": "MT-1", "kind": "joint_consultation", "level": "district", "area": "0201", "date": null,
 "date_precision": "unknown", "title_en": "Meeting", "organisers": ["office"]}' >meeting.json
new meeting --file meeting.json --field "kind=Forum" --field agenda+="Opening, and greetings" --field agenda+=ផ្សេងៗ
shows MT-1 '"kind":"forum"'
says '"agenda":[{"en":"Opening, and greetings"},{"km":"ផ្សេងៗ"}]'
expect 1 samaki new event --file meeting.json
says "The file is about another type of document."
echo '{"doc": "MT-1", "title_km": "កិច្ចប្រជុំ", "venue": null}' >change.json
edit MT-1 --file change.json
shows MT-1 '"title":{"en":"Meeting","km":"កិច្ចប្រជុំ"}'

# Drafts: in the organisation's own scope, as unfinished as they are; interviews are private anyway.
new case_study --draft --field id=CS-2 --field year=2020 --as ed
says "It is a draft: only office sees it. 'samaki submit CS-2' gives it to the others."
shows CS-2 '"scope":"org:office"'
says '"status":"draft"'
edit CS-2 --field title_km=ព្រាង --field year=
shows CS-2 '"year":null'
expect 1 samaki new interview --draft --field date=2021
says "there are no drafts of this type"
echo "new and edit: field by field, with labels in two languages"
