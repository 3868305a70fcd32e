"""Extended text: a text that a person marks, with the model answer and the rubric for the marker."""

from __future__ import annotations

import re
from typing import Any

from qbank import richtext
from qbank.formats.qti import masked_words
from qbank.model import Criterion, Essay, Text
from qbank.readers.qti.bodies import Body
from qbank.readers.qti.declarations import number
from qbank.readers.qti.item import Item, Part, tidy
from qbank.readers.qti.nodes import whole, words
from qbank.readers.qti.remarks import Candidate, Explained

STYLES = {"essay-term": "term", "essay-short": "short", "essay-long": "long"}
RESPONSES = {"xhtml": "rich", "plain": "plain", "preFormatted": "monospaced", "preformatted": "monospaced"}
GIVEN_LINES = "essay-lines"
"""The class that our writer gives where the bank says as many lines as are usual."""
USUAL_LINES = {"term": 3, "short": 8, "long": 20}
"""What our writer says where the bank does not."""
_MODEL = re.compile(r"model|sample|solution|exemplar|answer|参考答案|答案", re.I)


def essay_question(item: Item, body: Body, interaction: Any) -> Part:
    """The essay of an `extendedTextInteraction`."""
    response = item.response(interaction)
    classes = (interaction.get("class") or "").split()
    style = next((STYLES[name] for name in classes if name in STYLES), None)
    lines = whole(interaction, "expectedLines", 0)
    fields: dict[str, Any] = {}
    if style is None:
        length = whole(interaction, "expectedLength", 0)
        style = "long" if lines > 15 or length > 1500 else "short"
    fields["style"] = style
    unsaid = lines == USUAL_LINES[style] and GIVEN_LINES not in classes and any(name in STYLES for name in classes)
    if 1 <= lines <= 200 and not unsaid:
        fields["lines"] = lines
    form = interaction.get("format")
    if form in RESPONSES:
        fields["response"] = RESPONSES[form]
    fields["attachments"] = min(10, len(body.uploads))
    fields |= _limits(item, interaction)
    _for_the_scorer(item, body, fields)
    if "answer" not in fields and response.correct and response.base_type == "string":
        fields["answer"] = "\n\n".join(response.correct)
    if response.has_mapping:
        item.unread_scoring("a machine marks its text; the bank leaves that to a person", interaction)
    explained = item.remarks.explain(_candidates(item, response.identifier)) if item.remarks.waiting else Explained()
    return Part(Essay, fields, explained)


def _limits(item: Item, interaction: Any) -> dict[str, int]:
    """The limits of words that a `patternMask` sets; another mask is reported."""
    mask = interaction.get("patternMask") or ""
    found = masked_words(mask)
    if found is None:
        if mask:
            item.problem("R045", f"the pattern {mask[:40]!r} that its text must match is not kept", interaction)
        return {}
    limits = {"min_words": found[0] or None, "max_words": found[1]}
    return {name: limit for name, limit in limits.items() if limit is not None and 0 < limit <= 10**6}


def _candidates(item: Item, name: str) -> list[Candidate]:
    return [Candidate({**item.others, name: text}, None) for text in ("qbank", "qbank qbank")]


def _for_the_scorer(item: Item, body: Body, fields: dict[str, Any]) -> None:
    """Sort what only the marker reads into the model answer and the rubric."""
    rubric: list[Criterion] = []
    answers: list[Text] = []
    for block in body.for_scorers:
        classes = block.get("class") or ""
        if "rubric" in classes.split():
            rubric += _criteria(item, block)
        elif _MODEL.search(f"{classes} {block.get('id') or ''} {block.get('use') or ''}"):
            answers.append(item.prose.text(block))
        else:
            rubric += _criteria(item, block)
    from qbank.readers.qti.remarks import added

    for text in answers:
        if not richtext.is_empty(text):
            fields["answer"] = added(fields.get("answer"), text)
    if rubric:
        fields["rubric"] = tuple(rubric)


def _criteria(item: Item, block: Any) -> list[Criterion]:
    """The lines of a rubric: the entries of its list, points in bold behind each; else all of it as one."""
    holder = block
    while len(holder) == 1 and holder[0].tag in ("contentBody", "div") and not (holder.text or "").strip():
        holder = holder[0]
    if len(holder) == 1 and holder[0].tag in ("ul", "ol") and not (holder.text or "").strip():
        return [_criterion(item, entry) for entry in holder[0] if entry.tag == "li"]
    text = item.prose.text(block)
    return [] if richtext.is_empty(text) else [Criterion(text=text)]


def _criterion(item: Item, entry: Any) -> Criterion:
    from qbank.readers.qti.prose import remove

    last = entry[-1] if len(entry) else None
    points = None
    if last is not None and last.tag == "strong" and last.get("class") == "points" and not (last.tail or "").strip():
        points = number(words(last))
        if points is not None:
            remove(last)
    return Criterion(text=item.prose.text(entry), points=None if points is None else tidy(points))
