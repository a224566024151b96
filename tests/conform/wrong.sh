#!/bin/sh
# The conformance program notices what is wrong: a case whose bytes say something else fails, one that is right passes.
set -u
here=$(cd "$(dirname "$0")" && pwd)
conform=${SMK_BIN:?}/conform
file=$(mktemp)
trap 'rm -f "$file" "$file.said" "$file.wanted"' EXIT
tell() { # tell CODE JSON
    printf '%s' "$2" >"$file"
    code=0
    "$conform" "$file" >/dev/null || code=$?
    [ "$code" -eq "$1" ] || { echo "exit $code, expected $1: $2"; exit 1; }
}
says() { # says PASSED FAILED SKIPPED JSON
    printf '%s' "$4" >"$file"
    counts "$1 passed, $2 failed, $3 skipped" "$4"
}
counts() { # counts LINE WHAT: of the file as it stands
    line=$("$conform" "$file" | tail -n 1)
    [ "$line" = "$1" ] || { echo "'$line', expected '$1': $2"; exit 1; }
}
changed() { # changed PASSED FAILED FILE SED: a good file after one change
    counts_of="$1 passed, $2 failed, 0 skipped"
    sed "$4" "$here/made/$3" >"$file"
    [ -z "$4" ] || ! cmp -s "$file" "$here/made/$3" || { echo "it changes nothing: $4"; exit 1; }
    counts "$counts_of" "$3: $4"
}
sentence() { # sentence PATH WORDS: a file that is none
    code=0
    said=$(timeout 60 "$conform" "$1" 2>&1) || code=$?
    case $code,$said in
    "1,FAIL $1: $2
0 passed, 1 failed, 0 skipped") ;;
    *) echo "exit $code, expected 1 and '$2': $said"; exit 1 ;;
    esac
}
tell 1 '{"g":[{"number":1,"msgpack":["02"]}]}'
tell 1 '{"g":[{"number":1,"msgpack":["01","cc-02"]}]}'
tell 1 '{"g":[{"string":"abc","msgpack":["a1-78"]}]}'
tell 1 '{"g":[{"bool":false,"msgpack":["c3"]}]}'
tell 1 '{"g":[{"nil":null,"msgpack":["c3"]}]}'
tell 1 '{"g":[{"binary":"01","msgpack":["c4-01-02"]}]}'
tell 1 '{"g":[{"map":{"a":1},"msgpack":["91-01"]}]}'
tell 1 '{"g":[{"ext":[1,"10"],"msgpack":["d4-02-10"]}]}'
tell 1 '{"g":[{"timestamp":[1,0],"msgpack":["d6-ff-00-00-00-02"]}]}'
tell 1 '{"g":[{"array":[99999999999999999999],"msgpack":["91-01"]}]}'
tell 1 '{"g":[{"number":00000000000000000000001,"msgpack":["01"]}]}'
tell 0 '{"g":[{"bignum":"4611686018427387904","msgpack":["d3-40-00-00-00-00-00-00-00","cf-40-00-00-00-00-00-00-00"]}]}'
tell 0 '{"g":[{"number":9223372036854775807,"msgpack":["d3-7f-ff-ff-ff-ff-ff-ff-ff","CF-7F-FF-FF-FF-FF-FF-FF-FF"]}]}'
tell 0 '{"about":"maps","g":[{"map":{"b":1,"aa":2},"msgpack":["82-a1-62-01-a2-61-61-02","82-a2-61-61-02-a1-62-01"]}]}'
tell 1 '{"cases":[{"strict_profile":"accept","hex":"01"}],"cases":[]}'
tell 1 '{"cases":[{"strict_profile":"accept","hex":"01","messages":[]}]}'
tell 0 '[{"protocol_name":"Noise_Xgarbage_foo_bar_SHA256","messages":[]}]'
tell 1 '[{"protocol_name":"Noise_XX_448_ChaChaPoly_SHA256","messages":[]}]'
tell 1 '{"algorithm":"EDDSA","numberOfTests":7,"testGroups":[]}'
tell 0 '{"cases":[{"id":"x","a":"I","b":"l","equal_bytes":false,"equal_nfc":false}]}'
tell 1 '{"cases":[{"id":"x","a":"a","b":"b","equal_bytes":false,"equal_nfc":false}]}'
tell 1 '{"cases":[{"id":"x","a":"a","b":"a","equal_bytes":false,"equal_nfc":true}]}'
tell 1 '{"cases":[{"id":"x","a":"I","b":"l","equal_bytes":false,"equal_nfc":true}]}'
tell 1 '{"cases":[{"id":"x","a":"I","equal_bytes":false,"equal_nfc":false}]}'
tell 1 '{"cases":[{"id":"x","a":"I","b":"l","equal_bytes":0,"equal_nfc":false}]}'

