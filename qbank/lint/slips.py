"""Rules about slips of the hand: marks left on a choice, words typed twice, tags, limits, numbers that disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, odd_names
from qbank.model import (
    ONE,
    Essay,
    Group,
    Information,
    MultipleChoice,
    Question,
    SingleChoice,
    points_of,
)

_MARKED = re.compile(
    r"(?<=\S)\s*(?:[√✓✔✅]|[(（【\[]\s*(?:正确(?:答案|选项)?|对|答案|√|✓|correct(?: answer)?|right answer|answer|key)\s*[)）】\]])\s*[。.]?\s*\Z"
    r"|(?<=[^\s\d*])\s+\*\s*\Z|\A\s*(?:[√✓✔✅]\s*(?![\d(（a-zA-Z])|\*\s+)\S",
    re.I,
)
_MARKDOWN = re.compile(
    r"(?<![A-Za-z0-9_)\]*/])\*\*(?=[^\s*])[^*\n]{1,200}(?<=[^\s*/])\*\*(?![A-Za-z0-9_*(])|\A#{2,4} (?=\S)|!\[[^\[\]\n]{0,400}\]\([^()\s]{1,400}\)|\[[^\[\]\n]{1,400}\]\(https?://[^()\s]{1,400}\)",
    re.M,
)
_ABOUT_MARKDOWN = re.compile(r"markdown|幂|power|\bpython\b|#include|注释|comment|\bdef \w", re.I)
_TWICE = re.compile(r"(?<![\w-])(the|of|to|and)\s+\1(?![\w-])", re.I)
_MISTAKEN = re.compile(
    r"[0-9]\s*曰|月[一二三四五六七八九十廿]{1,3}曰|(?:节假|今|昨|星期|工作)曰(?![:：“])|曰(?:期|程表|常生活|用品|本国)"
    r"|[己巳]经(?!常|历|济|费|理|受)|自已(?![知有经发于成能能够])|(?<!知)己知(?!彼|道)|末来|未尾|未端|夭气|夭然(?!死)|井且"
)
_SEVERAL = re.compile(
    r"[(（\[【]\s*(?:多选|多选题|多项选择题?)\s*[)）\]】]|\b(?:select|choose|check|mark|tick) all (?:that|which) apply\b",
    re.I,
)
_ONLY_ONE = re.compile(r"[(（\[【]\s*(?:单选|单选题|单项选择题?)\s*[)）\]】]")
_HOW_MANY = re.compile(
    r"[(（\[【]\s*(?:please )?(?:choose|select|pick|mark|check)(?: the)?(?: best| correct)? (two|three|four|five|[2-5])\b[^()（）]{0,20}[)）\]】]"
    r"|(?:\A|[.?!:]\s)(?:choose|select|pick)(?: the)?(?: best| correct)? (two|three|four|five|[2-5])(?: (?:answers|options|choices))?\s*[.:]?\s*\Z"
    r"|[(（\[【]\s*请?选(?:择|出)?\s*([两二三四五2-5])\s*(?:项|个)[^()（）]{0,6}[)）\]】]",
    re.I,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5}
_WORTH = re.compile(r"[(（【\[]\s*(?:本题|本小题|满分|共|计)?\s*(?:共|满分)?\s*(\d{1,3}(?:\.\d)?)\s*分\s*[)）】\]]")
_LONGEST_STEM = 10_000
_LONGEST_TITLE = 255
_LONG = 400
_MANY_TIMES = 10


def choice_marked(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A choice with a mark on it that says it is the right one: `北京√`, `Paris (correct)`.

    Remedy: take the mark out; `answer` is the place for it.
    """
    if not isinstance(question, SingleChoice | MultipleChoice):
        return
    found = [(i, _MARKED.search(richtext.plain(choice.text))) for i, choice in enumerate(question.choices)]
    marked = [(i, match) for i, match in found if match]
    if len(marked) == len(found):
        return
    for i, match in marked:
        message = f"{match.group().strip()!r} marks choice {question.choices[i].id} as an answer"
        yield finding("L244", message, pointer=f"/choices/{i}/text")


