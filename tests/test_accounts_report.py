"""The report of an import: every character shown, every link leads somewhere, nothing runs or loads."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import html as lxml_html

from qbank import accounts_report, bankfile, importing
from qbank.cli import cli
from qbank.diagnostics import QbankError, Report, Span
from qbank.importing import Imported
from qbank.importing.files import FileSummary
from qbank.model import Choice, Essay, Feedback, Header, Question, SingleChoice, Source
from qbank.papers import files_of
from qbank.readers.paper.account import ROLES, Account, Claim, Role, settle
from qbank.report_words import CODES, KINDS, WORDS

TEXT = """客服题库<script>alert(1)</script>
广告：加微信领资料
1. 下列属于礼貌用语的是（　）。
A. 您好  B. 喂
解析：礼貌用语让客户放心。
2. 简述首问责任制。

参考答案
1. A
这一行谁也不要
"""


def claim(words: str, role: Role, question: str = "", reason: str = "") -> Claim:
    """A claim on the stretch that reads `words`."""
    start = TEXT.index(words)
    return Claim(start, start + len(words), role, question, reason)


def imported(language: str | None = "zh-CN") -> Imported:
    """A small import made by hand: two questions, one doubtful, each role but material."""
    claims = [
        claim("客服题库<script>alert(1)</script>", "heading"),
        claim("广告：加微信领资料", "furniture", reason="advertisement"),
        claim("1. 下列属于礼貌用语的是（　）。", "question", "q-1"),
        claim("A. 您好  B. 喂", "option", "q-1"),
        claim("解析：礼貌用语让客户放心。", "explanation", "q-1"),
        claim("2. 简述首问责任制。", "question", "q-2"),
        claim("参考答案", "key"),
        claim("1. A", "answer", "q-1"),
    ]
    questions: list[Question] = [
        SingleChoice(
            id="q-1",
            stem="下列属于礼貌用语的是（　）。",
            choices=(Choice(id="a", text="您好"), Choice(id="b", text="<喂>")),
            answer="a",
            points=Fraction(5, 2),
            feedback=Feedback(general="礼貌用语让客户放心。"),
            source=Source(document="a.txt", number="1", confidence=0.97, section="一、单选题"),
        ),
        Essay(
            id="q-2",
            stem="简述首问责任制。",
            status="draft",
            source=Source(document="a.txt", number="2", confidence=0.4, reasons=("kind guessed from the answer",)),
        ),
    ]
    report = Report()
    report.add(
        "R011", "question 2: no answer & <b>nothing</b>", question="q-2", source=Span("a.txt", 6, 1), hint="fill in"
    )
    report.add("R025", "nothing was made of 7 characters", source=Span("a.txt", 10, 1))
    account = Account("a.txt", TEXT, settle(len(TEXT), claims), "客服题库")
    counts = account.coverage()
    total = sum(counts.values())
    file = FileSummary("papers/a.txt", "paper", 2, 2, 1, total, total - counts["unclaimed"])
    header = Header(qbank=1, title="客服题库", language=language)
    return Imported(header, questions, report, [file], [account])


def page(whole: Imported) -> Any:
    """The report as a tree."""
    return lxml_html.document_fromstring(accounts_report.to_html(whole).decode())


def words(node: Any) -> str:
    """The text of an element on one line."""
    return " ".join(node.text_content().split())


def by_class(root: Any, name: str) -> list[Any]:
    """The elements of a class."""
    return [n for n in root.iter() if isinstance(n.tag, str) and name in (n.get("class") or "").split()]


def test_every_character_of_the_text_is_shown() -> None:
    """The left side is the document, whole and in order, each stretch with its role."""
    root = page(imported())
    shown = "".join(row.text_content() for row in by_class(root, "text"))
    assert "".join(shown.split()) == "".join(TEXT.split())
    roles = {words(n): set(n.get("class").split()) - {"t"} for n in by_class(root, "t") if n.get("id")}
    assert roles["广告：加微信领资料"] == {"furniture"}
    assert roles["这一行谁也不要"] == {"unclaimed"}
    assert roles["1. A"] == {"answer"}


def test_questions_stand_beside_their_text() -> None:
    """Each question's card is in the row in which its text begins; the key has a row of its own."""
    rows = [
        (words(by_class(row, "text")[0]), [words(n) for n in by_class(row, "stem")])
        for row in by_class(page(imported()), "row")
    ]
    assert [cards for _, cards in rows] == [[], ["下列属于礼貌用语的是（ ）。"], ["简述首问责任制。"], []]
    assert rows[1][0].startswith("1. 下列")
    assert rows[3][0].startswith("参考答案")


