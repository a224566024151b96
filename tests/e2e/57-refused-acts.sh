#!/bin/sh
# Goal: whoever may not do something is told why and what would be needed, in both languages, under the code that the rules give;
# and what a modified node does all the same reaches the others, stays visible and does not count.
. "$(dirname "$0")/prologue.sh"
need samaki samakid modified_node
cd "$work"
sec=$work/sec ctod=$work/ctod as=$work/as banan=$work/banan

expect 0 samaki --home "$sec" init --name "Refusals" --org cpdd --office cpdd-ed:secretariat_approver \
    --office cpdd-pm:secretariat_editor --office cpdd-rap:workshop_rapporteur
expect 0 samaki --home "$sec" office add cpdd-rap --org cpdd --role workshop_rapporteur --meeting MT-NAT
node "$sec"
invite() { # invite HOME OPTION...
    home=$1
    shift
    expect 0 samaki --home "$sec" invite --address "$address" "$@"
    cp out invitation
    expect 0 samaki --home "$home" join @invitation
}
invite "$ctod" --org ctod --role member_editor --role member_approver --area 02
invite "$as" --org as --role member_editor --role member_approver --area 02
invite "$banan" --org banan --kind sna_dm --area 0201 --office banan-gov:sna_signatory:0201 \
    --office banan-two:sna_signatory:0202 --office banan-desk:sna_clerk --office banan-far:sna_clerk:0202
sync() { for home in "$ctod" "$as" "$banan" "$ctod" "$as" "$banan"; do expect 0 samaki --home "$home" sync "$address"; done; }
# refused HOME CODE ENGLISH KHMER WORD... : in one language, in both, and for programs
refused() {
    home=$1 wanted_code=$2 en=$3 km=$4
    shift 4
    expect 1 samaki --home "$home" "$@"
    says "$en"
    says_not "$km"
    expect 1 samaki --home "$home" --lang km "$@"
    says "$en"
    says "$km"
    expect 1 samaki --home "$home" --lang km --json "$@"
    [ "$(field error)" = "$wanted_code" ] || fail "the code is $(field error), not $wanted_code: $*"
    says '"khmer":"unreviewed"'
}
did() { expect 0 samaki --home "$@"; }

cat >study.json <<'JSON'
{"type": "case_study", "id": "CS-1", "district": "0201", "year": 2021, "title_en": "Call 012 345 678", "lead_org": "ctod",
  "methods": ["individual"], "findings": [{"id": "F-1", "text_en": "Late"}], "respondents": {"total": 3, "female": 2}}
JSON
cat >meeting.json <<'JSON'
{"type": "meeting", "id": "MT-1", "kind": "joint_consultation", "level": "district", "area": "0201", "date": "2021-11-16",
  "title_en": "Joint", "organisers": ["ctod"], "participants": {"total": 31, "female": 14}}
JSON
for n in 1 2; do
    cat >"rc$n.json" <<JSON
{"type": "recommendation", "id": "RC-$n", "number": $n, "district": "0201", "theme": "notice", "title_en": "Point $n",
  "mechanism": "council_meeting", "responsible_office": "banan-gov", "level": "district", "timeframe": "short",
  "from_findings": ["F-1"]}
JSON
done
cat >list.json <<'JSON'
{"type": "joint_list", "id": "JL-1", "district": "0201", "version": 1, "title_en": "List", "parties": ["banan", "ctod"],
  "negotiated_at": "MT-1", "recommendations": ["RC-1", "RC-2"]}
JSON
sync
did "$ctod" put study.json meeting.json rc1.json rc2.json list.json
for n in 2 3 4; do
    did "$ctod" new meeting --field id=MT-$n --field kind=forum --field level=district --field area=0201 \
        --field date=2021-11-1$n --field title_en="Forum $n" --field organisers=ctod
done
did "$ctod" edit MT-3 --field date=2999-01-01 --field participants=3/2
sync

