"""Two readings of a paper as one bank: whose word holds where the bank and the corrected paper differ.

Where the paper says nothing, the bank's value stays. Where both speak and
differ, the paper wins only if the text of that question has changed; else
somebody has corrected the bank, and what the bank says stays. Each such choice
is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from qbank import richtext
from qbank.bankfile import json_number
from qbank.diagnostics import Diagnostic, Span, finding
from qbank.duplicates.sameness import Known, aligned_blanks, answers, content, loose, strict
from qbank.model import (
    Choice,
    Cloze,
    Essay,
    Feedback,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TrueFalse,
    kind_of,
)
from qbank.reimport.continuity import (
    BODY,
    IN_PLACE,
    SURE,
    Place,
    by_name,
    document_of,
    identified,
    matches,
    question_at,
    ratio,
    unchanged,
)

_OWN = frozenset({"id", "source", "status", "tags", "feedback"})
"""Properties that are joined by rules of their own."""


@dataclass(slots=True)
class Renewed:
    """A bank brought up to its papers."""

    questions: list[Question]
    reading: list[Question]
    """The questions of the new reading as they stand in the papers, under the ids of the bank."""
    names: dict[str, str] = field(default_factory=dict)
    """What the questions of the new reading are called, where that is something else than before."""
    findings: list[Diagnostic] = field(default_factory=list)
    vanished: int = 0
    """Questions that are no longer in their papers."""
    added: int = 0
    matched: int = 0


def renewed(
    old: Sequence[Question], new: Sequence[Question], documents: Iterable[str], *, prune: bool = False
) -> Renewed:
    """The bank's questions with those of `documents` brought up to the new reading, in the bank's order.

    Questions of other documents stay as they are. One that is gone from its
    paper is kept and reported (R037), or left out with `prune`.
    """
    read_again = {*documents, *(document_of(q) for q in new)} - {None}
    found = matches(old, new)
    named, names = identified(old, new, found, reserved=_ids(old))
    done = Renewed([], named, names)
    reached = set(found.values())
    placed: list[tuple[Question, int | None]] = []
    for i, question in enumerate(named):
        place = found.get((i, -1))
        settled: Question
        if isinstance(question, Group):
            settled = _settled_group(old, question, i, found, reached, done, prune)
        else:
            settled = question if place is None else _settled(question_at(old, place), question, done.findings)
            done.matched += place is not None
            done.added += place is None
        placed.append((settled, place[0] if place is not None and place[1] < 0 else None))
    vanished: dict[int, Question | None] = {}
    for i, question in enumerate(old):
        if (i, -1) in reached:
            continue
        if document_of(question) not in read_again:
            vanished[i] = question
            continue
        left = _left(question, i, reached)
        if left is not None:
            _vanished(left, prune, done)
            vanished[i] = None if prune else left
    done.questions = _woven(placed, {i: q for i, q in vanished.items() if q is not None})
    return done


def _ids(questions: Iterable[Question]) -> Iterator[str]:
    for question in questions:
        yield question.id
        if isinstance(question, Group):
            yield from (sub.id for sub in question.questions)


def _left(question: Question, i: int, reached: set[Place]) -> Question | None:
    """What of an old question no new one took over."""
    if not isinstance(question, Group):
        return question
    subs = tuple(sub for j, sub in enumerate(question.questions) if (i, j) not in reached)
    return msgspec.structs.replace(question, questions=subs) if subs else None


def _vanished(question: Question, prune: bool, done: Renewed) -> None:
    done.vanished += 1
    what = "was taken out of the bank" if prune else "is kept in the bank"
    done.findings.append(
        finding(
            "R037",
            f"{_quoted(question)} is no longer in {document_of(question)}; it {what}",
            question=question.id,
            source=_span(question),
            hint="" if prune else "--update --prune takes such questions out",
        )
    )


def _settled_group(
    old: Sequence[Question],
    group: Group,
    i: int,
    found: dict[Place, Place],
    reached: set[Place],
    done: Renewed,
    prune: bool,
) -> Group:
    place = found.get((i, -1))
    before = old[place[0]] if place is not None else None
    placed: list[tuple[Any, int | None]] = []
    for j, sub in enumerate(group.questions):
        theirs = found.get((i, j))
        settled = sub if theirs is None else _settled(question_at(old, theirs), sub, done.findings)
        same_group = theirs is not None and place is not None and theirs[0] == place[0]
        placed.append((settled, theirs[1] if theirs is not None and same_group else None))
        done.matched += theirs is not None
        done.added += theirs is None
    left: dict[int, Any] = {}
    if isinstance(before, Group) and place is not None:
        for j, sub in enumerate(before.questions):
            if (place[0], j) not in reached:
                _vanished(sub, prune, done)
                if not prune:
                    left[j] = sub
        settled_group = _settled(before, group, done.findings)
        assert isinstance(settled_group, Group)
        group = settled_group
    return msgspec.structs.replace(group, questions=tuple(_woven(placed, left)))


def _woven(placed: list[tuple[Question, int | None]], left: dict[int, Question]) -> list[Question]:
    """Old places in their order; what is new stands behind what it follows in the paper."""
    known = [at for _, at in placed if at is not None]
    last = min(known) - 1 if known else max(left, default=-1)
    entries: list[tuple[int, int, int, Question]] = [(at, 0, 0, question) for at, question in left.items()]
    for n, (question, at) in enumerate(placed):
        entries.append((last, 1, n, question) if at is None else (at, 0, 0, question))
        last = last if at is None else at
    return [question for *_, question in sorted(entries, key=lambda entry: entry[:3])]


def _settled(old: Question, new: Question, findings: list[Diagnostic]) -> Question:
    """One question of its two readings, under the old id."""
    said = _Saying(new if new.source is not None else old, findings)
    if unchanged(old, new):
        return _as_banked(old, new, said)
    if isinstance(old, Matching | Ordering | Numeric | Information) and type(old) is not type(new):
        said.kept([f"the {kind_of(old)} question in the bank, which the paper cannot say; check it"], changed=True)
        return msgspec.structs.replace(old, source=new.source)
    return _as_read(old, new, said)


@dataclass(slots=True)
class _Saying:
    question: Question
    findings: list[Diagnostic]

    def kept(self, what: Sequence[str], *, changed: bool = False) -> None:
        """R035."""
        if what:
            because = "the text has changed, but the paper does not say it" if changed else "the text has not changed"
            self._add("R035", f"{_quoted(self.question)}: {because}; kept {'; '.join(what)}")

    def taken(self, what: Sequence[str]) -> None:
        """R036."""
        if what:
            self._add(
                "R036",
                f"{_quoted(self.question)}: the text has changed; the paper's word was taken for {'; '.join(what)}",
            )

    def lost(self, what: str) -> None:
        """R038."""
        self._add("R038", f"{_quoted(self.question)}: {what}")

    def _add(self, code: str, message: str) -> None:
        self.findings.append(finding(code, message, question=self.question.id, source=_span(self.question)))


def _span(question: Question) -> Span | None:
    source = question.source
    return None if source is None else Span(source.document, source.line or 0, source.column or 0)


def _quoted(question: Question) -> str:
    words = " ".join(richtext.plain(question.stem).split())
    number = question.source.number if question.source is not None else None
    head = f"question {number}" if number else question.id
    return f"{head} “{words if len(words) <= 24 else words[:24] + '…'}”"


def _defaults(kind: type[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in msgspec.structs.fields(kind):
        factory = name.default_factory
        found[name.name] = factory() if factory is not msgspec.NODEFAULT else name.default
    return found


def _silent(value: Any, default: Any) -> bool:
    """Whether a property says nothing."""
    if value is None or value == () or value == {} or value == default:
        return True
    return isinstance(value, msgspec.Struct) and hasattr(value, "html") and richtext.is_empty(value)  # type: ignore[arg-type]


def _as_banked(old: Question, new: Question, said: _Saying) -> Question:
    """The bank's question with what it lacks filled in from the paper; the text has not changed."""
    changes: dict[str, Any] = {"source": new.source or old.source, "status": _status(old, new, changed=False)}
    differing: list[str] = []
    default, theirs = _defaults(type(old)), _defaults(type(new))
    if type(old) is not type(new):
        differing.append(f"the kind {kind_of(old)} (the paper: {kind_of(new)})")
    for name in new.__struct_fields__:
        if name in BODY | _OWN or not hasattr(old, name):
            continue
        ours, read = getattr(old, name), getattr(new, name)
        if _silent(read, theirs[name]) or ours == read:
            continue
        if _silent(ours, default[name]) and name != "style":
            changes[name] = read
        else:
            differing.append(f"{name} {_value(ours)} (the paper: {_value(read)})")
    if not old.tags:
        changes["tags"] = new.tags
    changes["feedback"] = _feedback(old.feedback, new.feedback, differing)
    if _words(old) != _words(new):
        differing.append("its wording")
    if not isinstance(old, Group):
        changes |= _answer_filled(old, new, differing)
    said.kept(differing)
    return msgspec.structs.replace(old, **changes)


