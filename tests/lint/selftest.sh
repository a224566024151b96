#!/bin/sh
# A lint that cannot fail proves nothing. Builds a small tree that every lint accepts, breaks one rule at a
# time, and demands that the lint in question then fails and names the file.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM
cases=0 failures=0

plant() { # a fresh tree with nothing wrong in it
    find "$tree" -mindepth 1 -delete
    mkdir -p "$tree/proto" "$tree/store/files" "$tree/node" "$tree/tools" "$tree/tests/support" "$tree/tests/unit/proto"
    cat >"$tree/proto/toy.h" <<'END'
/* proto/toy.h: strcpy(a, b) and malloc(1) in a comment are words, not calls. */
#ifndef TOY_H
#define TOY_H
#define SMK_MUST_USE __attribute__((warn_unused_result))
#include <stdbool.h>
enum smk_err { SMK_OK, SMK_ERR_TOY };
bool smk_toy_is_fault(enum smk_err err);
typedef enum smk_err smk_toy_fn(int a);

/* OK            fine
 * SMK_ERR_TOY   not fine */
SMK_MUST_USE enum smk_err smk_toy_step(int state,
                                       int event);
#endif
END
    cat >"$tree/proto/toy.c" <<'END'
#include "proto/toy.h"

#include <string.h>

static const char *const words[] = {
    "goto hell; { malloc(1); system(\"}\") /* ",
};

#if defined(A)
int toy(int a) {
#else
int toy(int a, char b)
{
#endif
    a += b == '}' || b == '"' || b == '\'' ? 1 : 0; // don't { trip
    if (a == 1)
        goto fail;
    return (int)strlen(words[0]);
fail:
    return -1;
}
END
    echo '#include "proto/toy.h"' >"$tree/store/db.c"
    echo '#include <lmdb.h>' >>"$tree/store/db.c"
    echo '#include <stdlib.h>' >"$tree/proto/mem.c"
    echo 'void toy_mem(void *at) { free(at); }' >>"$tree/proto/mem.c"
    echo '#include <stdio.h>' >"$tree/proto/check.c"
    echo '#include <msgpack.h>' >"$tree/proto/canon.c"
    echo '#include <sodium.h>' >"$tree/proto/hash.c"
    echo '#include "store/toy.h"' >"$tree/store/files/table.c"
    echo '#include <zip.h>' >"$tree/store/files/xlsx_zip.c"
    echo '#include <unicode/ubrk.h>' >"$tree/store/icu.c"
    echo '#include <uv.h>' >"$tree/node/loop.c"
    echo '#include <jansson.h>' >"$tree/tools/print.c"
    echo '#include "proto/toy.h"' >"$tree/tests/support/hex.c"
    echo '#include <criterion/criterion.h>' >"$tree/tests/unit/proto/toy_test.c"
    echo "Run \`bin/unit_toy --filter 'toy*/@(walks|runs)'\` twice." >"$tree/tests/README.md"
    mkdir "$tree/bin"
    printf '#!/bin/sh\nprintf "toy: 2 tests\\n- walks\\n- eats\\nball: 1 test\\n- rolls\\n"\n' >"$tree/bin/unit_toy"
    chmod +x "$tree/bin/unit_toy"
}

accepts() { # accepts LINT : the tree as it stands
    cases=$((cases + 1))
    if ! "$here/$1.sh" "$tree" >"$tree/said" 2>&1; then
        echo "selftest: $1 refuses a tree with nothing wrong in it" >&2
        cat "$tree/said" >&2
        failures=$((failures + 1))
    fi
}
refuses() { # refuses LINT FILE : the tree as it stands, and because of FILE; then plants a fresh one
    cases=$((cases + 1))
    if "$here/$1.sh" "$tree" >"$tree/said" 2>&1 || ! grep -q "$2" "$tree/said"; then
        echo "selftest: $1 does not notice what is wrong in $2:" >&2
        tail -n 3 "$tree/$2" >&2
        failures=$((failures + 1))
    fi
    plant
}
breaks() { # breaks LINT FILE LINE : with LINE at the end of FILE
    printf '%s\n' "$3" >>"$tree/$2"
    refuses "$1" "$2"
}
lines() { # lines COUNT TEXT
    awk -v count="$1" -v text="$2" 'BEGIN { while (count-- > 0) print text }'
}

plant
export SMK_BIN="$tree/bin"
for lint in rooms length banned errors headers filters; do accepts $lint; done

# One wall at a time.
for room in store node tools tests; do breaks rooms proto/toy.c "#include \"$room/x.h\""; done
for room in store/files node tools tests; do breaks rooms store/db.c "#include \"$room/x.h\""; done
for room in node tools tests; do breaks rooms store/files/table.c "#include \"$room/x.h\""; done
for room in tools tests; do breaks rooms node/loop.c "#include \"$room/x.h\""; done
for room in node tests; do breaks rooms tools/print.c "#include \"$room/x.h\""; done
for header in uv.h lmdb.h msgpack.h sodium.h unicode/ubrk.h jansson.h stdio.h time.h unistd.h pthread.h assert.h \
    sys/socket.h sys/stat.h fcntl.h; do
    breaks rooms proto/toy.c "#include <$header>"
done
for header in uv.h msgpack.h msgpack/pack.h sodium.h unicode/unorm2.h jansson.h sys/socket.h netinet/in.h assert.h; do
    breaks rooms store/db.c "#include <$header>"
done
for header in lmdb.h zip.h expat.h xlsxwriter.h jansson.h uv.h unicode/ubrk.h sys/socket.h; do
    breaks rooms store/files/table.c "#include <$header>"
done
breaks rooms store/files/xlsx_zip.c '#include <expat.h>'
for header in lmdb.h msgpack.h sodium.h unicode/ucol.h; do breaks rooms node/loop.c "#include <$header>"; done
for header in uv.h confuse.h lmdb.h msgpack.h sodium.h unicode/uspoof.h; do breaks rooms tools/print.c "#include <$header>"; done
breaks rooms proto/hash.c '#include <stdio.h>'
breaks rooms proto/mem.c '  #  include  "store/x.h" /* why */'
breaks rooms proto/toy.c '#include "toy.h"'
breaks rooms tests/support/hex.c '#include "../../proto/toy.h"'
breaks rooms tests/support/hex.c '#include <proto/toy.h>'
breaks rooms tests/support/hex.c '#include HEADER'
breaks rooms tests/support/hex.c '#include <criterion/criterion.h>'
echo '#include <lmdb.h>' >"$tree/store/feed.h"
refuses rooms store/feed.h

# Exactly as long as it may be, then one line longer.
{ echo 'static int tall(int a,'; echo '    int b)'; echo '{'; lines 66 '    a += b;'; echo '}'; } >"$tree/node/tall.c"
accepts length
sed -i '$d' "$tree/node/tall.c"
breaks length node/tall.c '
}'
{ echo 'Test(toy, tall, .timeout = 20)'; echo '{'; lines 70 '    a();'; echo '}'; } >"$tree/tests/unit/proto/tall_test.c"
refuses length tests/unit/proto/tall_test.c
{ echo 'static inline void tall(void) {'; lines 70 '    a();'; echo '}'; } >"$tree/proto/tall.h"
refuses length proto/tall.h
{ echo 'static const int row[] = {'; lines 598 '    1,'; echo '};'; } >"$tree/tools/rows.c"
accepts length
breaks length tools/rows.c ''
breaks length tools/print.c 'void open(void) {'