def test_cards_say_what_was_made_of_it() -> None:
    """Kind, points, the ticked choice, explanation, confidence, reasons and findings are on the card."""
    first, second = by_class(page(imported()), "card")
    (right,) = by_class(first, "right")
    assert words(right) == "✓A 您好"
    assert "<喂>" in words(first)
    for expected in ("单选题", "2.5 分", "一、单选题", "97 %", "礼貌用语让客户放心。"):
        assert expected in words(first)
    for expected in (
        "简答题",
        "草稿",
        "40 %",
        "题型由答案推断",
        "R011 缺少答案",
        "no answer & <b>nothing</b>",
        "无参考答案",
    ):
        assert expected in words(second)


def test_links_lead_somewhere_and_both_ways() -> None:
    """Every link has a target in the page, ids are unique, and text and question point at each other."""
    root = page(imported())
    ids = [n.get("id") for n in root.iter() if isinstance(n.tag, str) and n.get("id")]
    assert len(ids) == len(set(ids))
    links = [a.get("href") for a in root.iter("a") if a.get("href")]
    assert links
    assert {link[0] for link in links} == {"#"}
    assert {link[1:] for link in links} <= set(ids)
    piece = next(n for n in by_class(root, "question") if words(n).startswith("1."))
    card = root.get_element_by_id(piece.get("href")[1:])
    assert next(a.get("href") for a in by_class(card, "no")) == "#" + piece.get("id")
    assert "答案" in words(by_class(card, "places")[0])


