#!/bin/sh
# Runs `conform` over vector files: the project's own, or the public ones that may lie beside the project.
#
#   SMK_BIN=build/asan/bin tests/conform/run.sh own|public
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."
case ${1:-} in
own)
    set -- tests/vectors/*.json tests/vectors/surveys/* tests/vectors/acts/*.json tools/sample/battambang/bad_acts.json
    none="no tests/vectors/*.json"
    ;;
public)
    dir=../shared/vectors
    set -- "$dir"/noise/*.json "$dir"/wycheproof/*.json "$dir"/msgpack/*.json "$dir"/merkle/*.json \
        "$dir"/text/khmer_lookalikes.json ../shared/domain/battambang/interviews_kobo_dirty.csv \
        ../shared/domain/battambang/interviews_kobo_dirty.expected.json ../shared/domain/battambang/bad_acts.json
    none="no $dir"
    ;;
*) echo "usage: tests/conform/run.sh own|public" >&2; exit 2 ;;
esac
for file; do # a pattern that matched nothing stands for itself
    shift
    [ ! -f "$file" ] || set -- "$@" "$file"
done
if [ $# -eq 0 ]; then
    echo "skipped: $none"
    exit 77
fi
exec "${SMK_BIN:-build/asan/bin}/conform" "$@"
