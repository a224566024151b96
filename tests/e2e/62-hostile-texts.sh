#!/bin/sh
# Goal: texts that were made to break programs go through the text fields of every type of document, in and out of every form of
# file, and come out as they were, or are refused by name; in no file of ours does a cell begin a formula or a text break a line,
# and nothing that is told moves the cursor of a terminal.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
root=$(cd "$(dirname "$0")/../.." && pwd)
texts=$root/../shared/vectors/text
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
[ -f "$texts/blns.json" ] && [ -f "$texts/injection_strings.json" ] || { echo "skipped: no texts in $texts"; exit 77; }
cd "$work"
rows() { python3 "$root/tests/e2e/hostile_rows.py" "$@" || fail "$*"; }
found() { # found NAME : a secretariat that may write all but audit notes, and an auditor's home beside it
    expect 0 samaki --home "$1" init --name "In" --org as --office as-editor:secretariat_editor \
        --office as-approver:secretariat_approver
    node "$work/$1"
    expect 0 samaki --home "$1" invite --org watch --kind other --role auditor --address "$address"
    expect 0 samaki --home "$1-notes" join "$(grep -o 'samaki1[^ ]*\|samaki:[^ ]*' out | head -1)"
    expect 0 samaki --home "$1-notes" sync "$address"
}
bring() { # bring NAME ROWS NOTES : each imports its own; what it says is looked at
    for pair in "$1 $2" "$1-notes $3"; do
        set -- $1 $pair
        code=0
        samaki --home "$2" import "$3" >"told-$2" 2>&1 </dev/null || code=$?
        [ $code -le 1 ] || fail "exit code $code: $(tail -3 "told-$2")"
        rows look "told-$2"
        expect 0 samaki --home "$1-notes" sync "$address"
    done
}

# Every type's fields, as 'docs' tells them.
mkdir docs
expect 0 samaki docs --json
for type in $(sed -n 's/^{"type":"\([a-z_]*\)".*/\1/p' out); do
    expect 0 samaki docs "$type" --json
    if grep -q '"scopes"' out; then cp out "docs/$type.json"; fi
done
rows make "$texts" docs sent
found a
bring a sent-rows.json sent-notes.json
expect 0 samaki --home a export --json-file a.json --for-import
rows compare sent-sent.json a/imports/*.jsonl a-notes/imports/*.jsonl a.json

# Out in every form, and in again.
expect 0 samaki --home a export --xlsx a.xlsx --for-import
expect 0 samaki --home a export --csv acsv --for-import
expect 0 samaki --home a export --package package
expect 0 samaki --home a export --package public --public
expect 0 samaki --home a export --geojson a.geojson
rows look a.json a.xlsx acsv/*.csv package/*.csv package/*.json package/*.geojson public/*.csv public/*.json a.geojson
stop "$work/a"
for form in a.json a.xlsx acsv; do
    rm -rf b b-notes b.json
    found b
    bring b $form $form
    expect 0 samaki --home b export --json-file b.json --for-import
    cmp a.json b.json || fail "something changed by way of $form"
    stop "$work/b"
done

# On a terminal, and on paper.
export SAMAKI_HOME="$work/a"
expect 0 samaki list
rows look out
n=0
for ref in $(sed -n 's/.*\(T-[a-z_]*-[0-9]*\).*/\1/p' out); do
    n=$((n + 1))
    [ $((n % 97)) -eq 0 ] || continue # so that every type has its turn
    for command in show history conflicts; do
        expect 0 samaki $command "$ref"
        cat out err >>told
    done
    case $ref in
    T-joint_list-*) expect 0 samaki report list "$ref" --out - ;;
    T-case_study-* | T-study_report-*) expect 0 samaki report study "$ref" --out - ;;
    *) continue ;;
    esac
    cp out "$ref.html"
done
rows look ./*.html
rows look told
for word in '<script>' '=1+1' "$(printf '\033[2J')" '\u202e' 'DROP TABLE'; do
    code=0
    samaki search -- "$word" >out 2>err </dev/null || code=$?
    [ $code -le 2 ] || fail "exit code $code from a search"
    rows look out err
done
