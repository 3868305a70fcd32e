"""An item as a question of the bank."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from typing import Any

import msgspec

from qbank import richtext
from qbank.formats.qti import line as one_line
from qbank.formats.qti import name_of, number
from qbank.formats.titles import first_words
from qbank.model import ONE, ZERO, Essay, Group, Information, Question, Source, SubQuestion, Text
from qbank.readers.qti import gaps
from qbank.readers.qti.about import About, language
from qbank.readers.qti.bodies import Body, body_of, stem_without, unit_behind
from qbank.readers.qti.choices import choice_question
from qbank.readers.qti.declarations import declarations
from qbank.readers.qti.essays import essay_question
from qbank.readers.qti.item import ID, Item, Part, tidy
from qbank.readers.qti.marking import marker
from qbank.readers.qti.nodes import XML, child, item_root, line
from qbank.readers.qti.pairs import associate_question, match_question, order_question
from qbank.readers.qti.prose import Media, Prose, unwrap
from qbank.readers.qti.remarks import Explained, Remarks
from qbank.readers.qti.several import several
from qbank.readers.qti.sliders import slider_question
from qbank.reading import Context

MAX_PARTS = 2000
"""Choices, gaps, answers and remarks of one item; what marks them is tried with each."""
_PARTS = (
    "simpleChoice", "inlineChoice", "simpleAssociableChoice", "gapText", "gapImg", "gap", "hottext", "value",
    "mapEntry", "choiceInteraction", "textEntryInteraction", "inlineChoiceInteraction", "extendedTextInteraction",
    "sliderInteraction", "outcomeDeclaration", "modalFeedback", "feedbackBlock", "feedbackInline",
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item stands and what is said of it elsewhere."""

    member: str
    place: str
    """The file as findings name it."""
    document: str
    format: str
    """The name of the reader, under which what the bank has no place for is kept."""
    section: tuple[str, ...] = ()
    about: About = field(default_factory=About)


def read_item(root: Any, data: bytes, origin: Origin, media: Media, ctx: Context) -> Question:
    """The question of an `assessmentItem`, named and described."""
    declared = declarations(root)
    prose = Prose(media, origin.member, frozenset(declared.templates))
    marking = marker(root, declared)
    identifier = (root.get("identifier") or "").strip()
    body = child(root, "itemBody")
    item = Item(
        root=root,
        body=body if body is not None else root,
        place=origin.place,
        name=identifier or origin.member,
        declared=declared,
        marker=marking,
        prose=prose,
        remarks=Remarks(marking, prose.text, random=bool(declared.templates)),
        ctx=ctx,
    )
    if body is None:
        item.problem("R047", "the item has no body")
        made: Question = Information(id=identifier_of(identifier, ""), stem="")
        return _described(made, item, origin, Part(Information, {}), "", data)
    _notice(item)
    found = body_of(item)
    part, stem = _question(item, found)
    if prose.random:
        item.drafted = True
        item.problem("R043", "its texts hold values that are drawn by chance; they stand as {name} in a draft")
    return _made(item, origin, part, stem, found, data)


def _question(item: Item, body: Body) -> tuple[Part | None, Text]:
    """The question of a body, and its stem; None where the bank has no such question."""
    if body.strange:
        what = ", ".join(dict.fromkeys(e.tag for e in body.strange))
        item.problem(
            "R040",
            f"the bank has nothing like {what}; its text is kept as a draft and the whole item as it was",
            body.strange[0],
        )
        return None, stem_without(item, body.interactions)
    if not body.interactions:
        return Part(Information, {}, Explained()), item.prose.text(item.body)
    if (count := sum(1 for _ in item.root.iter(*_PARTS))) > MAX_PARTS:
        item.problem("R040", f"it has {count} choices, gaps and rules, more than any question; it is kept as a draft")
        return None, stem_without(item, body.interactions)
    if all(e.tag in gaps.INLINE for e in body.interactions):
        return _inline(item, body)
    if len(body.interactions) == 1:
        element = body.interactions[0]
        part = _block(item, body, element)
        if part is None:
            item.problem("R040", f"this {element.tag} is of a form that the bank does not have", element)
            return None, stem_without(item, body.interactions)
        stem = part.fields.pop("stem", None)
        if stem is None:
            stem = stem_without(item, [element])
        return part, stem
    if item.root.get("adaptive") in ("true", "1"):
        item.drafted = True
    part = several(item, body, _question)
    if part is None:
        item.problem("R040", "one of its interactions is of a form that the bank does not have", body.interactions[0])
        return None, stem_without(item, body.interactions)
    return part, part.fields.pop("stem")


