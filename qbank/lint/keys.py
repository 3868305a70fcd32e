"""Rules about what a question says of its own answer: in its explanation, in its stem, in its feedback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.lint.texts import LEAK
from qbank.model import (
    Cloze,
    MultipleChoice,
    Numeric,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
)

_SET = r"([A-HＡ-Ｈ](?:[ 、,，和与及/;；.]{0,2}[A-HＡ-Ｈ])*)(?![A-Za-z])"
_NAMED = re.compile(
    r"(?:(?:故|因此|所以|综上)[^。\n]{0,12}?(?:选择?|答案[是为]?|正确(?:选项|答案)?[是为])|(?:本题|应|正确)[^。，,\n]{0,6}?选|【答案】|"
    r"(?:正确|参考|标准)?答案(?:应)?(?:该)?(?:[::：]|[是为选])|正确(?:选项|项|的)[是为])\s*(?:选项?)?\s*[(（【]?\s*"
    + _SET
)
_NAMED_EN = re.compile(
    r"(?:\b(?:the )?(?:correct|right|best) (?:answer|choice|option)(?: is|:)|\banswer(?: is)?:|\bthe answer is|\bcorrect:|\bans[.:])\s*"
    r"(?:choice |option |letter )?[(\[\"']?([A-H](?:(?:, ?| ?& ?| and |, and )[A-H])*)(?:[)\].,;:\"']|\s*$|\s+(?:because|since|as\b|-|–|—|is\b))",
    re.I,
)
_TRUE = r"(?:正确|对|√|✓|✔|是对的|T|True)"
_FALSE = r"(?:错误|错|×|✗|✘|╳|不对|不正确|是错的|F|False)"
_JUDGED = re.compile(
    rf"(?:(?:正确|参考|标准)?答案(?:应)?(?:[::：]|[是为])|【答案】|故(?:本题|此题|该题|题干|答案)?(?:的?说法|表述)?(?:[是为选]|答案为)?|(?:本题|此题|题干|该题)(?:的?说法|表述|是|为|答案为)?)\s*[(（“\"]?\s*(?:({_TRUE})|({_FALSE}))(?=[\s。.，,；;）)”\"]|$)"
    rf"|\b(?:the )?(?:correct |right )?answer(?: is|:)\s*[\"']?(?:(true|t)|(false|f))\b|\bthe statement is (?:(true|correct)|(false|incorrect|wrong))\b",
    re.I,
)
_PRAISE = re.compile(
    r"\A\W*(?:(?:回答|答|选择?)?(?:正确|对了|得对)(?!答案|选项|的?[是为做说理])|很好|(?:that'?s |yes,? |well done,? )?(?:correct|right|well done)\b(?! (?:answer|choice|option|side|hand|angle|now|after|before)))",
    re.I,
)
_BLAME = re.compile(
    r"\A\W*(?:(?:回答|答|选择?)?(?:错误|错了|不正确|不对)(?![的是在原理])|(?:that'?s |no,? |sorry,? )?(?:incorrect|wrong|not (?:quite )?(?:correct|right))\b)",
    re.I,
)
_ALONE_RIGHT = re.compile(
    r"(?<![A-Za-z])([A-H](?:[ 、,，和与]{0,2}[A-H])*)(?:两|三|四)?(?:选项|项)?(?:均|都)?(?:是|为)?正确(?:选项|答案)?[，,；;。]\s*(?:其余|其他|其它|另外|而?其余)"
    r"|\A\W{0,4}(?:解析\W)?选?项?([A-H](?:[ 、,，和与]{0,2}[A-H])*)(?:选项|项)?(?:均|都)?(?:是|为)?正确(?:选项|答案)?[。.]?\s*\Z"
    r"|\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer) [(\"']?([A-H])[)\"']? is (?:the )?(?:correct|right)\b"
)
_TURNED = re.compile(r"不|没有|错误|有误|除|非|无|\b(?:not|except|false|incorrect|least|never)\b", re.I)
_OPENING_VERDICT = re.compile(r"\A\W*(?:(正确|对|True)|(错误|错|不对|不正确|False))(?:\s*[。.!！;；]|，)")
_NUMBER_SAID = re.compile(
    r"(?:答案(?:应)?\s*(?:[::：]|[是为])|\b(?:the )?(?:correct )?answer(?: is|:))\s*([-−]?\d[\d,]*(?:\.\d+)?)(?!\s*[\d×xX/:：^%％~～*·]|\.\d|\s*(?:或|or|to|至)\b)",
    re.I,
)
_STATED = re.compile(
    r"【\s*(?:答案|解析|参考答案)\s*】|(?:正确|参考|标准)答案\s*(?:[::：]|[是为])|答案\s*[::：]\s*[(（]?[A-HＡ-Ｈ]{1,6}[)）]?[。.]?\s*$|(?<![的个为写出下列以上述供选些项])答案\s*[::：]\s*\S|^\s*(?:解析|答案)\s*[::：]|(?:[。?？!！)）]|\s)解析\s*[::：]"
    r"|\b(?:correct )?answers?\s*:\s*[A-H(\[\"']?[A-Za-z0-9]|\bans\s*[.:]\s*\S",
    re.I | re.M,
)
_STATING = (":", "：", "】", "答案", "ans.", "Ans.")
_LEAK_END = re.compile(r"[。.?？!！]\s*([(（]?(?:√|×|✓|✗|╳)[)）]?)\s*\Z|[\s。.][(（](T|F|True|False)[)）]\s*\Z")
_BRACKETED = 2
_LONG = 200
"""Characters of a stem beyond which a word that is also an answer may well stand in it."""
_LETTER = re.compile("[A-HＡ-Ｈ]")
_CHINESE = re.compile("[\u4e00-\u9fff]")


def contradicted(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """An explanation that names another answer than the key: 故选C where the answer is B.

    One of the two is wrong, and students see both. In scraped papers it is most
    often the key, shifted by one question.

    Remedy: find out which is right.
    """
    if question.feedback is None:
        return
    for name in ("general", "correct", "incorrect", "partial"):
        text: Text | None = getattr(question.feedback, name)
        if text is not None:
            yield from _against(question, text, f"/feedback/{name}")


def _against(question: Question, text: Text, pointer: str) -> Iterator[Diagnostic]:
    said = richtext.plain(text)
    if isinstance(question, SingleChoice | MultipleChoice) and question.answer is not None:
        named = _letters(said) or _alone_right(question, said) if _LETTER.search(said) else None
        right = {question.answer} if isinstance(question.answer, str) else set(question.answer)
        ids = [choice.id for choice in question.choices]
        if named is not None and right <= set(ids):
            meant = {_choice(ids, letter) for letter in named[1]}
            if None not in meant and meant != right and (isinstance(question, MultipleChoice) or len(meant) == 1):
                message = f"the explanation says {named[0]!r}, the answer is {', '.join(i for i in ids if i in right)}"
                yield finding("L128", message, pointer=pointer, hint="one of the two is wrong")
    elif isinstance(question, TrueFalse) and question.answer is not None:
        verdicts = list(_JUDGED.finditer(said))
        found = verdicts[-1] if verdicts else _OPENING_VERDICT.match(said) if pointer == "/feedback/general" else None
        if found is None:
            return
        verdict = bool(found[1] or (verdicts and (found[3] or found[5])))
        if verdict != question.answer:
            message = f"the explanation says {found.group()!r}, the answer is {str(question.answer).lower()}"
            yield finding("L128", message, pointer=pointer, hint="one of the two is wrong")


def _alone_right(question: SingleChoice | MultipleChoice, said: str) -> tuple[str, str] | None:
    """The choice an explanation calls right, and no other; nothing where the stem asks for what is wrong."""
    found = _ALONE_RIGHT.search(said)
    if found is None or _TURNED.search(richtext.plain(question.stem)):
        return None
    letters = next(group for group in found.groups() if group)
    return found.group().strip(), "".join(c for c in letters if "A" <= c <= "H")


def number_contradicted(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """An explanation that ends with another number than is accepted."""
    if not isinstance(question, Numeric) or not question.answer or question.feedback is None:
        return
    text = question.feedback.general
    found = _NUMBER_SAID.search(richtext.plain(text)) if text is not None else None
    if found and not question.units:
        said = Fraction(found[1].replace(",", "").replace("−", "-"))
        if not any(low <= said <= high for low, high in (answer.bounds for answer in question.answer)):
            message = f"the explanation says {found.group().strip()!r}, which is not accepted"
            yield finding("L128", message, pointer="/feedback/general", hint="one of the two is wrong")


def _letters(said: str) -> tuple[str, str] | None:
    """What an explanation says the answer is, in its words and as letters; the last of several."""
    last = None
    for pattern in (_NAMED, _NAMED_EN):
        for found in pattern.finditer(said):
            if last is None or found.start() > last.start():
                last = found
    if last is None:
        return None
    letters = last[1].replace(" and ", " ").upper()
    return last.group().strip(), "".join(c for c in letters.translate(_NARROW) if "A" <= c <= "H")


_NARROW = {code: code - 0xFEE0 for code in range(0xFF21, 0xFF29)}


def _choice(ids: list[str], letter: str) -> str | None:
    """The choice a letter means: the one with that id, else the one in that place."""
    for name in (letter, letter.lower()):
        if name in ids:
            return name
    return ids[ord(letter) - 65] if ord(letter) - 65 < len(ids) else None


def feedback_verdicts(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Feedback that praises a wrong choice, or blames the right one.

    Remedy: look whether the feedback or the answer is at the wrong choice.
    """
    match question:
        case SingleChoice() | MultipleChoice() if question.answer is not None and question.scoring != "weighted":
            right = {question.answer} if isinstance(question.answer, str) else set(question.answer)
            for i, choice in enumerate(question.choices):
                if choice.feedback is not None:
                    yield from _verdict(choice.feedback, choice.id in right, f"/choices/{i}/feedback", choice.id)
        case TrueFalse() if question.answer is not None:
            if question.feedback_true is not None:
                yield from _verdict(question.feedback_true, question.answer, "/feedback_true", "true")
            if question.feedback_false is not None:
                yield from _verdict(question.feedback_false, not question.answer, "/feedback_false", "false")
        case _:
            pass
    if question.feedback is not None:
        if question.feedback.correct is not None:
            yield from _verdict(question.feedback.correct, True, "/feedback/correct", "the right answer")
        if question.feedback.incorrect is not None:
            yield from _verdict(question.feedback.incorrect, False, "/feedback/incorrect", "a wrong answer")


