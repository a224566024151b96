#!/bin/sh
# Goal: every report is a page of well-formed HTML without a script, its numbers are those that are recorded, what is not
# known is said, and no text that somebody has typed becomes markup.
. "$(dirname "$0")/prologue.sh"
need samaki
cd "$work"
home=$work/office
report() { expect 0 samaki --home "$home" report "$@" --date 2022-12-31; }
page_has() { grep -qF -e "$1" page.html || fail "the page does not say: $1"; }
page_has_not() { if grep -qF -e "$1" page.html; then fail "the page says: $1"; fi; }

expect 0 samaki --home "$home" init --name Reports --org cpdd --office cpdd-ed:secretariat_editor --office cpdd-ap:secretariat_approver
cat >mt1.json <<'JSON'
{"type": "meeting", "id": "MT-1", "kind": "joint_consultation", "level": "district", "area": "0201", "date": "2021-11-16",
  "title_en": "<script>alert(1)</script>", "organisers": ["cpdd"], "participants": {"total": 70, "female": null}}
JSON
cat >mt2.json <<'JSON'
{"type": "meeting", "id": "MT-2", "kind": "forum", "level": "district", "area": "0201", "date": "2021-12",
  "title_en": "Forum", "organisers": ["cpdd"], "participants": {"total": 30, "female": 12}}
JSON
cat >rc1.json <<'JSON'
{"type": "recommendation", "id": "RC-1", "number": 1, "district": "0201", "theme": "notice",
  "title_km": "ផ្សព្វផ្សាយកាលបរិច្ឆេទកិច្ចប្រជុំជាមុន", "title_en": "Announce meetings & \"agenda\" <ahead>",
  "mechanism": "council_meeting", "responsible_office": "cpdd-ed", "level": "district", "timeframe": "short",
  "from_findings": ["F-1"]}
JSON
cat >jl1.json <<'JSON'
{"type": "joint_list", "id": "JL-1", "district": "0201", "version": 3, "title_km": "បញ្ជីអនុសាសន៍រួម",
  "title_en": "Joint list", "parties": ["cpdd", "cpdd"], "negotiated_at": "MT-1", "recommendations": ["RC-1"]}
JSON
cat >cs1.json <<'JSON'
{"type": "case_study", "id": "CS-1", "district": "0201", "year": 2021, "title_en": "Study", "lead_org": "cpdd",
  "methods": ["individual"], "findings": [{"id": "F-1", "text_km": "លទ្ធផល"}],
  "respondents": {"total": 52, "female": 30, "by_type": {"citizen": {"total": 52, "female": 30}}}}
JSON
expect 0 samaki --home "$home" put mt1.json mt2.json rc1.json jl1.json cs1.json

for kind in tally matrix ranks acceptance progress participants quality "list JL-1" "study CS-1"; do
    for lang in km en; do
        report $kind --lang $lang --out page.html --replace
        xmllint --noout --nonet page.html 2>"$work/err" || fail "the report $kind is not well-formed"
        page_has "default-src 'none'"
        page_has_not '<script'
        page_has_not 'http://fonts'
    done
done

# The list: Khmer first, English below; blocks for both parties, room for a stamp; version, fingerprint, id in the foot.
report list JL-1 --out page.html --replace
page_has '<html xmlns="http://www.w3.org/1999/xhtml" lang="km">'
page_has '<bdi lang="km">ផ្សព្វផ្សាយកាលបរិច្ឆេទកិច្ចប្រជុំជាមុន</bdi> <span class="other"><bdi lang="en">Announce meetings &#38; &#34;agenda&#34; &#60;ahead&#62;</bdi>'
[ "$(grep -c 'class="party"' page.html)" -eq 2 ] || fail "two parties, two blocks"
[ "$(grep -c 'class="stamp"' page.html)" -eq 2 ] || fail "two parties, room for two stamps"
page_has 'counter(pages,khmer)'
id=$(samaki --home "$home" show JL-1 --json | sed -n 's/.*"id":"\([0-9a-f]\{32\}\)".*/\1/p' | head -n 1)
[ -n "$id" ] || fail "no id"
grep -F '@bottom-left' page.html | grep -qF "$id" || fail "the id is not in the foot"
hash=$(sed -n 's/.*class="code">\([0-9a-f]\{16\}\)<.*/\1/p' page.html | head -n 1)
grep -F '@bottom-left' page.html | grep -qF "$hash" || fail "the fingerprint is not in the foot"

# Another text, another fingerprint; the same text, the same page.
cp page.html first.html
report list JL-1 --out page.html --replace
cmp -s first.html page.html || fail "the same text, another page"
expect 0 samaki --home "$home" edit RC-1 --field title_en="Announce meetings"
report list JL-1 --out page.html --replace
if grep -qF "$hash" page.html; then fail "another text, the same fingerprint"; fi

# Unknown is said and not taken for zero.
report participants --lang en --out page.html --replace
page_has '<td class="n">70</td><td class="n">not known</td><td>sex not recorded</td>'
page_has '<td class="n">100</td><td class="n">12</td><td>30 of 100 with sex recorded</td>'
report quality --lang en --out page.html --replace
page_has '<td class="n">70</td></tr>'
report tally --lang en --out page.html --replace
page_has '<td class="n">52</td><td class="n">30</td><td>52 of 52 with sex recorded</td><td class="n">0</td><td class="n">52</td>'
report tally --out page.html --replace
page_has '<td class="n">៥២</td><td class="n">៣០</td>'
report tally --digits en --out page.html --replace
page_has '<td class="n">52</td><td class="n">30</td>'

# Mistakes.
expect 1 samaki --home "$home" report tally --out page.html
says "--replace"
expect 2 samaki --home "$home" report talley
says "Did you mean tally?"
expect 2 samaki --home "$home" report list
says "Of which document?"
expect 1 samaki --home "$home" report list JL-9 --out x.html
says "There is no joint_list 'JL-9' here."
[ ! -e x.html ] || fail "a file was left"
expect 2 samaki --home "$home" report matrix --area 9999
says "is not the code of a place"
expect 2 samaki --home "$home" report tally --area 0201
says "not made for one area alone"
expect 2 samaki --home "$home" report matrix --date 2022-02-30
says "is not a day"
expect 0 samaki --home "$home" report matrix --area 0202 --out - --lang en
says "There is nothing of this here."
