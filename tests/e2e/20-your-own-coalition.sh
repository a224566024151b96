#!/bin/sh
# Goal: 'Your own coalition' of README.md works as it is printed there: the code block is run verbatim, in an empty
# folder, with nothing but the programs on the path.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
readme=$SMK_ROOT/README.md
sed -n '/^## Your own coalition/,/^## /p' "$readme" | sed -n '/^```sh$/,/^```$/p' | sed '1d;$d' >"$work/block.sh"
[ -s "$work/block.sh" ] || fail "README.md has no code block under 'Your own coalition'"

# The block names port 4717. In a network of its own nothing else can stand there; where none can be made, and something
# does stand there, the port is another one, and that is said.
mkdir "$work/empty" "$work/path"
for program in samaki samakid; do # each start is counted
    printf '#!/bin/sh\necho >>"%s"\nexec "%s" "$@"\n' "$work/starts" "$SMK_BIN/$program" >"$work/path/$program"
    chmod +x "$work/path/$program"
done
cat >"$work/run.sh" <<END
set -e
cd "$work/empty"
PATH="$work/path:\$PATH"
trap 'kill \$! 2>/dev/null || true; wait \$! 2>/dev/null || true' EXIT
$(cat "$work/block.sh")
END
if command -v ip >/dev/null && unshare -rn ip link set lo up 2>/dev/null; then
    expect 0 timeout 120 unshare -rn sh -c 'ip link set lo up && exec sh "$1"' sh "$work/run.sh"
else
    if ! timeout 120 sh "$work/run.sh" >"$work/out" 2>"$work/err" </dev/null; then
        grep -q 'cannot listen on 127.0.0.1:4717' "$work/err" || fail "the block fails"
        port=$((20000 + $$ % 20000))
        echo "port 4717 is taken here: the block runs with $port"
        rm -rf "$work/empty" "$work/starts"
        mkdir "$work/empty"
        sed -i "s/:4717/:$port/" "$work/run.sh"
        expect 0 timeout 120 sh "$work/run.sh"
    fi
fi
says "The coalition 'Our coalition' is founded."
says "Joined 'Our coalition' as a device of banan"
says "joint_list JL-1"
says "same: "
says "nothing found"
grep -E "JL-1 .*Banan District" "$work/out" >/dev/null || fail "the corrected title is not shown"
commands=$(wc -l <"$work/starts")
[ "$commands" -le 10 ] || fail "$commands programs were started, not at most ten"
echo "README's own coalition: $commands commands, as printed"
