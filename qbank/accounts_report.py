"""The honest report: the text of every document beside what was made of it, as one HTML page or as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, assert_never

from markupsafe import Markup, escape

from qbank import richtext
from qbank.assets import AssetError, AssetStore
from qbank.bankfile import json_number, question_object
from qbank.codes import CODES
from qbank.diagnostics import SEVERITIES, Diagnostic
from qbank.importing import Imported
from qbank.model import (
    Accepted,
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
    is_answered,
    kind_of,
    points_of,
)
from qbank.readers.paper.account import ROLES, Account, Claim
from qbank.report_words import Words
from qbank.reporters.json import as_object
from qbank.richtext import Element

SURE = 0.9
"""From this confidence on a question need not be checked first."""
DOUBTFUL = 0.6
MAX_LISTED = 200
"""How many findings of one code, or unclaimed stretches of one document, are listed."""
MAX_PICTURES = 24 * 1024 * 1024
"""Bytes of pictures that go into the page; the rest are named."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True)
class Piece:
    """A stretch of a document's text as the page shows it."""

    text: str
    role: str
    anchor: str = ""
    card: str = ""
    """The anchor of its question; empty when it belongs to none."""
    title: str = ""
    line: int = 0


@dataclass(slots=True)
class Finding:
    """A diagnostic as the page shows it."""

    code: str
    name: str
    severity: str
    message: str
    hint: str = ""
    place: str = ""
    link: str = ""


@dataclass(slots=True)
class Option:
    """A choice; `right` is None where nothing is known."""

    label: str
    text: Markup
    right: bool = False


@dataclass(slots=True)
class Card:
    """A question as the page shows it."""

    anchor: str
    number: str
    kind: str
    stem: Markup
    words: str
    points: str = ""
    section: str = ""
    draft: bool = False
    confidence: int | None = None
    level: str = ""
    """`high`, `mid` or `low`; empty where there is no confidence."""
    reasons: tuple[str, ...] = ()
    options: list[Option] = field(default_factory=list)
    answers: list[Markup] = field(default_factory=list)
    answer_label: str = ""
    missing: str = ""
    explanation: Markup | None = None
    findings: list[Finding] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)
    """Where in the text it begins, and what of it stands elsewhere: role and anchor."""
    parts: list[Card] = field(default_factory=list)

    @property
    def to_check(self) -> bool:
        """Whether somebody should look at it before the others."""
        return self.draft or self.level in {"low", "mid"} or any(p.to_check for p in self.parts)

    @property
    def is_open(self) -> bool:
        """Whether an answer is missing."""
        return bool(self.missing) or any(p.is_open for p in self.parts)

    @property
    def is_flagged(self) -> bool:
        """Whether there is a finding that is more than a note."""
        return any(f.severity != "info" for f in self.findings) or any(p.is_flagged for p in self.parts)


@dataclass(slots=True)
class Row:
    """Some text and the questions that begin in it."""

    anchor: str
    line: int
    pieces: list[Piece] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def classes(self) -> str:
        """What the page's filters go by."""
        marks = {
            "low": any(c.to_check for c in self.cards),
            "found": any(c.is_flagged for c in self.cards),
            "open": any(c.is_open for c in self.cards),
        }
        return " ".join(["row", *(name for name, on in marks.items() if on)])


@dataclass(slots=True)
class Share:
    """A role's part of a document, for the bar and the legend."""

    role: str
    name: str
    characters: int
    percent: float
    start: float


@dataclass(slots=True)
class Sheet:
    """One document of the page."""

    name: str
    title: str
    anchor: str
    reader: str
    questions: int
    covered: str
    has_text: bool
    shares: list[Share]
    rows: list[Row]
    kinds: list[tuple[str, int]]
    unclaimed: list[tuple[int, str, str]]
    """Line, text and anchor."""
    more_unclaimed: int = 0