def _words(question: Question) -> object:
    """What the question asks; of a group its material, since its parts are compared one by one."""
    return strict(question.stem, by_name) if isinstance(question, Group) else content(question, by_name).key


def _answer_filled(old: Question, new: Question, differing: list[str]) -> dict[str, Any]:
    """The answer the bank lacks, in its own terms."""
    before, after = answers(old, by_name), answers(new, by_name)
    for slot, known in before.items():
        if slot in after and after[slot].key != known.key:
            differing.append(f"the answer {_short(known)} (the paper: {_short(after[slot])})")
    if not set(after) - set(before):
        return {}
    match old, new:
        case (SingleChoice() | MultipleChoice(), SingleChoice() | MultipleChoice()):
            chosen = _chosen(new, old.choices)
            if chosen is None or (isinstance(old, SingleChoice) and len(chosen) != 1):
                return {}
            return {"answer": chosen[0] if isinstance(old, SingleChoice) else chosen}
        case (Cloze(), Cloze()) if len(old.blanks) == len(new.blanks):
            read = {a.id: b for a, b in zip(aligned_blanks(old), aligned_blanks(new), strict=True)}
            return {"blanks": tuple(_filled(blank, read[blank.id]) for blank in old.blanks)}
        case (TrueFalse() | ShortAnswer() | Essay(), TrueFalse() | ShortAnswer() | Essay()) if type(old) is type(new):
            return {"answer": new.answer}
    return {}


