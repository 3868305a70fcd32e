"""What a question without an answer cannot say of how it would be marked."""

from __future__ import annotations

from qbank.model import ChoiceBlank, Cloze, Matching, MultipleChoice, Ordering, ShortAnswer, SubQuestion, TextBlank

from .sheet import Sheet


def report_unmarked(question: SubQuestion, sheet: Sheet) -> None:
    """Report what stood beside the missing key; the key itself is reported by whoever lets the question pass."""
    match question:
        case MultipleChoice() if question.scoring != "each_correct":
            _lost(sheet, "how much each choice earns", "/scoring")
        case Matching() if question.scoring != "each_correct":
            _lost(sheet, "how much each pair earns", "/scoring")
        case Ordering() if question.scoring != "all_or_nothing":
            _lost(sheet, "how much each position earns", "/scoring")
        case ShortAnswer() if question.case_sensitive:
            _lost(sheet, "whether capitals matter", "/case_sensitive")
        case Cloze():
            _report_gaps(question, sheet)
        case _:
            pass


def _report_gaps(question: Cloze, sheet: Sheet) -> None:
    uneven = len({blank.share for blank in question.blanks}) > 1
    for i, blank in enumerate(question.blanks):
        pointer = f"/blanks/{i}"
        if uneven:
            _lost(sheet, f"what the gap {blank.id} earns", f"{pointer}/share")
        if blank.answer is not None:
            _lost(sheet, f"the answer of the gap {blank.id}", f"{pointer}/answer")
        if isinstance(blank, TextBlank) and blank.case_sensitive:
            _lost(sheet, f"whether capitals matter in the gap {blank.id}", f"{pointer}/case_sensitive")
        if isinstance(blank, TextBlank) and blank.wildcard and blank.answer is not None:
            _lost(sheet, f"whether the gap {blank.id} has a pattern", f"{pointer}/wildcard")
        if isinstance(blank, ChoiceBlank):
            for j, choice in enumerate(blank.choices):
                if choice.weight or choice.id == blank.answer:
                    _lost(sheet, f"what a choice of the gap {blank.id} earns", f"{pointer}/choices/{j}/weight")


def _lost(sheet: Sheet, what: str, pointer: str) -> None:
    sheet.loss("X306", f"without a key, nothing says {what}", pointer)
