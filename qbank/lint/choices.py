"""Rules about the choices of a question as they stand together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qbank import richtext
from qbank.diagnostics import Diagnostic, finding
from qbank.lint.scope import Scope, squeezed
from qbank.lint.scope import folded as fold
from qbank.model import Choice, Item, Matching, MultipleChoice, Ordering, Prompt, Question, SingleChoice

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
LABEL = re.compile(r"[(（\[【]?([A-Ha-hＡ-Ｈ])(?:[)）\]】]|[.．、:：])[ \t\u3000]*(?=\S)")
_SPECIES = re.compile(r"[A-H]\. ?[a-z]+[.,]?\Z|(?:[A-Z]\.){2,}")
_DRIVE = re.compile(r"[A-H]:[\\/]")
_NEXT = re.compile(r"(?<=[\s;；,，。.、\u4e00-\u9fff])([B-H])[.．、][ \t\u3000]*(?=[^\s.])")
_NEXT_SMALL = re.compile(r"(?<=\s)[(（]?([b-h])[.)）][ \t\u3000]+(?=\S)|(?<=\s)[(（]?([B-H])[)）][ \t\u3000]*(?=\S)")
_ABOVE = re.compile(
    r"(?:以上|上述|上面)(?:的)?(?:各项|所有|全部|几项|三项|四项|选项|说法|答案|观点|内容|都|皆|均|全|三者|两者|[^，。]{0,6}?(?:都|皆|均|全))[^，。]{0,8}\Z"
    r"|(?:都|均|皆|全)(?:不)?(?:对|正确|是|错|错误)\Z"
    r"|(?:all|none|both|neither|any|either|each|every one) (?:\w+ )?of (?:the )?(?:above|these|those|preceding|choices|options)\b.*\Z"
    r"|none\Z|all are correct\Z|all of them\Z|none of them\Z",
    re.I,
)
_LETTERS = re.compile(
    r"(?:[A-HＡ-Ｈ] ?(?:和|与|及|、|或|,|，|&|and|or|\+) ?)+[A-HＡ-Ｈ](?: ?(?:都|均|皆)?(?:对|正确|是|不对|错误|only|are correct|are true))?[.。]?\Z"
    r"|(?:both|either|neither|only|选项) ?[(（]?[A-H][)）]?(?: ?(?:and|nor|or|&|和|与) ?[(（]?[A-H][)）]?)?[.。]?\Z",
    re.I,
)
_TECHNICAL = re.compile(r"[<>{}\[\]=+*/\\%$&|@#^~]|[a-z][A-Z]|\w\.\w|\w_\w|\b-\w")
_END = ".。;；,，"
_ENOUGH = 7


def alike(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Two choices that differ in width, case, spaces or punctuation alone.

    A student cannot tell them apart, and one of them is a copy that was not
    changed. Where several pairs are so alike the question is about spelling or
    punctuation, and nothing is said; nor where case can be the point (Na and NA).

    Remedy: change or remove one of the two.
    """
    for pointer, parts in _lists(question):
        raw = ["".join((p.text if isinstance(p.text, str) else p.text.html).split()) for p in parts]
        folded = fold("\n".join(raw)).casefold().split("\n")
        if len(set(folded)) == len(folded):
            continue
        folded = [key or raw[i] for i, key in enumerate(folded)]
        pairs = [(i, folded.index(fold)) for i, fold in enumerate(folded) if folded.index(fold) < i]
        if len(pairs) != 1:
            continue
        second, first = pairs[0]
        case_alone = raw[first].casefold() == raw[second].casefold()
        texts = richtext.plain(parts[first].text), richtext.plain(parts[second].text)
        technical = any(_TECHNICAL.search(text) for text in texts) and raw[first].rstrip(_END) != raw[second].rstrip(
            _END
        )
        if raw[first] == raw[second] or technical or (case_alone and len(raw[first]) < _ENOUGH):
            continue
        message = f"{texts[1][:40]!r} and {texts[0][:40]!r} are the same but for spelling"
        yield finding("L212", message, pointer=f"{pointer}/{second}/text")


