"""Hostile files of every class, on every reader: read or refused with one sentence, in little time, never a traceback."""

from __future__ import annotations

import io
import json
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from qbank import bankfile, export, importing, reading
from qbank.diagnostics import QbankError, Report

SECONDS = 10
SECRET = "the words of a file that is none of a bank's business"
SUFFIX = {"qbank": ".json", "table": ".csv", "paper": ".txt"}
READERS = [name for name in reading.names() if name != "legacy"]  # which starts another program for every document
XML = [name for name in ("moodle-xml", "qti12", "qti21", "qti22", "qti30") if name in READERS]
LONG = 20_000


def read(name: str, data: bytes, suffix: str | None = None) -> tuple[int, str]:
    """How many questions a reader finds, or what it says; the time it takes is limited."""
    reader = reading.get(name)
    ending = suffix or SUFFIX.get(name) or next(iter(reader.suffixes), ".txt")
    document, ctx = reading.Document(f"x{ending}", data, "/nowhere"), reading.Context()
    began, count = time.process_time(), 0
    try:
        reader.sniff(document)
        found = list(reader.read(document, ctx))
        count, said = len(found), ""
        # What was read is a bank: it can be written and read again.
        sink = io.BytesIO()
        bankfile.write(ctx.header, found, sink, "jsonl")
        report = Report()
        kept = list(bankfile.open_bytes(sink.getvalue(), "x.jsonl", report, "jsonl").questions())
        assert not [d for d in report if d.severity == "error" and d.code.startswith("S")], list(report)[:3]
        assert len(kept) == count
    except QbankError as error:
        said = str(error)
        assert said
        assert "\n" not in said
        assert len(said) < 1000
    assert time.process_time() - began < SECONDS
    for finding in ctx.report:
        assert len(finding.message) < 2000
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", finding.message)
        assert SECRET not in finding.message
    return count, said


