"""A group as questions that stand alone, for targets without shared material."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from qbank import richtext
from qbank.formats.titles import first_words
from qbank.model import Feedback, Group, Html, SubQuestion, Text
from qbank.richtext import Element, Node


def flattened(group: Group, *, material: bool = True) -> Iterator[SubQuestion]:
    """The sub-questions, each with a title, the material before its stem, and what it inherits.

    Category, tags, difficulty, language, source, penalty and general feedback
    come from the group where the sub-question has none of its own (tags and
    general feedback: besides its own). A group's hints belong to no sub-question.
    Where it does not come with its `material`, a group keeps that and its feedback.
    """
    for place, sub in enumerate(group.questions, 1):
        yield msgspec.structs.replace(
            sub,
            title=sub.title or (f"{group.title} ({place})" if group.title else first_words(sub.stem, sub.id)),
            stem=together(group.stem, sub.stem) if material else sub.stem,
            feedback=_feedback(group, sub) if material else sub.feedback,
            tags=tuple(dict.fromkeys((*group.tags, *sub.tags))),
            category=sub.category or group.category,
            penalty=sub.penalty if sub.penalty is not None else group.penalty,
            difficulty=sub.difficulty or group.difficulty,
            language=sub.language or group.language,
            source=sub.source or group.source,
        )


def _feedback(group: Group, sub: SubQuestion) -> Feedback | None:
    general = group.feedback.general if group.feedback is not None else None
    if general is None:
        return sub.feedback
    own = sub.feedback or Feedback()
    return msgspec.structs.replace(own, general=together(general, own.general) if own.general is not None else general)


def together(first: Text, second: Text) -> Text:
    """Two texts as one; a gap in the first belongs to no question and becomes a line."""
    shown = tuple(_without_gaps(block) for block in richtext.blocks(first))
    return Html(html=richtext.serialize((*shown, *richtext.blocks(second))))


def _without_gaps(node: Element) -> Element:
    children: list[Node] = []
    for child in node.children:
        if isinstance(child, str):
            children.append(child)
        else:
            children.append("____" if child.tag == "blank" else _without_gaps(child))
    return Element(node.tag, node.attributes, tuple(children))
