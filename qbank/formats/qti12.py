"""The names of QTI 1.2 and of Canvas' dialect of it, shared by what writes and what reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qbank.model import Kind

NAMESPACE = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
SCHEMA = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
CARTRIDGE_SCHEMA = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_qtiasiv1p2p1_v1p0.xsd"
FILE_BASE = "$IMS-CC-FILEBASE$"
"""What stands for the root of a package in the links of Canvas and Common Cartridge."""
TYPE = "imsqti_xmlv1p2"
"""The type of a resource that is QTI 1.2."""
CARTRIDGE_TYPE = "imsqti_xmlv1p2/imscc_xmlv1p1"
EXTRA_TYPE = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
ROOT_SECTION = "root_section"

RESPONSE = "response1"
GENERAL = "general_fb"
CORRECT = "correct_fb"
INCORRECT = "general_incorrect_fb"
HINT = "hint"
SOLUTION = "solution"

OWN = "qbank_"
"""What the labels of metadata fields begin with that only qbank reads."""
TRUE_FALSE = ("True", "False")
"""Canvas takes a question for true/false only where its choices say so in English."""

CANVAS: dict[Kind, str] = {
    "single_choice": "multiple_choice_question",
    "multiple_choice": "multiple_answers_question",
    "true_false": "true_false_question",
    "short_answer": "short_answer_question",
    "numeric": "numerical_question",
    "cloze": "fill_in_multiple_blanks_question",
    "matching": "matching_question",
    "ordering": "ordering_question",
    "essay": "essay_question",
    "information": "text_only_question",
}
"""What Canvas calls each kind."""
DROPDOWNS = "multiple_dropdowns_question"

PROFILES: dict[Kind, str] = {
    "single_choice": "cc.multiple_choice.v0p1",
    "multiple_choice": "cc.multiple_response.v0p1",
    "true_false": "cc.true_false.v0p1",
    "short_answer": "cc.fib.v0p1",
    "essay": "cc.essay.v0p1",
}
"""What Common Cartridge calls the kinds it has."""
EXAM = "cc.exam.v0p1"

BLANK = re.compile(r"\[([A-Za-z0-9_.-]+)\]")
"""A gap in the text of a question of Canvas (CANVAS_BLANK_REGEX of its gem)."""


def bracket_names(names: Iterable[str], text: str) -> dict[str, str]:
    """For each gap a name that stands in brackets nowhere in `text`, which would be a gap too."""
    taken = set(BLANK.findall(text))
    found: dict[str, str] = {}
    for name in names:
        chosen, count = name, 1
        while chosen in taken:
            count += 1
            chosen = f"{name}_{count}"
        taken.add(chosen)
        found[name] = chosen
    return found
