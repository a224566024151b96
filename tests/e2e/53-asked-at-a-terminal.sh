#!/bin/sh
# Goal: at a terminal, new and edit ask field by field; a tired person can correct, go back and stop; whatever was entered is
# there afterwards, by Ctrl-C, a closed terminal, or a power cut.
. "$(dirname "$0")/prologue.sh"
need samaki at_terminal
export SAMAKI_HOME="$work/office"
expect 0 samaki init --name "Asked" --org office --office ed:secretariat_editor
cd "$work"
asked() { # asked CODE WORD... : the script comes on stdin
    code=$1
    shift
    cat >script
    expect "$code" "$SMK_BIN/at_terminal" script "$SMK_BIN/samaki" "$@"
}
shows() { expect 0 samaki show "$1" --json; says "$2"; }

# A case study from the first question to the last, in Khmer, with mistakes on the way.
asked 0 new case_study --lang km <<'END'
wait ករណីសិក្សា
wait [1/
wait ឈ្មោះខ្លី (ref)
type CS-1
wait ស្រុក (district) *
type ០២
wait ! ព័ត៌មាន ស្រុក (district)៖
type ០២០១
wait (title_km) *
type ចំណងជើង
wait (title_en) *
type The title
wait ឆ្នាំ (year) *
wait (1990-2200)
type soon
wait តម្លៃត្រឹមត្រូវគឺ៖ ចំនួនគត់ (1990-2200)
type ២០២០
wait អង្គការដឹកនាំ (lead_org) *
type nobody
wait 'samaki org' បង្ហាញ
type
wait (compiled_by)
type <
wait (lead_org) *
type <
wait ឆ្នាំ (year) *
wait = 2020
type 2021
wait (lead_org)
type
wait (compiled_by)
type ?
wait Ctrl-C
type
wait វិធីសាស្ត្រ (methods) *
wait  2  ពិភាក្សាក្រុម
type 1, ៣
wait (mechanisms_studied)
type
wait លទ្ធផលរកឃើញ (findings) *
type +
wait (findings[1].id) *
type F1
wait (findings[1].text_km) *
type រកឃើញ
wait (findings[1].text_en) *
type
wait (findings[1].mechanism)
wait  4  ការិយាល័យច្រកចេញចូលតែមួយ
type 4
wait (findings) *
type 7
wait  ! '+'
type +
wait (findings[2].id) *
type F2
wait (findings[2].text_km)
type .
wait (findings) *
type -2
wait (findings) *
type
wait (respondents) *
type ៥២/៦០
wait ! ព័ត៌មាន
type ៥២/៣០
wait (attachments)
type
wait (remarks_km)
type .
wait ឆ្នាំ: 2021
wait លេខកែព័ត៌មាននោះ
type 5
wait (year) *
type ២០២២
wait ឆ្នាំ: 2022
wait លេខកែ
type
wait It is on the disk.
END
shows CS-1 '"year":2022'
says '"title":{"en":"The title","km":"ចំណងជើង"}'
says '"methods":["individual","phone"]'
says '"findings":[{"id":"F1","text":{"km":"រកឃើញ"},"mechanism":"owso"}]'
says '"respondents":{"total":52,"female":30}'
says '"lead_org":"office"'
[ -z "$(ls "$SAMAKI_HOME/unfinished")" ] || fail "answers are left behind"

# Ctrl-C in the middle: a draft, which edit goes on with; what stands there is shown, Enter keeps it.
asked 75 new event <<'END'
wait (ref)
type EV-1
wait (kind) *
type Exchange visit
wait (title_km) *
type
wait (title_en) *
type Visit
wait (date)
press C
wait It is a draft: only office sees it.
END
shows EV-1 '"scope":"org:office"'
says '"kind":"exchange"'
says '"title":{"en":"Visit"}'
asked 0 edit EV-1 <<'END'
wait (ref)
wait = EV-1
type
wait (kind) *
wait = Exchange visit
type
wait (title_km) *
type ទស្សនកិច្ច
wait (title_en)
wait = Visit
type -
wait (date)
type .
wait Enter writes it; a number corrects that field; q stops and keeps it.
type
wait It is on the disk.
END
shows EV-1 '"title":{"km":"ទស្សនកិច្ច"}'

# Missing at the end: said all at once, corrected, or kept as a draft.
asked 0 new meeting <<'END'
wait (ref)
type MT-1
wait (kind)
type 7
wait (level)
type .
wait Level: (*)
wait Organisers: (*)
type
wait still missing: Level (level), Organisers (organisers)
wait d keeps it as a draft
type d
wait It is a draft: only office sees it.
END
shows MT-1 '"kind":"forum"'

# A document that others see is not changed by half: the answers are kept, also by a power cut and a closed terminal.
asked 137 edit CS-1 <<'END'
wait (ref)
type
wait (district)
type
wait (title_km)
type ថ្មី
wait (title_en)
kill
END
shows CS-1 '"title":{"en":"The title","km":"ចំណងជើង"}'
asked 75 edit CS-1 <<'END'
wait You stopped on
wait with 1 answers.
type
wait (ref)
type .
wait Title (km): ថ្មី
wait > 
type 4
wait (title_en)
type New
wait Title (en): New
wait > 
press D
wait your 2 answers are kept. 'samaki edit CS-1' goes on with them.
END
cat >script <<'END'
wait with 2 answers.
type
wait (ref)
type .
wait Title (en): New
wait > 
type 5
wait (year)
type 2023
wait Year: 2023
hang
END
"$SMK_BIN/at_terminal" script "$SMK_BIN/samaki" edit CS-1 >out 2>err || true
asked 0 edit CS-1 <<'END'
wait with 3 answers.
type
wait (ref)
type .
wait Year: 2023
wait > 
type
wait It is on the disk.
END
shows CS-1 '"title":{"en":"New","km":"ថ្មី"}'
says '"year":2023'
[ -z "$(ls "$SAMAKI_HOME/unfinished")" ] || fail "answers are left behind"
asked 75 edit CS-1 <<'END'
wait (ref)
press C
END
asked 0 edit CS-1 <<'END'
wait (ref)
type .
wait > 
type
wait CS-1 says that already; nothing was written.
END

# Interviews have no drafts: an interrupted one is kept, or thrown away.
asked 75 new interview <<'END'
wait (ref)
type INT-1
wait (case_study) *
type CS-9
wait nothing of that name is known
type cs-1
wait (district)
press C
wait your 2 answers are kept. 'samaki new interview' goes on with them.
END
asked 75 new interview <<'END'
wait with 2 answers.
type n
wait (ref)
type INT-2
wait (case_study)
press C
END
asked 0 new interview <<'END'
wait with 1 answers.
type
wait (ref)
wait = INT-2
type
wait (case_study)
type CS-1
wait (district)
type 0201
wait (commune)
type ០២០១០៥
wait (date)
type 2021-04-18
wait (method)
type 1
wait (respondent_type)
type 1
wait (sex)
type 1
wait (age_band)
type 6
wait (disability)
type
wait (consent)
type 1
wait (guardian_consent)
type
wait (collected_by)
type
wait (answers)
type used_owso
wait ! One answer a line
type used_owso=no
type .
wait Answers: {"used_owso":"no"}
wait > 
type
wait It is on the disk.
END
shows INT-2 '"answers":{"used_owso":"no"}'

# An attachment asks for its file; a list of texts goes on until nothing is typed.
echo scan >scan.txt
asked 0 new attachment <<'END'
wait (ref)
type AT-1
wait The path of the file
type scan.txt
wait (media_type)
type text/plain
wait (kind)
type 3
wait (subject)
type CS-1
wait (caption_km)
type
wait (caption_en)
type
wait (visibility)
type 2
wait (remarks_km)
type .
wait > 
type
wait It is on the disk.
END
shows AT-1 '"bytes":5'
says '"subject":"'
asked 0 edit MT-1 <<'END'
wait (ref)
type .
wait > 
type 14
wait (agenda)
type Opening, and greetings
type Clsing
type 2: Closing
type Other
type -3
type
wait Agenda: Opening, and greetings, Closing
wait > 
type
wait It is a draft
END
shows MT-1 '"agenda":[{"en":"Opening, and greetings"},{"en":"Closing"}]'
echo "asked at a terminal: corrected, interrupted, taken up again"