# Which handshakes are skipped follows from the form of the name; XX with SHA256 is never skipped.
for name in N_P256_XChaChaPoly_SHA256 X_P256_XChaChaPoly_BLAKE2s XX_25519_XChaChaPoly_SHA512 NN_25519_ChaChaPoly_SHA3-256 \
    NN_25519_ChaChaPoly_SHA3/256 NN_25519_ChaChaPoly_BLAKE3 IXnoidh_25519_ChaChaPoly_SHA256 XXsig_25519_ChaChaPoly_SHA256 \
    XXpsk3_25519_ChaChaPoly_SHA256 XXpsk0+psk3_25519_ChaChaPoly_SHA256 X1X1_448_AESGCM_SHA256 \
    XXhfs_25519+Kyber1024_ChaChaPoly_SHA256; do
    says 0 0 1 "[{\"protocol_name\":\"Noise_$name\",\"messages\":[]}]"
done
tell 0 '[{"protocol_name":"Noise_NN_25519_ChaChaPoly_SHA256","messages":[]}]' # nothing to say about it is no failure
says 0 0 1 '[{"pattern":"NN","dh":"P256","cipher":"AESGCM","hash":"SHA256","messages":[]}]'
for name in Noise_XX_25519_AESGCM_SHA256 Noise_XX_P256_ChaChaPoly_SHA256 Noise_XX_25519_XChaChaPoly_SHA256 \
    Noise_XX_25519_ChaChaPoly Noise_XX_25519_ChaChaPoly_SHA512_more Noise_NN_255.19_ChaChaPoly_SHA256 Noise Boise_NN_25519_AESGCM_SHA256; do
    says 0 1 0 "[{\"protocol_name\":\"$name\",\"messages\":[]}]"
done

# Values at the edges of JSON.
says 1 0 0 '{"g":[{"map":{"":1},"msgpack":["81-a0-01"]}]}'
says 1 0 0 '{"g":[{"map":{"a\u0000":1,"a\u0001":2},"msgpack":["82-a2-61-00-01-a2-61-01-02"]}]}'
says 0 1 0 '{"g":[{"map":{"a\u0000":1},"msgpack":["81-a2-61-01-01"]}]}'
says 0 1 0 '{"g":[{"map":{"a":1,"b":1},"msgpack":["82-a1-61-01-a1-61-01"]}]}'
says 4 0 0 '{"g":[{"string":"\u0001","msgpack":["a1-01"]},{"string":"\u0001abc","msgpack":["a4-01-61-62-63"]},
    {"string":"\u0000","msgpack":["a1-00"]},{"string":"\\u0001","msgpack":["a6-5c-75-30-30-30-31"]}]}'
says 0 2 0 '{"g":[{"string":"\u00015","msgpack":["05"]},{"string":"\u0001n5","msgpack":["05"]}]}'
says 1 0 0 '{"g":[{"number":18446744073709551616,"msgpack":["cb-43-f0-00-00-00-00-00-00"]}]}'
says 0 1 0 '{"g":[{"number":18446744073709551617,"msgpack":["cb-43-f0-00-00-00-00-00-00"]}]}'
says 0 4 0 '{"g":[{"number":"a","msgpack":["a1-61"]},{"number":[1],"msgpack":["91-01"]},{"number":true,"msgpack":["c3"]},
    {"number":{},"msgpack":["80"]}]}'