def _filled(blank: Any, other: Any) -> Any:
    if blank.answer is None and other.answer is not None and type(blank) is type(other) and hasattr(blank, "wildcard"):
        return msgspec.structs.replace(blank, answer=other.answer)
    return blank


def _as_read(old: Question, new: Question, said: _Saying) -> Question:
    """The paper's question with what it leaves open filled in from the bank; the text has changed."""
    taken: list[str] = []
    changes: dict[str, Any] = {}
    answered = bool(answers(new, by_name)) or isinstance(new, Group)
    base = new
    if not answered and type(old) is not type(new) and _is_open(old) and _is_open(new):
        # The paper shows no answer, so the kind was its reader's guess; the bank's was somebody's choice.
        base = msgspec.structs.replace(old, id=new.id, stem=new.stem, source=new.source, points=new.points)
    elif not answered and isinstance(old, MultipleChoice) and isinstance(new, SingleChoice):
        base = _with_kind(new, MultipleChoice)
    elif not answered and isinstance(old, SingleChoice) and isinstance(new, MultipleChoice):
        base = _with_kind(new, SingleChoice)
    elif type(old) is not type(new):
        taken.append(f"the kind {kind_of(new)} (the bank: {kind_of(old)})")
    default = _defaults(type(base))
    for name in base.__struct_fields__:
        if name in BODY | _OWN or not hasattr(old, name):
            continue
        ours, read = getattr(old, name), getattr(base, name)
        if _silent(ours, _defaults(type(old))[name]) or ours == read:
            continue
        if _silent(read, default[name]):
            changes[name] = ours
        else:
            taken.append(f"{name} {_value(read)} (the bank: {_value(ours)})")
    changes["tags"] = tuple(dict.fromkeys((*base.tags, *old.tags)))
    differing: list[str] = []
    changes["feedback"] = _feedback(new.feedback, old.feedback, differing)
    taken += [what.replace("(the paper:", "(the bank:") for what in differing]
    changes["status"] = _status(old, new, changed=True)
    if changes["status"] != old.status:
        taken.append(f"status {changes['status']} (the bank: {old.status})")
    if _reworded(old, old.stem):
        taken.append(f"the stem (the bank: {_value(old.stem)})")
    choices = getattr(base, "choices", None)
    if choices is not None and hasattr(old, "choices"):
        changes["choices"] = _annotated(choices, old.choices)
        if any(_reworded(old, choice.text) for choice in old.choices):
            taken.append("the choices, which the bank had in other words")
    if not isinstance(base, Group):
        changes |= _answer_carried(old, base, taken, said)
    said.taken(taken)
    return msgspec.structs.replace(base, **changes)


def _is_open(question: Question) -> bool:
    return isinstance(question, TrueFalse | ShortAnswer | Numeric | Essay)


def _with_kind(question: Any, kind: type[Any]) -> Any:
    shared = {name: getattr(question, name) for name in kind.__struct_fields__ if hasattr(question, name)}
    return kind(**{**shared, "answer": None, "scoring": _defaults(kind)["scoring"]})


