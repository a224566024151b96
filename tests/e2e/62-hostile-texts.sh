#!/bin/sh
# Goal: texts that were made to break programs go through the text fields of a document, in and out of CSV, XLSX and JSON, and
# come out as they were, or are refused by name; in no file of ours does a cell begin a formula or a text break a line.
. "$(dirname "$0")/prologue.sh"
need samaki
root=$(cd "$(dirname "$0")/../.." && pwd)
texts=$root/../shared/vectors/text
for tool in python3; do command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }; done
[ -f "$texts/blns.json" ] && [ -f "$texts/injection_strings.json" ] || { echo "skipped: no texts in $texts"; exit 77; }
cd "$work"
python3 - "$texts" <<'P'
import base64, json, sys
texts = json.load(open(sys.argv[1] + "/blns.json"))
texts += [base64.b64decode(c["b64"]).decode("utf-8", "replace") for c in json.load(open(sys.argv[1] + "/injection_strings.json"))["cases"]]
rows = [{"ref": "EV-%d" % i, "kind": "training", "date": "2021", "organisers": "as", "title_en": t or "-", "venue_en": t or "-"}
        for i, t in enumerate(texts)]
json.dump(rows, open("event.json", "w"))
P
found() { expect 0 samaki --home "$1" init --name "In" --org as --office as-editor:secretariat_editor; }
found a
code=0
samaki --home a import event.json >told 2>err </dev/null || code=$?
[ $code -le 1 ] || fail "exit code $code"
if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" told; then fail "a terminal would obey what is told"; fi
grep -Eq '^[1-9][0-9]* new, 0 changed' told || fail "nothing came in: $(tail -3 told)"
expect 0 samaki --home a export --json-file a.json --for-import
expect 0 samaki --home a export --xlsx a.xlsx --for-import
expect 0 samaki --home a export --csv event.csv --type event --for-import
for form in a.json a.xlsx event.csv; do
    rm -rf b b.json
    found b
    expect 0 samaki --home b import $form
    expect 0 samaki --home b export --json-file b.json --for-import
    cmp a.json b.json || fail "something changed by way of $form"
done
python3 - <<'P'
import csv, json, sys, unicodedata, zipfile
sent = {r["ref"]: r for r in json.load(open("event.json"))}
rows = json.load(open("a.json"))["tables"]["event"]
for r in rows:
    for name in ("title_en", "venue_en"):
        if r.get(name) != unicodedata.normalize("NFC", sent[r["ref"]][name]):
            sys.exit("%s %s: %r became %r" % (r["ref"], name, sent[r["ref"]][name], r.get(name)))
text = open("a.json", encoding="utf-8", newline="").read()
if len(text.split("\n")) != len(rows) + 5 or any(c in text for c in "\r\x85\u2028\u2029"):
    sys.exit("a text breaks a line of the JSON: %d lines, %d rows" % (len(text.split("\n")), len(rows)))
for row in csv.reader(open("event.csv", encoding="utf-8", newline="")):
    for cell in row:
        if cell[:1] in tuple("=+-@\t\r\n"):
            sys.exit("a cell begins a formula: %r" % cell)
for part in zipfile.ZipFile("a.xlsx").namelist():
    if part.startswith("xl/worksheets/") and b"<f>" in zipfile.ZipFile("a.xlsx").read(part):
        sys.exit("a formula in " + part)
print("%d of %d texts came in, and out again as they were" % (len(rows), len(sent)))
P
