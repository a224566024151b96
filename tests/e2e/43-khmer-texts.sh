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