def times(piece: str) -> bytes:
    """A piece over and over."""
    return (piece * (LONG // len(piece) + 1)).encode()


TEXTS: dict[str, bytes] = {
    "empty": b"",
    "one byte": b"a",
    "nul": b"\x00" * LONG,
    "no character": b"\xff" * LONG,
    "mark": b"\xef\xbb\xbf",
    "half a mark": b"\xff\xfe",
    "marks of all sorts": b"\xef\xbb\xbf\xff\xfe\xfe\xff\x00\x00\xfe\xff1. a",
    "halves of characters": b"\xff\xfe" + b"\x00\xd8" * 500,
    "begins as an archive": b"PK\x03\x04" + b"\x7f" * 500,
    "begins as office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "begins as pdf": b"%PDF-1.7\n" + b"1 0 obj<</A 1 0 R/Kids[1 0 R]>>" * 100,
    "brackets": b"(" * LONG + b")" * LONG,
    "braces": b"{" * LONG + b"}" * LONG,
    "square": b"[" * LONG,
    "wide brackets": ("【" * 3000 + "】" * 3000).encode(),
    "a long number": b"9" * 200_000 + b". a\nA. b\nB. c\n",
    "numbers": b"q{#1e400}\n\nq{#1e31}\n\nq{#1e-31:1e200}\n\nq{#1e999999999:1}\n\nq{#1..1e999999999}\n\nq{#NaN}\n\nq{#1/0}\n\nq{=%99999999999999999999%a ~%-1e999%b ~%NaN%c}",
    "points": ("一、单选题（每题1e999分，共" + "9" * 5000 + "题）\n1. 问（" + "9" * 5000 + "分）\nA. b\nB. c\n").encode(),
    "ranges": ("答案：\n1-" + "9" * 30 + " ABCDE\n1~99999999 A\n").encode(),
    "a long id": b"// [id:" + b"x" * 1_000_000 + b"]\n::a::q{T}\n",
    "answers": b"q{" + b"=~%50%a#b->c" * 1500 + b"}",
    "columns": ("题干," + ",".join(["选项A"] * 3000) + "\r\n" + "x," * 3000 + "\r\n").encode(),
    "a cell never closed": ('题干,选项A,选项B,答案\r\n"' + "a,\n" * 5000).encode(),
    "marks without end": "题干,选项A,选项B,答案,分值,难度\r\na,b,c,A,1e999999999,NaN\r\na,b,c,A,9e9,1e9\r\n".encode(),
    "formulas": "题干,选项A,选项B,答案\r\n=cmd|' /C calc'!A0,+1,-1,A\r\n@SUM(A1),\t=1,\r=1,B\r\n".encode(),
    "html nested": b"<html><body>" + b"<div>" * 10_000 + b"1. a",
    "html attributes": b"<html><body><p " + b" ".join(b"x%d=1" % i for i in range(3000)) + b">1. a",
    "html spans": b"<html><body><table><tr><td colspan=1000000000 rowspan=99999999>1. a</td></tr></table>",
    "html lists": b"<html><body><ol start=99999999999999999999 type=i><li value=999999999>a</ol><ol start=-5 type=I><li>x</ol>",
    "html pictures": b"<html><body><p>1. a" + b"<img src='../../../etc/passwd'><img src='file:///etc/passwd'>" * 200,
    "yaml laughs": b"a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
} | {
    repr(piece): times(piece)
    for piece in (
        "=", "~", "%", "#", "{=", "::", "//", "\\", "\\(", "$$", "_", " ", "\t", "\n", "\r", "\u3000", "A.", "A. B. ", "A.\n", "1.", "1、",
        "1. a\n", "答案：", "答案：A\n", "【答案】", "[图", '"', '",', ",", "<", "<a ", "<b>", "<!--", "&", "&#", "0", "-", "->", "|", "| a | b |\n",
        "*", "`", "# a\n", "（", "（ ）", "一、", "第1章\n", "ANSWER: A\n", "e\u0301\u0301", "\u202e", "\ufeff", "a", "a\n", "a\n\n", "1-5 ABCDE ", "?",
        "MC\ta\tb\n", "NewQuestion,MC\n", "#separator:tab\n", "$CATEGORY: a\n\n", "。", "\x85", "\u2028",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_texts(name: str) -> None:
    """What looks like the format gone mad: runs of one sign, brackets, numbers, encodings."""
    for data in TEXTS.values():
        read(name, data)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["qbank", "table", "moodle-xml", "gift", "aiken", "missingword", "examview", "sheet", "anki"]
)
def test_a_large_file_of_one_character(name: str) -> None:
    """A file of a megabyte without a line end, and one of lines alone."""
    for data in (b"a" * 1_000_000, b"\n" * 1_000_000):
        read(name, data)


def test_guessing_is_as_safe_as_reading() -> None:
    """Every reader looks at every file before one is chosen."""
    for suffix in (".txt", ".xml", ".zip", ".csv"):
        for data in TEXTS.values():
            began = time.process_time()
            with suppress(QbankError):
                reading.guess(reading.Document(f"x{suffix}", data, "/nowhere"))
            assert time.process_time() - began < SECONDS


# XML


QUESTIONS = [
    {
        "kind": "single_choice",
        "id": "MARKID",
        "stem": "MARKSTEM",
        "points": 73,
        "choices": [{"id": "a", "text": "MARKCHOICE", "feedback": "well"}, {"id": "b", "text": "no"}],
        "answer": "a",
        "tags": ["MARKTAG"],
        "category": ["MARKCATEGORY"],
    },
    {"kind": "numeric", "id": "n", "stem": "How many?", "answer": [{"value": 31337, "tolerance": 4242}]},
    {"kind": "short_answer", "id": "s", "stem": "Who?", "answer": [{"text": "MARKWORD"}]},
    {"kind": "essay", "id": "e", "stem": "Why?", "answer": "MARKMODEL"},
]


@cache
def honest(name: str) -> bytes:
    """An honest file of a format."""
    sink = io.BytesIO()
    bank = bankfile.open_bytes(json.dumps({"qbank": 1, "questions": QUESTIONS}).encode(), "x.json")
    exporter = export.get(name)
    ctx = export.Context(header=bank.header)
    exporter.write(export.prepared(bank.questions(), exporter, ctx), sink, ctx)
    return sink.getvalue()


def changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A file, or the members of an archive that hold questions, with something changed."""
    if not data.startswith(b"PK"):
        return change(data)
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if b"MARK" in content else content)
    return sink.getvalue()


def declared(data: bytes, declaration: str, stem: bytes) -> bytes:
    """A file with a document type of its own and a stem that uses it."""

    def change(content: bytes) -> bytes:
        head = re.match(rb"\s*<\?xml[^>]*\?>\s*", content)
        start = head.end() if head else 0
        return content[:start] + declaration.encode() + content[start:].replace(b"MARKSTEM", stem)

    return changed(data, change)


LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DECLARED: dict[str, tuple[str, bytes]] = {
    "laughs": (f"<!DOCTYPE q [{LAUGHS}]>", b"&l9;"),
    "quadratic": (f'<!DOCTYPE q [<!ENTITY a "{"A" * 50_000}">]>', b"&a;" * 20_000),
    "a file": ('<!DOCTYPE q [<!ENTITY x SYSTEM "{secret}">]>', b"&x;"),
    "the network": (
        '<!DOCTYPE q SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>',
        b"&x;",
    ),
    "parameters": ('<!DOCTYPE q [<!ENTITY % x SYSTEM "{secret}"> %x;]>', b"&x;"),
    "not closed": ("<!DOCTYPE q [" + "<!ENTITY " * 2000, b"x"),
}


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("attack", DECLARED)
def test_declarations(name: str, attack: str, tmp_path: Path) -> None:
    """Entities are never expanded and nothing is fetched: the file, or the question, is refused."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    declaration, stem = DECLARED[attack]
    data = declared(honest(name), declaration.replace("{secret}", secret.as_uri()), stem)
    reader = reading.get(name)
    began = time.process_time()
    ctx = reading.Context()
    try:
        found = repr(list(reader.read(reading.Document("x.xml", data, str(tmp_path)), ctx)))
    except QbankError as error:
        found = str(error)
        assert "\n" not in found
    assert time.process_time() - began < SECONDS
    assert SECRET not in found
    assert "lollol" not in found
    assert "A" * 1000 not in found


MARKUP: dict[str, bytes] = {
    "elements": b"<a>" * 100_000,
    "closed elements": b"<a>" * 20_000 + b"</a>" * 20_000,
    "html": b"&lt;div&gt;" * 20_000,
    "html closed": b"&lt;b&gt;" * 5000 + b"x" + b"&lt;/b&gt;" * 5000,
    "tables": b"&lt;table&gt;&lt;tr&gt;&lt;td&gt;" * 3000,
    "an attribute": b'<a x="' + b"A" * 11_000_000 + b'"/>',
    "an attribute in html": b'&lt;a href="' + b"A" * 1_000_000 + b'"&gt;',
    "attributes": b"<a " + b" ".join(b'x%d="1"' % i for i in range(20_000)) + b"/>",
    "attributes in html": b"&lt;a " + b" ".join(b'x%d="1"' % i for i in range(20_000)) + b"&gt;",
    "the same attribute": b"<a " + b'x="1" ' * 20_000 + b"/>",
    "namespaces": b"<a " + b" ".join(b'xmlns:x%d="u%d"' % (i, i) for i in range(3000)) + b"/>",
    "names without a namespace": b"<:a/><a:/><b:c>x</b:c>",
    "comments": b"<!-- " * 5000,
    "comments in html": b"&lt;!-- " * 5000,
    "character data": b"<![CDATA[" * 5000,
    "ends of character data": b"]]>" * 5000,
    "instructions": b"<?x " * 5000,
    "signs": b"&lt;" * 30_000,
    "unknown entities": b"&nope;" * 5000,
    "references": b"&#0;&#xD800;&#99999999999;&#1;&#x1F600;" * 500,
    "controls": b"a\x00b\x1b[2J\x07",
    "no utf-8": b"\xff\xfe\xc0\x80\xed\xa0\x80",
    "directions": "\u202e\u2066\u200f".encode() * 1000,
    "gaps": b"{1:SHORTANSWER:=" * 3000,
    "numbered gaps": b"[[1]]" * 10_000,
    "formulas": b"\\(" * 20_000,
    "formulas set apart": b"$$" * 20_001,
    "mathml": b"&lt;math&gt;" + b"&lt;mrow&gt;" * 3000,
    "files": b'&lt;img src="file:///etc/passwd"/&gt;&lt;img src="../../../../etc/passwd"/&gt;' * 100,
    "base64 of nothing": b'&lt;img src="data:image/png;base64,%%%%"/&gt;',
    "much base64": b'&lt;img src="data:image/png;base64,' + b"A" * 2_000_000 + b'"/&gt;',
}


@pytest.mark.parametrize("name", XML)
def test_markup(name: str) -> None:
    """Deep, wide, long and broken markup, where a question has its words."""
    base = honest(name)
    for stem in MARKUP.values():
        read(name, changed(base, lambda content, stem=stem: content.replace(b"MARKSTEM", stem)), ".xml")  # type: ignore[misc]  # bound at once


NUMBERS = (
    b"1e999999999", b"1e-999999999", b"1e400", b"1e31", b"1e-31",  b"9" * 100_000, b"NaN", b"Infinity", b"-inf", b"1/0", "１２".encode(), "²".encode(), b"1_0",
    b"0x10", b"0." + b"1" * 100_000, b"1e5000", b"", b"e", b"-5", b"1.2.3", b" 1 2 ",
)  # fmt: skip


@pytest.mark.parametrize("name", XML)
def test_numbers(name: str) -> None:
    """Numbers that no computer can hold, and what only looks like one, wherever a number stands."""
    base = honest(name)
    for number in NUMBERS:
        for pattern in (
            rb"31337",
            rb"(?<![0-9])73(?:\.0+)?(?![0-9])",
            rb"(?<=>)[0-9.]+(?=<)",
            rb'(?<=fraction=")[^"]*',
        ):
            read(name, changed(base, lambda c, p=pattern, n=number: re.sub(p, lambda _: n, c)), ".xml")  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize("name", XML)
def test_names_and_words(name: str) -> None:
    """Ids, tags, categories, choices and answers of a megabyte, or of signs that mean something somewhere."""
    base = honest(name)
    for mark in (b"MARKID", b"MARKTAG", b"MARKCATEGORY", b"MARKCHOICE", b"MARKWORD", b"MARKMODEL"):
        for word in (
            b"x" * 1_000_000,
            b"/" * LONG,
            b"*" * LONG,
            b"\\" * (LONG + 1),
            b"(" * LONG,
            b"~=%50%#" * 3000,
            b"../../etc/passwd",
        ):
            read(name, changed(base, lambda c, m=mark, w=word: c.replace(m, w)), ".xml")  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("encoding", ["utf-7", "utf-32", "nonsense", "ebcdic-cp-us", "iso-2022-kr"])
def test_encodings(name: str, encoding: str) -> None:
    """A file that says it is in an encoding that it is not in."""
    data = changed(
        honest(name), lambda c: re.sub(rb'encoding="[^"]*"', b'encoding="%s"' % encoding.encode(), c, count=1)
    )
    read(name, data, ".xml")
    read(name, changed(honest(name), lambda c: c.decode("utf-8").encode("utf-16")), ".xml")


# Archives


PACKED = [name for name in ("qti12", "qti21", "qti30", "xlsx") if name in READERS]
ZEROS = 300_000_000


@cache
def deflated_zeros() -> bytes:
    """Much of nothing, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(ZEROS // 1_000_000)) + packer.flush()


def local(name: bytes, data: bytes, method: int = 0, size: int | None = None, flags: int = 0) -> bytes:
    """A member as it stands in an archive."""
    sizes = (zlib.crc32(data), len(data), len(data) if size is None else size)
    return struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 33, *sizes, len(name), 0) + name + data


def entry(
    name: bytes, data: bytes, place: int, method: int = 0, size: int | None = None, flags: int = 0, mode: int = 0
) -> bytes:
    """What the end of an archive says of a member."""
    sizes = (zlib.crc32(data), len(data), len(data) if size is None else size)
    head = struct.pack("<4s6H3I", b"PK\1\2", 0x314, 20, flags, method, 0, 33, *sizes)
    return head + struct.pack("<5H2I", len(name), 0, 0, 0, 0, mode << 16, place) + name


def archive(members: list[tuple[bytes, bytes, int, int | None, int, int]]) -> bytes:
    """An archive of members: name, data, method, size as told, flags, mode."""
    body, end = b"", b""
    for name, data, method, size, flags, mode in members:
        end += entry(name, data, len(body), method, size, flags, mode)
        body += local(name, data, method, size, flags)
    return body + end + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(end), len(body), 0)


def archives(base: bytes) -> dict[str, bytes]:
    """Archives that lie, explode or lead elsewhere, each an honest one with something changed."""
    with zipfile.ZipFile(io.BytesIO(base)) as old:
        content = {name.encode(): old.read(name) for name in old.namelist()}
    plain = [(name, data, 0, None, 0, 0) for name, data in content.items()]
    made = {
        "cut off": base[: len(base) // 2],
        "no end": base[:-5],
        "something before": b"junk" * 100 + base,
        "nothing in it": struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0),
        "many": archive([*plain, *((b"%d.xml" % i, b"", 0, None, 0, 0) for i in range(21_000))]),
        "twice": archive([*plain, *plain]),
        "elsewhere": archive(
            [*plain, *((name, b"<a/>", 0, None, 0, 0) for name in (b"../../e.xml", b"/tmp/e.xml", b"C:\\e.xml", b"a\\..\\..\\b.xml", b"a\x00b.xml", b"\x1b[2J.xml"))]
        ),
    }  # fmt: skip
    one = local(b"a.xml", deflated_zeros(), 8, ZEROS)
    ends = b"".join(entry(b"%d.xml" % i, deflated_zeros(), 0, 8, ZEROS) for i in range(100))
    made["one in a hundred places"] = (
        one + ends + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 100, 100, len(ends), len(one), 0)
    )
    for place, (name, data, *_) in enumerate(plain):
        if not (b"MARK" in data or name in (b"imsmanifest.xml", b"xl/workbook.xml", b"[Content_Types].xml")):
            continue

        def instead(*member: object, place: int = place, name: bytes = name) -> bytes:
            return archive([(name, *member) if i == place else m for i, m in enumerate(plain)])  # type: ignore[list-item]  # the rest of one

        title = name.decode()
        made |= {
            f"a bomb as {title}": instead(deflated_zeros(), 8, ZEROS, 0, 0),
            f"a bomb that lies as {title}": instead(deflated_zeros(), 8, 100, 0, 0),
            f"itself as {title}": instead(base, 0, None, 0, 0),
            f"nothing as {title}": instead(b"", 0, None, 0, 0),
            f"noise as {title}": instead(bytes(range(256)) * 10, 0, None, 0, 0),
            f"laughs as {title}": instead(f"<!DOCTYPE q [{LAUGHS}]><q>&l9;</q>".encode(), 0, None, 0, 0),
            f"depth as {title}": instead(b"<a>" * 50_000, 0, None, 0, 0),
            f"a link as {title}": instead(b"/etc/passwd", 0, None, 0, 0o120777),
            f"a lock on {title}": instead(data, 0, None, 1, 0),
            f"no method for {title}": instead(data, 99, None, 0, 0),
        }
    return made


@pytest.mark.parametrize("name", PACKED)
def test_archives(name: str) -> None:
    """Bombs, lies, locks, links and paths: refused or read for what they are, and never unpacked to disk."""
    for data in archives(honest(name)).values():
        read(name, data, ".xlsx" if name == "xlsx" else ".zip")


def test_nothing_is_written_by_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of archives whose members lead elsewhere leaves the bank and nothing else."""
    monkeypatch.chdir(tmp_path)
    for name in PACKED:
        read(name, archives(honest(name))["elsewhere"])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(QbankError):
        importing.import_files([str(tmp_path / "missing.zip")])
