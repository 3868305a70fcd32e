"""What a platform does not get of a question, said once for all that take plain texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count as counted

from qbank import richtext
from qbank.differences import visible
from qbank.export import Context
from qbank.formats.platforms import cells
from qbank.model import ONE, Cloze, Group, Information, MultipleChoice, Question, SingleChoice, Text


@dataclass(frozen=True, slots=True)
class Remarks:
    """Reports losses in the name of a platform."""

    ctx: Context
    platform: str

    def lost(self, code: str, question: Question, what: str, pointer: str = "", hint: str = "") -> None:
        """Something of a question that the platform does not get."""
        self.ctx.loss(code, question, f"{self.platform}: {what} ({question.id})", pointer, hint)

    def text(self, question: Question, text: Text, pointer: str, longest: int | None = None) -> str:
        """A text as plain characters; what that loses is reported, and what is cut where there is a limit."""
        shown, whole = cells.plain(text)
        self._markup(question, text, pointer)
        if not whole:
            code = "X305" if isinstance(text, str) else "X204"
            what = "characters were taken out" if isinstance(text, str) else "markup was taken off"
            self.lost(code, question, what, pointer)
        if not shown:
            self.lost("X305", question, "an empty text was written as a dash", pointer)
            shown = "-"
        if longest is not None and len(shown) > longest:
            self.lost("X305", question, f"a text of {len(shown)} characters was cut to {longest}", pointer)
            shown = shown[: longest - 1].rstrip() + "…"
        return shown

    def gapped(self, question: Cloze) -> str:
        """The stem with its gaps drawn; what reads otherwise is reported."""
        shown, _ = cells.plain(question.stem)
        again, count = cells.gapped(shown)
        self._markup(question, question.stem, "/stem")
        if count != len(question.blanks):
            self.lost("X305", question, "something in its stem will be taken for a gap")
        elif _numbered(visible(again)) != _numbered(visible(question.stem)):
            self.lost("X204", question, "markup was taken off", "/stem")
        return shown

    def _markup(self, question: Question, text: Text, pointer: str) -> None:
        seen = {element.tag for element in richtext.elements(text)}
        if seen & {"img", "audio"}:
            self.lost("X203", question, "pictures and sounds cannot be carried", pointer)
        if "tex" in seen:
            self.lost("X304", question, "a formula is written as TeX source", pointer)

    def never_carried(self, question: Question, carried: frozenset[str]) -> None:
        """The fields of every question that are not among those `carried`, where they say something."""
        for name in ("title", "difficulty", "language", "source"):
            if name not in carried and getattr(question, name) is not None:
                self.lost("X207", question, f"there is no place for its {name}", f"/{name}")
        if question.status == "draft":
            self.lost("X207", question, "that it is a draft is not said", "/status")
        if "points" not in carried and question.points != ONE and not isinstance(question, Group | Information):
            self.lost("X205", question, "there is no place for points", "/points")
        if question.penalty is not None:
            self.lost("X208", question, "there is no place for a penalty", "/penalty")
        for name, code in (("tags", "X206"), ("category", "X210"), ("hints", "X202")):
            if name not in carried and getattr(question, name):
                self.lost(code, question, f"there is no place for its {name}", f"/{name}")
        if question.feedback is not None:
            for name in ("general", "correct", "partial", "incorrect"):
                if f"feedback/{name}" not in carried and getattr(question.feedback, name) is not None:
                    self.lost("X201", question, f"there is no place for its {name} feedback", f"/feedback/{name}")

    def choices(
        self, question: SingleChoice | MultipleChoice, *, weights: bool = False, feedback: bool = False
    ) -> None:
        """What a plain list of choices and its key do not say."""
        for i, choice in enumerate(question.choices):
            if choice.feedback is not None and not feedback:
                self.lost("X201", question, "choices have no feedback", f"/choices/{i}/feedback")
            if choice.fixed:
                self.lost("X208", question, "no choice keeps its place", f"/choices/{i}/fixed")
            if choice.weight is not None and question.scoring != "weighted":
                self.lost("X208", question, "choices have no weights", f"/choices/{i}/weight")
        if question.shuffle:
            self.lost("X208", question, "the platform decides about shuffling", "/shuffle")
        usual = "each_correct" if isinstance(question, MultipleChoice) else "all_or_nothing"
        if question.scoring != usual and not weights:
            self.lost("X301", question, f"the platform's own scoring takes the place of {question.scoring}", "/scoring")


def _numbered(written: str | None) -> str:
    """Markup whose gaps are told by their order alone."""
    numbers = counted()
    return re.sub(r'<blank id="[^"]*"/>', lambda _: f"<blank {next(numbers)}/>", written or "")
