#!/bin/sh
# Goal: a survey whose columns are headed by labels and whose answers are numbers comes in with the form by which it was
# asked; what of the form is not understood is said line by line.
. "$(dirname "$0")/prologue.sh"
need samaki
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work"
book() { python3 "$root/tests/e2e/make_workbook.py" "$@" || fail "no workbook: $*"; }
expect 0 samaki --home a init --name "In" --org as --office as-editor:secretariat_editor
export SAMAKI_HOME="$work/a"
for d in 0201 0202; do
    expect 0 samaki new case_study --field id=CS-$d --field district=$d --field year=2021 --field methods=phone \
        --field title_km=ករណី --field 'findings=[{"id":"F1","text_en":"Late"}]' --field respondents=12/3 --as as-editor
done

# A form of somebody else's: numbers for answers, names of their own, groups, and much that no interview has a place for.
cat >survey.csv <<'END'
type,name,label::English (en),label::Khmer (km),relevant,colour
start,started,,,,
begin group,who,Who,,,
select_one gender,q1,Are you a woman or a man?,ភេទ,,
integer,q2,How old are you?,អាយុ,,
end group,,,,,
select_one places,q3,Where do you live?,ស្រុក,,red
select_one agree,consent,Do you agree to take part?,,,
select_one kinds,q5,Who do you speak for?,,. != '',
select_multiple kinds,q6,Which others?,,,
geotrace,q7,The way,,,
hologram,q8,,,,
select_one nowhere,q9,A list that is missing,,,
begin repeat,child,Children,,,
integer,q10,Age of the child,,,
end repeat,,,,,
END
cat >choices.csv <<'END'
list_name,name,label::English (en),label::Khmer (km),district
gender,1,Woman,ស្រី,
gender,2,Man,ប្រុស,
places,1,Banan,បាណន់,
places,2,Thma Koul,ថ្មគោល,
agree,0,Yes,,
agree,1,No,,
kinds,1,Citizen,,
kinds,2,Local group,,
kinds,,Nobody,,
END
printf 'form_title\nOurs\n' >settings.csv
printf 'a\nb\n' >entities.csv
book form.xlsx survey=survey.csv choices=choices.csv settings=settings.csv entities=entities.csv
cat >data.csv <<'END'
_uuid,who/Are you a woman or a man?,who/q2,Where do you live?,Do you agree to take part?,q5
k-1,1,34,2,0,1
k-2,Man,52,Banan,Yes,Citizen
k-3,2,40,1,1,1
k-4,ស្រី,41,ថ្មគោល,0,2
k-5,3,41,1,0,1
END

# Without the form nobody can know what a 2 means; with it each row comes in as it was answered, or says why not.
expect 1 samaki import data.csv --preview
expect 1 samaki import data.csv --form nowhere.xlsx
says "The form cannot be used: there is no such file."
expect 1 samaki import data.csv --form survey.csv
says "The form cannot be used: it is no XLSX workbook."
book other.xlsx other=settings.csv
expect 1 samaki import data.csv --form other.xlsx
says "it has no sheet 'survey' with the columns 'type' and 'name'"
expect 1 samaki import data.csv --form form.xlsx --map q5=respondent_type --set method=phone --set date=2021-04-30 --preview
says "The form has 7 questions and 8 choices. Of it is not understood:"
for line in "survey, row 1, colour: this column is not looked at" \
    "survey, row 9, relevant: this rule is not applied" \
    "survey, row 10, select_multiple kinds: answers of this type are not taken" \
    "survey, row 11, geotrace: answers of this type are not taken" \
    "survey, row 12, hologram: this type is not known" \
    "survey, row 14, child: a repeat" \
    "choices, row 1, district: this column is not looked at" \
    "choices, row 10, name: a choice without it: it is left out" \
    "entities, entities: this sheet is not looked at" \
    "survey, row 13, q9: its list of choices is not in the form" \
    "survey, row 9, q5: an interview has no field for it"; do
    says "form: $line"
done
says "It would be: 2 new"
says "row 4, line 4, column Do you agree to take part?: refused: no_consent."
says "row 5, line 5, column q5: refused: unknown_choice."
says "row 6, line 6, column who/Are you a woman or a man?: refused: unknown_choice."

# A number means what its label says, or nothing: 1 is no "yes" when it is labelled otherwise, 3 no province without its zero.
sed 's/^agree,1,No/agree,1,Rather not/; s/^places,2,Thma Koul,ថ្មគោល/places,2,Some other place,/' choices.csv >vague.csv
book vague.xlsx survey=survey.csv choices=vague.csv
expect 1 samaki import data.csv --form vague.xlsx --map q5=respondent_type --set method=phone --set date=2021-04-30 --preview
says "row 4, line 4, column Do you agree to take part?: refused: unknown_choice."
says "row 2, line 2, column Where do you live?: refused: unknown_place."

# A form is for the rows of a survey: other types stay what they are.
expect 1 samaki import data.csv --type event --form form.xlsx
says "is no field of event"

# The column was said once, and are remembered; the form is said each time.
expect 1 samaki import data.csv --form form.xlsx --map q5=respondent_type --set method=phone --set date=2021-04-30 --json
says '"created":2'
says '"not_understood":[{"sheet":"survey","row":1,"about":"colour"'
expect 1 samaki import data.csv --form form.xlsx --json
says '"same":2'
expect 0 samaki export --csv interviews.csv --type interview
grep -q '0202.*2021-04-30,phone,citizen,female,31_45' interviews.csv || fail "k-1 is not as it was answered"
grep -q '0201.*2021-04-30,phone,citizen,male,46_59' interviews.csv || fail "k-2 is not as it was answered"

# The form of the sample: its labels head the columns, its labels are the answers.
s=$root/tools/sample/battambang/xlsform
book sample.xlsx survey="$s/survey.csv" choices="$s/choices.csv" settings="$s/settings.csv"
cat >labels.csv <<'END'
_uuid,តើអ្នកយល់ព្រមចូលរួមទេ?,District / municipality,Sex,Age band,Respondent is a,Method,Date
s-1,បាទ/ចាស,បាណន់,Female,60 and over,Civil society organisation,ពិភាក្សាក្រុម,2021-04-05
END
expect 0 samaki import labels.csv --form sample.xlsx --json
says '"created":1'