def _answer_carried(old: Question, new: Question, taken: list[str], said: _Saying) -> dict[str, Any]:
    """The bank's answer where the paper gives none, if it still fits."""
    before, after = answers(old, by_name), answers(new, by_name)
    for slot, known in before.items():
        if slot in after and after[slot].key != known.key and not isinstance(new, Cloze):
            taken.append(f"the answer {_short(after[slot])} (the bank: {_short(known)})")
    if not set(before) - set(after):
        return {}
    shown = "; ".join(_short(known) for known in before.values())
    match old, new:
        case (SingleChoice() | MultipleChoice(), SingleChoice() | MultipleChoice()):
            chosen = _chosen(old, new.choices)
            if chosen and (isinstance(new, MultipleChoice) or len(chosen) == 1):
                said.kept([f"the answer {shown}"], changed=True)
                return {"answer": chosen[0] if isinstance(new, SingleChoice) else chosen}
        case (Cloze(), Cloze()) if len(old.blanks) == len(new.blanks):
            banked = {b.id: a for a, b in zip(aligned_blanks(old), aligned_blanks(new), strict=True)}
            said.kept([f"the answer {shown}"], changed=True)
            return {"blanks": tuple(_filled(blank, banked[blank.id]) for blank in new.blanks)}
        case (TrueFalse() | ShortAnswer() | Essay() | Numeric(), _) if type(old) is type(new):
            said.kept([f"the answer {shown}"], changed=True)
            return {"answer": old.answer}
    said.lost(f"the answer in the bank ({shown}) fits nothing in the corrected question and was left out")
    return {}


def _chosen(question: SingleChoice | MultipleChoice, choices: Sequence[Choice]) -> tuple[str, ...] | None:
    """The right choices of a question, as ids among other choices that say the same; None where one is not there."""
    if question.answer is None:
        return None
    right = {question.answer} if isinstance(question.answer, str) else set(question.answer)
    result: list[str] = []
    words = [loose(strict(choice.text, by_name)) for choice in choices]
    for i, choice in enumerate(question.choices):
        if choice.id not in right:
            continue
        said = loose(strict(choice.text, by_name))
        at = words.index(said) if said in words else None
        if at is None and len(choices) == len(question.choices) and ratio(said, words[i]) >= IN_PLACE:
            at = i
        if at is None:
            return None
        result.append(choices[at].id)
    return tuple(result) or None


def _annotated(choices: Sequence[Choice], old: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices with the feedback, weight and fixed place that the bank gave the same ones."""
    known = {loose(strict(choice.text, by_name)): choice for choice in reversed(old)}
    result = []
    for choice in choices:
        before = known.get(loose(strict(choice.text, by_name)))
        if before is not None:
            choice = msgspec.structs.replace(
                choice,
                feedback=choice.feedback if choice.feedback is not None else before.feedback,
                weight=choice.weight if choice.weight is not None else before.weight,
                fixed=choice.fixed or before.fixed,
            )
        result.append(choice)
    return tuple(result)


def _feedback(first: Feedback | None, second: Feedback | None, differing: list[str]) -> Feedback | None:
    """The first, its gaps filled from the second; what both say otherwise is noted."""
    if first is None or second is None:
        return first if second is None else second
    parts: dict[str, Text | None] = {}
    for name in Feedback.__struct_fields__:
        ours, theirs = getattr(first, name), getattr(second, name)
        parts[name] = ours if ours is not None else theirs
        if ours is not None and theirs is not None and strict(ours, by_name) != strict(theirs, by_name):
            differing.append(f"the {name} feedback {_value(ours)} (the paper: {_value(theirs)})")
    return Feedback(**parts)


def _status(old: Question, new: Question, *, changed: bool) -> Any:
    """Draft or ready: the reader's own draft may be cleared by a better reading, a person's may not."""
    if old.status == new.status:
        return old.status
    if new.status == "draft":
        return "draft" if changed else "ready"
    source = old.source
    by_reader = source is not None and source.confidence is not None and source.confidence < SURE
    return "ready" if by_reader else "draft"


def _reworded(old: Question, text: Text) -> bool:
    """Whether the bank's words are not the paper's: their letters do not stand in its text in that order."""
    if old.source is None or old.source.text is None:
        return False
    letters = iter(_letters(old.source.text))
    return not all(character in letters for character in _letters(richtext.plain(text)))


def _letters(text: str) -> str:
    return "".join(character for character in loose(strict(text, by_name)) if character.isalnum())


def _short(known: Known) -> str:
    words = " ".join(known.shown.split())
    return f"“{words if len(words) <= 30 else words[:30] + '…'}”"


def _value(value: Any) -> str:
    if hasattr(value, "numerator"):
        return str(json_number(value))
    if isinstance(value, tuple):
        return ", ".join(_value(part) for part in value)
    if isinstance(value, str) or hasattr(value, "html"):
        words = " ".join(richtext.plain(value).split())
        return f"“{words if len(words) <= 30 else words[:30] + '…'}”"
    return str(value)
