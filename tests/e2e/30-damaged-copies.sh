#!/bin/sh
# Goal: not one byte of a store can be changed unnoticed. Copies of the hub's store are changed in one byte: 20 inside
# records (the audit names the record and ends with 1), 20 anywhere in the file (the audit names a record, or says that
# the store file is damaged, or the byte was of no use: then the audit is clean and the export is the same to the byte).
#
# SMK_SEED=N repeats a run; the number is printed.
. "$(dirname "$0")/prologue.sh"
need samaki samakid coalition
root=$(cd "$(dirname "$0")/../.." && pwd)
seed=${SMK_SEED:-20211116}
flips=20
home=$work/run/hub-02
copy=$work/copy

fresh_copy() { cp "$work/untouched/store/data.mdb" "$copy/store/data.mdb"; }

flip() { # flip OFFSET : changes one bit of that byte
    byte=$(od -An -tu1 -j "$1" -N 1 "$copy/store/data.mdb" | tr -d ' ')
    if [ $((byte % 2)) -eq 0 ]; then byte=$((byte + 1)); else byte=$((byte - 1)); fi
    printf "\\$(printf %03o "$byte")" | dd of="$copy/store/data.mdb" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

audit() { # sets code; the answer is in $work/out
    code=0
    samaki --home "$copy" --json audit >"$work/out" 2>"$work/err" || code=$?
    [ "$code" -le 1 ] || fail "seed $seed: the audit ended with $code"
}

expect 0 "$SMK_BIN/coalition" --dir "$work/run" --data "$root/tools/sample/battambang"
mkdir -p "$work/untouched/store" "$copy/store"
if command -v mdb_copy >/dev/null; then
    mdb_copy -c "$home/store" "$work/untouched/store"
else
    cp "$home/store/data.mdb" "$work/untouched/store/data.mdb" # with pages that nobody uses any more
fi
samaki --home "$work/untouched" --json export >"$work/export"
samaki --home "$work/untouched" audit >/dev/null || fail "the untouched copy is not clean"

# One line for each record that is drawn: its id, and in every place of the file where it stands the same byte of it, from
# 40 before the signature to the end of the payload.
awk '
    function first(pattern, skip) { # what stands behind the name, in its first place
        return match($0, pattern) ? substr($0, RSTART + skip, RLENGTH - skip) : ""
    }
    { print first("\"id\":\"[0-9a-f]+", 6), first("\"payload_len\":[0-9]+", 14), first("\"signature\":\"[0-9a-f]+", 13) }
' "$work/export" | grep -E '^[0-9a-f]{64} [0-9]+ [0-9a-f]{128}$' >"$work/records"
[ "$(wc -l <"$work/records")" -eq "$(wc -l <"$work/export")" ] || fail "the export is not in the expected form"
od -An -v -tx1 "$work/untouched/store/data.mdb" | tr -d ' \n' >"$work/hex"
awk -v seed="$seed" -v flips="$flips" '
    NR == FNR { hex = hex $0; next }
    { id[FNR] = $1; payload[FNR] = $2; signature[FNR] = $3; count = FNR }
    END {
        srand(seed)
        for (i = 0; i < flips; i++) {
            r = 1 + int(rand() * count)
            delta = int(rand() * (40 + 64 + 16 + payload[r])) - 40
            line = id[r]
            for (from = 1; (at = index(substr(hex, from), signature[r])) > 0; from += at)
                if ((from + at) % 2 == 0)
                    line = line " " (from + at - 2) / 2 + delta
            print line
        }
    }
' "$work/hex" "$work/records" >"$work/inside"

while read -r id places; do
    [ -n "$places" ] || fail "seed $seed: record $id was not found in the file"
    fresh_copy
    for place in $places; do flip "$place"; done
    audit
    [ "$code" -eq 1 ] || fail "seed $seed: byte $places of record $id was changed, and the audit is clean"
    grep -q "\"id\":\"$id\"" "$work/out" || fail "seed $seed: byte $places of record $id was changed; the audit does not name it"
done <"$work/inside"
echo "seed $seed: $flips bytes inside records of the hub's store changed, $flips records named"

size=$(wc -c <"$work/untouched/store/data.mdb")
named=0 damaged=0 unused=0
for offset in $(awk -v seed="$((seed + 1))" -v flips="$flips" -v size="$((size))" \
    'BEGIN { srand(seed); for (i = 0; i < flips; i++) print int(rand() * size) }'); do
    fresh_copy
    flip "$offset"
    audit
    if [ "$code" -eq 0 ]; then
        samaki --home "$copy" --json export >"$work/other" || fail "seed $seed: byte $offset: the audit is clean, the export is not"
        cmp -s "$work/export" "$work/other" || fail "seed $seed: byte $offset: the audit is clean, and the export is another one"
        unused=$((unused + 1))
    elif grep -q '"id":"[0-9a-f]\{64\}"' "$work/out"; then
        named=$((named + 1))
    elif grep -q 'store file damaged' "$work/out"; then
        damaged=$((damaged + 1))
    else
        fail "seed $seed: byte $offset: the audit has no name for it"
    fi
done
echo "seed $seed: $flips bytes anywhere in the file changed: a record named $named times, 'store file damaged' $damaged" \
    "times, of no use $unused times (then the export is the same)"
