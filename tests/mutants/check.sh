#!/bin/sh
# Every patch of this folder still applies to the tree, says what it breaks and whom that would hurt, and names tests that
# exist.
#
#   tests/mutants/check.sh [ROOT]
#
# The names come from a build with all tests: that of SMK_BIN, or build/asan or build/clang of ROOT. Without one that is
# said, and the rest looked at.
set -eu
unset CDPATH
cd "${1:-.}"
. tests/mutants/hints.sh
export GIT_CEILING_DIRECTORIES="$(dirname "$PWD")" # whether ROOT lies in another repository does not matter
if command -v git >/dev/null; then
    applies() { git apply --check -p1 "$1"; }
elif command -v patch >/dev/null; then
    applies() { patch --dry-run -p1 -s -f -F0 <"$1"; }
else
    echo "skipped: neither git nor patch"
    exit 77
fi
names=$(mktemp)
trap 'rm -f "$names"' EXIT
trap 'exit 1' HUP INT TERM
for build in ${SMK_BIN:+"${SMK_BIN%/bin}"} build/asan build/clang; do
    ! grep -qw unit_proto "$names" || break # other builds leave out the tests of single files
    [ ! -f "$build/CTestTestfile.cmake" ] ||
        ctest --test-dir "$build" -N -LE '^lint$' | sed -n 's/^ *Test *#[0-9]*: //p' >"$names"
done
grep -qw unit_proto "$names" || { echo "no build with all tests: whether those that are named exist was not looked at" && : >"$names"; }
count=0 wrong=0
complain() {
    echo "$patch: $1" >&2
    wrong=$((wrong + 1))
}
for patch in tests/mutants/[0-9]*-*.patch; do
    count=$((count + 1))
    for line in Bug Why Tests; do
        [ -n "$(word "$patch" $line)" ] || complain "no line '$line:' in front of the patch"
    done
    unknown=
    [ ! -s "$names" ] || unknown=$(unknown "$patch" "$names")
    [ -z "$unknown" ] || complain "names tests that do not exist:$unknown"
    applies "$patch" || complain "does not apply any more: make it anew, or take it out"
done
[ $count -ge 60 ] || { echo "mutants: only $count patches" >&2 && exit 1; }
[ $wrong -eq 0 ]
