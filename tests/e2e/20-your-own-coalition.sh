#!/bin/sh
# Goal: 'Your own coalition' of README.md works as it is printed there: the code block is run verbatim, in an empty
# folder, with nothing but the programs on the path.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
readme=$SMK_ROOT/README.md
sed -n '/^## Your own coalition/,/^## /p' "$readme" | sed -n '/^```sh$/,/^```$/p' | sed '1d;$d' >"$work/block.sh"
[ -s "$work/block.sh" ] || fail "README.md has no code block under 'Your own coalition'"

# The block names port 4717. In a network of its own nothing else can stand there.
mkdir "$work/empty" "$work/path"
for program in samaki samakid; do # each start is counted
    printf '#!/bin/sh\necho >>"%s"\nexec "%s" "$@"\n' "$work/starts" "$SMK_BIN/$program" >"$work/path/$program"
    chmod +x "$work/path/$program"
done
cat >"$work/run.sh" <<END
set -e
cd "$work/empty"
PATH="$work/path:\$PATH"
trap 'kill \$(jobs -p) 2>/dev/null || true' EXIT
$(cat "$work/block.sh")
END
if [ "$(id -u)" -eq 0 ] && command -v ip >/dev/null && unshare -n true 2>/dev/null; then
    expect 0 timeout 120 unshare -n sh -c 'ip link set lo up && exec sh "$1"' sh "$work/run.sh"
else
    expect 0 timeout 120 sh "$work/run.sh"
fi
says "The coalition 'Our coalition' is founded."
says "Joined 'Our coalition' as a device of banan"
says "joint_list JL-1"
says "same: "
says "nothing found"
grep -E "JL-1 .*endorsed" "$work/out" >/dev/null || fail "the list is not shown as endorsed"
commands=$(wc -l <"$work/starts")
[ "$commands" -le 10 ] || fail "$commands programs were started, not at most ten"
echo "README's own coalition: $commands commands, as printed"