def choice_is_stem(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A choice that reads as the stem does.

    Remedy: look the choice up in its source.
    """
    if isinstance(question, SingleChoice | MultipleChoice):
        stem, *read = scope.folded_texts(question)
        for i, text in enumerate(read):
            if text == stem and len(text) > 1:
                message = f"choice {question.choices[i].id} reads as the stem does"
                yield finding("L245", message, pointer=f"/choices/{i}/text")


def word_twice(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A small word typed twice: `the the`, 的的.

    Remedy: remove one; a word between them may have been lost.
    """
    for pointer, text in scope.prose:
        found = _TWICE.search(text) or re.search("(?<![的目标])的的(?![确士哥的])", text)
        if found:
            yield finding("L246", f"{found.group()!r} is a word typed twice", pointer=pointer)


def markdown(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A plain text with Markdown in it, which is shown as it is: `**not**`.

    A plain text means itself, literally. Questions about Markdown or programs are left alone.

    Remedy: write `{"markdown": "..."}` instead of the string.
    """
    if _ABOUT_MARKDOWN.search(scope.whole):
        return
    for pointer, text in scope.texts:
        found = _MARKDOWN.search(text) if isinstance(text, str) else None
        if found:
            message = f"{found.group()[:30]!r} stands in a plain text, where it is shown as it is"
            yield finding("L247", message, pointer=pointer, hint='Markdown belongs in {"markdown": "..."}')


def mistaken(_question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A character taken for another that looks like it: 10月1曰, 己经, 自已.

    Remedy: write the right one.
    """
    for pointer, text in scope.prose:
        found = _MISTAKEN.search(text)
        if found:
            yield finding("L248", f"{found.group()!r} has a character that was taken for another", pointer=pointer)


def number_of_answers(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A stem that asks for another number of choices than the answer has: `(Choose two.)` with three right ones.

    Remedy: look whether the stem, the kind of the question or its answer is wrong.
    """
    if not isinstance(question, SingleChoice | MultipleChoice):
        return
    stem = richtext.plain(question.stem)
    asked = _HOW_MANY.search(stem)
    if isinstance(question, SingleChoice):
        found = asked or _SEVERAL.search(stem)
        if found and question.scoring != "weighted":
            message = f"the stem says {found.group().strip()!r}, but only one choice can be chosen"
            yield finding("L135", message, pointer="/stem", hint="is it a multiple_choice question?")
        return
    if found := _ONLY_ONE.search(stem):
        message = f"the stem says {found.group().strip()!r}, but several choices can be chosen"
        yield finding("L135", message, pointer="/stem", hint="is it a single_choice question?")
    elif asked and question.answer is not None:
        number = next(group for group in asked.groups() if group).lower()
        wanted = _NUMBERS.get(number) or int(number)
        if wanted != len(question.answer):
            message = f"the stem says {asked.group().strip()!r}, the answer has {len(question.answer)}"
            yield finding("L135", message, pointer="/answer")


def worth_in_text(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A stem that says another number of points than the question is worth.

    Said only where the question has points of its own.

    Remedy: take the words out of the stem, or mend `points`.
    """
    points = points_of(question)
    plain = all(sub.points == ONE for sub in question.questions) if isinstance(question, Group) else points == ONE
    if plain or isinstance(question, Information):
        return
    found = _WORTH.search(richtext.plain(question.stem))
    if found and Fraction(found[1]) != points:
        message = f"the stem says {found.group()!r}, the question is worth {float(points):g}"
        yield finding("L136", message, pointer="/points" if not isinstance(question, Group) else "/stem")


def names(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Tags listed twice (L137), white space around a tag or a category (L229), a title that no platform holds (L249).

    With white space around it a name is another name for a platform. A title
    has 255 characters at most in Moodle, Canvas and Blackboard.

    Remedy: write each once, without white space around it; shorten the title.
    """
    if question.title is not None and len(question.title) > _LONGEST_TITLE:
        yield finding("L249", f"the title has {len(question.title)} characters, 255 at most are kept", pointer="/title")
    repeated, spaced = odd_names(question.tags, question.category)
    for pointer, tag in repeated:
        yield finding("L137", f"the tag {tag!r} is listed twice", pointer=pointer)
    for pointer, name in spaced:
        yield finding("L229", f"{name!r} begins or ends with white space", pointer=pointer)


def long_texts(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A text so long that something else ran into it.

    A text of more than 10,000 characters, or a choice of more than 400 that is
    ten times as long as any other.

    Remedy: look where it should end.
    """
    for pointer, text in scope.prose:
        if len(text) > _LONGEST_STEM:
            yield finding("L249", f"the text has {len(text)} characters", pointer=pointer)
    if isinstance(question, SingleChoice | MultipleChoice):
        sizes = [len(key) for key in scope.read(question.choices)]
        for i, size in enumerate(sizes):
            others = [other for j, other in enumerate(sizes) if j != i]
            if _LONG < size <= _LONGEST_STEM and size > _MANY_TIMES * max(others):
                message = f"choice {question.choices[i].id} has {size} characters, the others {max(others)} at most"
                yield finding("L249", message, pointer=f"/choices/{i}/text")


def empty_texts(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A feedback, hint or model answer that is there and says nothing.

    Remedy: write it, or leave the property out.
    """
    for pointer, text in scope.texts:
        ours = pointer.startswith(("/feedback", "/hints/")) or pointer.endswith("/feedback")
        if (ours or (pointer == "/answer" and isinstance(question, Essay))) and richtext.is_empty(text):
            yield finding("L250", "the text is there and empty", pointer=pointer, hint="leave the property out")
