#!/bin/sh
# Goal: the messy export of a survey comes in as a field officer tries it, each message says what to do, and nothing comes in
# twice; what was exported for import comes into an empty coalition and goes out the same.
. "$(dirname "$0")/prologue.sh"
need samaki
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work"
found() { expect 0 samaki --home "$1" init --name "In" --org as --office as-editor:secretariat_editor; }
found a
export SAMAKI_HOME="$work/a"
cp "$root/tests/vectors/surveys/kobo.csv" kobo.csv

# Step by step: a look first, which writes nothing.
expect 1 samaki import kob.csv
says "There is no folder kob.csv."
expect 1 samaki import kobo.csv --preview
says "column ភេទ: sex"
says "column SubmissionDate: not taken"
says "No case study of district 0201 is here"
says "row 8, 7, column ភេទ: refused: unknown_choice."
says "Nothing was written. It would be: 0 new"
expect 0 samaki list
says "There is nothing here yet"
for d in 0201 0202; do
    expect 0 samaki new case_study --field id=CS-$d --field district=$d --field year=2021 --field methods=phone \
        --field title_km=ករណី --field 'findings=[{"id":"F1","text_en":"=1+1"}]' --field respondents=12/3 --as as-editor
done
expect 1 samaki import kobo.csv
says "The file does not say it: name its column with --map \"COLUMN=method\", or say --set method=... for all rows."
expect 2 samaki import kobo.csv --set colour=red
says "--set is written case_study=REF"
expect 2 samaki import kobo.csv --map "Respondent type=kind"
says "WHAT is row, key"
expect 1 samaki import kobo.csv --set method=phone --set respondent_type=citizen --set consent=yes --set date=2021-04-30 --json
says '"created":5,"changed":0,"same":0,"skipped":1,"refused":11'
ls a/imports/*.jsonl >logs
grep -q '"row":9,"outcome":"refused","ref":"8","doc":null,"record":null,"column":"[^"]*","reason":"bad_number"' "$(tail -1 logs)" ||
    fail "the log does not say what came of row 8"

# Again, without saying anything: what was said is remembered, and nothing changes.
expect 0 samaki list interview --json
cp out before
expect 1 samaki import kobo.csv --json
says '"created":0,"changed":0,"same":5,"skipped":1,"refused":11'
expect 0 samaki list interview --json
cmp out before || fail "the second import changed something"

# Columns that nobody knows are named once.
sed '1s/identity\/commune/Where/; 1s/identity\/ស្រុក/Which/' kobo.csv >other.csv
expect 1 samaki import other.csv
says "Nothing says of which type its rows are."
expect 1 samaki import other.csv --map Where=commune --map Which=district --json
says '"same":5'
expect 1 samaki import other.csv --json
says '"same":5'

# Out (but for the one of 15 years, whose guardian nobody asked), into an empty coalition, and out again.
expect 0 samaki new event --field id=EV-1 --field kind=training --field title_en='+cmd|calc' --field date=2021-11 \
    --field participants=4/1 --field organisers=as --as as-editor
expect 0 samaki export --json-file a.json --for-import
expect 0 samaki export --xlsx a.xlsx --for-import
expect 0 samaki export --csv acsv --for-import
for form in a.json a.xlsx; do
    rm -rf b b.json b.xlsx bcsv
    found b
    expect 0 samaki --home b import $form --json
    says '"created":7,"changed":0,"same":0,"skipped":0,"refused":0'
    expect 0 samaki --home b export --json-file b.json --for-import
    cmp a.json b.json || fail "JSON differs by way of $form"
    expect 0 samaki --home b export --csv bcsv --for-import
    for f in acsv/*.csv; do cmp "$f" "bcsv/${f#acsv/}" || fail "$f differs by way of $form"; done
    expect 0 samaki --home b import $form --json
    says '"created":0,"changed":0,"same":7'
done
rm -rf b
found b
for f in case_study event interview; do expect 0 samaki --home b import acsv/$f.csv; done
expect 0 samaki --home b export --json-file c.json --for-import
cmp a.json c.json || fail "JSON differs by way of CSV"

rm -rf b
found b
expect 2 samaki --home b import acsv --type event
says "--type is for one file"
mkdir empty && cp acsv/datapackage.json empty/
expect 1 samaki --home b import empty
says "there is no table of ours beside it"
expect 0 samaki --home b import acsv --preview
says "Nothing was written. It would be: 7 new"
expect 0 samaki --home b import acsv --json
says '"created":7,"changed":0,"same":0,"skipped":0,"refused":0'
expect 0 samaki --home b export --json-file d.json --for-import
cmp a.json d.json || fail "JSON differs by way of a folder of CSV"

# A change in a spreadsheet; and one that was overtaken.
sed 's/+cmd|calc/Budget/' acsv/event.csv >event.csv
expect 0 samaki import event.csv
says "0 new, 1 changed"
expect 1 samaki import acsv/event.csv
says "It was changed here since the file was exported: export it anew"

# Mistakes in our own columns.
printf 'id,kind,titel_en\nEV-2,training,x\n' >event.csv
expect 1 samaki import event.csv
says "Column C (titel_en) is no field of event."
says "samaki docs event"
printf 'id,kind,title_en,organisers,date\nEV-2,parade,x,as,2021\nEV-3,training,y,as,២០២១\nEV-3,training,z,as,2021\nEV-4,training,k\302\265\303\272Ca k\302\265\303\272Ca,as,2021\n' >event.csv
expect 1 samaki import event.csv
says "row 2, EV-2, column kind: refused"
says "training_series"
says "row 4, EV-3: refused: A row above it is about the same document"
says "1 new, 0 changed"
