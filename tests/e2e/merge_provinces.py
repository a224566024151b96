"""Adds the data folder of other provinces to a copy of the sample's: merge_provinces.py SAMPLE OTHER OUT

The secretariat of OTHER (FORUM, with its offices FORUM-HEAD and FORUM-DESK) becomes the sample's."""
import csv, json, os, re, shutil, sys

sample, other, out = sys.argv[1:]
words = {"FORUM-HEAD": "CPDD-ED", "FORUM-DESK": "CPDD-PM", "FORUM": "CPDD"}


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return f.read()


def translated(name):
    return re.sub(r"\bFORUM(-HEAD|-DESK)?\b", lambda m: words[m.group(0)], read(other, name))


shutil.copytree(sample, out)
shutil.copytree(os.path.join(other, "attachments"), os.path.join(out, "attachments"), dirs_exist_ok=True)
for name in sorted(os.listdir(other)):
    path = os.path.join(out, name)
    if name.endswith(".json"):
        rows = json.loads(read(sample, name))
        known = {row["id"] for row in rows}
        rows += [row for row in json.loads(translated(name)) if row["id"] not in known]
        with open(path, "w", encoding="utf-8") as f:
            json.dump(rows, f, ensure_ascii=False)
    elif name.endswith(".csv"):
        tables = [list(csv.DictReader(text.splitlines())) for text in (read(sample, name), translated(name))]
        columns = list(dict.fromkeys(column for table in tables for column in table[0]))
        with open(path, "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(tables[0] + tables[1])