def to_json(imported: Imported) -> bytes:
    """Documents with their claims, questions and findings as one JSON object."""
    value = {
        "documents": [account.to_json() for account in imported.accounts],
        "questions": [question_object(question) for question in imported.questions],
        "diagnostics": [as_object(diagnostic) for diagnostic in imported.report],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def to_html(imported: Imported, folder: PurePath | str = ".") -> bytes:
    """One page that needs nothing else and loads nothing; `folder` is where files of the bank's media lie."""
    words = Words(imported.header.language)
    builder = _Builder(imported, words, AssetStore(imported.header.assets, Path(folder)))
    sheets = list(builder.sheets())
    cards = [card for card in builder.cards.values() if card.anchor.count(".") == 0]
    doubtful = sorted((c for c in cards if c.to_check), key=lambda c: (not c.draft, c.confidence or 0))
    style, script = _source("style.css"), _source("script.js")
    totals = {
        "questions": sum(f.questions for f in imported.files),
        "answered": sum(f.answered for f in imported.files),
        "drafts": sum(f.drafts for f in imported.files),
        "to_check": len(doubtful),
        "covered": _percent(sum(f.claimed for f in imported.files), sum(f.characters for f in imported.files)),
    }
    page = _environment().get_template("report/page.j2")
    text: str = page.render(
        words=words,
        title=imported.header.title or words["title"],
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        sheets=sheets,
        totals=totals,
        doubtful=doubtful[: 5 * MAX_LISTED],
        more_doubtful=max(0, len(doubtful) - 5 * MAX_LISTED),
        groups=builder.groups(),
        roles=[(role, words.role(role)) for role in ROLES],
    )
    return text.encode("utf-8", "backslashreplace")


class _Builder:
    """Brings the accounts, the questions and the findings of an import together."""

    def __init__(self, imported: Imported, words: Words, store: AssetStore) -> None:
        self.imported = imported
        self.words = words
        self.store = store
        self.room = MAX_PICTURES
        self.cards: dict[str, Card] = {}
        """By question id, parts of groups included."""
        self.rows: dict[str, list[Row]] = {}
        """By document name; the first document of a name keeps it."""
        self.by_question: dict[str, list[Diagnostic]] = {}
        for diagnostic in imported.report:
            if diagnostic.question:
                self.by_question.setdefault(diagnostic.question, []).append(diagnostic)

    def sheets(self) -> Iterator[Sheet]:
        """The documents in the order they were read, each with its questions."""
        accounts = [a for a in self.imported.accounts if isinstance(a, Account)]
        questions = iter(self.imported.questions)
        at = 0
        for i, file in enumerate(self.imported.files, 1):
            own = list(islice(questions, file.questions))
            name = "<stdin>" if file.name == "-" else PurePath(file.name).name
            account = None
            if at < len(accounts) and accounts[at].document == name:
                account, at = accounts[at], at + 1
            yield self._sheet(f"d{i}", name, file.reader, own, account)

    def _sheet(self, anchor: str, name: str, reader: str, questions: list[Question], account: Account | None) -> Sheet:
        made: list[Card] = []
        for n, question in enumerate(questions, 1):
            made.append(self._card(question, f"{anchor}q{n}", str(n)))
        if account is None:
            rows = [Row(f"{anchor}r{i}", 0, [], [card]) for i, card in enumerate(made, 1)]
            shares: list[Share] = []
        else:
            rows = self._rows(anchor, account, made)
            shares = self._shares(account)
        self.rows.setdefault(name, rows)
        unclaimed = [
            (piece.line, " ".join(piece.text.split()), piece.anchor)
            for row in rows
            for piece in row.pieces
            if piece.role == "unclaimed" and piece.text.strip()
        ]
        return Sheet(
            name=name,
            title=account.title if account is not None else "",
            anchor=anchor,
            reader=reader,
            questions=len(questions),
            covered=f"{100 * account.covered:.1f} %" if account is not None else "–",
            has_text=account is not None,
            shares=shares,
            rows=rows,
            kinds=Counter(card.kind for card in made).most_common(),
            unclaimed=[(line, _cut(text, 160), link) for line, text, link in unclaimed[:MAX_LISTED]],
            more_unclaimed=max(0, len(unclaimed) - MAX_LISTED),
        )

    def _shares(self, account: Account) -> list[Share]:
        counts = account.coverage()
        total = sum(counts.values()) or 1
        result: list[Share] = []
        start = 0.0
        for role, count in counts.items():
            part = 100 * count / total
            if count:
                result.append(Share(role, self.words.role(role), count, round(part, 2), round(start, 2)))
            start += part
        return result

    def _rows(self, anchor: str, account: Account, made: list[Card]) -> list[Row]:
        """The text cut where questions, headings and keys begin, each question beside its beginning."""
        owner = _owners(account, made, self.cards)
        rows = [Row(f"{anchor}r1", 1)]
        placed: set[str] = set()
        first: dict[tuple[str, str], str] = {}
        line = 1
        for n, claim in enumerate(account.claims, 1):
            text = account.text[claim.start : claim.end]
            card, top = owner.get(claim.question, (None, None))
            starts = top is not None and top.anchor not in placed and claim.role != "key"
            apart = claim.role in {"heading", "key"} and bool(rows[-1].cards) and text.strip() != ""
            if (starts or apart) and (rows[-1].pieces or rows[-1].cards):
                rows.append(Row(f"{anchor}r{len(rows) + 1}", line + _leading_lines(text)))
            if starts and top is not None:
                placed.add(top.anchor)
                rows[-1].cards.append(top)
            core = text.strip()
            before, _, after = text.partition(core) if core else (text, "", "")
            piece = Piece(core, claim.role, f"{anchor}t{n}", card.anchor if card else "", self._hover(claim, card))
            piece.line = line + before.count("\n")
            rows[-1].pieces += [p for p in (Piece(before, ""), piece, Piece(after, "")) if p.text]
            if card is not None and text.strip() and (card.anchor, claim.role) not in first:
                first[card.anchor, claim.role] = piece.anchor
                far = bool(card.places) and not (top is not None and top in rows[-1].cards)
                if far or not card.places:
                    card.places.append((self.words.role(claim.role), piece.anchor))
            line += text.count("\n")
        missing = [card for card in made if card.anchor not in placed]
        if missing:
            rows.append(Row(f"{anchor}r{len(rows) + 1}", line, [], missing))
        for row in rows:
            _trim(row)
        return [row for row in rows if row.cards or any(p.text.strip() for p in row.pieces)]

    def _hover(self, claim: Claim, card: Card | None) -> str:
        return " · ".join(
            part for part in (self.words.role(claim.role), f"№ {card.number}" if card else "", claim.reason) if part
        )

    # cards

    def _card(self, question: Question, anchor: str, number: str) -> Card:
        source = question.source
        confidence = source.confidence if source is not None else None
        card = Card(
            anchor=anchor,
            number=(source.number if source is not None else None) or number,
            kind=self.words.kind(kind_of(question), question.style if isinstance(question, Essay) else ""),
            stem=self._html(question.stem),
            words=_cut(" ".join(richtext.plain(question.stem).split()), 90),
            points=str(json_number(points_of(question))),
            section=(source.section if source is not None else None) or "",
            draft=question.status == "draft",
            confidence=None if confidence is None else round(100 * confidence),
            level=""
            if confidence is None
            else "high"
            if confidence >= SURE
            else "mid"
            if confidence >= DOUBTFUL
            else "low",
            reasons=tuple(map(self.words.reason, source.reasons)) if source is not None else (),
            findings=[self._finding(d) for d in self.by_question.get(question.id, ())],
        )
        self.cards[question.id] = card
        self._fill(card, question)
        if not isinstance(question, Group) and not is_answered(question):
            card.missing = self.words["unknown"]
        if question.feedback is not None and question.feedback.general is not None:
            card.explanation = self._html(question.feedback.general)
        return card

    def _fill(self, card: Card, question: Question) -> None:
        """The choices and answers of a card, by kind."""
        words = self.words
        match question:
            case SingleChoice():
                card.options = self._options(question.choices, {question.answer} - {None})
            case MultipleChoice():
                card.options = self._options(question.choices, set(question.answer or ()))
            case TrueFalse():
                if question.answer is not None:
                    mark = "✓ " + words["true"] if question.answer else "✗ " + words["false"]
                    card.answers = [escape(mark)]
            case ShortAnswer():
                card.answers = _plain_answers(_accepted(question.answer))
            case Numeric():
                units = f" ({', '.join(u.name for u in question.units)})" if question.units else ""
                card.answers = _plain_answers([n + units for n in _numbers(question.answer)])
            case Cloze():
                known = any(blank.answer is not None for blank in question.blanks)
                for n, blank in enumerate(question.blanks if known else (), 1):
                    found = " / ".join(_blank(blank)) or words["unknown"]
                    card.answers.append(escape(f"({n}) {found}"))
            case Matching():
                partner = question.answer or {}
                texts = {c.id: richtext.plain(c.text) for c in question.choices}
                for prompt in question.prompts:
                    right = texts.get(partner.get(prompt.id, ""), "?")
                    card.answers.append(escape(f"{richtext.plain(prompt.text)} → {right}"))
            case Ordering():
                items = {item.id: item for item in question.items}
                order = [items[i] for i in question.answer or () if i in items]
                card.answers = [escape(f"{n}. {richtext.plain(item.text)}") for n, item in enumerate(order, 1)]
                if not order:
                    card.options = [Option("–", self._html(item.text, inline=True)) for item in question.items]
            case Essay():
                if question.answer is not None:
                    card.answers = [self._html(question.answer)]
                else:
                    card.missing = words["no_model"]
                card.answer_label = words["model_answer"]
            case Group():
                for n, part in enumerate(question.questions, 1):
                    card.parts.append(self._card(part, f"{card.anchor}.{n}", str(n)))
                    card.parts[-1].section = ""
            case Information():
                pass
            case _:
                assert_never(question)
        card.answer_label = card.answer_label or words["answer"]

    def _options(self, choices: tuple[Choice, ...], right: set[Any]) -> list[Option]:
        return [
            Option(_LETTERS[i] if i < len(_LETTERS) else str(i + 1), self._html(c.text, inline=True), c.id in right)
            for i, c in enumerate(choices)
        ]

    def _html(self, text: Text, *, inline: bool = False) -> Markup:
        blocks = richtext.blocks(text)
        if inline and len(blocks) == 1 and blocks[0].tag == "p":
            return Markup(richtext.html_of(blocks[0].children, self._special))  # noqa: S704  # the tree is clean
        return Markup(richtext.html_of(blocks, self._special))  # noqa: S704  # the tree is clean

    def _special(self, element: Element) -> str | None:
        """Pictures, formulas and gaps as a browser shows them without help from elsewhere."""
        match element.tag:
            case "tex":
                return _formula("".join(str(c) for c in element.children), element.get("display") == "block")
            case "blank":
                return '<span class="gap">&#8195;&#8195;</span>'
            case "img":
                name = (element.get("src") or "").removeprefix(richtext.ASSET_PREFIX)
                address = self._address(name)
                alt = escape(element.get("alt") or name)
                return f'<img src="{address}" alt="{alt}"/>' if address else f'<span class="media">[{alt}]</span>'
            case "audio":
                name = (element.get("src") or "").removeprefix(richtext.ASSET_PREFIX)
                return f'<span class="media">[{escape(name)}]</span>'
            case "a":
                return str(escape(richtext.plain_of(element.children)))
            case _:
                return None

    def _address(self, name: str) -> str:
        """The picture as a data URI while there is room for it."""
        try:
            data, media_type = self.store.read(name), self.store.media_type(name)
        except AssetError:
            return ""
        if not media_type.startswith("image/") or len(data) > self.room:
            return ""
        self.room -= len(data)
        return f"data:{media_type};base64,{base64.b64encode(data).decode()}"

    # findings

    def groups(self) -> list[tuple[Finding, int, list[Finding], int]]:
        """The findings by code, the most serious first: a heading, the count, the first ones, how many more."""
        found: dict[str, list[Diagnostic]] = {}
        for diagnostic in self.imported.report:
            found.setdefault(diagnostic.code, []).append(diagnostic)
        rank = {severity: -i for i, severity in enumerate(SEVERITIES)}
        codes = sorted(found, key=lambda c: (min(rank[d.severity] for d in found[c]), -len(found[c]), c))
        result = []
        for code in codes:
            severity = max((d.severity for d in found[code]), key=SEVERITIES.index)
            head = Finding(
                code,
                self.words.code(code, CODES[code].name),
                severity,
                "" if self.words.chinese else CODES[code].explanation,
            )
            listed = [self._finding(d) for d in found[code][:MAX_LISTED]]
            result.append((head, len(found[code]), listed, max(0, len(found[code]) - MAX_LISTED)))
        return result

    def _finding(self, diagnostic: Diagnostic) -> Finding:
        source = diagnostic.source
        line = f"{self.words['line']} {source.line}" if source is not None and source.line else ""
        if self.words.chinese and source is not None and source.line:
            line = f"第 {source.line} 行"
        place = " ".join(part for part in ((source.file if source is not None else ""), line) if part)
        return Finding(
            diagnostic.code,
            self.words.code(diagnostic.code, CODES[diagnostic.code].name),
            diagnostic.severity,
            diagnostic.message,
            diagnostic.hint,
            place,
            self._link(diagnostic),
        )

    def _link(self, diagnostic: Diagnostic) -> str:
        """The anchor of the question, else of the text that a finding is about."""
        if diagnostic.question in self.cards:
            return self.cards[diagnostic.question].anchor
        source = diagnostic.source
        if source is None or not source.line or source.file not in self.rows:
            return ""
        rows = self.rows[source.file]
        at = bisect_right([row.line for row in rows], source.line) - 1
        return rows[max(0, at)].anchor if rows else ""


def _owners(account: Account, made: list[Card], cards: Mapping[str, Card]) -> dict[str, tuple[Card, Card]]:
    """Question id as the reader gave it, to its card and the card it is part of.

    An id that was taken when this document was read carries a number now.
    """
    # A file of answers has no questions of its own; what stands in it belongs to those of the papers before it.
    tops = {card.anchor: card for card in made or [c for c in cards.values() if "." not in c.anchor]}
    known: dict[str, tuple[Card, Card]] = {}
    own = {name: card for name, card in cards.items() if card.anchor.split(".")[0] in tops}
    for name, card in own.items():
        known[name] = (card, tops[card.anchor.split(".")[0]])
    renamed = {re.sub(r"-\d+$", "", name): entry for name, entry in reversed(known.items())}
    for wanted in {claim.question for claim in account.claims if claim.question} - known.keys():
        if wanted[:94] in renamed:
            known[wanted] = renamed[wanted[:94]]
    return known


def _leading_lines(text: str) -> int:
    """How many line ends stand before the first character that is seen."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def _trim(row: Row) -> None:
    """Take the empty lines off both ends of a row's text."""
    while row.pieces and not row.pieces[0].text.strip():
        row.pieces.pop(0)
    while row.pieces and not row.pieces[-1].text.strip():
        row.pieces.pop()
    if row.pieces:
        row.pieces[0].text = row.pieces[0].text.lstrip("\n")
        row.pieces[-1].text = row.pieces[-1].text.rstrip()


def _formula(tex: str, block: bool) -> str:
    from lxml import etree

    from qbank.formats import mathml

    made = mathml.element(tex, block=block)
    if made is None:
        return f'<code class="tex">{escape(tex)}</code>'
    return str(etree.tostring(made, encoding="unicode", with_tail=False))


def _accepted(answers: tuple[Accepted, ...] | None) -> list[str]:
    return [a.text for a in answers or ()]


def _numbers(answers: tuple[NumericAnswer, ...] | None) -> list[str]:
    shown: list[str] = []
    for answer in answers or ():
        low, high = answer.bounds
        if answer.value is None:
            shown.append(f"{json_number(low)} – {json_number(high)}")
        else:
            off = f" ± {json_number(answer.tolerance)}" if answer.tolerance else ""
            shown.append(f"{json_number(answer.value)}{off}")
    return shown


def _blank(blank: TextBlank | NumericBlank | ChoiceBlank) -> list[str]:
    match blank:
        case TextBlank():
            return _accepted(blank.answer)
        case NumericBlank():
            return _numbers(blank.answer)
        case ChoiceBlank():
            return [richtext.plain(c.text) for c in blank.choices if c.id == blank.answer]
        case _:
            assert_never(blank)


def _plain_answers(answers: list[str]) -> list[Markup]:
    return [escape(" / ".join(answers))] if answers else []


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _source(name: str) -> str:
    """A style sheet or script as it stands in the page."""
    from importlib.resources import files

    return files("qbank.templates").joinpath("report", name).read_text(encoding="utf-8").strip()


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("qbank.templates", ""),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
