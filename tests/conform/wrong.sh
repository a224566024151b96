#!/bin/sh
# The conformance program notices what is wrong: a case whose bytes say something else fails, one that is right passes.
set -u
conform=${SMK_BIN:?}/conform
file=$(mktemp)
trap 'rm -f "$file"' EXIT
tell() { # tell CODE JSON
    printf '%s' "$2" >"$file"
    code=0
    "$conform" "$file" >/dev/null || code=$?
    [ "$code" -eq "$1" ] || { echo "exit $code, expected $1: $2"; exit 1; }
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
tell 1 '[{"protocol_name":"Noise_Xgarbage_foo_bar_SHA256","messages":[]}]'
tell 1 '[{"protocol_name":"Noise_XX_448_ChaChaPoly_SHA256","messages":[]}]'
tell 1 '{"algorithm":"EDDSA","numberOfTests":7,"testGroups":[]}'
echo "wrong cases are noticed"
