#!/bin/sh
# Goal: show and history tell the day that an edit or act claims apart from the moment at which it was entered, in both
# languages.
. "$(dirname "$0")/prologue.sh"
need samaki
cd "$work"
home=$work/office
member() { expect 0 samaki --home "$home" "$@"; }
today=$(TZ="<+07>-7" date +%Y-%m-%d)

member init --name Dates --org cpdd --office cpdd-pm:secretariat_editor --office cpdd-ed:secretariat_approver
member new meeting --field id=MT-1 --field kind=forum --field level=district --field area=0201 --field date=2021-11-16 \
    --field title_en=Forum --field organisers=cpdd --field participants=31/14
member new event --field id=EV-1 --field kind=training --field title_en=Training --field organisers=cpdd
member act record_minutes MT-1 --field minutes_en=Read --as cpdd-pm
member edit MT-1 --field title_en="The forum"
if [ "$(TZ="<+07>-7" date +%Y-%m-%d)" != "$today" ]; then # midnight came between
    echo "skipped: the day ended meanwhile"
    exit 77
fi

# A day that is claimed stands beside the one at which it was typed in; what claims none has the second alone.
for command in show history; do
    member $command MT-1
    says "dated 2021-11-16, entered $today "
    [ "$(grep -c "entered $today " out)" -eq 3 ] || fail "$command: three entries, three moments"
    [ "$(grep -c "dated " out)" -eq 1 ] || fail "$command: one of them claims a day"
    member $command MT-1 --lang km
    says "ចុះថ្ងៃទី 2021-11-16 បញ្ចូលនៅ $today "
    says_not "entered"
    member $command EV-1
    says "entered $today "
    says_not "dated"
done
member history MT-1
says "did record_minutes"
says "wrote title"
says "of an earlier version"
member history MT-1 --lang km
says "បានធ្វើ record_minutes"
says "បានសរសេរ title"
says "អំពីកំណែមុន"
member show MT-1 --lang km
says "ការកែ"
says "សកម្មភាព"

# Programs get both as well.
member history MT-1 --json
grep -q "\"dated\":\"2021-11-16\",\"entered\":\"${today}T[0-9:.]*+07:00\"" out || fail "the two times in JSON"
[ "$(grep -c '"dated":null' out)" -eq 2 ] || fail "two claim no day"
echo "dated on one day, entered on another"
