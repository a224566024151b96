#!/bin/sh
# Goal: 'put' takes several files, in their order, up to the first refusal, which names its file; help is JSON where JSON
# is asked for.
. "$(dirname "$0")/prologue.sh"
need samaki
export SAMAKI_HOME="$work/office"
expect 0 samaki init --name "Several files" --org office
cd "$work"
meeting() { # meeting ID DATE FILE
    echo "{\"type\": \"meeting\", \"id\": \"$1\", \"kind\": \"joint_consultation\", \"level\": \"district\"," \
        "\"area\": \"0201\", \"date\": \"$2\", \"title_en\": \"Meeting $1\", \"organisers\": [\"office\"]}" >"$3"
}
for i in 1 2 3 4; do meeting MT-$i 2026-11-2$i good$i.json; done
meeting MT-9 "never" bad.json

expect 0 samaki put good1.json good2.json --json
[ "$(grep -c '^{"wrote":{.*}$' out)" -eq 2 ] || fail "not one object a line for each of two files"
sed -n 1p out | grep -q '"ref":"MT-1"' || fail "the first line is not about the first file"
expect 1 samaki put good3.json bad.json good4.json
says "samaki: bad.json: "
expect 0 samaki list --json
says '"MT-3"'
says_not '"MT-4"'
says_not '"MT-9"'
expect 1 samaki put good4.json missing.json --json
sed -n 2p out | grep -q '"error":"not_found".*"file":"missing.json"' || fail "the refusal does not name its file"
expect 1 samaki put bad.json
says_not "bad.json:" # one file needs no name
expect 2 samaki put

expect 0 samaki --help --json
while read -r line; do
    case $line in '{"command":"'*'","arguments":"'*'","help":"'*'"}') ;; *) fail "not the JSON of a command: $line" ;; esac
done <out
[ "$(wc -l <out)" -ge 20 ] || fail "not every command is there"
expect 0 samaki put --help --json
says '{"command":"put","arguments":"FILE.json...","help":'
expect 2 samaki --json
says '{"error":"usage"'
echo "several files: in order, up to the first refusal; help as JSON"
