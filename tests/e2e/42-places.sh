#!/bin/sh
# A place is found by whatever people write, without a home; what is not clear is asked back.
. "$(dirname "$0")/prologue.sh"
need samaki

found() { # found CODE WORD...
    place=$1
    shift
    expect 0 samaki place "$@" --json
    says "{\"code\":\"$place\","
}
found 0201 Banna
found 0201 0201
found 0201 201
found 0201 KH0201
found 0201 ២០១
found 0202 ស្រុកថ្មគោល
found 020206 ជ្រោយស្តៅ --in 'Thmar Koul'
found 020206 ជ្រោយស្ដៅ --in ថ្មគោល
found 020605 Chrey --in 'Moung Russei'
found 0202 Thma Koul
found 0203 Krong Battambang
found 02 Battambang province
found 020301 Tuol Ta Ek --in Battambang # both the province and the municipality are called so
[ ! -e "$HOME/.local" ] || fail "a home was made"

expect 0 samaki place --json ខេត្តបាត់ដំបង
[ "$(cat "$work/out")" = '{"code":"02","level":"province","kind":"province","name_en":"Battambang","name_km":"បាត់ដំបង","parent":null,"match":"name"}' ] ||
    fail "another object"
expect 0 samaki place 020605
says '020605  commune (ឃុំ)  Chrey  ជ្រៃ  in 0206 Moung Ruessei (មោងឫស្សី), 02 Battambang (បាត់ដំបង)'
expect 0 samaki place district Bavell
says '0204    district (ស្រុក)  Bavel'
says 'No place is spelt quite so'
expect 0 samaki place district Bavell --json
says '"match":"likeness"'

expect 1 samaki place Chrey --in 02
says "2 places may be meant by 'Chrey'."
says '020204'
says '020605'
expect 1 samaki place Battambang --json
says '"error":"ambiguous_place"'
says '{"code":"02",'
says '{"code":"0203",'
expect 1 samaki --lang km place Battambang
says "'Battambang' អាចជាទីកន្លែង 2។"
says "2 places may be meant by 'Battambang'."
expect 1 samaki place Atlantis
says "No place is called 'Atlantis'."
expect 1 samaki place Banan --in Atlantis --json
says '"error":"unknown_place"'
expect 1 samaki place Banan --in 03
expect 1 samaki place "$(printf '%0300d' 7)$(printf '%0300d' 7)"
expect 2 samaki place "$(printf 'Ban\377n')"
says 'not a text (UTF-8)'
expect 2 samaki place
says 'usage: samaki place NAME [--in PLACE]'
