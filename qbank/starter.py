"""The files that `qbank init` writes."""

from __future__ import annotations

import io
from fractions import Fraction

from qbank import bankfile
from qbank.model import Choice, Essay, Feedback, Header, MultipleChoice, Question, SingleChoice, TrueFalse

_TOML = """\
# What qbank checks and builds here. `qbank schema config` lists every setting.
bank = "bank.json"

[check]
fail-on = "error"        # error, warning, info or never

[lint]
ignore = []              # codes you do not want to see, such as "L207"
error = []               # codes that shall fail, such as "L104"

[[build]]
to = "moodle-xml"
out = "dist/moodle.xml"

[[build]]
to = "answer-key"
out = "dist/answer-key.xlsx"
"""


def files(title: str, language: str) -> dict[str, str]:
    """File names to contents: a small bank that checks clean, and a qbank.toml."""
    buffer = io.BytesIO()
    bankfile.write(Header(qbank=1, title=title, language=language), _questions(), buffer)
    return {"bank.json": buffer.getvalue().decode(), "qbank.toml": _TOML}


def _questions() -> list[Question]:
    return [
        SingleChoice(
            id="q-1",
            stem="Which file does `qbank check` read?",
            choices=(Choice(id="A", text="bank.json"), Choice(id="B", text="moodle.xml"), Choice(id="C", text="none")),
            answer="A",
            feedback=Feedback(general="The bank is the one place where questions are edited."),
        ),
        MultipleChoice(
            id="q-2",
            stem="Which of these can be built from the bank?",
            choices=(
                Choice(id="A", text="a Moodle import file"),
                Choice(id="B", text="an Excel answer key"),
                Choice(id="C", text="the weather"),
            ),
            answer=("A", "B"),
            points=Fraction(2),
        ),
        TrueFalse(id="q-3", stem="A question without an answer may stay in the bank.", answer=True),
        Essay(id="q-4", stem="Describe one question you would like to ask.", style="short", points=Fraction(5)),
    ]
