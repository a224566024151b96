#!/bin/sh
# Goal: what the nodes of the whole sample coalition export for import comes into an empty coalition of the same organisations,
# each node bringing in what its own offices may write, and goes out of every node again: the same byte by byte as JSON, CSV and
# XLSX, for every type of document, with corrections, a settled conflict, Khmer, attachments and a draft. What an export does
# not carry is said.
. "$(dirname "$0")/prologue.sh"
need samaki samakid coalition
root=$(cd "$(dirname "$0")/../.." && pwd)
sample=$root/tools/sample/battambang
nodes="cpdd hub-02 ctod as sna-0201 auditor"
types="interview case_study study_report meeting recommendation joint_list event project attachment audit_note"
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
cd "$work"
# Two workbooks are equal in all but the time of the newest record, which stands among their properties.
cat >books.py <<'P'
import sys, zipfile
one, two = (zipfile.ZipFile(name) for name in sys.argv[1:])
names = [[n for n in book.namelist() if n != "docProps/core.xml"] for book in (one, two)]
if names[0] != names[1]:
    sys.exit("other parts: %s, %s" % tuple(names))
for name in names[0]:
    if one.read(name) != two.read(name):
        sys.exit("%s differs" % name)
P

at() { # at NODE WORD... : a command of a node of the coalition at hand
    who=$1
    shift
    expect 0 samaki --home "$coalition/$who" "$@"
}
meet() { # each node meets the secretariat, whose daemon runs, twice: the first does not know yet what the last one brings
    for node in $nodes $nodes; do [ $node = cpdd ] || at $node sync "$address"; done
}
begin() { # begin FOLDER : the daemon of its secretariat
    coalition=$1
    node "$work/$coalition/cpdd"
}
export_all() { # export_all FOLDER : what each node holds, in three forms
    mkdir "$1"
    for node in $nodes; do
        at $node export --xlsx "$1/$node.xlsx" --for-import
        at $node export --csv "$1/$node" --for-import
        at $node export --json-file "$1/$node.json" --for-import --json
        cp out "$1/$node.told"
    done
}

# The sample as the coalition plays it, and then what the sample has not: the other types, corrections, a conflict, a draft.
expect 0 "$SMK_BIN/coalition" --dir first --data "$sample"
begin first
at cpdd new study_report --as cpdd-pm --field id=SR-02 --field year=2021 --field title_km=របាយការណ៍សិក្សា \
    --field 'title_en=The study: "367", 209; and more' --field case_studies=CS-0201,CS-0202 --field respondents=367/209
at ctod new case_study --draft --as ctod-fo1 --field id=CS-DRAFT --field district=0203 --field title_km=សេចក្តីព្រាង
at ctod edit --as ctod-fo1 RC-0203-01 --field title_km=អនុសាសន៍ក្រោយកែ
at cpdd edit RC-0203-01 --as cpdd-pm --field title_km=អនុសាសន៍ដែលគេកែនៅភ្នំពេញ --field 'remarks_en=two; ways \ to write'
meet
at ctod conflicts RC-0203-01 --json
[ "$(grep -c '"field":"title"' out)" = 1 ] || fail "there is no conflict to be settled"
at ctod export --json-file torn.json --for-import
says "Not in it, since no import takes them: acts"
says "1 of them has a field with other values beside the first, which alone is in it"
at ctod resolve --as ctod-fo1 RC-0203-01 title --value title_km=អនុសាសន៍ដែលបានព្រមព្រៀង
at auditor new audit_note --field target=JL-0203 --field text_km=សូមពិនិត្យ --field 'text_en==HYPERLINK("x")' \
    --field severity=minor
meet
at cpdd conflicts --json
[ ! -s out ] || fail "the conflict is not settled"
at ctod export --json-file whole.json
export_all before
grep -q '"left_out":{"interview":{"no_consent":3}' before/ctod.told || fail "what is left out is not told: $(cat before/ctod.told)"
for type in $types; do
    grep -q "^\"*{*\"tables\": {\"$type\"\|^\"$type\": \[" before/ctod.json || fail "nothing of type $type is exported"
done
stop "$work/first/cpdd"

# An empty coalition of the same organisations and offices, once for each form.
mkdir governance
for f in organisations.json offices.json OWNERSHIP.csv; do cp "$sample/$f" governance/; done
bring_in() { # what the node at hand has exported in the form; the exit code in $code
    code=0
    samaki --home "$coalition/$node" import "before/$node$suffix" >out 2>err </dev/null || code=$?
    [ $code -le 1 ] || fail "$node cannot import $form"
}
again() { # again FORM SUFFIX
    form=$1 suffix=$2
    expect 1 "$SMK_BIN/coalition" --dir "by-$form" --data governance --no-sync
    begin "by-$form"
    for node in $nodes; do
        [ $node = cpdd ] || at $node sync "$address"
        bring_in
        [ $node = cpdd ] || at $node sync "$address"
    done
    meet
    for node in $nodes; do # everybody finds everything there
        bring_in
        [ $code -eq 0 ] || fail "$node is refused something by way of $form"
        says "0 new, 0 changed"
    done
    export_all "after-$form"
    for node in $nodes; do
        cmp "before/$node.json" "after-$form/$node.json" || fail "JSON of $node differs by way of $form"
        python3 books.py "before/$node.xlsx" "after-$form/$node.xlsx" || fail "XLSX of $node differs by way of $form"
        for f in "before/$node"/*.csv; do
            cmp "$f" "after-$form/$node/${f##*/}" || fail "CSV of $node differs by way of $form"
        done
    done
    stop "$work/by-$form/cpdd"
}
again JSON .json
again XLSX .xlsx
again CSV ""

# The whole export has acts too: that they are passed over is said, and so are the columns that follow from them.
begin by-JSON
at ctod import whole.json
says "endorsement: passed over. Acts are not imported"
says "joint_list: column status passed over"
says "0 new, 0 changed"
stop "$work/by-JSON/cpdd"

for node in $nodes; do
    echo "$node: $(sed -n 's/.*"rows":{\([^}]*\)}.*/\1/p' "before/$node.told") came back the same by way of JSON, XLSX and CSV"
done
