#!/bin/sh
# Goal: an import pins what the folder says: an endorsement of another version of the list is refused, and so is a stamped
# page that is not the file that lies there; nothing else is.
. "$(dirname "$0")/prologue.sh"
need samaki samakid

"$(dirname "$0")/make_province.sh" "$work/province" 2 1
mkdir "$work/governance"
cp "$work/province/organisations.json" "$work/province/offices.json" "$work/governance"
expect 0 samaki --home "$work/forum" init --name "Mistakes in a folder" --org forum --office forum-head:secretariat_approver
expect 0 samaki --home "$work/forum" import "$work/governance"
node "$work/forum"
expect 0 samaki --home "$work/forum" invite --org river --office river-lead --office river-field --address "$address"
mv "$work/out" "$work/invitation"
expect 0 samaki --home "$work/river" join "@$work/invitation"
cp -r "$work/river" "$work/other" # the same device twice, for one look each: they never meet

cp -r "$work/province" "$work/version"
sed 's/"list_version": 1/"list_version": 2/' "$work/province/endorsements.json" >"$work/version/endorsements.json"
expect 1 samaki --home "$work/river" import "$work/version"
says "EN-1202"
says "version 1 of JL-1202 is here"
[ "$(samaki --home "$work/river" --json totals | sed -n 's/.*"lists":\([0-9]*\).*/\1/p')" = 1 ] || fail "the list itself is not refused"

cp -r "$work/province" "$work/page"
echo "another page" >"$work/page/attachments/AT-1202.txt"
expect 1 samaki --home "$work/other" import "$work/page"
says "AT-1202"
says "the file in the folder has another SHA-256"
echo "a list of another version and a page that was exchanged are refused by name"
