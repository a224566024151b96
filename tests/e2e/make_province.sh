#!/bin/sh
# Writes a made-up data folder: another province, other organisations, other totals than the sample's.
#
#   make_province.sh FOLDER HUBS ADMINISTRATIONS
#
# HUBS 0: three districts of province 12, an auditor, nobody between members and the secretariat. HUBS 2: two districts
# of province 12 and one of province 05, a hub for each province, no auditor. ADMINISTRATIONS 1: the first district's
# administration has a node and signs for itself; 0: none has one.
# Totals: 3 case studies with 14, 17 and 20 respondents (10, 12 and 14 women), 3 lists with 2, 3 and 4 recommendations,
# 3 endorsements.
set -eu
export LC_ALL=C
out=$1 hubs=$2 administrations=$3
mkdir -p "$out/attachments"
if [ "$hubs" -eq 0 ]; then districts="1201 1202 1203"; else districts="1201 1202 0501"; fi

member_of() { case $1 in 1201) echo LOTUS ;; 1202) echo RIVER ;; *) echo PALM ;; esac; }
number_of() { case $1 in 1201) echo 1 ;; 1202) echo 2 ;; *) echo 3 ;; esac; }
hub_of() { if [ "${1%??}" = 12 ]; then echo HUB-SOUTH; else echo HUB-NORTH; fi; }
signs() { [ "$administrations" -eq 1 ] && [ "$1" = 1201 ]; }

# list FILE : a JSON array of the objects on standard input, one a line
list() { awk 'BEGIN { printf "[" } { printf "%s\n%s", (NR > 1 ? "," : ""), $0 } END { print "\n]" }' >"$out/$1"; }

organisations() {
    echo '{"id": "FORUM", "kind": "secretariat", "name_en": "Forum of the Lower River", "name_km": null, "area": null}'
    for d in $districts; do
        echo "{\"id\": \"$(member_of "$d")\", \"kind\": \"member\", \"name_en\": \"$(member_of "$d") Association\", \"name_km\": null, \"area\": \"${d%??}\"}"
        echo "{\"id\": \"SNA-$d\", \"kind\": \"sna_dm\", \"name_en\": \"Administration of $d\", \"name_km\": null, \"area\": \"$d\"}"
    done
    [ "$hubs" -eq 0 ] || for h in "SOUTH 12" "NORTH 05"; do
        echo "{\"id\": \"HUB-${h% *}\", \"kind\": \"hub\", \"name_en\": \"Hub of province ${h#* }\", \"name_km\": null, \"area\": \"${h#* }\"}"
    done
}

office() { # office ID ORG ROLE AREA
    area=null
    [ -z "$4" ] || area="\"$4\""
    echo "{\"id\": \"$1\", \"org\": \"$2\", \"role\": \"$3\", \"title_en\": \"$1\", \"title_km\": null, \"area\": $area}"
}
offices() {
    office FORUM-HEAD FORUM secretariat_approver ""
    office FORUM-DESK FORUM secretariat_editor ""
    [ "$hubs" -ne 0 ] || office FORUM-EYE FORUM auditor ""
    for d in $districts; do
        office "$(member_of "$d")-LEAD" "$(member_of "$d")" member_approver ""
        office "$(member_of "$d")-FIELD" "$(member_of "$d")" member_editor ""
        office "SNA-$d-GOV" "SNA-$d" sna_signatory "$d"
        office "SNA-$d-DESK" "SNA-$d" sna_clerk "$d"
    done
    [ "$hubs" -eq 0 ] || for h in "SOUTH 12" "NORTH 05"; do
        office "HUB-${h% *}-COORD" "HUB-${h% *}" provincial_coordinator "${h#* }"
    done
}

