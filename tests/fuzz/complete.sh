#!/bin/sh
# Every function that reads foreign bytes is called by a fuzz target, or exempt.txt says why none calls it.
#
#   tests/fuzz/complete.sh [ROOT]
#
# What a target calls is what its object files still ask for when all that LLVMFuzzerTestOneInput does not reach has been
# left out: a name in a comment, a text, a prototype, a part that is not compiled, a function that nobody calls, or the
# seeds alone, is no call. Needs a compiler and no build; nothing in the tree is written.
set -eu
unset CDPATH
cd "${1:-.}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
flags="-std=gnu17 -I. -w"

# ---- functions of our own headers whose name ends in one of these words ----

words='decode|parse|read|load|unpack|from_[a-z]+|of_text|unseal|unseal_with|frontier_check|check_inclusion|check_consistency|dbfile_look|csv_feed|text_next|hex_parse|is_valid|row_log|row_name|row_record|check_payload|take|add_certificate|audit|scrub'
find proto store node tools -name '*.h' | sort | sed 's/.*/#include "&"/' |
    cc $flags -E -P -x c - | grep -oE "\bsmk_([a-z0-9_]+_)?($words)\(" | tr -d '(' | sort -u >"$work/found"
[ -s "$work/found" ] || { echo "complete: no header declares a reader" >&2 && exit 1; }

# ---- what the targets reach ----

cat >"$work/compile" <<'END'
cc $flags -O1 -ffunction-sections -fdata-sections -c -o "$work/$(basename "$1" .c).o" "$1"
END
export flags work
ls tests/fuzz/*.c | xargs -P "$(nproc)" -I{} sh "$work/compile" {}
shared="$work/decoder.o $work/input.o $work/one.o $work/scratch.o" # of every target, as CMakeLists.txt says
for target in "$work"/fuzz_*.o; do
    name=$(basename "$target" .o)
    own=$(ls "$work/${name#fuzz_}"_*.o 2>/dev/null || true)
    ld -r --gc-sections --entry=LLVMFuzzerTestOneInput -o "$work/reached" "$target" $own $shared
    objdump -r "$work/reached" # the symbol table would name what was left out as well
done | grep -oE '\bsmk_[a-z0-9_]+' | sort -u >"$work/called"

# ---- the one against the other ----

exempt=tests/fuzz/exempt.txt bad=0
while read -r function; do
    if grep -qx "$function" "$work/called"; then
        if grep -qE "^$function " $exempt; then
            echo "$function is called by a target, and exempt all the same" >&2
            bad=1
        fi
    elif ! grep -qE "^$function [a-z]" $exempt; then
        echo "$function reads foreign bytes, and no fuzz target calls it" >&2
        bad=1
    fi
done <"$work/found"
for function in $(grep -oE '^smk_[a-z0-9_]+' $exempt); do
    grep -qx "$function" "$work/found" || { echo "$function is exempt, and does not exist" >&2; bad=1; }
done
[ "$bad" -eq 0 ] || { echo "complete: write a target, or a line for $exempt" >&2; exit 1; }
printf '%s functions\n' "$(grep -c . "$work/found")"
