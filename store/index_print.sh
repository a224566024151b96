#!/bin/sh
# store/index_print.sh OUT FILE...: writes a header with the hash of everything that an index follows from but its rows: a
# program that judges, cuts or sorts otherwise than the one that made an index makes it anew.
out=$1
shift
set -eu
hash=$(LC_ALL=C cat -- "$@" | sha256sum)
printf '#define SMK_INDEX_PRINT "%s"\n' "${hash%% *}" >"$out.new"
mv "$out.new" "$out"
