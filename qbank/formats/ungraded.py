"""A question without an answer as one that a person marks, for targets that demand a key."""

from __future__ import annotations

from qbank import richtext
from qbank.model import (
    Choice,
    ChoiceBlank,
    Cloze,
    Essay,
    Html,
    Item,
    Matching,
    MultipleChoice,
    Ordering,
    Prompt,
    Question,
    SingleChoice,
    Text,
)
from qbank.richtext import Element, Node


def as_essay(question: Question) -> Essay:
    """The question as an essay that shows what the student would have chosen from."""
    shown: list[Element] = list(richtext.blocks(question.stem))
    match question:
        case SingleChoice() | MultipleChoice():
            shown += _labelled(question.choices)
        case Matching():
            shown += [*_labelled(question.prompts), Element("hr"), *_labelled(question.choices)]
        case Ordering():
            shown += _labelled(question.items)
        case Cloze():
            shown = list(_with_visible_gaps(tuple(shown)))
            for blank in question.blanks:
                if isinstance(blank, ChoiceBlank):
                    shown += _labelled(blank.choices)
        case _:
            pass
    return Essay(
        id=question.id,
        title=question.title,
        stem=Html(html=richtext.serialize(tuple(shown))),
        points=question.points,
        penalty=question.penalty,
        feedback=question.feedback,
        hints=question.hints,
        tags=question.tags,
        category=question.category,
        difficulty=question.difficulty,
        language=question.language,
        status=question.status,
        source=question.source,
        response="plain",
    )


def _labelled(parts: tuple[Choice, ...] | tuple[Prompt, ...] | tuple[Item, ...]) -> list[Element]:
    """Paragraphs such as "A. text"."""
    return [Element("p", (), (f"{part.id}. ", *_inline(part.text))) for part in parts]


def _inline(text: Text) -> tuple[Node, ...]:
    tree = richtext.blocks(text)
    return tree[0].children if len(tree) == 1 and tree[0].tag == "p" else (richtext.plain(text),)


def _with_visible_gaps(nodes: tuple[Element, ...]) -> tuple[Element, ...]:
    def shown(node: Node) -> Node:
        if isinstance(node, str):
            return node
        if node.tag == "blank":
            return "____"
        return Element(node.tag, node.attributes, tuple(shown(child) for child in node.children))

    return tuple(Element(n.tag, n.attributes, tuple(shown(c) for c in n.children)) for n in nodes)
