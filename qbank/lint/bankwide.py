"""Rules about the bank as a whole: what is odd only beside the other questions.

They look at the tally when the last question has been counted. What they say
must be near certain: each asks for many questions that agree before it calls
one of them odd.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from fractions import Fraction

from qbank.diagnostics import Diagnostic, finding
from qbank.lint.tally import Sort, Tally

_MANY = 20
_NEARLY_ALL = 0.95
_FOR_BIAS = 40
_SEVERAL = 5


def points(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A question worth many times what all the others of its kind are worth.

    Said only where at least twenty questions of that kind from that document
    agree on their points, and all but one in twenty.

    Remedy: look whether a decimal point is missing.
    """
    for (kind, _), sorts in _grouped(tally, "kind", "document").items():
        by_points = Counter[str]()
        for sort, count in sorts:
            if sort.points:
                by_points[sort.points] += count
        if not by_points:
            continue
        usual, agree = by_points.most_common(1)[0]
        if agree < _MANY or agree < _NEARLY_ALL * by_points.total() or kind == "information":
            continue
        for sort, _count in sorts:
            value, normal = Fraction(sort.points or 1), Fraction(usual)
            if normal and value and (value >= 5 * normal or value <= normal / 5):
                for example in tally.examples[sort]:
                    message = (
                        f"{example.question} is worth {float(value):g} points, other {kind} questions {float(normal):g}"
                    )
                    yield finding("L305", message, question=example.question, pointer=f"{example.pointer}/points")