says 0 1 0 '{"g":[{"string":1234567890123456789,"msgpack":["cf-11-22-10-f4-7d-e9-81-15"]}]}'
says 0 1 0 '{"g":[{"string":"a","bool":true,"msgpack":["a1-61"]}]}'
nested() { # nested DEPTH: an array in an array ..., and a number
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) { open = open "["; shut = shut "]"; hex = hex "91-" }
        printf "{\"g\":[{\"array\":%s0%s,\"msgpack\":[\"%s00\"]}]}", open, shut, hex }'
}
for depth in 14 15 16 17 200; do says 1 0 0 "$(nested $depth)"; done
awk 'BEGIN { printf "{\"g\":[{\"map\":{"
    for (i = 1; i <= 1500; i++) { printf "%s\"%04d\":0", (i > 1 ? "," : ""), i
        s = sprintf("%04d", i); hex = hex "-a4"; for (j = 1; j <= 4; j++) hex = hex "-3" substr(s, j, 1); hex = hex "-00" }
    printf "},\"msgpack\":[\"de-05-dc%s\"]}]}", hex }' >"$file"
counts "1 passed, 0 failed, 0 skipped" "a map of 1,500 keys"

# No case is passed over: what stands among cases, or has one in it, is run or fails.
good='{"strict_profile":"accept","hex":"01"}' wrong='{"strict_profile":"accept","hex":"c1"}'
says 1 2 0 "{\"a\":[$good],\"b\":[null,$wrong]}"
says 1 3 0 "{\"a\":[$good],\"b\":[\"a remark\",$wrong,$wrong]}"
says 1 1 0 "{\"a\":[$good],\"b\":{\"c\":[$wrong]}}"
says 1 1 0 "{\"a\":[$good],\"b\":{\"c\":{\"d\":$wrong}}}"
says 1 1 0 "{\"a\":[$good],\"b\":[[$wrong]]}"
says 1 1 0 "{\"a\":[$good],\"strict_profile\":\"accept\",\"hex\":\"c1\"}"
says 0 1 0 "{\"b\":{\"c\":[$wrong]}}"
says 1 2 0 "[$good,5,$wrong]"
says 1 0 0 "{\"about\":[\"a remark\",\"and another\"],\"by\":{\"name\":\"nobody\"},\"a\":[$good]}"

# Acts: what is not understood is a failure with a sentence, and a case that expects something else fails.
cat >"$file" <<'JSON'
[{"case":"a","entity":"petition","by_office":"AS-DIR","input":{"id":"X"},"expect":"wrong_role"},
 {"case":"b","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201","mode":"oral"},"expect":"wrong_role"},
 {"case":"c","entity":"endorsement","by_office":"SNA-0299-GOV","input":{"list":"JL-0201"},"expect":"wrong_role"},
 {"case":"d","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201"},"expect":"forbidden"},
 {"case":"e","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201","ink":"blue"},"expect":"wrong_role"},
 {"case":"f","entity":"endorsement","by_office":"SNA-0201-GOV","input":{},"expect":"wrong_role"},
 {"case":"g","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201"},"expect":"counts","skip":true},
 {"case":"h","entity":"joint_list","act":"burn","by_office":"AS-DIR","input":{"id":"JL-0201"},"expect":"wrong_role"},
 {"case":"i","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201","list_version":{}},"expect":"counts"},
 {"case":"j","entity":"endorsement","input":{"list":"JL-0201"},"expect":"counts"},
 {"case":"k","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201"},"expect":"counts","device":"NOBODY"},
 {"case":"l","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201"},"expect":"counts","scope":"here"},
 {"case":"m","entity":"follow_up","by_office":"AS-DIR","input":{"recommendation":"RC-0201-01","reported_by":"NOBODY","verified_by":"AS-DIR"},"expect":"counts"},
 {"case":"n","entity":"endorsement","by_office":"SNA-0201-GOV","input":{"list":"JL-0201"},"expect":"wrong_area"},
 {"case":"o","entity":"endorsement","by_office":"SNA-0202-GOV","input":{"list":"JL-0201"},"expect":"counts"},
 {"case":"p","entity":"endorsement","input":[],"expect":"counts"}, 5]
