#!/bin/sh
# Goal: seven nodes of one coalition, each behind a line that is slow and narrow, stalls, and breaks at any byte, end up
# holding the same of every scope that they share, and nothing of any other.
#
#   slow-lines.sh [--seed N] [--rtt MS] [--rate BYTES_PER_S] [--stall PER_MILLE] [--cut BYTES_MAX] [--backlog N]
#                 [--records N] [--seconds N]
#
#   --backlog N   records that a member has written before it is first connected: more than a line carries before it breaks
#   --records N   that each member writes while lines break, besides its part of the province
#   --seconds N   how long all of it may take
. "$(dirname "$0")/../e2e/prologue.sh"
need samaki samakid slow_line

seed=$(date +%N | sed 's/^0*//') rtt=120 rate=30000 stall=20 cut=40000 backlog=90 records=4 seconds=150
while [ $# -ge 2 ]; do
    case $1 in
    --seed) seed=$2 ;;
    --rtt) rtt=$2 ;;
    --rate) rate=$2 ;;
    --stall) stall=$2 ;;
    --cut) cut=$2 ;;
    --backlog) backlog=$2 ;;
    --records) records=$2 ;;
    --seconds) seconds=$2 ;;
    *) echo "no option $1" >&2 && exit 2 ;;
    esac
    shift 2
done
echo "seed $seed: $rtt ms round trip, $rate bytes/s, $stall of 1,000 pieces stall, lines break within $cut bytes"
until_s=$(($(date +%s) + seconds))
in_time() { [ "$(date +%s)" -lt $until_s ] || fail "seed $seed: not over after $seconds s; $1"; }

nodes="forum hub-south hub-north lotus river palm sna-1201"
holds() { # what a node of this name may hold
    case $1 in
    forum) echo "gov pub nat prov:05 prov:12 dm:0501 dm:1201 dm:1202 org:forum" ;;
    hub-north | palm) echo "gov pub nat prov:05 dm:0501 org:$1" ;;
    sna-1201) echo "gov pub dm:1201 org:sna-1201" ;;
    *) echo "gov pub nat prov:12 dm:1201 dm:1202 org:$1" ;;
    esac
}
offices() {
    case $1 in
    hub-*) echo "$1-coord" ;;
    sna-*) echo "$1-gov $1-desk" ;;
    *) echo "$1-lead $1-field" ;;
    esac
}

