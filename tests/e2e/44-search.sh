#!/bin/sh
# Goal: documents are found by what people remember of them, as they type it: Khmer and English words, places in any spelling
# and all below a place, types and statuses by what they are called; what was changed, withdrawn or fetched a moment ago is
# found as it stands now; a thrown-away index says the same again; what finds nothing says what to do.
. "$(dirname "$0")/prologue.sh"
need samaki samakid coalition search_queries
root=${SMK_ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}

expect 0 "$SMK_BIN/coalition" --dir "$work/all"
export SAMAKI_HOME="$work/all/cpdd"
expect 0 "$SMK_BIN/search_queries" "$SAMAKI_HOME" "$root/tests/search/queries.json"
says "309 queries, 0 wrong"

finds() { # finds "REF..." COMMAND... : exactly these, in any order
    refs=$1
    shift
    expect 0 samaki --json "$@"
    got=$(sed -n 's/.*"ref":"\([^"]*\)".*/\1/p' "$work/out" | sort | tr '\n' ' ')
    [ "$got" = "${refs:+$refs }" ] || fail "$* finds '$got' instead of '$refs'"
}
nothing() { # nothing SENTENCE COMMAND...
    sentence=$1
    shift
    expect 0 samaki "$@"
    says "$sentence"
}

# Words.
finds "CS-0201 RC-0201-02" search forum --place 0201
finds "CS-0201 RC-0201-02" search FORUM --place ស្រុកបាណន់
finds "CS-0201 RC-0201-02" search Forum --place Banna
finds "CS-0201 RC-0201-02" search forum --place KH0201
finds "RC-0202-03 RC-0203-02 RC-0206-06 RC-0212-04" search citizens office complaint
finds "RC-0202-03 RC-0203-02 RC-0206-06 RC-0212-04" search "complaint office  citizens'"
finds "RC-0202-03" search rc-0202-03
finds "RC-0202-05 RC-0203-01 RC-0206-02" search កៅអី
finds "RC-0202-05 RC-0203-01 RC-0206-02" search "$(printf 'កៅ\342\200\213អី')" # as a phone types it
nothing "No document here has all of these words." search citizens xyzzy
nothing "គ្មានឯកសារណានៅទីនេះមានពាក្យទាំងអស់នេះទេ។" --lang km search xyzzy
nothing "'Kamreing' may be the place 0212 Kamrieng district" search Kamreing
says "'samaki list --place 0212' shows what concerns it."
expect 2 samaki search "..."
says "There is no word in it to search for."
expect 2 samaki search
says "usage: samaki search"
expect 2 samaki search "$(printf 'a\377')"

# Places: everything below one, whatever level was meant.
samaki --json list recommendation >"$work/recommendations"
samaki --json list recommendation --place 02 | cmp -s - "$work/recommendations" || fail "not all lies in the province"
samaki --json list recommendation --place "Battambang province" | cmp -s - "$work/recommendations" || fail "nor by its name"
finds "RC-0207-01 RC-0207-02 RC-0207-03 RC-0207-04 RC-0207-05" list recommendation --place 'Ratonak Mondol'

expect 0 samaki list recommendation --place 'Ratonak Mondol'
says "No place is spelt 'Ratonak Mondol': this is about the nearest, 0207 "
samaki --json list recommendation --place Battambang | cmp -s - "$work/recommendations" || fail "nor as the widest of its name"
expect 0 samaki list recommendation --place Battambang
says "Places of several levels are called 'Battambang': this is about 02 Battambang province"
expect 1 samaki list --place Chrey
says "places may be meant by 'Chrey': "
says "020605 Chrey commune"
expect 1 samaki search forum --place Atlantis
says "No place is called 'Atlantis'."
nothing "There is nothing of that kind here." list recommendation --place 07