def _verdict(text: Text, right: bool, pointer: str, what: str) -> Iterator[Diagnostic]:
    said = richtext.plain(text)
    found = (_BLAME if right else _PRAISE).match(said)
    if found:
        message = f"the feedback of {what}, which is {'right' if right else 'wrong'}, says {found.group().strip()!r}"
        yield finding("L129", message, pointer=pointer)


def stated(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """A stem or choice that has the answer or its explanation in it: `答案：B`, `Answer: C`.

    The line below the question was taken for a part of it.

    Remedy: move it to `answer` or `feedback`.
    """
    if not any(mark in scope.whole for mark in _STATING):
        return
    for pointer, text in scope.prose:
        if pointer == "/stem" or pointer.endswith("/text"):
            found = _STATED.search(text)
            if found:
                message = f"the text says {found.group().strip()!r}: is that the answer?"
                yield finding("L224", message, pointer=pointer)


def shown_at_end(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A statement to judge that ends with the verdict: `…。√`."""
    if isinstance(question, TrueFalse):
        stem = richtext.plain(question.stem)
        found = _LEAK_END.search(stem)
        if found and not LEAK.search(stem):
            yield finding("L210", f"the stem ends with {found.group().strip()!r}: is that the answer?", pointer="/stem")


def in_stem(question: Question, scope: Scope) -> Iterator[Diagnostic]:
    """The answer word for word in the stem, or in a hint.

    Of a choice question: the text of the right choice and of no other, long
    enough not to be there by chance, or in brackets. Of a short answer or a
    gap: a whole accepted text.

    Remedy: reword the stem.
    """
    match question:
        case SingleChoice():
            if question.answer is not None:
                yield from _choice_in_stem(question, scope)
                if question.hints:
                    right = [c for c in question.choices if c.id == question.answer]
                    yield from _in_hints(question, [richtext.plain(c.text) for c in right])
        case ShortAnswer() if question.answer is not None:
            stem = squeezed(richtext.plain(question.stem))
            for answer in question.answer:
                key = squeezed(answer.text)
                if answer.weight == 1 and _shows(key, stem, 4, 6):
                    yield finding("L225", f"the stem holds the answer {answer.text!r}", pointer="/stem")
                    break
            yield from _in_hints(question, [answer.text for answer in question.answer])
        case Cloze():
            stem = squeezed(richtext.plain(question.stem))
            if len(stem) <= _LONG:
                for blank in question.blanks:
                    for answer in (blank.answer or ()) if isinstance(blank, TextBlank) else ():
                        if answer.weight == 1 and _shows(squeezed(answer.text), stem, 4, 9):
                            yield finding("L225", f"the stem holds the answer {answer.text!r}", pointer="/stem")
                            return
        case _:
            pass


def _choice_in_stem(question: SingleChoice, scope: Scope) -> Iterator[Diagnostic]:
    at = next((i for i, choice in enumerate(question.choices) if choice.id == question.answer), None)
    if at is None:
        return
    read = scope.read(question.choices)
    stem = scope.stem_read
    key = read[at].rstrip("。.")
    if not key or not _shows(key, stem, 5, 12):
        return
    if not any(other in stem for i, text in enumerate(read) if i != at and (other := text.rstrip("。."))):
        text = richtext.plain(question.choices[at].text)
        message = f"the stem holds the text of the right choice, {text[:40]!r}, and of no other"
        yield finding("L225", message, pointer="/stem")


def _in_hints(question: Question, answers: list[str]) -> Iterator[Diagnostic]:
    """Hints that give the answer away, whole."""
    for i, hint in enumerate(question.hints):
        said = squeezed(richtext.plain(hint))
        for answer in answers:
            key = squeezed(answer).rstrip("。.")
            if len(key) >= (4 if _CHINESE.search(key) else 8) and key in said:
                yield finding("L225", f"the hint holds the answer {answer[:40]!r}", pointer=f"/hints/{i}")
                break


def _shows(key: str, stem: str, chinese: int, latin: int) -> bool:
    """Whether a stem holds an answer: one of enough characters, or one in brackets."""
    if key not in stem:
        return False
    if len(key) >= (chinese if _CHINESE.search(key) else latin) and _stands(key, stem):
        return True
    return len(key) >= _BRACKETED and not key.isdigit() and (f"({key})" in stem or f"（{key}）" in stem)


def _stands(key: str, stem: str) -> bool:
    at = stem.find(key)
    return at >= 0 and len(stem) > len(key) + 3