JSON
cat >"$file.wanted" <<'TEXT'
a (#0): there are no acts about a thing called 'petition'
b (#1): nothing says which act it is: neither mode, level, status or result of the endorsement, nor 'act'
c (#2): no office 'SNA-0299-GOV' is in the sample
d (#3): 'expect' is no code of a reason: forbidden
e (#4): neither a joint_list nor the act endorse has a field 'ink'
f (#5): it does not say in 'list' which joint_list it is about
g (#6): a case has no 'skip'
h (#7): there is no act 'burn' about a joint_list
i (#8): no record can have such a value: list_version: the value is of the wrong type
j (#9): it does not say which office acts
k (#10): 'device' names no organisation that has one
l (#11): 'scope' is no scope
m (#12): no office 'NOBODY' is in the sample
n (#13): on the acting node: counts, expected wrong_area
o (#14): on the acting node: wrong_area, expected counts
p (#15): a case has a 'case' (its name), an 'entity' and an 'input'
 (#16): a case has a 'case' (its name), an 'entity' and an 'input'
TEXT
"$conform" "$file" | sed -n "s|^FAIL $file: ||p" >"$file.said"
cmp -s "$file.said" "$file.wanted" || { diff "$file.said" "$file.wanted"; exit 1; }
given() { # given SENTENCE ROW: what a row _given says and nobody understands
    printf '[%s,{"case":"x","entity":"event","by_office":"CPDD-PM","input":{"id":"E"},"expect":"counts"}]' "$2" >"$file"
    sentence "$file" "whole file: $1"
}
given "what its note gives is not understood: write the objects, as \"joint_lists\": [...]" \
    '{"case":"_given","input":{"note":"JL-NEW is like JL-0201"}}'
given "'petitions' is no list of objects as the sample has them" '{"case":"_given","input":{"petitions":[]}}'
given "an object of 'joint_lists' has no id" '{"case":"_given","input":{"joint_lists":[{}]}}'

# Sessions: a case that fails has to fail at its last message, and in the reader; what a file says of a rekey is heard.
changed 1 0 noise_session.json ''
changed 0 1 noise_session.json 's/29"}/28"}/'
changed 1 0 noise_session.json 's/29"}/28"}/; s/^"messages/"fail": true, &/'
changed 0 1 noise_session.json 's/^"messages/"fail": true, &/'
changed 0 1 noise_session.json 's/^"messages/"fail": "yes", &/'
changed 0 1 noise_session.json 's/29"}/zz"}/; s/^"messages/"fail": true, &/'
changed 0 1 noise_session.json 's/204b"}/204c"}/; s/^"messages/"fail": true, &/'
changed 0 1 noise_session.json '/^"messages/,$d; $a "fail": true, "messages": []}]'
changed 1 0 noise_session.json 's/ef39e"},/ef39f"}]}]/; /^  {"payload": "33/,$d; s/^"messages/"fail": true, &/'
changed 1 0 noise_rekey.json ''
changed 0 1 noise_rekey.json '/not_reset/s/true/false/'
changed 0 1 noise_rekey.json '/not_reset/s/true/null/'
changed 0 1 noise_rekey.json 's/all empty/all full/'
changed 1 0 noise_rekey.json 's/"all empty"/["","",""]/'
changed 0 1 noise_rekey.json 's/"all empty"/["","","00"]/'
changed 0 1 noise_rekey.json 's/"all empty"/["",""]/'

# Files that are none, and words that reach nobody.
: >"$file"
sentence "$file" "it is empty"
printf '\n\n[1,' >"$file"
sentence "$file" "it is not JSON, or too deep for it, in line 3"
sentence "$here" "it cannot be read"
sentence "$here/none.json" "it cannot be opened"
sentence /dev/zero "it is larger than 256 MiB"
if [ -w /dev/full ]; then
    code=0
    said=$("$conform" "$here/made/noise_session.json" 2>&1 >/dev/full) || code=$?
    [ "$code,$said" = "1,conform: what came out cannot be written" ] || { echo "a full device: exit $code, $said"; exit 1; }
fi
echo "wrong cases are noticed"
