#!/bin/sh
# An audit finds what was changed in a store, in place and in copies, and never dies of what it reads.
. "$(dirname "$0")/prologue.sh"
need samaki
a=$work/a

expect 0 samaki --home "$a" init --name Test --org cpdd
for i in 1 2 3 4 5 6 7 8 9; do
    expect 0 samaki --home "$a" org add "member-$i" --kind member --name-en "Member number $i" --area "0$i"
done
expect 0 samaki --home "$a" audit
says "nothing found"
expect 0 samaki --home "$a" audit --json
says '"findings":[]'
says '"clean":true'
records=$(field records)
[ "$records" -ge 14 ] && [ "$(field signatures_good)" = "$records" ] || fail "not every record was looked at"

# A home, a folder, the file; a copy needs neither keys nor a lock file.
cp -r "$a/store" "$work/copy"
rm -f "$work/copy/lock.mdb"
for path in "$a" "$a/store" "$a/store/data.mdb" "$work/copy" "$work/copy/data.mdb"; do
    expect 0 samaki audit "$path"
done
(cd "$work/copy" && expect 0 samaki audit data.mdb)
if command -v mdb_copy >/dev/null; then
    mkdir "$work/compact"
    mdb_copy -c "$a/store" "$work/compact"
    expect 0 samaki audit "$work/compact"
fi
[ ! -e "$work/copy/lock.mdb" ] || fail "an audit wrote into the copy"
chmod 500 "$work/copy"
expect 0 samaki audit "$work/copy"
chmod 700 "$work/copy"
expect 2 samaki audit "$a/device.key"
says "is called data.mdb"

# Cut short at many lengths, empty, not a store at all.
size=$(stat -c %s "$a/store/data.mdb")
damaged() {
    expect 1 samaki audit "$work/copy"
    says_not "nothing found"
}
for part in 1 2 3 5 7; do
    cp "$a/store/data.mdb" "$work/copy/data.mdb"
    truncate -s $((size * part / 8)) "$work/copy/data.mdb"
    damaged
    says "store file damaged"
done
head -c 100000 /dev/urandom >"$work/copy/data.mdb"
damaged
says "store file damaged"
expect 1 samaki audit "$work/copy" --json
says '"error":"store_damaged"'
says '"clean":false'
: >"$work/copy/data.mdb"
damaged

# One byte inside a record: named, or the file cannot be read; never clean, never a crash.
at=$(grep -abo "Member number 5" "$a/store/data.mdb" | head -n 1 | cut -d: -f1)
found=no
for offset in $(grep -abo "Member number 5" "$a/store/data.mdb" | cut -d: -f1); do
    cp "$a/store/data.mdb" "$work/copy/data.mdb"
    printf 'm' | dd of="$work/copy/data.mdb" bs=1 seek="$offset" conv=notrunc 2>/dev/null
    code=0
    samaki audit "$work/copy" >"$work/out" 2>"$work/err" || code=$?
    [ $code -le 1 ] || fail "exit code $code"
    [ $code -eq 0 ] || { found=yes; says "gov  cpdd  seq"; }
done
[ -n "$at" ] && [ $found = yes ] || fail "a changed record was not noticed"

# Any page destroyed.
page=0
while [ $((page * 4096)) -lt "$size" ]; do
    cp "$a/store/data.mdb" "$work/copy/data.mdb"
    head -c 4096 /dev/urandom | dd of="$work/copy/data.mdb" bs=4096 seek=$page conv=notrunc 2>/dev/null
    code=0
    samaki audit "$work/copy" >"$work/out" 2>"$work/err" || code=$?
    [ $code -le 1 ] || fail "exit code $code with page $page destroyed"
    page=$((page + 1))
done
