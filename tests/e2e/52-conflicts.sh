#!/bin/sh
# Goal: two people write the same field without having seen each other's: both values stay and are shown side by side, until
# somebody chooses; whoever chooses has seen them all, so that every node then shows one.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
a=$work/a b=$work/b
cd "$work"

expect 0 samaki --home "$a" init --name "Conflicts" --org cpdd --office cpdd-ed:secretariat_editor
node "$a"
expect 0 samaki --home "$a" invite --org ctod --role member_editor --area 02 --address "$address"
cp out invitation
expect 0 samaki --home "$b" join @invitation
sync() { expect 0 samaki --home "$b" sync "$address"; }
tries=0
until samaki --home "$b" sync "$address" --json | grep -q '"agreed_before":true'; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || fail "they never agree"
done

expect 0 samaki --home "$a" conflicts
says "no field has several values"
expect 0 samaki --home "$a" new meeting --field id=MT-1 --field kind=forum --field level=district --field area=0201 \
    --field date=2021-11-16 --field title_en=Forum --field title_km=វេទិកា --field organisers=cpdd
sync

# Apart from each other: the same fields.
expect 0 samaki --home "$a" edit MT-1 --field title_en="The forum of Banan" --field date=2021-11-17 --field venue_en=Hall
expect 0 samaki --home "$b" edit MT-1 --field title_en="Banan forum" --field date=2021-11-18 --field venue_en=Hall --field kind="Council meeting"
sync
for home in "$a" "$b"; do
    expect 0 samaki --home "$home" conflicts --json
    [ "$(wc -l <out)" -eq 2 ] || fail "not two fields in conflict"
    cp out "$home.conflicts"
done
cmp -s "$a.conflicts" "$b.conflicts" || fail "the two nodes show it otherwise"
says '"field":"title","label":{"en":"Title","km":"ចំណងជើង"}'
says '"value":{"en":"Banan forum","km":"វេទិកា"}'
says '"office":"ctod-editor","org":"ctod"'
expect 0 samaki --home "$a" conflicts mt-1 --lang km
says "ចំណងជើង (title)"
says "The forum of Banan"
says "ជ្រើសរើស៖ samaki resolve MT-1"
expect 0 samaki --home "$a" list
says "fields with several values at once: 2 (samaki conflicts MT-1)"
expect 0 samaki --home "$a" list --json
says '"conflicts":2'
expect 0 samaki --home "$a" show MT-1
says "both stay until one is"
edit_of() { sed -n "s/.*{\"value\":$1,\"edit\":\"\([0-9a-f]*\)\".*/\1/p" "$a.conflicts"; }
date18=$(edit_of '"2021-11-18"')
[ ${#date18} -eq 64 ] || fail "no edit of the date"

# Mistakes of somebody who is tired.
refused() { # refused TEXT WORD...
    text=$1
    shift
    expect 1 samaki --home "$a" resolve "$@"
    says "$text"
}
expect 2 samaki --home "$a" resolve MT-1 date
expect 2 samaki --home "$a" resolve MT-1 date --take "$date18" --value 2021
refused "There is no document 'MT-2' here." MT-2 date --take "$date18"
refused "Field level of MT-1 does not have several values." MT-1 level --take "$date18"
refused "Field colour of MT-1 does not have several values." MT-1 colour --value red
refused "None of the values was written by an edit that begins with '00000000'." MT-1 date --take 00000000
refused "None of the values was written by an edit that begins with '12'." MT-1 date --take 12
refused "Field Date (date): not a date" MT-1 date --value yesterday
expect 1 samaki --home "$a" edit MT-1 --field title_km=ថ្មី
says "it has several values at once and cannot be changed in part"
expect 0 samaki --home "$a" conflicts --json
cmp -s out "$a.conflicts" || fail "a mistake has changed something"

# Chosen: one of them, and one of one's own; the language that all agree on stays.
expect 0 samaki --home "$b" resolve MT-1 date --take "$(printf %.10s "$date18")"
expect 0 samaki --home "$b" resolve MT-1 title --value "Forum of Banan district"
says "of this 2 values stood beside each other; yours replaces them."
sync
for home in "$a" "$b"; do
    expect 0 samaki --home "$home" conflicts MT-1
    says "no field has several values"
    expect 0 samaki --home "$home" show MT-1 --json
    says '"date":"2021-11-18"'
    says '"title":{"en":"Forum of Banan district","km":"វេទិកា"}'
    says '"concurrent":{}'
done
expect 0 samaki --home "$a" history MT-1
says "ctod-editor"

# Both chose, and differently: that is a conflict again, of these two.
expect 0 samaki --home "$a" edit MT-1 --field title_km=ក --field date=2021-12-01
expect 0 samaki --home "$b" edit MT-1 --field title_km=ខ --field date=
sync
expect 0 samaki --home "$a" conflicts
says "(taken back)"
expect 1 samaki --home "$a" resolve MT-1 title --value "English"
says "The values differ in the other language of title too."
expect 0 samaki --home "$a" resolve MT-1 title --value '{"en": "English", "km": "គ"}'
expect 0 samaki --home "$a" resolve MT-1 date --value ២០២១-១២-០២
sync
expect 0 samaki --home "$b" conflicts --json
[ ! -s out ] || fail "something stands beside something"

# More people than one edit can name as seen: they are joined first.
for i in 1 2 3 4 5 6 7 8 9 10; do
    cp -r "$b" "$b.$i" # ten laptops that were copied from one another: each goes on in a log of its own
    rm -f "$b.$i/run/"*
    expect 0 samaki --home "$b.$i" edit MT-1 --field venue_en="Hall $i"
done
for i in 1 2 3 4 5 6 7 8 9 10; do expect 0 samaki --home "$b.$i" sync "$address"; done
expect 0 samaki --home "$a" conflicts --json
[ "$(grep -o '"edit"' out | wc -l)" -eq 10 ] || fail "not ten values"
expect 0 samaki --home "$a" resolve MT-1 venue --value "The hall" --json
[ "$(grep -c '"wrote"' out)" -eq 1 ] || fail "more was told than the one edit"
expect 0 samaki --home "$a" conflicts
says "no field has several values"
stop "$a"
echo "conflicts: shown alike, chosen by somebody who has seen them all"