def labelled(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A choice whose text begins with its own letter: platforms print letters of their own.

    Remedy: take the letter out; `qbank check --fix` does.
    """
    for pointer, parts in _lists(question):
        named = [(i, LABEL.match(part.text)) for i, part in enumerate(parts) if isinstance(part.text, str)]
        own = [(i, found) for i, found in named if found and _is_own(parts, i, found)]
        others = [parts[i].text for i, found in named if found and (i, found) not in own]
        # Species are written like labels: E. coli.
        names = any(isinstance(text, str) and _SPECIES.match(text) for text in others)
        for i, found in own:
            text = str(parts[i].text)
            if _DRIVE.match(text) or (names and _SPECIES.match(text)):
                continue
            message = f"the text of choice {parts[i].id} begins with the label {found.group().strip()!r}"
            yield finding("L213", message, pointer=f"{pointer}/{i}/text", hint="platforms print labels of their own")


def _is_own(parts: Sequence[Choice | Prompt | Item], i: int, found: re.Match[str]) -> bool:
    letter = found[1].upper().translate(_WIDE)
    return letter == parts[i].id.upper() or ord(letter) - 65 == i


def run_together(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A choice that has the next one inside it: `苹果 B. 香蕉`.

    The paper had several choices on one line and they were not cut apart.

    Remedy: make them two choices, and look at the answer again.
    """
    if not isinstance(question, SingleChoice | MultipleChoice):
        return
    for i, choice in enumerate(question.choices):
        text = richtext.plain(choice.text)
        following = {chr(66 + i), chr(ord(choice.id) + 1) if re.fullmatch("[A-G]", choice.id) else ""}
        for found in _NEXT.finditer(text, 1):
            before = text[: found.start()].rstrip()
            # John B. Smith
            initial = re.search(r"[A-Z][a-z]+\Z", before) and re.match(r"[A-Z][a-z]+", text[found.end() :])
            # A file name or an abbreviation: A.B.C.doc
            dotted = re.fullmatch(r"(?:[A-Za-z][.．])+", before)
            if found[1] in following and before and not initial and not dotted:
                message = f"choice {choice.id} seems to hold choice {found[1]} as well: {text[:40]!r}"
                yield finding("L214", message, pointer=f"/choices/{i}/text")
                break
        else:
            small = next((m for m in _NEXT_SMALL.finditer(text, 1) if (m[1] or m[2]).upper() == chr(66 + i)), None)
            if small and i == len(question.choices) - 1:
                message = f"choice {choice.id} seems to hold choice {small[1] or small[2]} as well: {text[:40]!r}"
                yield finding("L214", message, pointer=f"/choices/{i}/text")


def out_of_place(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """ "All of the above" where other choices may stand below it.

    Such a choice means those before it. When the choices are shuffled it can
    come first, unless it is `fixed`; and where others follow it, it is unclear
    which are meant.

    Remedy: put it last and set `"fixed": true`, or write a choice that says what is meant.
    """
    if not isinstance(question, SingleChoice | MultipleChoice):
        return
    above = [i for i, choice in enumerate(question.choices) if _is_above(choice)]
    if len(above) == len(question.choices):
        return
    for i in above:
        text = richtext.plain(question.choices[i].text)[:40]
        at = f"/choices/{i}/text"
        if any(j not in above for j in range(i + 1, len(question.choices))):
            yield finding("L215", f"{text!r} is not the last choice", pointer=at)
        elif question.shuffle and not question.choices[i].fixed:
            message = f"{text!r} is shuffled with the other choices"
            yield finding("L215", message, pointer=at, hint='set "fixed": true on it')


def _is_above(choice: Choice) -> bool:
    text = richtext.plain(choice.text).strip().rstrip(".。!！")
    return len(text) < 60 and _ABOVE.match(text) is not None


def letters(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A shuffled choice that names other choices by their letters (`A和C`, `Both A and B`).

    After shuffling the letters are those of other choices.

    Remedy: turn `shuffle` off, or say what is meant in words.
    """
    if isinstance(question, SingleChoice | MultipleChoice) and question.shuffle:
        for i, choice in enumerate(question.choices):
            text = richtext.plain(choice.text).strip()
            if len(text) < 40 and _LETTERS.match(text):
                message = f"{text!r} names choices by letter, but they are shuffled"
                yield finding("L216", message, pointer=f"/choices/{i}/text")


def gap_in_letters(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Choices A, B and D: one has been lost, or a letter is wrong.

    Remedy: look the question up in its source and put the missing choice in.
    """
    if isinstance(question, SingleChoice | MultipleChoice):
        ids = [choice.id for choice in question.choices]
        codes = [ord(name.upper()) for name in ids if len(name) == 1 and name.isalpha()]
        if len(codes) == len(ids) and codes == sorted(set(codes)) and codes[-1] - codes[0] >= len(codes):
            gone = next(code for code in range(codes[0], codes[-1]) if code not in codes)
            at = next(i for i, code in enumerate(codes) if code > gone)
            yield finding("L120", f"choice {chr(gone)} is missing", pointer=f"/choices/{at}/id")
        elif len(codes) == len(ids) and codes == sorted(set(codes)) and ids[0] in ("B", "b"):
            yield finding("L120", "choice A is missing", pointer="/choices/0/id")


def single_right(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """A multiple choice with one right choice: often intended, often a slip for a single choice."""
    if isinstance(question, MultipleChoice) and question.answer and len(set(question.answer)) == 1:
        yield finding("L124", f"only {question.answer[0]} of {question.id} is right", pointer="/answer")


def matching(question: Question, _scope: Scope) -> Iterator[Diagnostic]:
    """Matching that gives itself away or asks nothing.

    Every prompt with the same partner (L132) asks nothing, and a prompt that
    reads like one of the choices (L133) answers itself or was put on the wrong side.
    """
    if not isinstance(question, Matching):
        return
    partners = list((question.answer or {}).values())
    if len(partners) > 2 and len(set(partners)) == 1:
        yield finding("L132", f"every prompt has the partner {partners[0]!r}", pointer="/answer")
    texts = {squeezed(richtext.plain(choice.text)) for choice in question.choices} - {""}
    for i, prompt in enumerate(question.prompts):
        if squeezed(richtext.plain(prompt.text)) in texts:
            message = f"the prompt {prompt.id!r} reads like one of the choices"
            yield finding("L133", message, pointer=f"/prompts/{i}/text")


def _lists(question: Question) -> Iterator[tuple[str, Sequence[Choice | Prompt | Item]]]:
    match question:
        case SingleChoice() | MultipleChoice():
            yield "/choices", question.choices
        case Matching():
            yield "/prompts", question.prompts
            yield "/choices", question.choices
        case Ordering():
            yield "/items", question.items
        case _:
            pass
