"""Makes an XLSX workbook of CSV files: make_workbook.py OUT.xlsx SHEET=FILE.csv ..."""
import csv
import sys
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def letters(column):
    text = ""
    while column > 0:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def sheet(path):
    out = [f'<worksheet xmlns="{MAIN}"><sheetData>']
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            cells = "".join(
                f'<c r="{letters(i)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
                for i, text in enumerate(row, 1) if text)
            out.append(f'<row r="{number}">{cells}</row>')
    return "".join(out) + "</sheetData></worksheet>"


def main():
    names = [word.split("=", 1) for word in sys.argv[2:]]
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">'
                      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                      '<Default Extension="xml" ContentType="application/xml"/></Types>')
        book.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
                      f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>' + "".join(
            f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>' for i, (name, _) in enumerate(names, 1)) +
            "</sheets></workbook>")
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
            f'<Relationship Id="r{i}" Type="{RELATIONS}/worksheet" Target="sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)) + "</Relationships>")
        for i, (_, path) in enumerate(names, 1):
            book.writestr(f"xl/sheet{i}.xml", sheet(path))


main()