# Form: a text that cannot be is not written.
refused "$ctod" invalid_tally "the tally does not add up" "ចំនួនសរុបមិនត្រូវគ្នា" edit CS-1 --field respondents=10/11
refused "$ctod" wrong_level "do not go together" "មិនត្រូវគ្នា" new meeting --field id=MT-9 --field kind=forum \
    --field level=district --field area=020101 --field organisers=ctod
refused "$ctod" no_consent "without consent" "ការយល់ព្រម" new interview --field id=IN-1 --field case_study=CS-1 \
    --field date=2021-01-01 --field method=phone --field respondent_type=citizen --field sex=female \
    --field age_band=18_30 --field consent=no

# Who, where.
refused "$banan" wrong_office "This device does not hold that office." "មិនកាន់តំណែងនោះ" act endorse JL-1 --as ctod-editor
refused "$ctod" wrong_role "It takes one of these roles: Signatory of an administration." \
    "តួនាទីនៃតំណែងនេះមិនអាចធ្វើបាន" act endorse JL-1 --as ctod-editor
refused "$banan" wrong_area "no say about this area" "គ្មានសិទ្ធិលើតំបន់នេះ" act endorse JL-1 --as banan-two
refused "$as" wrong_organisation "it belongs to another organisation" "វាជារបស់អង្គការផ្សេង" act submit CS-1
refused "$banan" wrong_scope "It belongs into dm:0202, which this device does not hold." "ដែលឧបករណ៍នេះមិនមាន" \
    new meeting --field id=MT-9 --field kind=forum --field level=district --field area=0202 --field organisers=banan \
    --field date=2021-11-20 --as banan-far
refused "$ctod" missing "Field Date (date): the field is required." "កាលបរិច្ឆេទ" new meeting --field id=MT-9 --field kind=forum \
    --field level=district --field area=0201 --field organisers=ctod
refused "$sec" wrong_meeting "the office was made for another meeting" "តំណែងនេះសម្រាប់កិច្ចប្រជុំផ្សេង" \
    act record_minutes MT-4 --field minutes_en=Read --as cpdd-rap

# What comes first, and what is over.
refused "$banan" missing_prerequisite "It stands at: Draft. It is done when something stands at: Negotiated. What leads there is 'samaki act negotiate LIST', by" \
    "ស្ថានភាពឥឡូវ៖ សេចក្តីព្រាង" act endorse JL-1 --as banan-gov
refused "$ctod" reason_required "it needs a reason or note" "ត្រូវបញ្ជាក់មូលហេតុ" act cancel MT-4
refused "$ctod" date_in_future "its date lies in the future" "ស្ថិតនៅពេលអនាគត" act record_minutes MT-3 --field minutes_en=Read
refused "$ctod" participants_required "it does not say how many took part" "មិនបានបញ្ជាក់ចំនួនអ្នកចូលរួម" \
    act record_minutes MT-4 --field minutes_en=Read
refused "$ctod" missing_prerequisite "what has to come before it has not been done" "មិនទាន់បានធ្វើ" act negotiate JL-1
did "$ctod" act record_minutes MT-1 --field minutes_en=Agreed --as ctod-editor
refused "$ctod" wrong_state "It stands at: Held. It is done when something stands at: Planned." "ស្ថានភាពឥឡូវ៖ បានប្រារព្ធ" \
    act cancel MT-1 --field reason=Rain
did "$ctod" act close MT-1
did "$ctod" act negotiate JL-1
sync
refused "$banan" unknown_version "the version it names is not here" "កំណែដែលវាសំដៅមិនមាននៅទីនេះ" \
    act endorse JL-1 --field list_version=9 --as banan-gov
