#!/bin/sh
# Every patch of this folder still applies to the tree, and says what it breaks and whom that would hurt.
#
#   tests/mutants/check.sh [ROOT]
set -eu
cd "${1:-.}"
export GIT_CEILING_DIRECTORIES="$(dirname "$PWD")" # whether ROOT lies in another repository does not matter
if command -v git >/dev/null; then
    applies() { git apply --check -p1 "$1"; }
elif command -v patch >/dev/null; then
    applies() { patch --dry-run -p1 -s -f -F0 <"$1"; }
else
    echo "skipped: neither git nor patch"
    exit 77
fi
count=0 wrong=0
complain() {
    echo "$patch: $1" >&2
    wrong=$((wrong + 1))
}
for patch in tests/mutants/[0-9]*-*.patch; do
    count=$((count + 1))
    for word in Bug Why Tests; do
        sed '/^---/q' "$patch" | grep -q "^$word: ." || complain "no line '$word:' in front of the patch"
    done
    applies "$patch" || complain "does not apply any more: make it anew, or take it out"
done
[ $count -ge 60 ] || { echo "mutants: only $count patches" >&2 && exit 1; }
[ $wrong -eq 0 ]
