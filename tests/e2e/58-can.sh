#!/bin/sh
# Goal: `samaki can` says beforehand what `samaki act` will do, with the same words and the same code, for an office, an
# organisation and a device, in both languages; and writes nothing.
. "$(dirname "$0")/prologue.sh"
need samaki samakid
cd "$work"
sec=$work/sec ctod=$work/ctod banan=$work/banan

expect 0 samaki --home "$sec" init --name "Questions" --org cpdd --office cpdd-ed:secretariat_approver \
    --office cpdd-pm:secretariat_editor
expect 0 samaki --home "$sec" org add bavel --kind sna_dm --area 0204
expect 0 samaki --home "$sec" office add bavel-gov --org bavel --role sna_signatory
node "$sec"
for who in "ctod --role member_editor --role member_approver --area 02" \
    "banan --kind sna_dm --area 0201 --office banan-gov:sna_signatory:0201 --office banan-desk:sna_clerk"; do
    # shellcheck disable=SC2086 # words
    expect 0 samaki --home "$sec" invite --address "$address" --org $who
    cp out invitation
    expect 0 samaki --home "$work/${who%% *}" join @invitation
done
sync() { for home in "$ctod" "$banan" "$ctod" "$banan"; do expect 0 samaki --home "$home" sync "$address"; done; }
sync
can() { # can CODE HOME WORD...
    wanted_code=$1 home=$2
    shift 2
    expect "$wanted_code" samaki --home "$home" can "$@"
}
cat >meeting.json <<'JSON'
{"type": "meeting", "id": "MT-1", "kind": "joint_consultation", "level": "district", "area": "0201", "date": "2021-11-16",
  "title_en": "Joint", "organisers": ["ctod"], "participants": {"total": 31, "female": 14}}
JSON
cat >rc.json <<'JSON'
{"type": "recommendation", "id": "RC-1", "number": 1, "district": "0201", "theme": "notice", "title_en": "Point",
  "mechanism": "council_meeting", "responsible_office": "banan-gov", "level": "district", "timeframe": "short",
  "from_findings": ["F-1"]}
JSON
cat >list.json <<'JSON'
{"type": "joint_list", "id": "JL-1", "district": "0201", "version": 1, "title_en": "List", "parties": ["banan", "ctod"],
  "negotiated_at": "MT-1", "recommendations": ["RC-1"]}
JSON
expect 0 samaki --home "$ctod" put meeting.json rc.json list.json
sync
records() { samaki --home "$1" export | grep -c '"record"' || true; }
before=$(records "$ctod")

# One office: yes or no, why, and what would be needed; on any node, about anybody.
can 1 "$ctod" banan-gov endorse JL-1
says "No: banan-gov may not endorse JL-1."
says "  Why: what has to come before it has not been done (missing_prerequisite)."
says "  Needed: It stands at: Draft. It is done when something stands at: Negotiated. What leads there"
can 1 "$ctod" banan-desk endorse jl-1
says "(wrong_role)."
says "  Needed: It takes one of these roles: Signatory of an administration."
can 1 "$ctod" bavel-gov endorse JL-1
says "(wrong_area)."
can 1 "$ctod" CTOD-EDITOR close MT-1 --lang km
says "មិនបាន៖ ctod-editor មិនអាចធ្វើ close លើ MT-1 ទេ។"
says "  មូលហេតុ៖ តួនាទីនៃតំណែងនេះមិនអាចធ្វើបាន (wrong_role)។"
says "  ត្រូវការ៖ ត្រូវមានតួនាទីមួយ"
says "No: ctod-editor may not close MT-1."
can 0 "$sec" ctod-editor record_minutes MT-1 --field minutes=Read
says "Yes: ctod-editor may record_minutes MT-1."
can 0 "$sec" ctod-editor record_minutes MT-1 --field minutes=Read --lang km
says "បាន៖ ctod-editor អាចធ្វើ record_minutes លើ MT-1។"
says_not "Yes"

# The words of the act count as well, as those of `act` do.
can 1 "$ctod" ctod-approver cancel MT-1
says "(reason_required)."
can 0 "$ctod" ctod-approver cancel MT-1 --field reason=Rain
can 1 "$ctod" ctod-editor record_minutes MT-1
says "Field Minutes (minutes): the field is required."
can 1 "$ctod" ctod-editor report_progress RC-1 --field status=done --field percent=120
says "percent"