did "$banan" act endorse JL-1 --as banan-gov
refused "$banan" undecided_item "it does not decide every recommendation" "មិនបានសម្រេចលើអនុសាសន៍" act accept JL-1 --as banan-gov
refused "$banan" reason_required "it needs a reason or note" "ត្រូវបញ្ជាក់មូលហេតុ" act accept JL-1 --all deferred --as banan-gov
did "$banan" act accept JL-1 --all accepted --as banan-gov
sync
refused "$ctod" out_of_range "percent" "ភាគរយ" act report_progress RC-1 --field status=in_progress --field percent=101
refused "$ctod" done_means_100 "done means 100 percent" "រួចរាល់ មានន័យថា" act report_progress RC-1 --field status=done --field percent=99
refused "$ctod" reason_required "it needs a reason or note" "ត្រូវបញ្ជាក់មូលហេតុ" act report_progress RC-1 --field status=stalled
did "$ctod" act report_progress RC-1 --field status=done --field percent=100
refused "$ctod" separation_of_duties "another office or organisation has to do that" "ត្រូវធ្វើដោយតំណែង ឬអង្គការផ្សេង" \
    act verify_progress RC-1
refused "$ctod" missing_prerequisite "what has to come before it has not been done" "មិនទាន់បានធ្វើ" act verify_progress RC-2 --as ctod-approver
did "$ctod" act submit CS-1
sync

# What the secretariat does.
did "$sec" act verify CS-1 --as cpdd-ed
refused "$sec" personal_data "a telephone number" "លេខទូរស័ព្ទ" publish CS-1
did "$sec" new meeting --field id=MT-NAT --field kind=national_workshop --field level=national --field organisers=cpdd \
    --field date=2022-02-15 --field participants=9/4 --as cpdd-pm
did "$sec" act record_minutes MT-NAT --field minutes_en=Read --as cpdd-pm
refused "$sec" missing_prerequisite "what has to come before it has not been done" "មិនទាន់បានធ្វើ" \
    act prioritise_national RC-1 --field meeting=MT-NAT --field rank=1 --field method=consensus --as cpdd-ed
did "$sec" act present_national JL-1 --field meeting=MT-NAT --as cpdd-pm
did "$sec" act prioritise_national RC-1 --field meeting=MT-NAT --field rank=1 --field method=consensus --as cpdd-ed
refused "$sec" rank_taken "another recommendation has this rank" "ចំណាត់ថ្នាក់នេះ" \
    act prioritise_national RC-2 --field meeting=MT-NAT --field rank=1 --field method=consensus --as cpdd-ed
did "$sec" new project --field id=PJ-1 --field name_en=Project --field lead=cpdd --as cpdd-ed
refused "$sec" unknown_organisation "organisation" "អង្គការ" act award PJ-1 --field grantee=nobody --as cpdd-ed
did "$sec" act award PJ-1 --field ref=SG-1 --field grantee=ctod --as cpdd-ed
refused "$sec" missing_attachment "the report attached" "ត្រូវភ្ជាប់ទំព័រ" act close PJ-1 --field subgrant=SG-1 --as cpdd-ed

# One half of what is attested is no refusal: it is written, and shown as not counting yet.
sed 's/"JL-1"/"JL-2"/; s/"RC-1", "RC-2"/"RC-2"/' list.json >list2.json
did "$ctod" put list2.json
did "$ctod" act negotiate JL-2
page=$(printf %064d 7)
did "$ctod" --lang km endorse JL-2 --attest --sha256 "$page"
says "វានឹងរាប់បញ្ចូល នៅពេលអ្នកបញ្ជាក់ម្នាក់ទៀត"
sync

# What a modified node writes all the same: every other node has it, shows it, and says why it does not count.
forced() { # forced HOME CODE ENGLISH KHMER DOC OFFICE ACT [FIELDS] : the record, seen on the secretariat's node after a sync
    home=$1 reason=$2 en=$3 km=$4 doc=$5
    shift 5
    fields=${3:-}
    [ -n "$fields" ] || fields='{}'
    id=$("$SMK_BIN/modified_node" "$home" "$1" "$2" "$doc" "$fields") || fail "the modified node did not write: $*"
    printf '%s\t%s\t%s\t%s\t%s\n' "$id" "$reason" "$en" "$km" "$doc" >>forced
}
forced "$banan" wrong_role "the role of this office may not do that" "តួនាទីនៃតំណែងនេះមិនអាចធ្វើបាន" JL-2 banan-desk endorse
forced "$banan" wrong_area "the office has no say about this area" "តំណែងនេះគ្មានសិទ្ធិលើតំបន់នេះ" JL-2 banan-two endorse
forced "$banan" wrong_office "its log was not opened with this office" "កំណត់ហេតុរបស់វាមិនបានបើក" JL-2 ctod-editor endorse
forced "$banan" unknown_version "the version it names is not here" "កំណែដែលវាសំដៅមិនមាននៅទីនេះ" JL-2 banan-gov endorse \
    '{"list_version": 9}'
