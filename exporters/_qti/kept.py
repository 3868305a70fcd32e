"""An item of a kind that the bank does not have, given back as its package had it.

A reader keeps it as `extensions["qti21"] = {"xml": "<assessmentItem ...>", "files": {address: asset}}` on a draft,
under the name of its version. It is parsed, never pasted; its name becomes the
bank's, and its pictures and sounds go into the new package.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from qbank import richtext
from qbank.assets import AssetError
from qbank.formats import qti
from qbank.model import Question, SubQuestion, texts

from .dialect import Dialect
from .items import Item
from .losses import Losses
from .media import Media

XML, FILES = "xml", "files"
VERSIONS = ("qti21", "qti22", "qti30")
_ADDRESSES = ("src", "data", "href")
_ELSEWHERE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//|#|\Z")


class Unkept(Exception):
    """What is kept is no item of the version; the message says why."""


def is_kept(question: Question, name: str) -> bool:
    """Whether it is a draft that was kept whole, by this version or, with nothing else to show for it, by another.

    Whoever has made it ready stands by what the bank says of it.
    """
    if question.status != "draft" or not question.extensions:
        return False
    if XML in question.extensions.get(name, {}):
        return True
    others = any(XML in question.extensions.get(other, {}) for other in VERSIONS)
    return others and question.__struct_config__.tag == "information"


def kept_item(
    question: SubQuestion, name: str, identifier: str, dialect: Dialect, media: Media, losses: Losses
) -> Item:
    """The item as it was, under the identifier it has here. Raises `Unkept`."""
    root = check_kept(question, name, dialect)
    root.set("identifier", identifier)
    files = question.extensions[name].get(FILES)
    members = _with_files(root, files if isinstance(files, dict) else {}, question, name, media, losses)
    document = etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
    return Item(document, tuple(members))


def check_kept(question: SubQuestion, name: str, dialect: Dialect) -> Any:
    """The root element of the item that is kept. Raises `Unkept` where it is none of this version."""
    own = question.extensions.get(name, {})
    if XML not in own:
        other = next(other for other in VERSIONS if XML in question.extensions.get(other, {}))
        raise Unkept(f"it was kept as {other}, which is another version")
    root = _parsed(own[XML])
    wanted = f"{{{dialect.namespace}}}{qti.kebab_element('assessmentItem') if dialect.kebab else 'assessmentItem'}"
    if root.tag != wanted:
        raise Unkept(f"what it keeps is no item of QTI {dialect.version}")
    return root


def _parsed(source: object) -> Any:
    if not isinstance(source, str):
        raise Unkept("what it keeps is no XML")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(source.encode(errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unkept(f"what it keeps is no well-formed XML ({getattr(error, 'msg', error)})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unkept("what it keeps declares a document type")
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise Unkept("what it keeps has entities of its own")
    return root


def _with_files(
    root: Any, files: dict[str, object], question: SubQuestion, name: str, media: Media, losses: Losses
) -> dict[str, None]:
    """Lead the addresses to the members of this package; those that lead nowhere are reported."""
    members: dict[str, None] = {}
    missing: dict[str, None] = {}
    for element in root.iter():
        for attribute in _ADDRESSES:
            address = element.get(attribute)
            if address is None or _ELSEWHERE.match(address.strip()):
                continue
            try:
                file = media.file(str(files[address]))
            except (KeyError, AssetError):
                missing.setdefault(address)
                continue
            members.setdefault(file.member)
            element.set(attribute, f"../{qti.path(file.member)}")
    for address in missing:
        message = f"the file {address!r:.100} was not kept with {question.id}"
        losses.add("X203", question, message, f"/extensions/{name}/{XML}")
    if missing:
        for pointer, text in texts(question):
            if any(richtext.asset_names(text)):
                losses.add("X203", question, f"a picture of {question.id} may be missing", pointer)
    return members