def _inline(item: Item, body: Body) -> tuple[Part | None, Text]:
    """A short answer or a number where one field stands alone, else a cloze."""
    only = body.interactions[0]
    if len(body.interactions) == 1 and only.tag == "textEntryInteraction":
        unit = unit_behind(item, only)
        if unit is not None:
            part = gaps.single_field(item, only, unit)
            return part, stem_without(item, [only], with_unit=bool(unit))
    names = gaps.blank_ids(body.interactions)
    found = [gaps.inline_gap(item, e, name) for e, name in zip(body.interactions, names, strict=True)]
    part = gaps.cloze(item, found)
    for gap in found:
        gaps.mark(gap.element, gap.id)
    return part, item.prose.text(item.body, names)


def _block(item: Item, body: Body, element: Any) -> Part | None:
    """The question that one interaction asks."""
    match element.tag:
        case "choiceInteraction":
            return choice_question(item, element)
        case "hottextInteraction":
            return choice_question(item, element, "hottext")
        case "orderInteraction":
            return order_question(item, element)
        case "matchInteraction":
            return match_question(item, element)
        case "associateInteraction":
            return associate_question(item, element)
        case "gapMatchInteraction":
            return _bank(item, element)
        case "extendedTextInteraction":
            return essay_question(item, body, element)
        case "sliderInteraction":
            return slider_question(item, element)
        case "textEntryInteraction":
            return gaps.single_field(item, element, "")
        case _:
            return None


def _bank(item: Item, element: Any) -> Part | None:
    """A text whose gaps are filled from a list of words."""
    found = gaps.gap_match(item, element)
    if not found or not found[0].bank:
        return None
    part = gaps.cloze(item, found)
    if any(word.get("matchMax", "1") == "1" for word in found[0].bank):
        item.problem("R045", "each word of its list was there once; the bank offers all of them in every gap", element)
    for word in found[0].bank:
        element.remove(word) if word.tail is None or not word.tail.strip() else word.clear()
    for gap in found:
        gaps.mark(gap.element, gap.id)
    names = [gap.id for gap in found]
    element.attrib.clear()
    unwrap(element)
    part.fields["stem"] = item.prose.text(item.body, names)
    return part


def _notice(item: Item) -> None:
    """Findings about what an item does that no question of the bank does."""
    root = item.root
    if root.get("adaptive") in ("true", "1"):
        item.problem("R045", "the item goes on after an answer (adaptive); it is read as one with a single try")
    if root.get("timeDependent") in ("true", "1"):
        item.problem("R045", "the item's score depends on the time taken; the bank's does not")
    if item.marker.unknown_template is not None:
        processing = child(root, "responseProcessing")
        item.problem(
            "R043",
            f"the response processing template {item.marker.unknown_template!r} is not known; "
            "the correct response was taken as the key",
            processing,
        )


def _made(item: Item, origin: Origin, part: Part | None, stem: Text, body: Body, data: bytes) -> Question:
    if part is None:
        item.drafted = True
        part = Part(Information, {})
    identifier = (item.root.get("identifier") or "").strip()
    name = (
        origin.about.id
        if origin.about.id and ID.match(origin.about.id)
        else identifier_of(identifier, richtext.plain(stem))
    )
    fields = dict(part.fields)
    if part.make is Group:
        fields["questions"] = tuple(_numbered(sub, name, i) for i, sub in enumerate(fields["questions"]))
    try:
        made: Question = part.make(id=name, stem=stem, **fields)
    except (TypeError, ValueError) as error:
        item.problem("R040", f"it cannot be said in the bank ({error})")
        item.drafted = True
        part = Part(Information, {})
        made = Information(id=name, stem=stem)
    return _described(made, item, origin, part, identifier, data, body)


