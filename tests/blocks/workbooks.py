"""Workbooks to read: .xlsx made here, an .xls made once, and some that are more than they seem."""

import base64
import io
import zipfile
import zlib
from typing import Any
from xml.sax.saxutils import escape

SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    "</Relationships>",
    # Style 1 is a day, style 2 a day with its hour, style 3 a time that something takes.
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>',
}

#: The rows name, age and Ada, 36.
XLS = zlib.decompress(
    base64.b64decode(
        "eNrtWD1oFEEU/mZzl/shuezFi5AEwhEwakwjNjZxE0FTGU4bRQTdeItILnfhsNFCo/FKQbRSbAJpbKI2/qBF7CyEiBaCINxpaSUo"
        "WCS3vvd2Vi4xRQ40RJlvmW/evnkz83bnzczOvllKV+ce9dSwBgfQgrqfQGuDTlFKhDc2qNz3WQzzOCXf4J9CIk4D2RrF8/bXMR5D"
        "Hu8aLDyMvCQGPlE6hWmMl4pedhNxUHxwFfswTKxwjzQpdItXncJnhbcJPxDLF8IjorkhPEy2VXUSS8744H4dxSesfilLgdt9InU+"
        "iGYvuvCKo/jKTRXYRjFaPu8WtmZBX6QN86BxG/OKXtktVJGhAZzHdz8LfAtn6mLW6DdXr0D6H6v1sXX0t60IMAP/jAR4hQJysSWY"
        "hDmvNF3wltELVnAiy6I75ZHonmMezbtJXo9l/tqr5m+7xHUbcR4dIqclum1aoZfvf317ZCLnnBbNjKzZwcq+g52Bj6tcgyqnpMT6"
        "xYPCe4SvSau9IvcIZygmKR/IdWnh8KzYXJfSAepnn+Cds7NB3kVy5cvRp32Vz85ukhfGapcyC++dOfTTTpOn+nzNYkgNqbt3GM+c"
        "MFd6Ffgo3P3bihC3bO27r7evDqwgKWJaOLjjt6O0vVrHXok9t3jZSoo/adziHdLqxGN5PSMNe2QSBgYGBgYGBgYGBlsXSn/d6yMG"
        "fbwHZ4iY/q+zQqlufpP8tziGEl0X6GB6CEXKy7jYVPxsR1SFbakN1gn/FzKOU+9lTGJC/JhsOn7pDKgan2fDFe0/N4Wa7b/ejJ9/"
        "uf+fsAfALg=="
    )
)


def xlsx(*rows: list[Any], first_row: int = 1) -> bytes:
    """Of these rows; a pair is a number and its style, None an empty cell."""
    return packed("".join(_row(number, row) for number, row in enumerate(rows, start=first_row)))


def packed(rows: str, declarations: str = "") -> bytes:
    """The workbook whose only sheet has these rows, in XML."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**PARTS, SHEET: _sheet(rows, declarations)}.items():
            archive.writestr(name, part)
    return content.getvalue()


def bomb(megabytes: int) -> bytes:
    """Some hundred kilobytes that unpack to as many megabytes of one text."""
    content = io.BytesIO()
    before, after = _sheet(f'<row r="1">{text_cell("A1", "|")}</row>').split("|")
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, part)
        with archive.open(SHEET, "w") as sheet:
            sheet.write(before.encode())
            for _ in range(megabytes):
                sheet.write(b"x" * 1024 * 1024)
            sheet.write(after.encode())
    return content.getvalue()


def data_uri(content: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"


def text_cell(place: str, text: str) -> str:
    """text: XML."""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _sheet(rows: str, declarations: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{declarations}<worksheet '
        f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    )


def _row(number: int, row: list[Any]) -> str:
    cells = (_cell(f"{chr(65 + column)}{number}", value) for column, value in enumerate(row))
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return text_cell(place, escape(value))
    return f'<c r="{place}"><v>{value}</v></c>'
