"""Rows for an import with texts that were made to break programs, and whether they came back.

   hostile_rows.py make TEXTS DOCS OUT     rows of every type: row i has text i in one text field, the next row in the next
                                           field, so that each text is in each type and each field has texts
   hostile_rows.py compare SENT LOG GOT    what was sent and not refused, by the log of the import, came back as it was
   hostile_rows.py look FILE...            nothing in files of an export begins a formula or breaks a line
"""
import base64, csv, html.parser, io, json, os, sys, unicodedata, zipfile


def texts_of(folder):
    with open(folder + "/blns.json", encoding="utf-8") as f:
        texts = json.load(f)
    with open(folder + "/injection_strings.json", encoding="utf-8") as f:
        texts += [base64.b64decode(c["b64"]).decode("utf-8") for c in json.load(f)["cases"]]
    return texts


def item(text):  # of a list in one cell
    text = text.replace("\\", "\\\\").replace(";", "\\;")
    if text.startswith(" "):
        text = "\\" + text
    if text.endswith(" "):
        text = text[:-1] + "\\ "
    return text


def ordinary(field):
    kind = field["type"]
    if kind == "choice":
        return field["choices"][0]["code"]
    if kind == "slug":
        return "as-editor" if field.get("of") == "office" else "as"
    if kind == "area":
        return "0201" if field["digits_min"] <= 4 <= field["digits_max"] else "020101"
    if kind == "integer":
        return field.get("min", 1)
    return {"amount": "1.50", "date": "2021-11-16", "sha256": "ab" * 32}.get(kind, "x")


WANTED = {"meeting": {"level": "district", "area": "0201", "date": "2021-11-16"}, "recommendation": {"level": "district"},
          "event": {"date": "2021-11-16", "organisers": "as"}, "interview": {"age_band": "18_30", "consent": "yes"}, "attachment": {"scope": "pub"},
          "audit_note": {"scope": "pub"}}
REFERENCE = {"case_study": "T-case_study", "meeting": "T-meeting", "recommendation": "T-recommendation", "any": "T-event"}


def put(row, name, field, text, parts_of=None):
    """The text in the columns of the field; text None: an ordinary value."""
    kind, value = field["type"], text
    if kind == "reference":
        row[name] = REFERENCE[field["of"]]
    elif kind == "tally":
        row[name + ".total"], row[name + ".female"] = 12, 6
    elif kind == "group":
        for part in field["parts"]:
            if part["required"]:
                put(row, name + "." + part["name"], part, None)
    elif kind == "bilingual":
        row[name + "_km"] = "x" if text is None else text
    elif kind == "answers":
        row[name + ".q1"] = "x" if text is None else text
    else:
        row[name] = ordinary(field) if text is None else text


def columns_of(fields):
    """Every column for a text: its field, its name, whether it is a list."""
    found = []
    for field in fields:
        parts = [(field["name"] + "." + p["name"], p) for p in field.get("parts", [])] or [(field["name"], field)]
        for name, part in parts:
            is_list = field["list"] or part["list"]
            names = {"bilingual": [name + "_km", name + "_en"], "text": [name], "name": [name], "provenance": [name],
                     "answers": [name + ".q1"]}.get(part["type"], [])
            found += [(field, n, is_list) for n in names if n != "ref"]
    return found


def make(folder, docs, out):
    texts, sent, tables = texts_of(folder), [], {}
    fields_seen = 0
    for name in sorted(os.listdir(docs)):
        with open(docs + "/" + name, encoding="utf-8") as f:
            kind = json.load(f)
        rows, columns = [], columns_of(kind["fields"])
        fields_seen += len(columns)
        for i, text in enumerate([None] + texts):
            row = {"ref": "T-" + kind["type"] if text is None else "T-%s-%d" % (kind["type"], i)}
            for field in kind["fields"]:
                if field["required"]:
                    put(row, field["name"], field, None)
            row.update(WANTED.get(kind["type"], {}))
            if text is not None:
                field, column, is_list = columns[i % len(columns)]
                if field["type"] == "group":
                    put(row, field["name"], field, None)
                row[column] = item(text) if is_list else text
                sent.append([kind["type"], row["ref"], column, row[column]])
            rows.append(row)
        tables[kind["type"]] = rows
    for who, kinds in (("notes", ["audit_note"]), ("rows", [k for k in tables if k != "audit_note"])):
        with open("%s-%s.json" % (out, who), "w") as f:
            json.dump({"tables": {k: tables[k] for k in kinds}}, f)
    with open(out + "-sent.json", "w") as f:
        json.dump(sent, f)
    print("%d texts, %d text fields of %d types, %d rows" % (len(texts), fields_seen, len(tables), len(sent)))


def compare(sent, logs, got):
    refused, same, silent = {}, 0, 0
    for log in logs:
        with open(log, encoding="utf-8") as f:
            for line in f:
                line = json.loads(line)
                if line.get("outcome") == "refused":
                    if not line["reason"] or not line["why"]:
                        sys.exit("a refusal without a reason: %r" % line)
                    refused[(line["sheet"], line["row"])] = line
    with open(got, encoding="utf-8") as f:
        tables = json.load(f)["tables"]
    with open(sent) as f:
        sent = json.load(f)
    place = {}
    for kind, ref, column, text in sent:
        place[kind] = place.get(kind, 1) + 1  # the first row is the ordinary one
        rows = {r["ref"]: r for r in tables[kind]}
        if (kind, place[kind]) in refused:
            if ref in rows:
                sys.exit("%s was refused, and is there" % ref)
            continue
        value = rows[ref].get(column, "")
        if str(value) != unicodedata.normalize("NFC", text):
            if value is None and text == "unknown" or text.strip(" ") == value:
                silent += 1
                continue
            sys.exit("%s.%s: %r became %r" % (ref, column, text, value))
        same += 1
    print("%d came back as they were, %d refused by name, %d said nothing; 0 lost, 0 changed" % (same, len(refused), silent))


class Page(html.parser.HTMLParser):
    """A page as a browser takes it: nothing but elements that cannot do anything."""

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "svg", "img", "iframe", "object", "embed", "link", "base", "form", "input", "a", "video", "audio"):
            sys.exit("the page has an element %s" % tag)
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "href", "style"):
                sys.exit("an element has %s" % name)


def look(files):
    for name in files:
        with open(name, "rb") as f:
            data = f.read()
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(data.decode("utf-8"), newline="")):
                for cell in row:
                    if cell[:1] in tuple("=+-@\t\r\n"):
                        sys.exit("%s: a cell begins a formula: %r" % (name, cell))
        elif name.endswith(".xlsx"):
            book = zipfile.ZipFile(name)
            for part in book.namelist():
                if b"<f>" in book.read(part) or b"<hyperlink" in book.read(part):
                    sys.exit("%s: a formula or a link in %s" % (name, part))
        elif name.endswith(".html"):
            Page().feed(data.decode("utf-8"))
        elif name.endswith((".json", ".geojson")):
            text = data.decode("utf-8")
            json.loads(text)
            if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") and c != "\n" for c in text):
                sys.exit("%s: a text breaks a line" % name)
        else:  # what a terminal gets
            for c in data.decode("utf-8"):
                if unicodedata.category(c) in ("Cc", "Zl", "Zp") and c != "\n" or c in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
                    sys.exit("%s: a terminal would obey %r" % (name, c))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:5])
    elif sys.argv[1] == "compare":
        compare(sys.argv[2], sys.argv[3:-1], sys.argv[-1])
    else:
        look(sys.argv[2:])
