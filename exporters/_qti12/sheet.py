"""An item of QTI 1.2 while it is put together: its metadata, what it shows, its rules, what is said afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from qbank.formats import qti
from qbank.formats.qti12 import CORRECT, GENERAL, HINT, INCORRECT, RESPONSE, SOLUTION
from qbank.model import Question, Text

from .._qti.losses import Losses
from .._qti.page import Page
from .texts import Texts

Form: TypeAlias = Literal["canvas", "cc", "plain"]
"""Whose dialect is written: that of Canvas, the profile of Common Cartridge, or the specification's own words."""

DEPTH = 4
"""Where the parts of an item stand."""
HUNDRED = Fraction(100)
_FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of a rule."""

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    within: tuple[Test, ...] = ()


OTHER = Test("other")


def equal(response: str, value: str, **attributes: str) -> Test:
    """The response is, or holds, the value."""
    return Test("varequal", value, (("respident", response), *attributes.items()))


def compared(name: str, response: str, value: str) -> Test:
    """The response is less or greater than the value, as `vargte` or the like says."""
    return Test(name, value, (("respident", response),))


def every(tests: Iterable[Test]) -> Test:
    """All of the conditions hold."""
    return Test("and", within=tuple(tests))


def either(tests: Iterable[Test]) -> Test:
    """One of the conditions holds."""
    return Test("or", within=tuple(tests))


def negated(test: Test) -> Test:
    """The condition does not hold."""
    return Test("not", within=(test,))


@dataclass(slots=True)
class Sheet:
    """One item; what writes a kind fills it in, `write` makes the document of it."""

    question: Question
    form: Form
    points: Fraction
    language: str | None
    texts: Texts
    losses: Losses
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Its metadata, in order; the kind comes first, because Canvas looks there."""
    body: Page = field(default_factory=lambda: Page(DEPTH + 1))
    rules: Page = field(default_factory=lambda: Page(DEPTH + 1))
    rubric: tuple[Text, ...] = ()
    """What the person who marks it reads."""
    remarks: dict[str, list[tuple[Text, str]]] = field(default_factory=dict)
    computed: bool = True
    """Whether something is marked at all."""
    has_rules: bool = False
    kind_name: str = ""
    """What Canvas or Common Cartridge calls the kind."""
    _numbers: int = _FIRST_NUMBER

    def loss(self, code: str, message: str, pointer: str = "", hint: str = "") -> None:
        """Record a loss of this question."""
        self.losses.add(code, self.question, message, pointer, hint)

    @property
    def whole(self) -> Fraction:
        """What SCORE is for a response that earns everything: per cent, or points."""
        return self.points if self.form == "plain" else HUNDRED

    def ident(self, wanted: str) -> str:
        """A name for something that can be chosen; Canvas knows its own by numbers."""
        if self.form != "canvas":
            return wanted
        self._numbers += 1
        return str(self._numbers - 1)

    def said(self, ident: str, text: Text, pointer: str) -> str:
        """The name of the feedback about a choice or an answer that is called `ident`."""
        name = f"{ident}_fb" if self.form == "canvas" else f"about_{ident}"
        self.remarks[name] = [(text, pointer)]
        return name

    def rule(
        self,
        tests: Sequence[Test],
        *,
        earns: Fraction | None = None,
        action: str = "Set",
        says: Sequence[str | None] = (),
        go_on: bool,
        kind: str = "Response",
    ) -> None:
        """Write a rule: when the tests hold, what is earned and what is said, and whether later rules are looked at."""
        self.has_rules = True
        named = tuple([name for name in says if name is not None])
        written = None if earns is None else qti.number(earns)
        self.rules.add(_rule(tuple(tests), written, action, named, go_on, kind))

    def begin(self) -> None:
        """Write the rules for what is said whatever the response was."""
        feedback = self.question.feedback
        if feedback is not None:
            for name, ident in (("general", GENERAL), ("correct", CORRECT), ("incorrect", INCORRECT)):
                text: Text | None = getattr(feedback, name)
                if text is not None:
                    self.remarks[ident] = [(text, f"/feedback/{name}")]
            if feedback.partial is not None:
                self.loss("X201", "QTI 1.2 has no feedback for partly right responses", "/feedback/partial")
        if GENERAL in self.remarks:
            self.rule([OTHER], says=[GENERAL], go_on=True)

    def correct(self) -> str | None:
        """The name of what is said of a right response, if anything is."""
        return CORRECT if CORRECT in self.remarks else None

    def end(self) -> None:
        """Write the rule for what is said of a response that no rule before it took."""
        if INCORRECT in self.remarks:
            self.rule([OTHER], says=[INCORRECT], go_on=True)

    def judge(self, right: Test) -> None:
        """Write the rules for what is said where the points are added up: of `right` responses and of others.

        Canvas needs no rule for it, and takes the first it finds for the key.
        """
        if self.form == "canvas":
            return
        if CORRECT in self.remarks:
            self.rule([right], says=[CORRECT], go_on=True)
        if INCORRECT in self.remarks:
            self.rule([negated(right)], says=[INCORRECT], go_on=True)

    def aside(self) -> None:
        """Write hints and the model answer where the form has a place for them."""
        hints = [(hint, f"/hints/{i}") for i, hint in enumerate(self.question.hints)]
        if hints and self.form == "canvas":
            for _, pointer in hints:
                self.loss("X202", "Canvas has no hints", pointer)
        elif hints:
            self.remarks[HINT] = hints
            self.rule([OTHER], says=[HINT], go_on=True, kind="Hint")
        if SOLUTION in self.remarks:
            self.rule([OTHER], says=[SOLUTION], go_on=True, kind="Solution")


@lru_cache(maxsize=2048)
def _rule(
    tests: tuple[Test, ...], earns: str | None, action: str, says: tuple[str, ...], go_on: bool, kind: str
) -> Page:
    """A rule; many questions have the same."""
    page = Page(DEPTH + 1)
    page.open("respcondition", **{"continue": "Yes" if go_on else "No"})
    page.open("conditionvar")
    for test in tests:
        _write(page, test)
    page.close()
    if earns is not None:
        page.leaf("setvar", earns, varname="SCORE", action=action)
    for name in says:
        page.record("displayfeedback", feedbacktype=kind, linkrefid=name)
    page.close()
    return page


def _write(page: Page, test: Test) -> None:
    attributes = dict(test.attributes)
    if not test.within:
        page.leaf(test.name, test.text, **attributes)
        return
    page.open(test.name, **attributes)
    for inner in test.within:
        _write(page, inner)
    page.close()


def respond(sheet: Sheet, name: str, ident: str, **attributes: str) -> None:
    """Begin a `response_lid`, `response_str` or `response_num`."""
    sheet.body.open(name, ident=ident, rcardinality=attributes.pop("rcardinality", "Single"), **attributes)


__all__ = [
    "CORRECT",
    "DEPTH",
    "GENERAL",
    "HINT",
    "HUNDRED",
    "INCORRECT",
    "OTHER",
    "RESPONSE",
    "SOLUTION",
    "Form",
    "Sheet",
    "Test",
    "compared",
    "either",
    "equal",
    "every",
    "negated",
    "respond",
]