interviews() {
    echo "id,case_study,district,commune,date,method,respondent_type,sex,age_band,disability,consent,collected_by,\"heard,often\""
    for d in $districts; do
        awk -v d="$d" -v org="$(member_of "$d")" -v n=$((11 + 3 * $(number_of "$d"))) 'BEGIN {
            split("citizen cbo cso", type, " "); split("18_30 31_45 46_59 60_plus", age, " ")
            for (i = 1; i <= n; i++)
                printf "INT-%s-%03d,CS-%s,%s,%s01,2023-05-%02d,%s,%s,%s,%s,%s,yes,%s,\"yes, twice\"\n", d, i, d, d, d,
                    i, (i % 2 ? "individual" : "phone"), type[i % 3 + 1], (i % 3 ? "female" : "male"), age[i % 4 + 1],
                    (i % 5 ? "no" : "yes"), org
        }'
    done
}

# tally DISTRICT : what the rows of a district add up to
tally() {
    awk -F, -v d="$1" '
        $3 == d { n++; f += $8 == "female"; add("by_type", $7); add("by_age", $9); add("by_disability", $10); add("by_method", $6) }
        function add(by, value) {
            if (!((by, value) in total)) values[by] = values[by] " " value
            total[by, value]++; female[by, value] += $8 == "female"
        }
        function part(by,    v, count, i, text) {
            count = split(values[by], v, " ")
            for (i = 1; i <= count; i++)
                text = text (i > 1 ? ", " : "") "\"" v[i] "\": {\"total\": " total[by, v[i]] ", \"female\": " female[by, v[i]] "}"
            return "\"" by "\": {" text "}"
        }
        END { print "{\"total\": " n ", \"female\": " f ", " part("by_type") ", " part("by_age") ", " part("by_disability") ", " part("by_method") "}" }
    ' "$out/interviews.csv"
}

case_studies() {
    for d in $districts; do
        m=$(member_of "$d")
        echo "{\"id\": \"CS-$d\", \"district\": \"$d\", \"title_en\": \"How people speak to their administration in $d\", \"title_km\": null, \"lead_org\": \"$m\", \"compiled_by\": \"FORUM\", \"created_by\": \"$m-FIELD\", \"submitted_by\": \"$m-FIELD\", \"verified_by\": \"FORUM-HEAD\", \"year\": 2023, \"methods\": [\"individual\", \"phone\"], \"mechanisms_studied\": [\"council_meeting\"], \"findings\": [{\"id\": \"CS-$d-F1\", \"text_en\": \"The agenda is not known before the meeting\", \"text_km\": null}], \"respondents\": $(tally "$d")}"
    done
}

meetings() {
    for d in $districts; do
        m=$(member_of "$d")
        echo "{\"id\": \"MT-$d\", \"kind\": \"joint_consultation\", \"level\": \"district\", \"area\": \"$d\", \"date\": \"2023-09-14\", \"date_precision\": \"day\", \"title_en\": \"Joint meeting in $d\", \"title_km\": null, \"organisers\": [\"FORUM\", \"$m\"], \"chair_office\": \"SNA-$d-GOV\", \"participants\": {\"total\": 21, \"female\": 10}, \"status\": \"closed\", \"planned_by\": \"$m-FIELD\", \"minutes_by\": \"$m-FIELD\", \"closed_by\": \"$m-LEAD\", \"minutes_en\": \"The findings were read out and the list agreed.\", \"minutes_km\": null, \"case_studies\": [\"CS-$d\"], \"lists\": [\"JL-$d\"]}"
    done
}

recommendations() {
    for d in $districts; do
        i=1
        while [ "$i" -le $((1 + $(number_of "$d"))) ]; do
            echo "{\"id\": \"RC-$d-0$i\", \"list\": \"JL-$d\", \"number\": $i, \"district\": \"$d\", \"theme\": \"notice\", \"mechanism\": \"council_meeting\", \"title_en\": \"Hang out the agenda, point $i\", \"title_km\": null, \"responsible_office\": \"SNA-$d-GOV\", \"supporting_orgs\": [\"$(member_of "$d")\"], \"level\": \"district\", \"timeframe\": \"short\", \"target_groups\": [\"citizens\"], \"indicator_en\": \"Agendas seen\", \"from_findings\": [\"CS-$d-F1\"]}"
            i=$((i + 1))
        done
    done
}