forced "$banan" missing_prerequisite "what has to come before it has not been done" "អ្វីដែលត្រូវធ្វើមុន" JL-2 banan-gov accept
forced "$as" wrong_organisation "it belongs to another organisation" "វាជារបស់អង្គការផ្សេង" CS-1 as-editor submit
forced "$as" wrong_state "the document is beyond that already" "ឯកសារបានហួសជំហាននេះ" MT-1 as-approver cancel '{"reason": "Rain"}'
forced "$ctod" out_of_range "percent goes from 0 to 100" "ភាគរយត្រូវចាប់ពី" RC-2 ctod-editor report_progress \
    '{"status": "in_progress", "percent": 101}'
forced "$ctod" reason_required "it needs a reason or note" "ត្រូវបញ្ជាក់មូលហេតុ" RC-2 ctod-editor report_progress \
    '{"status": "stalled"}'
forced "$ctod" date_in_future "its date lies in the future" "កាលបរិច្ឆេទរបស់វាស្ថិតនៅពេលអនាគត" MT-3 ctod-editor record_minutes '{"minutes": "Read"}'
forced "$ctod" participants_required "it does not say how many took part" "មិនបានបញ្ជាក់ចំនួនអ្នកចូលរួម" MT-4 ctod-editor \
    record_minutes '{"minutes": "Read"}'
forced "$ctod" reason_required "it needs a reason or note" "ត្រូវបញ្ជាក់មូលហេតុ" MT-4 ctod-approver cancel
forced "$ctod" invalid_tally "the tally does not add up" "ចំនួនមិនត្រូវគ្នា" CS-1 ctod-editor edit \
    '{"respondents": {"total": 10, "female": 11}}'
id=$("$SMK_BIN/modified_node" "$ctod" ctod-editor record_minutes MT-2 '{"participants": {"total": 2, "female": 1}}')
refused "$ctod" minutes_required "there are no minutes" "គ្មានកំណត់ហេតុ" act close MT-2
forced "$ctod" minutes_required "there are no minutes" "គ្មានកំណត់ហេតុ" MT-2 ctod-approver close
sync
under() { grep -A2 -F "$1" out | grep -qF "$2" || fail "under $1 it does not say: $2"; }
while IFS="$(printf '\t')" read -r id reason en km doc; do
    did "$sec" show "$doc" --json
    grep -o "{\"id\":\"$id\".*" out | cut -d'}' -f1 | grep -qF "\"counts\":false,\"reason\":\"$reason\"" ||
        fail "$doc: the record $id is not shown as $reason"
    did "$sec" show "$doc"
    under "$id" "does not count: $en"
    did "$sec" show "$doc" --lang km
    under "$id" "មិនរាប់បញ្ចូល៖ $km"
done <forced
[ "$(wc -l <forced)" -eq 14 ] || fail "not all of them were looked at"
did "$sec" show JL-2
says "the other attestor has not named the same text and page yet"
did "$sec" show JL-2 --lang km
says "អ្នកបញ្ជាក់ម្នាក់ទៀត (អង្គការផ្សេង) មិនទាន់បញ្ជាក់"
did "$sec" show JL-2 --json
says '"status":"negotiated"'
did "$sec" show CS-1 --json
says '"respondents":{"total":3,"female":2}'
stop "$sec"
echo "refused with their codes and in both languages; what was forced is seen and does not count"