def choice_count(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A single choice with fewer choices than all the others from its document: one may be lost.

    Remedy: look the question up in its source.
    """
    for (kind, _), sorts in _grouped(tally, "kind", "document").items():
        if kind != "single_choice":
            continue
        by_count = Counter[int]()
        for sort, count in sorts:
            by_count[sort.choices] += count
        usual, agree = by_count.most_common(1)[0]
        if agree < _MANY or agree < _NEARLY_ALL * by_count.total():
            continue
        for sort, _count in sorts:
            if sort.choices < usual:
                for example in tally.examples[sort]:
                    message = f"{example.question} has {sort.choices} choices, nearly all others have {usual}"
                    yield finding("L306", message, question=example.question, pointer=f"{example.pointer}/choices")


def categories(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A category with a single question, or one that differs from another by a slip.

    In a bank of at least forty questions a category with one question (L308) is
    often a wrong one; one whose name differs from a large one's in a letter or
    two (L309) is nearly always.

    Remedy: write the name as the others have it.
    """
    sizes = Counter[tuple[str, ...]]()
    for sort, count in tally.counts.items():
        if sort.category:
            sizes[sort.category] += count
    if sizes.total() < _FOR_BIAS or len(sizes) < 2:
        return
    large = [path for path, count in sizes.items() if count >= 5]
    roots = Counter[str]()
    for path, count in sizes.items():
        roots[path[0]] += count
    # A section with one question is common; a subject with one, beside subjects with many, is not.
    alone = {root for root, count in roots.items() if count == 1}
    alone = alone if len(alone) <= max(1, len(roots) // 5) else set()
    for path, count in sizes.items():
        if count > 2:
            continue
        twin = next((other for other in large if _slip(path, other)), None)
        for sort, _count in tally.where(category=path):
            for example in tally.examples[sort]:
                name, at = "/".join(path), f"{example.pointer}/category"
                if twin is not None:
                    message = f"the category {name!r} of {example.question} is {'/'.join(twin)!r} but for a letter"
                    yield finding("L309", message, question=example.question, pointer=at)
                elif count == 1 and (path[0] in alone or len(large) >= len(sizes) - 2):
                    message = f"{example.question} is alone in the category {name!r}"
                    yield finding("L308", message, question=example.question, pointer=at)


def _slip(name: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two paths differ by a typing error and not by a number."""
    first, second = "/".join(name), "/".join(other)
    if len(first) < 3 or abs(len(first) - len(second)) > 2:
        return False
    if "".join(first.split()).casefold() == "".join(second.split()).casefold():
        return True
    changed = [
        first[a:b] + second[c:d]
        for what, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
        if what != "equal"
    ]
    odd = "".join(changed)
    counting = any(c.isdigit() or c in "一二三四五六七八九十百上中下ABCDEFGHIVX" for c in odd)
    return len(first) >= 5 and len(changed) == 1 and len(odd) <= 2 and not counting


def all_right(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A multiple choice of which every choice is right, where that is rare in the bank.

    Chinese papers have such questions by the dozen, and then nothing is said.
    """
    total = sum(count for _, count in tally.where(kind="multiple_choice"))
    found = [(sort, count) for sort, count in tally.where(all_right=True)]
    full = sum(count for _, count in found)
    if full > max(2, total // 20):
        return
    for sort, _count in found:
        for example in tally.examples[sort]:
            message = f"all {sort.choices} choices of {example.question} are correct"
            yield finding("L108", message, question=example.question, pointer=f"{example.pointer}/answer")


def position(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A key that is in one place far too often: students learn to guess it.

    Said from forty questions on, where more than half of the answers of
    questions with four choices (or the like for other numbers) are in one
    place, or nine of ten statements are true.

    Remedy: shuffle the choices.
    """
    by_count: dict[int, Counter[int]] = defaultdict(Counter)
    truths = Counter[int]()
    for sort, count in tally.counts.items():
        if sort.kind == "single_choice" and sort.key >= 0:
            by_count[sort.choices][sort.key] += count
        elif sort.kind == "true_false" and sort.key >= 0:
            truths[sort.key] += count
    for choices, keys in by_count.items():
        place, count = keys.most_common(1)[0]
        if keys.total() >= _FOR_BIAS and choices > 2 and count > keys.total() * max(0.5, 1.6 / choices):
            message = (
                f"{count} of {keys.total()} questions with {choices} choices have their answer in place {place + 1}"
            )
            yield finding("L310", message, pointer="/questions", hint="shuffle the choices")
    if truths.total() >= _FOR_BIAS:
        verdict, count = truths.most_common(1)[0]
        if count >= 0.9 * truths.total():
            message = f"{count} of {truths.total()} statements are {'true' if verdict else 'false'}"
            yield finding("L310", message, pointer="/questions")


def longest(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """The right choice is the longest of all far too often: students learn to guess it.

    Said from forty questions on, where it is so in two of three.

    Remedy: make wrong choices as precise as the right ones.
    """
    total = full = 0
    for sort, count in tally.where(kind="single_choice"):
        if sort.key >= 0:
            total += count
            full += count if sort.longest else 0
    if total >= _FOR_BIAS and full * 3 >= total * 2:
        message = f"the right choice is the longest in {full} of {total} single-choice questions"
        yield finding("L311", message, pointer="/questions", hint="make wrong choices as precise as the right ones")


def foreign(tally: Tally, language: str | None) -> Iterator[Diagnostic]:
    """A stem in another language than the bank, where nearly all others are in it."""
    if language is None:
        return
    total = sum(tally.counts.values())
    odd = [(sort, count) for sort, count in tally.counts.items() if sort.speaks]
    if total < _MANY or sum(count for _, count in odd) > max(1, total // 33):
        return
    for sort, _count in odd:
        for example in tally.examples[sort]:
            message = f"the stem of {example.question} is not in {language!r}, the language of the bank"
            hint = "set 'language' on the question"
            yield finding("L235", message, question=example.question, pointer=f"{example.pointer}/stem", hint=hint)


def negations(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """A negative stem whose negation is not emphasised, where those of nearly all others are.

    Remedy: emphasise it as the others do (`<strong>`, or NOT in capitals).
    """
    plain = [(sort, count) for sort, count in tally.counts.items() if sort.negation == "plain"]
    odd = sum(count for _, count in plain)
    marked = sum(count for _, count in tally.where(negation="marked"))
    if marked < _SEVERAL or odd > max(1, marked // 4):
        return
    for sort, _count in plain:
        for example in tally.examples[sort]:
            message = (
                f"the negation in the stem of {example.question} is easily overlooked; {marked} others are emphasised"
            )
            yield finding("L312", message, question=example.question, pointer=f"{example.pointer}/stem")


def model_answers(tally: Tally, _language: str | None) -> Iterator[Diagnostic]:
    """An essay without a model answer, where nearly all others have one.

    Remedy: write it in `answer`.
    """
    without = [(sort, count) for sort, count in tally.where(kind="essay", key=0)]
    missing = sum(count for _, count in without)
    answered = sum(count for _, count in tally.where(kind="essay", key=1))
    if answered < _SEVERAL or missing > max(1, answered // 10):
        return
    for sort, _count in without:
        for example in tally.examples[sort]:
            message = f"{example.question} has no model answer; {answered} other essays have one"
            yield finding("L313", message, question=example.question, pointer=f"{example.pointer}/answer")


def _grouped(tally: Tally, *names: str) -> dict[tuple[str, ...], list[tuple[Sort, int]]]:
    groups: dict[tuple[str, ...], list[tuple[Sort, int]]] = defaultdict(list)
    for sort, count in tally.counts.items():
        groups[tuple(getattr(sort, name) for name in names)].append((sort, count))
    return groups