# Calls, jumps, names, words.
for call in strcpy strcat sprintf vsprintf gets strtok atoi atol alloca rand srand system popen; do
    breaks banned proto/toy.c "    int x = $call (a);"
done
for file in store/db.c node/loop.c tools/print.c tests/support/hex.c; do breaks banned $file 'strcpy(a, b);'; done
for call in malloc calloc realloc free strdup asprintf; do
    breaks banned proto/toy.c "$call(a);"
    breaks banned store/db.c "    x = $call(a);"
done
breaks banned proto/toy.c 'exit(1);'
breaks banned node/loop.c '    goto done;'
for name in util utils misc common helper helpers string_util test_helpers; do
    echo >"$tree/node/$name.c"
    refuses banned "node/$name.c"
done
for word in TODO FIXME XXX HACK; do
    breaks banned node/loop.c "/* $word: later */"
    breaks banned README.md "- $word"
done

# Errors that may be ignored, or are not told.
breaks errors proto/toy.h '/* OK  fine */
enum smk_err smk_toy_a(void);'
breaks errors proto/toy.h '/* Steps. */
SMK_MUST_USE enum smk_err smk_toy_b(void);'
breaks errors proto/toy.h '/* OK  fine */

SMK_MUST_USE enum smk_err smk_toy_c(void);'
breaks errors proto/toy.h '/* OK  fine */
SMK_MUST_USE enum smk_err smk_toy_d(void);
SMK_MUST_USE enum smk_err
smk_toy_e(void);'

for room in store node tools; do
    breaks errors $room/toy.h '/* Steps. */
SMK_MUST_USE enum smk_err smk_toy_b(void);'
done

# Headers that lean on others, warn, or may be included once only.
echo 'size_t smk_lean(void);' >"$tree/store/lean.h"
refuses headers store/lean.h
echo 'int smk_old();' >"$tree/store/old.h"
refuses headers store/old.h
echo 'struct smk_once { int a; };' >"$tree/store/once.h"
refuses headers store/once.h

# Commands that run no test at all.
breaks filters tests/README.md "unit_toy --filter 'toys/*'"
breaks filters tests/README.md "unit_toy --filter '{toy,ball}/*'"
breaks filters tests/README.md "unit_toy --filter 'ball/walks'"
breaks filters tests/README.md "unit_ball --filter '*/*'"
breaks filters tests/README.md "unit_toy --filter toy/*"

echo "$cases cases, $failures failed"
[ "$failures" -eq 0 ]
