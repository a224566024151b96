#!/bin/sh
# Every function that reads foreign bytes is called by a fuzz target, or exempt.txt says why none calls it.
#
#   tests/fuzz/complete.sh [ROOT]
set -eu
cd "${1:-.}"
# Functions of our own headers whose name ends in one of these words.
words='decode|parse|read|load|unpack|from_[a-z]+|of_text|unseal|unseal_with|frontier_check|check_inclusion|check_consistency|dbfile_look|csv_feed|text_next|hex_parse|is_valid|row_log|row_name|row_record|check_payload|take|add_certificate|audit|scrub'
found=$(find proto store node tools -name '*.h' -exec cat {} + |
    grep -oE "\bsmk_([a-z0-9_]+_)?($words)\(" | tr -d '(' | sort -u)
code=$(mktemp)
trap 'rm -f "$code"' EXIT
for file in tests/fuzz/*.c tests/fuzz/*.h; do # a name in a comment is no call
    cc -fpreprocessed -E -P "$file" 2>/dev/null
done >"$code"
bad=0
for function in $found; do
    if grep -qE "\b$function\(" "$code"; then
        if grep -qE "^$function " tests/fuzz/exempt.txt; then
            echo "$function is called by a target, and exempt all the same" >&2
            bad=1
        fi
    elif ! grep -qE "^$function [a-z]" tests/fuzz/exempt.txt; then
        echo "$function reads foreign bytes, and no fuzz target calls it" >&2
        bad=1
    fi
done
for function in $(grep -oE '^smk_[a-z0-9_]+' tests/fuzz/exempt.txt); do
    printf '%s\n' $found | grep -qx "$function" || { echo "$function is exempt, and does not exist" >&2; bad=1; }
done
[ "$bad" -eq 0 ] || { echo "complete: write a target, or a line for tests/fuzz/exempt.txt" >&2; exit 1; }
printf '%s functions\n' "$(printf '%s\n' $found | wc -l)"
