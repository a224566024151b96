#!/bin/sh
# Goal: what is here goes out as a workbook, CSV, JSON, a data package and a map, whole or not at all; without consent nobody
# is in it, and in what is for everybody no small number.
. "$(dirname "$0")/prologue.sh"
need samaki
export SAMAKI_HOME="$work/office"
expect 0 samaki init --name "Out" --org office --office ed:secretariat_editor
cd "$work"
new() { expect 0 samaki new "$@"; }
new case_study --field id=CS-1 --field district=0201 --field year=2021 --field methods=phone --field title_km=ករណី \
    --field 'findings=[{"id":"F1","text_en":"=1+1"}]' --field respondents=12/3
new event --field id=EV-1 --field kind=training --field title_en='+cmd|calc' --field date=2021-11-16 --field participants=4/1 \
    --field organisers=office
interview() {
    new interview --field "id=$1" --field case_study=CS-1 --field commune=020101 --field date=2021-04-02 --field method=phone \
        --field respondent_type=citizen --field sex=female --field "age_band=$2" --field consent=yes "${3:---field=remarks=-}"
}
interview IN-1 18_30
interview IN-2 15_17
interview IN-3 15_17 --field=guardian_consent=yes

# Mistakes first.
expect 2 samaki export --xlsx a.xlsx --csv b
says "One form at a time: --csv or --xlsx."
expect 2 samaki export --type interview
says "Say in which form"
expect 2 samaki export --xlsx a.xlsx --type interviews
says "Did you mean 'interview'?"
expect 2 samaki export --xlsx a.xlsx --bom
says "--bom is for --csv alone."
expect 2 samaki export --json-file a --public --for-import
expect 1 samaki export --json-file nowhere/a.json
says "Make the folder first"

# Every form, and nothing is replaced unasked.
expect 0 samaki export --xlsx a.xlsx
says "interview        2 rows"
says "1 left out, which are interviews without consent, or of somebody under 18 without that of a guardian"
expect 1 samaki export --xlsx a.xlsx
says "say --force to replace it"
expect 0 samaki export --xlsx a.xlsx --force
mkdir mine && touch mine/photo.jpg
expect 1 samaki export --csv mine --force
says "it is"
[ -f mine/photo.jpg ] || fail "a folder of somebody else is gone"
expect 0 samaki export --csv all --bom --json
says '"left_out":{"interview":{"no_consent":1},"case_study":{},"event":{}}'
head -c 3 all/event.csv | od -An -tx1 | grep -q "ef bb bf" || fail "no byte order mark"
grep -q '^IN-1,' all/interview.csv && grep -q '^IN-3,' all/interview.csv || fail "who agreed is not in it"
grep -q '^IN-2,' all/interview.csv && fail "a child without a guardian's consent is in it"
grep -q "'=1+1" all/case_study.csv || fail "a formula is not guarded"
grep -q "'+cmd|calc" all/event.csv || fail "a formula is not guarded"
expect 0 samaki export --csv event.csv --type event
[ -f event.csv ] || fail "one type is one file"
expect 0 samaki export --json-file a.json --for-import
expect 0 samaki export --json-file b.json --for-import
cmp a.json b.json || fail "the same documents make other bytes"
grep -q '"status"' a.json && fail "a status is not for import"
expect 0 samaki export --geojson a.geojson
grep -q '"0201"' a.geojson || fail "the district is not on the map"

# For everybody.
expect 0 samaki export --package p --public
says_not "left out"
[ ! -f p/interview.csv ] && [ ! -f p/case_study.csv ] || fail "what is not published is out"
for f in event.csv dictionary.csv places.csv places.geojson datapackage.json; do [ -s p/$f ] || fail "no $f"; done
grep -q '"rows": *1' p/datapackage.json || fail "rows are not counted"
grep -q ',\*,' p/event.csv || fail "a small number is published"
