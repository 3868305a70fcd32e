"""What a teacher should check: findings about a paper as a whole and about each question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from qbank.model import Essay, Group, Information, Question, is_answered
from qbank.readers.paper.account import Account
from qbank.readers.paper.attach import Reading
from qbank.readers.paper.build import DRAFT_BELOW, Builder, confidence
from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.sections import Section
from qbank.reading import Context

_FIGURE = re.compile(
    r"\[图\]|如(?:下|上|右|左)?图|(?:下|上|右|左)图|图\s*\d|(?:下|上|右)表|见表|如表|如下表|the (?:figure|diagram|exhibit|table|graph) (?:below|above|shown)|refer to the exhibit",
    re.I,
)
_SUSPECT = re.compile(
    r"\ufffd|[\ue000-\uf8ff]|[\u2e80-\u2fdf]|[\u4e00-\u9fff][(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）][\u4e00-\u9fff]"
)
_PROMISE = re.compile(r"接下来是|未完待续|试读结束|全文(?:阅读|共)|下载后可")
_UNCLAIMED_MIN = 12
_UNCLAIMED_SHOWN = 20


def diagnose(
    ctx: Context,
    builder: Builder,
    account: Account,
    made: list[tuple[Reading, list[tuple[Question, list[Draft]]]]],
    removed: Sequence[tuple[int, int, str]],
) -> None:
    """Record every finding about a file."""
    name = account.document
    if removed:
        sample = "; ".join(
            dict.fromkeys(
                " ".join(account.text[a:b].split())[:30] for a, b, _ in removed[:40] if account.text[a:b].strip()
            )
        )
        ctx.problem(
            "R002",
            f"{len(removed)} pieces of page furniture were set aside: {sample[:200]}",
            name,
            builder.place(removed[0][0])[0],
        )
    if len(made) > 1:
        for reading, _ in made[1:]:
            line, column = builder.spot(reading.paper.start)
            ctx.problem("R003", f"another document begins here: {reading.paper.title}", name, line, column)
    if not any(pairs for _, pairs in made):
        ctx.problem("R001", f"{name} holds nothing that looks like a question", name, 1)
    for reading, pairs in made:
        _orphans(ctx, builder, name, reading)
        _counts(ctx, builder, name, reading)
        for question, drafts in pairs:
            subs = question.questions if isinstance(question, Group) else (question,)
            for sub, draft in zip(subs, drafts, strict=True):
                _question(ctx, builder, name, sub, draft)
        _repeats(ctx, name, pairs)
    if any(pairs for _, pairs in made):
        _unclaimed(ctx, builder, account)


def _question(ctx: Context, builder: Builder, name: str, question: Question, draft: Draft) -> None:
    source = question.source
    assert source is not None
    line, column = source.line or 1, source.column or 1

    def say(code: str, message: str, hint: str = "") -> None:
        ctx.problem(code, message, name, line, column, question=question.id, hint=hint)

    for code, message in dict.fromkeys(draft.item.findings):
        say(code, f"{_label(draft)}: {message}")
    if not is_answered(question) or (
        isinstance(question, Essay) and question.answer is None and draft.item.section.key
    ):
        say("R011", f"{_label(draft)}: no answer was found", "fill in the answer in the bank")
    texts = draft.options
    if any(not t.strip() for t in texts):
        say("R010", f"{_label(draft)}: an option is empty; it may have been a picture")
    if len({t.strip() for t in texts}) < len(texts) and all(t.strip() for t in texts):
        say("R009", f"{_label(draft)}: two options read the same")
    if _FIGURE.search(draft.stem):
        say("R022", f"{_label(draft)}: speaks of a figure or table that is not in the text")
    if _SUSPECT.search(draft.stem + "".join(texts)):
        say("R023", f"{_label(draft)}: has characters that look like scars of a conversion")
    if confidence(draft) < DRAFT_BELOW or draft.incomplete:
        reasons = "; ".join(dict.fromkeys(r for _, r in draft.item.doubts))
        say("R026", f"{_label(draft)}: kept as a draft ({reasons or 'incomplete'})")


def _label(draft: Draft) -> str:
    mark = draft.item.mark
    if mark is not None:
        return f"question {mark.printed}"
    return f"question {draft.stem[:16]!r}"


def _orphans(ctx: Context, builder: Builder, name: str, reading: Reading) -> None:
    for section, entries in reading.orphans:
        if not entries:
            continue
        line, column = builder.spot(entries[0].start)
        numbers = ", ".join(str(e.value) for e in entries[:12])
        title = f" ({section.title})" if section.title else ""
        ctx.problem(
            "R015",
            f"{len(entries)} answers{title} are for questions that are not in the document: {numbers}",
            name,
            line,
            column,
        )


def _counts(ctx: Context, builder: Builder, name: str, reading: Reading) -> None:
    """Headings that promise another number of questions or points than there are."""
    by_section: dict[int, list[Draft]] = {}
    sections: dict[int, Section] = {}
    for draft in reading.drafts:
        by_section.setdefault(id(draft.item.section), []).append(draft)
        sections[id(draft.item.section)] = draft.item.section
    for key, drafts in by_section.items():
        section = sections[key]
        promise, heading = section.promise, section.heading
        if heading is None:
            continue
        line, column = builder.spot(heading.start)
        count = promise.count
        if (
            count is None
            and promise.total
            and promise.each
            and not promise.per_gap
            and (promise.total / promise.each).denominator == 1
        ):
            count = int(promise.total / promise.each)
        tops = (
            len({id(d.item.group) if d.item.group else id(d) for d in drafts})
            if section.kind == "case"
            else len(drafts)
        )
        if count is not None and count != tops:
            ctx.problem(
                "R004",
                f"{heading.title}: the heading promises {count} questions, {tops} were found",
                name,
                line,
                column,
            )
            if tops < count:
                ctx.problem("R005", f"{heading.title}: {count - tops} questions seem to be missing", name, line, column)
        worth = sum((d.points or Fraction(0) for d in drafts), Fraction(0))
        if promise.total and all(d.points for d in drafts) and worth != promise.total and count == tops:
            ctx.problem(
                "R024",
                f"{heading.title}: the questions are worth {float(worth):g} points, the heading says {float(promise.total):g}",
                name,
                line,
                column,
            )


def _repeats(ctx: Context, name: str, pairs: list[tuple[Question, list[Draft]]]) -> None:
    for question, _ in pairs:
        if (
            re.search(r"-\d+$", question.id[14:])
            and question.source is not None
            and not isinstance(question, Information)
        ):
            first = question.id[:14]
            ctx.problem(
                "R021",
                f"the same question stands in the paper before ({first})",
                name,
                question.source.line or 1,
                question=question.id,
            )


def _unclaimed(ctx: Context, builder: Builder, account: Account) -> None:
    shown = 0
    for claim in account.claims:
        if claim.role != "unclaimed":
            continue
        body = " ".join(account.text[claim.start : claim.end].split())
        if len(body) < _UNCLAIMED_MIN:
            continue
        shown += 1
        if shown <= _UNCLAIMED_SHOWN:
            line, column = builder.place(claim.start)
            quote = body if len(body) <= 60 else body[:57] + "..."
            ctx.problem(
                "R025", f"nothing was made of {len(body)} characters: {quote!r}", account.document, line, column
            )
            if _PROMISE.search(body):
                ctx.problem("R005", "the text promises more than follows", account.document, line, column)
    if shown > _UNCLAIMED_SHOWN:
        ctx.problem(
            "R025", f"{shown - _UNCLAIMED_SHOWN} more stretches of text belong to nothing recognised", account.document
        )
