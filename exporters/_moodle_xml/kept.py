"""A question of a type that the bank does not have, given back as its file had it.

A reader keeps it as `extensions["moodle-xml"] = {"type": ..., "xml": "<question ...>"}`.
It is parsed, never pasted: what is written is a tree of elements and texts,
each text in CDATA as everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from qbank.model import SubQuestion

from .. import _moodle
from .._moodle import Unfit
from .entry import Entry
from .settings import NAME, TYPE, TYPES, XML

CORE = frozenset(
    {
        *TYPES,
        *("calculated", "calculatedsimple", "calculatedmulti", "ddimageortext", "ddmarker", "match", "multianswer"),
        "randomsamatch",
    }
)
"""Types that every Moodle has."""
_MAX_DEPTH = 40
_TOKEN = re.compile(r"[A-Za-z0-9_.;,:+*/-]+\Z")


def is_kept(question: SubQuestion) -> bool:
    """Whether the question is one that was kept whole."""
    return bool(question.extensions) and XML in question.extensions.get(NAME, {})


def kept(entry: Entry, question: SubQuestion) -> None:
    """Write the question as it was. `Unfit` where that is no question of its type."""
    own = question.extensions[NAME]
    element = _parsed(own.get(XML))
    kind = element.get("type")
    if element.tag != "question" or kind != own.get(TYPE) or not kind or kind in ("category", "random"):
        raise Unfit(f"what it keeps for Moodle is no question of the type {own.get(TYPE)!r:.60}")
    number = element.find("idnumber")
    if number is not None and number.text:
        number.text = entry.placing.number(number.text, question)
    for name in own:
        if name not in (TYPE, XML):
            entry.notes.loss(
                "X208", f"{question.id} is written as it was kept, without {name!r}", f"/extensions/{NAME}"
            )
    _write(entry, element)
    if kind not in CORE:
        entry.notes.loss(
            "X311",
            f"{question.id} is a {kind} question: a Moodle without that plug-in refuses the whole file",
            _moodle.pointer_to(NAME, TYPE),
            hint="export it apart from the others, with --where",
        )


def _parsed(source: object) -> Any:
    if not isinstance(source, str) or "<!DOCTYPE" in source:
        raise Unfit("what it keeps for Moodle is no XML, or has a DTD")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        return etree.fromstring(source.encode(errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise Unfit(f"what it keeps for Moodle is no well-formed XML ({error.msg})") from error


def _write(entry: Entry, element: Any, depth: int = 0) -> None:
    if depth > _MAX_DEPTH or not isinstance(element.tag, str):
        raise Unfit("what it keeps for Moodle is nested too deeply, or is no plain XML")
    attributes: Mapping[str, str] = {str(name): str(value) for name, value in element.attrib.items()}
    text = element.text or ""
    try:
        if len(element):
            entry.xml.open(element.tag, **attributes)
            for child in element:
                _write(entry, child, depth + 1)
            entry.xml.close()
        elif element.tag == "file" or _TOKEN.match(text):
            entry.xml.leaf(element.tag, text, **attributes)
        else:
            entry.xml.cdata(element.tag, text.strip(" \t\n\r\0\x0b"), **attributes)
    except ValueError as error:
        raise Unfit("what it keeps for Moodle has names that Moodle does not read") from error