def _described(
    made: Question, item: Item, origin: Origin, part: Part, identifier: str, data: bytes, body: Body | None = None
) -> Question:
    """The question with what every kind has: title, points, feedback, language and the like."""
    about, root = origin.about, item.root
    if any(outcome.external for outcome in item.declared.outcomes.values()) and not isinstance(
        made, Essay | Information
    ):
        item.problem("R045", "its score comes from outside (externalScored); the bank marks it itself")
    explained = part.explained
    hints = item.remarks.hints(body.buttons if body is not None else (), explained)
    changes: dict[str, Any] = {"hints": hints} if hints else {}
    feedback = explained.feedback()
    if feedback is not None:
        changes["feedback"] = feedback
    changes["title"] = _title(root, about, made, identifier)
    if not isinstance(made, Group | Information):
        changes["points"] = _points(item, part)
    changes["language"] = language(root.get(f"{XML}lang"))
    changes |= {"tags": about.tags, "category": about.category, "difficulty": about.difficulty}
    changes["source"] = about.source or Source(
        document=origin.document, title=None, section=" / ".join(origin.section) or None, line=line(root) or None
    )
    if about.draft or item.drafted:
        changes["status"] = "draft"
    kept: dict[str, Any] = {}
    if item.drafted:
        kept["xml"] = data.decode("utf-8", "replace")
        files = _files_of(data, item)
        if files:
            kept["files"] = files
    left = item.remarks.left()
    if left:
        at, name, text = left[0]
        more = f" (and of {len(left) - 1} more)" if len(left) > 1 else ""
        item.problem("R043", f"when its feedback {first_words(text, name)!r}{more} is shown cannot be said", at=at)
    if left:
        kept["feedback"] = {name: richtext.plain(text) for _, name, text in left}
    if kept:
        changes["extensions"] = {origin.format: kept}
    _report_texts(item)
    return msgspec.structs.replace(made, **changes)


def _files_of(data: bytes, item: Item) -> dict[str, str]:
    """The assets for the addresses in an item that is kept whole."""
    found: dict[str, str] = {}
    media, base = item.prose.media, item.prose.base
    for element in item_root(data, item.place).iter():
        for attribute in ("src", "data", "href"):
            address = element.get(attribute) if isinstance(element.tag, str) else None
            if address and address[:5].lower() != "data:" and (name := media.name(base, address)) is not None:
                found[address] = name
    return found


def _title(root: Any, about: About, made: Question, identifier: str) -> str | None:
    if about.title:
        return _CONTROL.sub(" ", about.title)
    title = _CONTROL.sub(" ", " ".join((root.get("title") or "").split()))
    derived = (first_words(made.stem, made.id), made.id, identifier, "")
    return None if title in derived or one_line(title) in derived else title


def _points(item: Item, part: Part) -> Fraction:
    """What the question is worth: MAXSCORE, else SCORE's `normalMaximum`, else what the right response scores."""
    outcomes = item.declared.outcomes
    best = part.best if part.best is not None and part.best > 0 else None
    told: Fraction | None = None
    maximum = outcomes.get("MAXSCORE")
    if maximum is not None and isinstance(maximum.default, Fraction) and maximum.default > 0:
        told = maximum.default
    elif maximum is not None and maximum.default == ZERO and best is None:
        return ZERO
    if told is None:
        for name in item.declared.score:
            most = outcomes[name].maximum
            if most is not None and most > 0:
                told = (told or ZERO) + most
    if told is not None and best is not None and abs(told - best) > Fraction(1, 10**6):
        item.problem("R047", f"it says that it is worth {number(told)}, but the right response scores {number(best)}")
    return tidy(told or best or ONE)


def _report_texts(item: Item) -> None:
    shown = [name for name in item.prose.variables if name not in item.declared.templates]
    if shown:
        item.problem("R045", f"a text shows the value of {', '.join(shown[:6])}, which stands there as {{name}}")
    if item.prose.dropped:
        item.problem("R041", f"left out of its texts: {', '.join(list(item.prose.dropped)[:6])}")
    for address in item.prose.missing:
        item.problem("R044", f"the picture, sound or page {address!r} is not there, or is none that can be shown")


def _numbered(sub: SubQuestion, name: str, place: int) -> SubQuestion:
    return msgspec.structs.replace(sub, id=f"{name[:94]}-{place + 1}")


def identifier_of(identifier: str, content: str) -> str:
    """The bank's id for an item: its identifier where that is one, else one made of its content."""
    name = name_of(identifier)
    if ID.match(name):
        return name
    digest = blake2b(f"{identifier}\x1f{content}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"q-{digest}"
