"""What a platform does not get of a question, said once for all that take plain texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count as counted
from math import gcd

import msgspec

from qbank import richtext
from qbank.differences import visible
from qbank.export import Context
from qbank.formats.flatten import flattened
from qbank.formats.platforms import cells
from qbank.model import (
    ONE,
    Accepted,
    Blank,
    ChoiceBlank,
    Cloze,
    Essay,
    Group,
    Information,
    Matching,
    MultipleChoice,
    Numeric,
    NumericAnswer,
    NumericBlank,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    Text,
    TextBlank,
    TrueFalse,
)


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
            what = "some characters were changed or taken out" if isinstance(text, str) else "markup was taken off"
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

    def apart(
        self, question: Question, carried: frozenset[str] = frozenset(), each: str = "in each question"
    ) -> Iterator[tuple[Question, Question]]:
        """The questions to write, each with the one it was: a group is taken apart, of which `carried` is kept."""
        if not isinstance(question, Group):
            yield question, question
            return
        self.lost("X303", question, f"there are no groups; the material is repeated {each}")
        self.never_carried(question, carried)
        for sub, alone in zip(question.questions, flattened(question), strict=True):
            own = msgspec.structs.replace(alone, title=sub.title, feedback=sub.feedback, difficulty=sub.difficulty)
            yield own, sub

    def keyed(self, question: SingleChoice | MultipleChoice) -> Sequence[str] | None:
        """The right choices; None, and the question is left out, where one of them is not listed."""
        right = (question.answer,) if isinstance(question, SingleChoice) else question.answer or ()
        named = [name for name in right if name is not None]
        if not named or not set(named) <= {choice.id for choice in question.choices}:
            self.lost("X104", question, "it was left out: its key names a choice that it does not list")
            return None
        return named

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

    def verdicts(self, question: TrueFalse) -> None:
        """What true and false alone do not say."""
        for name in ("feedback_true", "feedback_false"):
            if getattr(question, name) is not None:
                self.lost("X201", question, "true and false have no feedback", f"/{name}")

    def comparison(self, question: Question, part: ShortAnswer | TextBlank, pointer: str = "") -> None:
        """How a platform compares that neither minds case nor knows wildcards."""
        if part.case_sensitive:
            self.lost("X307", question, "upper and lower case are not told apart", f"{pointer}/case_sensitive")
        if part.wildcard:
            self.lost("X307", question, "an asterisk stands for itself", f"{pointer}/wildcard")

    def answer(
        self, question: Question, answer: Accepted | NumericAnswer, pointer: str, *, weights: bool = False
    ) -> None:
        """What a plain accepted answer does not say."""
        if answer.weight != ONE and not weights:
            self.lost("X301", question, "every accepted answer earns all points", f"{pointer}/weight")
        if answer.feedback is not None:
            self.lost("X201", question, "answers have no feedback", f"{pointer}/feedback")

    def units(self, question: Numeric) -> None:
        """What a plain number does not say."""
        if question.units:
            self.lost("X307", question, "units are not understood", "/units")
        if question.unit_required:
            self.lost("X307", question, "units are not asked for", "/unit_required")

    def gaps(self, question: Cloze) -> Sequence[tuple[int, Blank]] | None:
        """The gaps in the order of the stem with their places; None, and the question is left out, if they are not its."""
        blanks = {blank.id: (i, blank) for i, blank in enumerate(question.blanks)}
        order = list(richtext.blank_ids(question.stem))
        if sorted(order) != sorted(blanks):
            self.lost("X104", question, "it was left out: its gaps are not those of its stem")
            return None
        return [blanks[name] for name in order]

    def gap(self, question: Cloze, place: int, blank: Blank) -> None:
        """What a gap with the words that fill it does not say."""
        if blank.share != gcd(*(other.share for other in question.blanks)):
            self.lost("X301", question, "every gap is worth the same", f"/blanks/{place}/share")
        match blank:
            case TextBlank():
                self.comparison(question, blank, f"/blanks/{place}")
            case NumericBlank():
                self.lost("X302", question, "a gap for a number takes the words of it", f"/blanks/{place}")
            case ChoiceBlank():
                self.lost("X302", question, "a gap with choices takes the words of the right one", f"/blanks/{place}")

    def pairs(self, question: Matching) -> None:
        """What pairs alone do not say."""
        if question.scoring != "each_correct":
            self.lost("X301", question, "every right pair earns its share", "/scoring")
        if not question.shuffle:
            self.lost("X208", question, "the platform shuffles the choices", "/shuffle")

    def ordered(self, question: Ordering) -> Sequence[int]:
        """The places of the items in the right order."""
        self.lost("X301", question, "the platform's own scoring takes the place of the question's", "/scoring")
        place = {item.id: i for i, item in enumerate(question.items)}
        return [place[name] for name in question.answer or () if name in place]

    def style(self, question: Essay, said: frozenset[str] = frozenset({"short"})) -> None:
        """The style of an essay where it is not among those that are `said`."""
        if question.style not in said:
            what = "term to define" if question.style == "term" else f"{question.style} essay"
            self.lost("X208", question, f"that it is a {what} is not said", "/style")

    def essay(self, question: Essay) -> None:
        """What a plain essay does not say, but for its style and its model answer."""
        for name in ("min_words", "max_words", "lines"):
            if getattr(question, name) is not None:
                self.lost("X208", question, f"there is no place for {name}", f"/{name}")
        if question.response != "rich":
            self.lost("X208", question, "what is written in cannot be chosen", "/response")
        if question.attachments:
            self.lost("X208", question, "files cannot be handed in", "/attachments")
        if question.rubric:
            self.lost("X209", question, "there is no rubric", "/rubric")


def chosen(blank: ChoiceBlank) -> str:
    """The words of the right choice of a gap, on one line."""
    right = next((choice.text for choice in blank.choices if choice.id == blank.answer), "")
    return " ".join(cells.plain(right)[0].split()) or "-"


def _numbered(written: str | None) -> str:
    """Markup whose gaps are told by their order alone."""
    numbers = counted()
    return re.sub(r'<blank id="[^"]*"/>', lambda _: f"<blank {next(numbers)}/>", written or "")
