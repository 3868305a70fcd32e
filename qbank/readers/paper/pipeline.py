"""The stages in order: furniture, documents, questions, findings, account."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from qbank.model import Question
from qbank.readers.marks import Mark
from qbank.readers.paper.account import Account, Claim, Role, settle
from qbank.readers.paper.attach import Reading
from qbank.readers.paper.build import Builder
from qbank.readers.paper.compose import compose
from qbank.readers.paper.diagnose import diagnose
from qbank.readers.paper.furniture import furniture
from qbank.readers.paper.resolve import Draft, resolve
from qbank.readers.paper.twocolumns import columns_apart
from qbank.readers.paper.typography import Styles, imprinted
from qbank.readers.paper.view import View, kept, narrowed
from qbank.reading import Context

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_TICK = re.compile(r"[ \t]*(?:√|##|\*{1,3}|<-+|←|=>|[(\[][^()\[\]\n]{1,8}[)\]])[ \t]*(?=\n|\Z)")
_INSTRUCTIONS = 300
"""The most characters that can stand between a heading and its first question and still be about them."""


def read_file(text: str, name: str, ctx: Context, marks: Sequence[Mark]) -> list[Question]:
    """The questions of a file; its account and findings go to `ctx`."""
    removed = furniture(text)
    view = narrowed(kept(text, [(a, b) for a, b, _ in removed]))
    if apart := columns_apart(view.text):
        view = view.reordered(apart)
    readings = compose(view)
    if marks:
        reread_marked(readings, view, marks)
    builder = Builder(name, text, view)
    made = [(reading, builder.questions(reading)) for reading in readings]
    questions = [q for _, pairs in made for q, _ in pairs]
    account = Account(name, text, title=next((r.paper.title for r in readings if r.paper.title), "") or "")
    claims = [Claim(a, b, "furniture", "", why) for a, b, why in removed]
    for reading, pairs in made:
        claims.extend(claims_of(view, reading, pairs))
    account.claims = settle(len(text), claims)
    ctx.accounts.append(account)
    diagnose(ctx, builder, account, made, removed)
    set_header(ctx, account, questions)
    return questions


def reread_marked(readings: list[Reading], view: View, marks: Sequence[Mark]) -> None:
    """Read the questions again whose options stand out in the source."""
    styles = Styles.of(marks)
    for reading in readings:
        for i, draft in enumerate(reading.drafts):
            if draft.answer is None and draft.options and draft.item.raw is None:
                imprinted(draft.item, view, styles)
                if any(c.marked for c in draft.item.choices):
                    reading.drafts[i] = resolve(view, draft.item)


def claims_of(view: View, reading: Reading, pairs: list[tuple[Question, list[Draft]]]) -> list[Claim]:
    """Who owns what, the strongest claim first."""
    out: list[Claim] = []

    def claim(start: int, end: int, role: Role, question: str, reason: str) -> None:
        out.extend(Claim(a, b, role, question, reason) for a, b in view.spans(start, end))

    for question, drafts in pairs:
        subs = getattr(question, "questions", (question,))
        group = drafts[0].item.group
        if group is not None:
            claim(group.start, group.end, "material", question.id, "shared by several questions")
        for sub, draft in zip(subs, drafts, strict=True):
            item = draft.item
            for start, end, role, reason in item.claims:
                claim(start, end, role, sub.id, reason)
            for n, choice in enumerate(item.choices):
                start = choice.start
                if choice.label:
                    found = view.text.rfind(choice.label, max(0, start - len(choice.label) - 12), start)
                    start = found if found >= 0 else start - len(choice.label)
                end = choice.start + len(view.raw[choice.start : choice.end].rstrip())
                claim(max(start, item.start), max(end, choice.start), "option", sub.id, f"option {chr(65 + n)}")
                tick = _TICK.match(view.text, end) if choice.marked else None
                if tick is not None:
                    claim(end, tick.end(), "answer", sub.id, "typography")
            if item.raw_span is not None and item.model:
                claim(*item.raw_span, "answer", sub.id, "model answer")
            stop = max([b for _, b in item.stem], default=item.start)
            claim(item.start, max(stop, item.choices[0].start if item.choices else 0), "question", sub.id, "")
            if item.raw_span is not None:
                role = "key" if item.origin == "key" else "answer"
                claim(*item.raw_span, role, sub.id, item.origin)
            if item.choices and item.start <= item.choices[0].start:
                claim(item.start, item.choices[-1].end, "option", sub.id, "")
    for start, end, role, reason in reading.claims:
        claim(start, end, role, "", reason)
    _instructions(view, reading, claim)
    return out


def _instructions(view: View, reading: Reading, claim: Callable[[int, int, Role, str, str], None]) -> None:
    """What stands above the first question of a section is said about the section."""
    firsts: dict[int, int] = {}
    for draft in reading.drafts:
        item = draft.item
        key = item.section.start
        start = item.group.start if item.group is not None else item.start
        firsts[key] = min(start, firsts.get(key, start))
    for section in reading.paper.sections:
        first = firsts.get(section.start)
        if first is not None and first - section.start <= _INSTRUCTIONS:
            reason = "instructions" if section.heading is not None else "title page"
            claim(section.start, first, "heading", "", reason)


def set_header(ctx: Context, account: Account, questions: list[Question]) -> None:
    """Set the title and the language that the paper shows."""
    han, latin = len(_HAN.findall(account.text[:20000])), len(_LATIN.findall(account.text[:20000]))
    language = "zh-CN" if han * 3 > latin else "en" if latin else None
    title = re.sub(r"\.(?:docx?|pdf|txt)(?:VIP)?$|VIP$", "", account.title).strip() or None
    changes: dict[str, str] = {}
    if ctx.header.title is None and title and questions:
        changes["title"] = " ".join(title.split())
    if ctx.header.language is None and language and questions:
        changes["language"] = language
    if changes:
        ctx.header = msgspec.structs.replace(ctx.header, **changes)