joint_lists() {
    for d in $districts; do
        m=$(member_of "$d") names="\"RC-$d-01\"" i=2
        while [ "$i" -le $((1 + $(number_of "$d"))) ]; do names="$names, \"RC-$d-0$i\"" i=$((i + 1)); done
        echo "{\"id\": \"JL-$d\", \"district\": \"$d\", \"version\": 1, \"title_en\": \"Joint list of $d\", \"title_km\": null, \"parties\": [\"SNA-$d\", \"$m\", \"FORUM\"], \"negotiated_at\": \"MT-$d\", \"recommendations\": [$names], \"drafted_by\": \"$m-FIELD\", \"negotiated_by\": \"$m-LEAD\", \"status\": \"endorsed\"}"
    done
}

endorsements() {
    for d in $districts; do
        if signs "$d"; then mode=signed attestors=; else mode=attested attestors="\"$(member_of "$d")-LEAD\", \"FORUM-HEAD\""; fi
        echo "{\"id\": \"EN-$d\", \"list\": \"JL-$d\", \"list_version\": 1, \"by_org\": \"SNA-$d\", \"by_office\": \"SNA-$d-GOV\", \"date\": \"2023-09-20\", \"mode\": \"$mode\", \"attestors\": [$attestors], \"attachment\": \"AT-$d\"}"
    done
}

attachments() {
    for d in $districts; do
        page=attachments/AT-$d.txt
        echo "Stands for the signed page of the joint list of $d." >"$out/$page"
        sum=$(sha256sum "$out/$page" | cut -d' ' -f1) size=$(wc -c <"$out/$page")
        echo "{\"id\": \"AT-$d\", \"file\": \"$page\", \"media_type\": \"text/plain\", \"bytes\": $((size)), \"sha256\": \"$sum\", \"subject\": \"EN-$d\", \"kind\": \"signed_page\", \"visibility\": \"parties\"}"
    done
}

events() {
    echo "{\"id\": \"EV-OPENING\", \"kind\": \"training\", \"title_en\": \"Opening day\", \"title_km\": null, \"date\": \"2023-03-02\", \"date_end\": null, \"date_precision\": \"day\", \"area\": null, \"partners\": [\"FORUM\"], \"created_by\": \"FORUM-DESK\", \"recorded_by\": \"FORUM-DESK\", \"participants\": null, \"sessions\": []}"
}

ownership() {
    echo "object_type,ids_or_rule,count,imported_by,offices,scope,note"
    echo "organisation,all,,FORUM,FORUM-HEAD,gov,\"as a whole, once\""
    echo "\"event, of whatever kind\",all,1,FORUM,FORUM-DESK,pub,"
    for d in $districts; do
        echo "\"interview, case study, meeting, list\",$d,,$(member_of "$d"),$(member_of "$d")-FIELD,dm:$d,\"the verifying act is \"\"FORUM\"\"'s\""
        if signs "$d"; then echo "endorsement,EN-$d,1,SNA-$d,SNA-$d-GOV,dm:$d,"; fi
    done
    [ "$hubs" -eq 0 ] || for h in SOUTH NORTH; do echo "presentation,none,0,HUB-$h,HUB-$h-COORD,pub,"; done
}

organisations | list organisations.json
offices | list offices.json
interviews >"$out/interviews.csv"
case_studies | list case_studies.json
meetings | list meetings.json
recommendations | list recommendations.json
joint_lists | list joint_lists.json
endorsements | list endorsements.json
attachments | list attachments.json
events | list events.json
ownership >"$out/OWNERSHIP.csv"
