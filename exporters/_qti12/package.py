"""The manifests of packages of QTI 1.2, and what Canvas reads beside the questions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from hashlib import blake2b

from qbank.formats import qti
from qbank.formats.qti12 import CARTRIDGE_TYPE, EXTRA_TYPE, TYPE
from qbank.model import Header
from qbank.richtext import blocks, html_of, plain, xml_text

from .. import _xml as xml
from .._qti.dialect import namespaces
from .._qti.page import Page
from .sheet import Form

PACKAGING = "http://www.imsglobal.org/xsd/imscp_v1p1"
PACKAGING_SCHEMA = "http://www.imsglobal.org/xsd/imscp_v1p1.xsd"
LOM = "http://www.imsglobal.org/xsd/imsmd_v1p2"
CARTRIDGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
CARTRIDGE_SCHEMA = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_imscp_v1p2_v1p0.xsd"
CARTRIDGE_LOM = "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
CANVAS_SCHEMA = "https://canvas.instructure.com/xsd/cccv1p0.xsd"
META = "assessment_meta.xml"


def name_of(header: Header) -> str:
    """The identifier of the test of a bank: the same for the same title, because Canvas replaces what it knows."""
    return "q" + blake2b((header.title or "").encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def manifest(
    name: str, member: str, header: Header, title: str, form: Form, *, bank: bool, files: Iterable[str]
) -> bytes:
    """`imsmanifest.xml` of a package with one document of questions."""
    page = Page()
    cartridge = form == "cc"
    space, schema = (CARTRIDGE, CARTRIDGE_SCHEMA) if cartridge else (PACKAGING, PACKAGING_SCHEMA)
    spaces = namespaces(space, f"{space} {schema}")
    page.open("manifest", identifier=f"{name}-manifest", **spaces)
    page.open("metadata")
    page.leaf("schema", "IMS Common Cartridge" if cartridge else "IMS Content")
    page.leaf("schemaversion", "1.1.0" if cartridge else "1.1.3")
    _about(page, header, title, cartridge=cartridge)
    page.close()
    _organizations(page, name, title, form, bank=bank)
    page.open("resources")
    kind = TYPE if not cartridge else f"{CARTRIDGE_TYPE}/{'question-bank' if bank else 'assessment'}"
    # Canvas takes one `file` and one `dependency` of it, and stops where there are more
    page.open("resource", identifier=name, type=kind, **({} if cartridge else {"href": member}))
    page.record("file", href=member)
    if form == "canvas" and not bank:
        page.record("dependency", identifierref=f"{name}-meta")
    page.close()
    if form == "canvas" and not bank:
        page.open("resource", identifier=f"{name}-meta", type=EXTRA_TYPE, href=f"{name}/{META}")
        page.record("file", href=f"{name}/{META}")
        page.close()
    for i, file in enumerate(files, 1):
        page.open("resource", identifier=f"{name}-file-{i}", type="webcontent", href=qti.path(file))
        page.record("file", href=qti.path(file))
        page.close()
    page.close()
    page.close()
    return xml.whole(page.xml)


def _about(page: Page, header: Header, title: str, *, cartridge: bool) -> None:
    """What the package is called, as learning object metadata."""
    word = "string" if cartridge else "langstring"
    spoken = {} if header.language is None else {("language" if cartridge else "xml:lang"): header.language}
    page.open("lom", xmlns=CARTRIDGE_LOM if cartridge else LOM)
    page.open("general")
    for tag, text in (("title", title), ("description", plain(header.description or ""))):
        if text.strip():
            page.open(tag)
            page.leaf(word, qti.line(text), **spoken)
            page.close()
        if tag == "title" and header.language is not None:
            page.leaf("language", header.language)
    page.close()
    if header.license is not None:
        page.open("rights")
        if cartridge:
            page.open("copyrightAndOtherRestrictions")
            page.leaf("value", "yes")
            page.close()
        page.open("description")
        page.leaf(word, header.license, **spoken)
        page.close()
        page.close()
    page.close()


def _organizations(page: Page, name: str, title: str, form: Form, *, bank: bool) -> None:
    if form != "cc" or bank:
        page.leaf("organizations")
        return
    page.open("organizations")
    page.open("organization", identifier=f"{name}-organization", structure="rooted-hierarchy")
    page.open("item", identifier=f"{name}-root")
    page.open("item", identifier=f"{name}-item", identifierref=name)
    page.leaf("title", qti.line(title))
    for _ in range(4):
        page.close()


def assessment_meta(name: str, header: Header, title: str, points: Fraction, *, shuffle: bool) -> bytes:
    """`assessment_meta.xml`: the settings of the quiz in Canvas, which the teacher changes there."""
    page = Page()
    page.open("quiz", identifier=name, **namespaces(CANVAS, f"{CANVAS} {CANVAS_SCHEMA}"))
    described = html_of(blocks(header.description or ""), lambda element: None)
    settings = {
        "title": qti.line(xml_text(title)),
        "description": described,
        "shuffle_answers": "true" if shuffle else "false",
        "scoring_policy": "keep_highest",
        "hide_results": "",
        "quiz_type": "assignment",
        "points_possible": qti.number(points),
        "show_correct_answers": "true",
        "anonymous_submissions": "false",
        "could_be_locked": "false",
        "allowed_attempts": "1",
        "one_question_at_a_time": "false",
        "cant_go_back": "false",
        "available": "false",
        "one_time_results": "false",
        "show_correct_answers_last_attempt": "false",
        "only_visible_to_overrides": "false",
        "module_locked": "false",
    }
    for tag, value in settings.items():
        page.leaf(tag, value)
    page.close()
    return xml.whole(page.xml)
