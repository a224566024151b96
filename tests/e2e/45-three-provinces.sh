#!/bin/sh
# Goal: beside the sample's province, two others with hubs and members of their own belong to the coalition: no hub and no member
# holds a record, or a word, of another province's work; the secretariat and the auditor hold all of it, and nothing else than
# the provinces do; what they count for the nation is the sum of what the hubs count.
. "$(dirname "$0")/prologue.sh"
need samaki samakid coalition
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }

"$here/make_province.sh" "$work/other" 2 0
python3 "$here/merge_provinces.py" "$here/../../tools/sample/battambang" "$work/other" "$work/data"
expect 0 "$SMK_BIN/coalition" --dir "$work/all" --data "$work/data"

# The province's own numbers, and words that stand in its case studies and lists alone.
hubs="hub-02:02 hub-south:12 hub-north:05"
nodes="$hubs ctod:02 as:02 lotus:12 river:12 palm:05"
word_of() {
    case $1 in
    02) echo 'between Banan District Administration' ;;
    12) echo 'Joint list of 1201' ;;
    *) echo 'Joint list of 0501' ;;
    esac
}
has_words() { # has_words NODE TEXT : somewhere in the bytes of its store
    grep -qaF -e "$2" "$work/all/$1/store/data.mdb"
}
for node in $nodes cpdd auditor; do
    expect 0 samaki --home "$work/all/${node%:*}" --json export
    cp "$work/out" "$work/${node%:*}.records"
    expect 0 samaki --home "$work/all/${node%:*}" --json totals
    cp "$work/out" "$work/${node%:*}.totals"
done
for node in $nodes; do
    for province in 02 12 05; do
        if [ "$province" = "${node#*:}" ]; then
            has_words "${node%:*}" "$(word_of $province)" || fail "${node%:*} has not the words of $province, its own"
        elif has_words "${node%:*}" "$(word_of $province)"; then
            fail "${node%:*} has words of province $province"
        fi
    done
done

cat >"$work/provinces.py" <<'P'
import json, os, sys

work, nodes = sys.argv[1], [word.split(":") for word in sys.argv[2].split()]
hubs = [name for name, _ in nodes if name.startswith("hub-")]
nation = ["cpdd", "auditor"]


def fail(text):
    sys.exit("provinces.py: " + text)


def records(name):
    """Of the work of provinces: {id: (province, scope)}."""
    found = {}
    for line in open(os.path.join(work, name + ".records"), encoding="utf-8"):
        record = json.loads(line)
        kind, _, place = record["scope"].removeprefix("wit:").partition(":")
        if kind in ("prov", "dm"):
            found[record["id"]] = (place[:2], kind)
    return found


def add(a, b):
    """Unknown is not zero: None and a number is that number."""
    if isinstance(a, dict) or isinstance(b, dict):
        a, b = a or {}, b or {}
        return {key: add(a.get(key), b.get(key)) for key in {**a, **b}}
    return b if a is None else a if b is None else a + b


held = {name: records(name) for name, _ in nodes}
for name, province in nodes:
    kinds = {kind for _, kind in held[name].values()}
    foreign = [scope for scope in held[name].values() if scope[0] != province]
    if foreign or kinds != {"prov", "dm"}:
        fail("%s holds %d records of others, and of its own province %s" % (name, len(foreign), kinds))
together = {}
for hub in hubs:
    together.update(held[hub])
for name in nation:
    if records(name) != together:
        fail("%s holds another set than the hubs together" % name)

totals = {name: json.load(open(os.path.join(work, name + ".totals")))["tables"] for name in hubs + nation}
of_provinces = ["case_studies", "lists", "recommendations", "recommendations_by_district", "endorsements", "acceptances",
                "follow_ups", "latest_status", "verifications", "verified", "disputed", "attachments"]
of_all = ["events", "projects", "subgrants", "presentations", "priorities", "event_participants"]
for name in nation:
    for table in of_provinces:
        total = {}
        for hub in hubs:
            total = add(total or None, totals[hub][table])
        if totals[name][table] != total:
            fail("%s counts %s: %s, the hubs together %s" % (name, table, totals[name][table], total))
    for table in of_all:
        if any(totals[hub][table] != totals[name][table] for hub in hubs):
            fail("what is for everybody is not counted alike: " + table)
    # Meetings of a district are its province's; the provincial one and the national workshop are everybody's.
    if totals[name]["meetings"]["count"] != sum(totals[hub]["meetings"]["count"] - 2 for hub in hubs) + 2:
        fail("%s counts other meetings than the hubs together" % name)
    studies = totals[name]["case_studies"]
    if (studies["count"], studies["respondents"], studies["female"]) != (7 + 3, 367 + 51, 209 + 36):
        fail("%s counts other case studies than were written" % name)
for hub in hubs:
    t = totals[hub]
    print("%s: %d records of its province, %d of others; %d studies, %d respondents, %d women, %d recommendations, %d "
          "endorsements" % (hub, len(held[hub]), 0, t["case_studies"]["count"], t["case_studies"]["respondents"],
                            t["case_studies"]["female"], t["recommendations"], t["endorsements"]["count"]))
t = totals["cpdd"]
print("the nation: %d records of provinces; %d studies, %d respondents, %d women, %d recommendations, %d endorsements: the sums"
      % (len(together), t["case_studies"]["count"], t["case_studies"]["respondents"], t["case_studies"]["female"],
         t["recommendations"], t["endorsements"]["count"]))
P
python3 "$work/provinces.py" "$work" "$nodes" || fail "the provinces and the nation"

# A printed page of the nation names every district, that of a hub its own alone.
matrix() { # matrix NODE : its page in $work/out
    expect 0 samaki --home "$work/all/$1" --lang en report matrix --out -
}
matrix cpdd
for district in 'Banan' 'Kamrieng' 'Basedth' 'Chamkar Mon' 'Doun Penh'; do says "<td>$district, "; done
matrix hub-south
for district in 'Chamkar Mon' 'Doun Penh'; do says "<td>$district, "; done
for district in 'Banan' 'Kamrieng' 'Basedth'; do says_not "<td>$district, "; done