# Types, statuses, mechanisms, by what they are called.
finds "JL-0201 JL-0202 JL-0203 JL-0204 JL-0206 JL-0207 JL-0212" list 'joint list'
samaki --json list recommendation --status done >"$work/done"
[ -s "$work/done" ] || fail "nothing is done"
samaki --json list Recommendation --status Done | cmp -s - "$work/done" || fail "not by its English name"
samaki --json list អនុសាសន៍ --status បានបញ្ចប់ | cmp -s - "$work/done" || fail "not by its Khmer name"
finds "RC-0202-03 RC-0203-02 RC-0206-06 RC-0212-04" search complaint --mechanism ombudsman
expect 2 samaki list recommendatoin
says "Did you mean 'recommendation'?"
expect 2 samaki list --status dnoe
says "Did you mean 'done'?"
expect 2 samaki --json list --mechanism ombudsmann
says '"error":"unknown_word"'
expect 2 samaki list --org 'No Slug!'
expect 2 samaki list --limit many
expect 2 samaki list --sort size

# Page by page: together they are the whole.
samaki --json search commune >"$work/whole"
samaki --json search commune --limit 10 >"$work/pages"
last=$(sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' "$work/pages" | tail -1)
scope=$(sed -n 's/.*"scope":"\([^"]*\)".*/\1/p' "$work/pages" | tail -1)
samaki --json search commune --after "$last" --after-scope "$scope" >>"$work/pages"
cmp "$work/whole" "$work/pages" || fail "two pages are not the whole"

# What was written a moment ago is found, as it stands now; on the other node once it has come there.
member="$work/all/ctod" hub="$work/all/hub-02"
finds "" --home "$member" search papaya
expect 0 samaki --home "$member" new case_study --as ctod-fo1 --field id=CS-NEW --field district=0212 --field year=២០២៤ \
    --field methods=phone --field title_en="Papaya growers meet" --field title_km="កសិករល្ហុង កមាន មានក" --field respondents=7 \
    --field 'findings=[{"id":"F1","text_km":"ទីផ្សារនៅឆ្ងាយ"}]'
finds "CS-NEW" --home "$member" search papaya
finds "CS-NEW" --home "$member" search ល្ហុង --place 02
finds "CS-NEW" --home "$member" search មានក
finds "" --home "$member" search កមានក # each two neighbours are there, the word is not
finds "CS-NEW" --home "$member" search ទីផ្សារ ឆ្ងាយ --type 'Case study'
expect 0 samaki --home "$member" edit CS-NEW --as ctod-fo1 --field title_en="Banana growers meet" --field district=0204
finds "" --home "$member" search papaya --type case_study
finds "CS-NEW" --home "$member" search banana growers --place Bavel
finds "" --home "$member" search banana growers --place 0212
finds "" --home "$hub" search banana growers
node "$hub"
expect 0 samaki --home "$member" sync "$address"
finds "CS-NEW" --home "$hub" search banana growers
finds "CS-NEW" --home "$hub" search ល្ហុង --place Bavel
stop "$hub"

# The new respondents are counted, and nobody took their sex for known: it is said so. No row of theirs is here.
expect 0 samaki --home "$hub" totals
says "57 respondents, 28 women (50 of 57 with sex recorded); no rows here, 57 not shared"
says "374 respondents, 209 women (367 of 374 with sex recorded)"
expect 0 samaki --home "$member" --json totals
says '{"district":"0204","respondents":57,"female":28,"with_sex_recorded":50,'

# An index made anew says what the old one said: documents, order and numbers.
for home in "$member" "$hub"; do
    export SAMAKI_HOME="$home"
    for pass in before after; do
        { samaki --json list; samaki --json list --sort time; samaki --json search ឃុំ; samaki --json totals; } >"$work/$pass"
        [ $pass = after ] || expect 0 samaki reindex
    done
    [ -s "$work/before" ] && cmp "$work/before" "$work/after" || fail "reindex changed what $home says"
done
says "The index was made anew: "
expect 2 samaki reindex now
echo "309 queries, places, words of two languages, pages, changes and a new index: found as expected"
