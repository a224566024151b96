#!/bin/sh
# Goal: the coalition plays any data folder of the sample's form: another province, other organisations and totals, with no
# hub and with two, with an administration's node and without; and without sync it says that nodes are not the same.
. "$(dirname "$0")/prologue.sh"
need samaki samakid coalition

play() { # play NAME EXIT ARGUMENTS... : runs the coalition; what it says is in $work/NAME.out
    name=$1 want=$2
    shift 2
    expect "$want" "$SMK_BIN/coalition" --dir "$work/$name" "$@"
    cp "$work/out" "$work/$name.out"
}

counts() { # counts RUN NODE PATTERN : the node's own totals, in one line of JSON, hold the pattern
    totals=$(samaki --home "$work/$1/$2" --json totals)
    case $totals in *"$3"*) ;; *) fail "$1: $2 does not count $3: $totals" ;; esac
}

"$(dirname "$0")/make_province.sh" "$work/plain" 0 1
"$(dirname "$0")/make_province.sh" "$work/hubs" 2 0

play first 0 --data "$work/plain"
for node in forum lotus river palm auditor; do
    counts first $node '"case_studies":{"count":3,"respondents":51,"female":36'
    counts first $node '"lists":3,"recommendations":9,'
    counts first $node '"endorsements":{"count":3,"signed":1,"attested":2}'
done
counts first lotus '"interview_rows":14,'
counts first river '"interview_rows":17,'
counts first palm '"interview_rows":20,'
counts first forum '"interview_rows":0,'
counts first sna-1201 '"case_studies":{"count":0,'
counts first sna-1201 '"lists":1,"recommendations":2,'
if samaki --home "$work/first/sna-1201" --json status | grep -q '"prov:12"'; then
    fail "an administration holds records of its province"
fi
echo "province 12, no hub: 3 case studies, 51 respondents, 36 women, 9 recommendations, 1 endorsement signed, 2 attested"

play second 0 --data "$work/hubs"
counts second forum '"endorsements":{"count":3,"signed":0,"attested":3}'
counts second hub-south '"case_studies":{"count":2,"respondents":31,"female":22'
counts second hub-north '"case_studies":{"count":1,"respondents":20,"female":14'
counts second palm '"case_studies":{"count":1,"respondents":20,"female":14'
[ ! -e "$work/second/auditor" ] || fail "there is no auditor in this folder"
echo "provinces 12 and 05, two hubs: each province's members and hub hold their own, the secretariat both"

play alone 1 --data "$work/hubs" --no-sync
for pair in "forum and lotus" "forum and river" "forum and palm" "lotus and hub-south" "river and hub-south" "palm and hub-north"; do
    grep -q "^not the same: $pair in " "$work/alone.out" || fail "without sync $pair should differ: $(cat "$work/alone.out")"
done
echo "without sync: nobody is the same as anybody who wrote for both, exit 1"

mkdir "$work/foreign"
echo "my thesis" >"$work/foreign/thesis"
play foreign 1 --data "$work/plain"
[ "$(cat "$work/foreign/thesis")" = "my thesis" ] || fail "a folder that is not the coalition's was touched"
echo "a folder with something else in it was left alone"
