"""Items, tests and packages that others made: read without a crash, and nearly all with their stem, choices and key.

The expected stem, choices and key are taken from the files by a few lines of
their own, which know nothing of the reader.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from qbank import reading, richtext
from qbank.diagnostics import QbankError
from qbank.model import (
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TrueFalse,
)
from qbank.readers.qti.versions import version_of

pytestmark = pytest.mark.conformance
EXAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "examples" / "qti"
SUPPORTED = {
    "choice": (SingleChoice, MultipleChoice, TrueFalse),
    "hottext": (SingleChoice, MultipleChoice),
    "order": (Ordering,),
    "match": (Matching, Group),
    "associate": (Matching,),
    "gapmatch": (Cloze,),
    "inlinechoice": (Cloze,),
    "textentry": (Cloze, ShortAnswer, Numeric),
    "extendedtext": (Essay,),
    "slider": (Numeric,),
}
SHARE = 0.95


def files() -> list[Path]:
    """The files that are QTI 2 or 3."""
    if not EXAMPLES.is_dir():
        pytest.skip("the QTI examples are not beside the checkout")
    found = [path for path in sorted(EXAMPLES.rglob("*")) if path.suffix in (".xml", ".zip", ".qti")]
    return [path for path in found if version_of(document(path)) is not None]


def document(path: Path) -> reading.Document:
    """A file as the readers get it."""
    return reading.Document(path.name, path.read_bytes(), str(path.parent))


def read(path: Path) -> tuple[list[Question], reading.Context]:
    """What the reader of its version makes of a file."""
    found, ctx = document(path), reading.Context()
    version = version_of(found)
    assert version is not None
    return list(reading.get(version).read(found, ctx)), ctx


def plain_item(path: Path) -> Any | None:
    """An item without adaptation and chance, its names spelled without hyphens and in small letters."""
    if path.suffix == ".zip":
        return None
    try:
        root = etree.fromstring(path.read_bytes())
    except etree.XMLSyntaxError:
        return None
    for element in root.iter(etree.Element):
        element.tag = re.sub(r"^qti-|-", "", etree.QName(element).localname).lower()
    if (
        root.tag != "assessmentitem"
        or root.get("adaptive") == "true"
        or root.find(".//templatedeclaration") is not None
    ):
        return None
    return root


def interactions(item: Any) -> list[Any]:
    """The interactions of an item, buttons apart."""
    every = [e for e in item.iter(etree.Element) if str(e.tag).endswith("interaction")]
    return [e for e in every if e.tag not in ("endattemptinteraction", "mediainteraction")]


def words(text: str) -> str:
    """The letters and digits of a text."""
    return re.sub(r"\W+", "", text)


def key(item: Any) -> list[str]:
    """The values of the only correct response."""
    declared = [d for d in item.iter("responsedeclaration") if d.find("correctresponse") is not None]
    return [(v.text or "").strip() for v in declared[0].iter("value")] if len(declared) == 1 else []


def test_no_file_crashes_a_reader() -> None:
    """Every file is read or refused in a sentence, and every draft is named in a finding."""
    for path in files():
        try:
            questions, ctx = read(path)
        except QbankError:
            continue  # refused in a sentence
        named = {d.message.partition(":")[0] for d in ctx.report}
        for question in questions:
            assert question.status == "ready" or question.id in named or any(question.id in n for n in named)


def test_items_of_our_kinds_are_read() -> None:
    """Of the items whose interactions all have a kind, at least 95 % become one, with all of their stem's prompts."""
    good, bad = 0, []
    for path in files():
        item = plain_item(path)
        found = [] if item is None else [str(e.tag).removesuffix("interaction") for e in interactions(item)]
        if item is None or not found or not set(found) <= set(SUPPORTED):
            continue
        (question,) = read(path)[0]
        expected = SUPPORTED[found[0]] if len(found) == 1 else (Group, Cloze, Essay)
        shown = words(richtext.plain(question.stem) + "".join(_stems(question)))
        prompts = [words("".join(p.itertext())) for p in item.iter("prompt") if p.find(".//{*}math") is None]
        if isinstance(question, expected) and all(p in shown for p in prompts):
            good += 1
        else:
            bad.append(f"{path.name}: {type(question).__name__}")
    assert good >= 150
    assert good / (good + len(bad)) >= SHARE, bad


def _stems(question: Question) -> list[str]:
    return [richtext.plain(sub.stem) for sub in question.questions] if isinstance(question, Group) else []


def test_choices_and_keys_are_read() -> None:
    """Items with one choice, hottext, order or inline choice interaction have the file's choices and key."""
    good, bad = 0, []
    for path in files():
        item = plain_item(path)
        if item is None or len(found := interactions(item)) != 1:
            continue
        if found[0].tag not in (
            "choiceinteraction",
            "hottextinteraction",
            "orderinteraction",
            "inlinechoiceinteraction",
        ):
            continue
        names = [e.get("identifier") for e in found[0].iter("simplechoice", "hottext", "inlinechoice")]
        (question,) = read(path)[0]
        right = [names.index(name) for name in key(item) if name in names]
        if found[0].tag != "orderinteraction":
            right.sort()
        if _chosen(question) == (len(names), right):
            good += 1
        else:
            bad.append(path.name)
    assert good >= 80
    assert good / (good + len(bad)) >= SHARE, bad


def _chosen(question: Question) -> tuple[int, list[int]] | None:
    """How many choices there are, and the places of the right ones."""
    match question:
        case SingleChoice() | MultipleChoice():
            ids = [choice.id for choice in question.choices]
            right = [question.answer] if isinstance(question.answer, str) else list(question.answer or ())
            return len(ids), sorted(ids.index(name) for name in right)
        case TrueFalse():
            return 2, [] if question.answer is None else [0 if question.answer else 1]
        case Ordering():
            places = [item.id for item in question.items]
            return len(places), [places.index(name) for name in question.answer or ()]
        case Cloze(blanks=(ChoiceBlank() as blank,)):
            ids = [choice.id for choice in blank.choices]
            return len(ids), [] if blank.answer is None else [ids.index(blank.answer)]
        case _:
            return None


def test_packages_give_their_items_and_pictures() -> None:
    """A package gives a question for each item of its manifest, and pictures that are there are kept."""
    for path in files():
        if path.suffix != ".zip" or path.name in ("BadMix.zip",):
            continue
        questions, ctx = read(path)
        assert questions, path.name
        shown = {name for q in questions for name in richtext.asset_names(q.stem)}
        assert shown <= set(ctx.assets)
        assert all(not isinstance(q, Information) or q.stem or q.status == "draft" for q in questions)