lines=0
line() { # line HOME : a bad line in front of its daemon; the way in is in $way
    lines=$((lines + 1))
    "$SMK_BIN/slow_line" "$address" $((seed + lines)) "$rtt" "$rate" "$stall" "$cut" >"$work/line-$lines" &
    daemons="$daemons $!"
    eval "line_$lines=$!"
    tries=0
    until [ -s "$work/line-$lines" ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || fail "slow_line does not listen"
        sleep 0.05
    done
    way=$(head -1 "$work/line-$lines")
}
join() { # join NAME : over the bad line; what was cut is tried again
    set -- "$1" $(offices "$1")
    name=$1 asked=
    shift
    for office; do asked="$asked --office $office"; done
    text=$(samaki --home "$work/forum" --json invite --org "$name" --address "$way" $asked |
        sed -n 's/.*"invitation":"\([^"]*\)".*/\1/p')
    until samaki --home "$work/$name" join "$text" >"$work/out" 2>"$work/err"; do
        in_time "$name cannot join"
    done
}

# ---- founding, joining: every byte goes over a bad line ----

"$(dirname "$0")/../e2e/make_province.sh" "$work/province" 2 1
mkdir "$work/governance"
cp "$work/province/organisations.json" "$work/province/offices.json" "$work/governance"
expect 0 samaki --home "$work/forum" init --name "Forum of the Lower River" --org forum \
    --office forum-head:secretariat_approver --office forum-desk:secretariat_editor
expect 0 samaki --home "$work/forum" import "$work/governance"
node "$work/forum"
line forum
forum_way=$way
for hub in hub-south hub-north; do
    way=$forum_way
    join $hub
done
for name in lotus river palm sna-1201; do join $name; done
write_event() { # write_event NAME NUMBER FILE
    cat >"$3" <<END
{"type": "event", "id": "EV-$1-$2", "kind": "training", "title_en": "Training $2 of $1", "created_by": "$1-field",
 "date": "2026-11-20", "organisers": ["$1"], "title_km": "វគ្គបណ្តុះបណ្តាលលើកទី $2 សម្រាប់សហគមន៍មូលដ្ឋាន និងរដ្ឋបាលថ្នាក់ក្រោមជាតិ"}
END
}
mkdir "$work/backlog"
for i in $(seq "$backlog"); do write_event palm "B$i" "$work/backlog/$i.json"; done
ls "$work/backlog"/*.json | xargs -n 30 "$SMK_BIN/samaki" --home "$work/palm" put >"$work/out" 2>"$work/err" || fail "the backlog"
for hub in hub-south hub-north; do
    node "$work/$hub" 127.0.0.1 --peer "$forum_way"
    line $hub
    case $hub in
    hub-south) for name in lotus river sna-1201; do node "$work/$name" 127.0.0.1 --peer "$way"; done ;;
    *) node "$work/palm" 127.0.0.1 --peer "$way" ;;
    esac
done
echo "seven nodes run: $(($(date +%s) + seconds - until_s)) s"

# ---- work while lines break ----

put_event() { # put_event NAME NUMBER
    write_event "$1" "$2" "$work/record.json"
    expect 0 samaki --home "$work/$1" put "$work/record.json"
}
secret() { # secret NAME DISTRICT : an interview that nobody else may ever hold
    cat >"$work/record.json" <<END
{"type": "interview", "id": "IV-$1-SECRET", "case_study": "CS-$2", "district": "$2", "date": "2026-11-20",
 "method": "phone", "respondent_type": "citizen", "sex": "female", "age_band": "31_45", "consent": "yes",
 "collected_by": "$1", "answers": {"said": "only $1 has heard this"}}
END
    expect 0 samaki --home "$work/$1" put "$work/record.json"
}
scopes() { samaki --home "$work/$1" status | sed -n 's/^  \([a-z:0-9-]*\) *\([0-9]*\) records .* \([0-9a-f]\{16\}\)$/\1 \2 \3/p'; }
differences() { # the scopes in which two holders differ, or that one has and another has not
    for name in $nodes; do
        scopes "$name" >"$work/scopes-$name"
        for scope in $(holds "$name"); do
            sed -n "s/^$scope //p" "$work/scopes-$name" | grep . || echo "0 none"
        done >"$work/roots-$name"
        echo "$(holds "$name")" | tr ' ' '\n' | paste -d' ' - "$work/roots-$name"
    done | awk '{ if (($1 in root) && root[$1] != $3) differs[$1] = 1; root[$1] = $3 } END { for (s in differs) print s }'
}
number=0 turn=0
while :; do
    turn=$((turn + 1)) wrote=0
    in_time "turn $turn"
    for name in $nodes; do
        code=0
        samaki --home "$work/$name" --json import "$work/province" >"$work/out" 2>"$work/err" || code=$?
        [ $code -le 1 ] || fail "$name cannot import: $code"
        wrote=$((wrote + $(grep -c '"wrote"' "$work/out" || true)))
    done
    if [ $turn -eq 1 ]; then
        secret lotus 1201
        secret palm 0501
    fi
    if [ $number -lt "$records" ]; then
        number=$((number + 1)) wrote=$((wrote + 3))
        for name in lotus river palm; do put_event $name $number; done
    fi
    if [ $wrote -eq 0 ]; then
        rest=$(differences)
        [ -n "$rest" ] || break
        sleep 0.5 # they differ: what is on its way decides
    fi
done
echo "nobody has anything to write after $turn turns, and all hold the same: $(($(date +%s) + seconds - until_s)) s"

# ---- what came of it ----

for name in $nodes; do
    for scope in $(cut -d' ' -f1 "$work/scopes-$name"); do
        case " $(holds "$name") " in *" $scope "*) ;; *) fail "$name holds something of $scope" ;; esac
    done
    expect 0 samaki --home "$work/$name" audit
done
for owner in lotus palm; do
    for name in $nodes; do
        count=$(grep -c -a "only $owner has heard this" "$work/$name/store/data.mdb" || true)
        [ $name = $owner ] || [ "$count" -eq 0 ] || fail "$name has what only $owner may know"
        [ $name != $owner ] || [ "$count" -gt 0 ] || fail "$owner has lost what it heard"
    done
done
for name in $nodes; do
    kill "$(cat "$work/$name.pid")"
    wait "$(cat "$work/$name.pid")" || fail "samakid of $name ended with an error"
done
cuts=0
for i in $(seq $lines); do
    eval "pid=\$line_$i"
    kill "$pid"
    wait "$pid" || fail "slow_line ended with an error"
    sed -n "s/^[0-9]* connections, .*/line $i: &/p" "$work/line-$i"
    cuts=$((cuts + $(sed -n 's/.* connections, \([0-9]*\) cuts.*/\1/p' "$work/line-$i")))
done
twice=$(grep -h "^first " "$work"/line-* | sort | uniq -d)
[ -z "$twice" ] || fail "two lines began with one ephemeral key"
[ $cuts -gt 0 ] || fail "no line broke: this run shows nothing"
[ "$(samaki --home "$work/forum" --json totals | sed -n 's/.*"case_studies":{"count":\([0-9]*\).*/\1/p')" = 3 ] ||
    fail "the secretariat does not count three studies"
echo "seed $seed: seven nodes agree in every scope, $cuts lines broke, every audit is clean"
