#!/bin/sh
# What a store cannot live on or in is refused with a sentence, and what is spoilt is found and mended.
. "$(dirname "$0")/../e2e/prologue.sh"
need samaki samakid
a=$work/a b=$work/b
expect 0 samaki --home "$a" init --name Test --org office --office office-ed:secretariat_approver
node "$a"

# One program at a time compacts, and nobody beside it.
expect 75 samaki --home "$a" compact
says "Stop samakid"
stop "$a"
expect 0 samaki --home "$a" compact

# Kinds of file systems that are no safe place: the shim says what statfs would.
shim() { # shim FOLDER TYPE COMMAND...
    below=$1 type=$2
    shift 2
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD="$SMK_BIN/crash_shim.so" \
        SMK_SHIM_BELOW="$below" SMK_SHIM_FS_TYPE="$type" "$@"
}
for type in 6969 517b ff534d42 fe534d42 4d44 2011bab0 65735546; do
    expect 1 shim "$work/net-$type" "$type" "$SMK_BIN/samaki" --home "$work/net-$type/home" init --name Test --org office
    says "network or removable file system"
    [ ! -e "$work/net-$type/home/store/data.mdb" ] || fail "a store was made on $type"
done
expect 1 shim "$a" 6969 "$SMK_BIN/samaki" --home "$a" org add x --kind member
says "network or removable file system"
expect 1 shim "$a" 65735546 "$SMK_BIN/samakid" --home "$a" --listen 127.0.0.1:0
says "cannot live on this kind of file system"
expect 0 shim "$a" ef53 "$SMK_BIN/samaki" --home "$a" list

# A schema from elsewhere, older or newer.
if command -v mdb_dump >/dev/null && command -v mdb_load >/dev/null; then
    for schema in 00000001 00000063; do
        rm -rf "$b"
        cp -r "$a" "$b"
        rm "$b/store/data.mdb" "$b/store/lock.mdb"
        mdb_dump -a "$a/store" | sed "/^ 736368656d61\$/{n;s/.*/ $schema/}" | mdb_load "$b/store" 2>/dev/null
        expect 1 samaki --home "$b" list
        says "another version of Samaki"
        expect 1 "$SMK_BIN/samakid" --home "$b" --listen 127.0.0.1:0
        says "another version of Samaki"
    done
fi

# A bit of a record flips: it is named, given to nobody, and comes back from another node's export.
expect 0 samaki --home "$a" --json org add ctod --kind member --area 02 --name-en "Sentinel of a record"
place=$(grep -aobF "Sentinel of a record" "$a/store/data.mdb" | cut -d: -f1)
[ -n "$place" ] || fail "the record is not found in the file"
samaki --home "$a" export >"$work/export"
expect 0 samaki --home "$a" scrub
for at in $place; do # the newest of them is the live one
    printf 'Z' | dd of="$a/store/data.mdb" bs=1 seek="$at" conv=notrunc 2>/dev/null
done
expect 1 samaki --home "$a" scrub
says "1 record of this store is damaged."
says "  gov  "
says "  seq 5  it is not what was stored"
expect 1 samaki --home "$a" list
head -n 2 "$work/export" >"$work/short"
expect 1 samaki --home "$a" scrub --from "$work/short"
says "1 record of this store is damaged."
printf 'no export\n' >"$work/other"
expect 1 samaki --home "$a" scrub --from "$work/other"
says "no export of a node"
expect 0 samaki --home "$a" scrub --from "$work/export"
says "Damaged before, and good again: 1 record."
expect 0 samaki --home "$a" audit
expect 0 samaki --home "$a" list
expect 0 samaki --home "$a" --json scrub
says '"clean":true'