# An organisation: each of its offices; a device: each that it holds.
can 0 "$sec" ctod record_minutes MT-1 --field minutes=Read
says "Yes: ctod-editor may record_minutes MT-1."
says "No: ctod-approver may not record_minutes MT-1."
key=$(samaki --home "$banan" device --json | sed -n 's/.*"device":"\([0-9a-f]*\)".*"this":true.*/\1/p')
can 1 "$sec" "$(echo "$key" | cut -c1-8)" endorse JL-1
says "No: banan-desk may not"
says "No: banan-gov may not"
can 1 "$banan" me endorse JL-1
says "No: banan-gov may not"
groups=$(echo "$key" | sed 's/\(....\)\(....\)\(....\)\(....\).*/\1 \2 \3 \4/')
can 1 "$sec" "$groups" endorse JL-1

# For programs: both languages, always.
can 1 "$ctod" banan endorse JL-1 --json
says '"can":false,"act":"endorse","doc":"JL-1"'
says '"office":"banan-desk","can":false,"role":"sna_clerk","reason":"wrong_role","why":{"en":"the role of this office may not do that","km":"តួនាទី'
says '"needs":{"en":"It takes one of these roles: Signatory of an administration. Where the administration has signed on paper only,'
says "'samaki endorse LIST --attest --page SCAN'."
says '"km":"ត្រូវមានតួនាទីមួយក្នុងចំណោម៖ អ្នកមានសិទ្ធិ'
says '"khmer":"unreviewed"'
says '"reason":"missing_prerequisite","stands":"draft","half":false'
[ "$(records "$ctod")" -eq "$before" ] || fail "a question wrote something"

# The answer is what `act` then does: before, when it may, and afterwards.
did() { expect 0 samaki --home "$@"; }
agrees() { # agrees HOME OFFICE ACT DOC WORD... : both refuse with one code, or both do it
    home=$1 office=$2
    shift 2
    code=0
    samaki --home "$home" can "$office" "$@" --json >answer || code=$?
    reason=$(sed -n 's/.*"offices":\[{[^}]*"reason":"\{0,1\}\([a-z_]*\).*/\1/p' answer)
    expect "$code" samaki --home "$home" act "$@" --as "$office" --json
    [ "$code" -eq 0 ] || [ "$(field error)" = "$reason" ] || fail "can says $reason, act $(field error): $*"
}
agrees "$ctod" ctod-approver record_minutes MT-1 --field minutes=Read
agrees "$ctod" ctod-editor record_minutes MT-1 --field minutes=Read
agrees "$ctod" ctod-approver close MT-1
agrees "$ctod" ctod-approver cancel MT-1 --field reason=Rain
agrees "$ctod" ctod-editor negotiate JL-1
agrees "$ctod" ctod-approver negotiate JL-1
sync
agrees "$banan" banan-desk endorse JL-1
agrees "$banan" banan-gov accept JL-1 --all accepted
agrees "$banan" banan-gov endorse JL-1 --field list_version=2
agrees "$banan" banan-gov endorse JL-1
agrees "$banan" banan-gov accept JL-1
agrees "$banan" banan-gov accept JL-1 --all deferred
agrees "$banan" banan-gov accept JL-1 --all accepted
sync
agrees "$ctod" ctod-approver report_progress RC-1 --field status=planned
agrees "$ctod" ctod-editor report_progress RC-1 --field status=stalled
agrees "$ctod" ctod-editor report_progress RC-1 --field status=done --field percent=100
agrees "$ctod" ctod-approver verify_progress RC-1

# Halves, offices that nobody holds, and places that their devices do not.
sed 's/"JL-1"/"JL-2"/' list.json >list2.json
expect 0 samaki --home "$ctod" put list2.json
expect 0 samaki --home "$ctod" act negotiate JL-2
can 1 "$ctod" ctod-approver attest_endorsement JL-2
says "(missing_attachment)."
echo page >page.txt
can 0 "$ctod" ctod-approver attest_endorsement JL-2 --page page.txt
says "It counts once the other attestor has named the same text and page."
expect 0 samaki --home "$sec" org add kamrieng --kind sna_dm --area 0201
expect 0 samaki --home "$sec" office add kamrieng-gov --org kamrieng --role sna_signatory
sync
can 1 "$ctod" kamrieng-gov endorse JL-2
says "(wrong_office)."
says "Do it on a device that holds this office"

# Mistakes.
can 1 "$ctod" nobody endorse JL-1
says "'nobody' is no office, no organisation and no device of this coalition."
can 1 "$ctod" ctod-editor endorse JL-9
says "There is no document 'JL-9' here."
can 2 "$ctod" ctod-editor burn JL-1
says "There is no such act"
says "negotiate"
can 2 "$ctod" endorse JL-1
says "usage: samaki can WHO ACT DOC"
stop "$sec"
echo "can says what act does"
