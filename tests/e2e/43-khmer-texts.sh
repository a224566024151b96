#!/bin/sh
# What is typed becomes NFC before it is signed, and nothing else of it changes; text for an old font is refused with
# advice; numbers may be typed in Khmer digits; names that look like another's are pointed out.
. "$(dirname "$0")/prologue.sh"
need samaki
a=$work/a
decomposed=$(printf 'cafe\314\201') composed=$(printf 'caf\303\251')
disordered=$(printf '\341\236\226\341\237\205\341\237\222\341\236\223\341\236\233\341\236\267\341\236\205\342\200\213')

expect 2 samaki --home "$a" init --name 'kmµúCa' --org cpdd
says '--name cannot be read. It looks like Khmer for an old font such as Limon or ABC: type it in Khmer Unicode'
expect 0 samaki --home "$a" init --name "Our $decomposed" --org cpdd
says "'Our $composed'"
expect 0 samaki --home "$a" org add ctod --kind member --name-en "$decomposed" --name-km "$disordered"
expect 0 samaki --home "$a" --json org
says "\"name_en\":\"$composed\",\"name_km\":\"$disordered\""
says_not "$decomposed"
expect 2 samaki --home "$a" org add as --kind member --name-km 'extþ)at;dMbg RsukbaNn; XMuéRBFM sgÇ'
says '--name-km cannot be read.'
expect 2 samaki --home "$a" office add as-ed --org cpdd --role secretariat_editor --title-km 'kmµúCa'
says '--title-km cannot be read.'

cat >"$work/event.json" <<END
{"type": "event", "id": "EV-1", "kind": "training", "title_en": "$decomposed", "title_km": "$disordered",
 "date": "២០២១-១១-១៦", "area": "០២០១", "participants": {"total": "៧០", "female": null}}
END
expect 0 samaki --home "$a" put "$work/event.json"
expect 0 samaki --home "$a" --json show EV-1
says "\"title\":{\"en\":\"$composed\",\"km\":\"$disordered\"}"
says '"date":"2021-11-16"'
says '"area":"0201"'
says '"participants":{"total":70,"female":null}'
sed "s/EV-1/EV-2/; s/$decomposed/kmµúCa/" "$work/event.json" >"$work/old.json"
expect 1 samaki --home "$a" put "$work/old.json"
says 'type it in Khmer Unicode'
expect 1 samaki --home "$a" --json put "$work/old.json"
says '"error":"old_font"'
expect 0 samaki --home "$a" list
says_not 'EV-2'
expect 0 samaki --home "$a" audit

# Names that can be taken for another one's.
expect 0 samaki --home "$a" org add licadho --kind member --name-en LICADHO --name-km 'កណ្តាល'
says_not Mind
expect 0 samaki --home "$a" org add other --kind member --name-en "LI$(printf '\320\241')ADHO"
says 'Mind: the organisation other looks or is called much like licadho; people may take one for the other.'
expect 0 samaki --home "$a" --json org add third --kind member --name-km 'កណ្ដាល'
says '"looks_like":["licadho"]'
expect 0 samaki --home "$a" --json org add fourth --kind member --name-km 'កណ្ដារ'
says '"looks_like":[]'
expect 0 samaki --home "$a" org add licadh0 --kind member --name-en 'Nobody'
says 'much like licadho;'
expect 0 samaki --home "$a" --json office add 0ne --org licadho --role member_editor
says '"looks_like":[]'
expect 0 samaki --home "$a" office add one --org other --role member_editor
says 'Mind: the office one looks or is called much like 0ne;'
expect 0 samaki --home "$a" --json office add two --org licadho --role member_editor --title-en 'Director'
expect 0 samaki --home "$a" --json office add six --org other --role member_editor --title-en 'Director'
says '"looks_like":[]'
expect 0 samaki --home "$a" --json office add ten --org licadho --role member_approver --title-en 'DIRECTOR'
says '"looks_like":["six","two"]'
expect 0 samaki --home "$a" invite --org ct0d --role member_editor --address 127.0.0.1:1
says 'Mind: the organisation ct0d looks or is called much like ctod;'
expect 0 samaki --home "$a" --json invite --org cp-dd --role member_editor --address 127.0.0.1:1
says '"looks_like":[]'
expect 0 samaki --home "$a" --json invite --org cpd0 --office 0ne-2:member_editor --address 127.0.0.1:1
says '"looks_like":[]'