def test_nothing_runs_and_nothing_is_loaded() -> None:
    """The policy allows the page's own style and script by hash; the text of papers cannot add to them."""
    written = accounts_report.to_html(imported()).decode()
    root = lxml_html.document_fromstring(written)
    (policy,) = [m.get("content") for m in root.iter("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        (element,) = re.findall(rf"<{tag}>(.*?)</{tag}>", written, re.S)
        assert "sha256-" + base64.b64encode(hashlib.sha256(element.encode()).digest()).decode() in policy
    for node in root.iter():
        if isinstance(node.tag, str):
            assert not [name for name in node.attrib if name.startswith("on") or name == "style"]
            assert not (node.get("src") or "data:").partition("data:")[0]
    assert "unsafe" not in policy
    assert "&lt;script&gt;alert(1)" in written


def test_what_to_check_comes_first() -> None:
    """Doubtful questions and drafts are listed at the top, the least sure first; sure ones are not."""
    root = page(imported())
    (listed,) = by_class(root, "doubtful")
    assert [words(n) for n in by_class(listed, "words")] == ["简述首问责任制。"]
    (stretches,) = by_class(root, "unclaimed-list")
    assert "第 10 行 这一行谁也不要" in words(stretches)
    assert words(by_class(root, "tiles")[0]).startswith("2 题目 2 有答案 1 需先核对 1 草稿")


def test_findings_are_counted_by_code_and_linked() -> None:
    """Each code has its count; a finding leads to its question, else to its line."""
    groups = by_class(page(imported()), "code")
    assert [words(g.find("summary")) for g in groups] == ["警告 R011 缺少答案 1", "警告 R025 文字未归入任何题目 1"]
    assert [g.find(".//li/a").get("href") for g in groups] == ["#d1q2", "#d1r4"]


def test_the_page_speaks_the_language_of_the_bank() -> None:
    """A Chinese bank has Chinese labels, any other English ones; no label is missing in either."""
    chinese, english = page(imported()), page(imported("en"))
    assert (chinese.get("lang"), english.get("lang")) == ("zh-CN", "en")
    legend = [words(n) for n in by_class(by_class(english, "legend")[0], "t")]
    assert legend == [
        "question",
        "option",
        "answer",
        "explanation",
        "heading",
        "answer key",
        "shared material",
        "page furniture",
        "not understood",
    ]
    assert len(legend) == len(ROLES)
    assert all(all(pair) for pair in [*WORDS.values(), *KINDS.values()])


def test_every_reading_code_has_a_chinese_name() -> None:
    """The codes that readers give are all named in Chinese."""
    from qbank.codes import CODES as known

    assert {code for code in known if code.startswith("R")} - CODES.keys() == set()


def test_every_kind_has_a_card(bank_dir: Path) -> None:
    """Questions of every kind are shown, formulas as MathML, pictures as data."""
    whole = importing.import_files([str(bank_dir / "all.json")])
    written = accounts_report.to_html(whole, bank_dir).decode()
    root = lxml_html.document_fromstring(written)
    subs = sum(len(getattr(q, "questions", ())) for q in whole.questions)
    assert len(by_class(root, "card")) == len(whole.questions) + subs
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in written
    assert 'src="data:image/png;base64,' in written
    assert not by_class(root, "text")


def test_a_question_read_twice_keeps_its_own_text(tmp_path: Path) -> None:
    """The same paper twice: the second copy's renamed questions stand beside the second copy's text."""
    paper = (
        "一、单选题\n1. 甲题正确的是（　）。\nA. 是\nB. 否\n答案：A\n2. 乙题正确的是（　）。\nA. 是\nB. 否\n答案：B\n"
    )
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(paper, encoding="utf-8")
    whole = importing.import_files([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
    assert len({q.id for q in whole.questions}) == 4
    for sheet in by_class(page(whole), "sheet"):
        rows = [r for r in by_class(sheet, "row") if by_class(r, "card")]
        assert [words(by_class(r, "text")[0])[:4] for r in rows] == ["1. 甲", "2. 乙"]


def test_the_same_import_gives_the_same_bytes() -> None:
    """Nothing of the day or of the machine is in the report."""
    assert accounts_report.to_html(imported()) == accounts_report.to_html(imported())
    assert accounts_report.to_json(imported()) == accounts_report.to_json(imported())


def test_a_big_paper_is_a_page_a_browser_can_take() -> None:
    """Three thousand questions make a page of a few megabytes whose rows are drawn only when they are seen."""
    many = 3000
    text = "".join(f"{i}. 第{i}题（　）\nA. 是\n" for i in range(many))
    starts = [m.start() for m in re.finditer(r"^\d+\. ", text, re.M)] + [len(text)]
    claims = [Claim(a, b, "question", f"q-{i}") for i, (a, b) in enumerate(pairwise(starts))]
    questions: list[Question] = [Essay(id=f"q-{i}", stem=f"第{i}题（　）") for i in range(many)]
    account = Account("a.txt", text, settle(len(text), claims))
    file = FileSummary("a.txt", "paper", many, many, 0, 1, 1)
    written = accounts_report.to_html(Imported(Header(qbank=1), questions, Report(), [file], [account]))
    assert written.count(b'<article class="card') == many
    assert len(written) < 6_000_000
    assert b"content-visibility:auto" in written


def test_json_holds_documents_questions_and_findings() -> None:
    """For programs: the claims with their offsets, the questions as the bank has them, the findings."""
    value = json.loads(accounts_report.to_json(imported()))
    (document,) = value["documents"]
    assert "".join(document["text"][c["start"] : c["end"]] for c in document["claims"]) == TEXT
    assert [q["id"] for q in value["questions"]] == ["q-1", "q-2"]
    assert [d["code"] for d in value["diagnostics"]] == ["R011", "R025"]


def test_the_command_writes_both(tmp_path: Path) -> None:
    """`qbank import FOLDER -o BANK --report FILE` reads what is in the folder and writes bank and report."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "一.txt").write_text("一、判断题\n1. 客服可以挂断客户电话。（×）\n", encoding="utf-8")
    (folder / "notes.xyz").write_text("no paper")
    bank = folder / "bank.json"
    for ending in ("html", "json"):
        report = tmp_path / f"report.{ending}"
        for _ in range(2):  # the bank of the first run lies in the folder at the second, and is no paper
            done = CliRunner().invoke(cli, ["import", str(folder), "-o", str(bank), "--report", str(report)])
            assert done.exit_code == 0, done.output
        assert "客服可以挂断客户电话" in report.read_text(encoding="utf-8")
    assert len(bankfile.load(bank).questions) == 1
    done = CliRunner().invoke(cli, ["import", str(folder), "--report", "report.docx"])
    assert isinstance(done.exception, QbankError)


def test_folders_and_patterns_name_files_in_order(tmp_path: Path) -> None:
    """Folders are read through in order without hidden, temporary and page files; a name is taken as it is."""
    names = ["b.txt", "a.docx", "~$a.docx", ".hidden.txt", "page.html", "page_files/frame.html", "deep/c.pdf", "d.xyz"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def found(*arguments: str) -> list[str]:
        return [Path(p).relative_to(tmp_path).as_posix() for p in files_of(arguments)]

    assert found(str(tmp_path)) == ["a.docx", "b.txt", "page.html", "deep/c.pdf"]
    assert found(f"{tmp_path}/*.txt", f"{tmp_path}/b.txt", f"{tmp_path}/d.xyz") == ["b.txt", "d.xyz"]
    assert files_of(["-", "missing.txt"]) == ["-", "missing.txt"]
    assert files_of([str(tmp_path / "deep")], without=[str(tmp_path / "deep" / "x.json")]) == [
        str(tmp_path / "deep" / "c.pdf")
    ]
    (tmp_path / "empty").mkdir()
    for nothing in (str(tmp_path / "empty"), str(tmp_path / "*.md")):
        with pytest.raises(QbankError, match="read"):
            files_of([nothing])
