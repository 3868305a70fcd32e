"""One item while it is read: what it shows, where it is answered, how it is marked, and what there is to say about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from qbank.formats.flatten import together
from qbank.formats.qti12 import CORRECT, GENERAL, INCORRECT
from qbank.model import ONE, Feedback, Text
from qbank.readers.qti12.loading import below, fields, line, words
from qbank.readers.qti12.prose import Prose, joined, paragraph
from qbank.readers.qti12.scoring import Given, Processing, number, simple
from qbank.richtext import is_empty

RESPONSES = frozenset(
    {"response_lid", "response_str", "response_num", "response_xy", "response_grp", "response_extension"}
)
_WORTH = ("points_possible", "cc_weighting", "qmd_weighting", "max_score", "qmd_absolutescore_max", "qmd_maximumscore")
_PER_CENT = Fraction(100)
_MOST_POINTS = 99_999
PRAISE = re.compile(r"(?i)(?<!in)correct(?!ive)|right|_C\Z|pass")
_BLAME = re.compile(r"(?i)incorrect|wrong|_IC\Z|fail")
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_ASCII_NUMBER = re.compile(r"[0-9]+\Z")
_LONG = 12


@dataclass(frozen=True, slots=True)
class Label:
    """Something that can be chosen."""

    ident: str
    html: str
    fixed: bool
    element: Any


@dataclass(frozen=True, slots=True)
class Response:
    """A place where something is answered."""

    ident: str
    tag: str
    render: str
    """`choice`, `fib`, `slider`, `hotspot` or `extension`."""
    cardinality: str
    """`single`, `multiple` or `ordered`."""
    labels: tuple[Label, ...]
    html: str
    """What stands in it besides what can be chosen, and after that."""
    behind: str
    shuffle: bool
    element: Any

    @property
    def fibtype(self) -> str:
        """What is to be written: `string`, `decimal`, `integer`, `scientific`; "" where that is not said."""
        found = self.element.find("render_fib")
        return (found.get("fibtype") or "").lower() if found is not None else ""

    @property
    def is_ordered(self) -> bool:
        """Whether the file says that its choices are not to be shuffled."""
        found = self.element.find("render_choice")
        return found is not None and (found.get("shuffle") or "").lower() == "no"

    @property
    def is_number(self) -> bool:
        """Whether a number is to be written."""
        return self.tag == "response_num" or self.fibtype in ("decimal", "integer", "scientific")


@dataclass(slots=True)
class Entry:
    """An item under way."""

    element: Any
    prose: Prose
    blocks: list[list[str | Response]] = field(init=False)
    fields: dict[str, list[str]] = field(init=False)
    processing: Processing = field(init=False)
    remarks: Remarks = field(init=False)
    notes: dict[tuple[str, str, int], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = fields(self.element)
        presentation = self.element.find("presentation")
        self.blocks = [[]]
        if presentation is not None:
            self._walk(presentation)
        self.blocks = [block for block in self.blocks if block]
        # one field takes one value, whatever is said of it
        single = frozenset(r.ident for r in self.responses if r.cardinality == "single" or r.render != "choice")
        written = frozenset(r.ident for r in self.responses if r.is_number)
        self.processing = Processing(self.element, single, written)
        self.remarks = Remarks(self)

    def note(self, code: str, message: str, at: Any | None = None) -> None:
        """Remember a finding about the item, or a part of it."""
        self.notes.setdefault((code, message, line(self.element if at is None else at)))

    def first(self, label: str) -> str:
        """The first entry of a metadata field, "" where there is none."""
        return next(iter(self.fields.get(label, ())), "")

    @property
    def type(self) -> str:
        """What the file calls the kind, in Canvas' words or its own, in small letters."""
        named = self.first("question_type") or self.first("cc_profile") or self.first("qmd_itemtype")
        return (named or self.first("qmd_questiontype")).strip().lower()

    @property
    def is_canvas(self) -> bool:
        """Whether Canvas says what kind it is."""
        return self.first("question_type").endswith("_question")

    @property
    def responses(self) -> list[Response]:
        """Where something is answered, in order."""
        return [part for block in self.blocks for part in block if isinstance(part, Response)]

    def stem_html(self, shown: dict[str, str] | None = None) -> str:
        """What the item shows, as HTML; `shown` is what stands for each response, by its name."""
        return "".join(
            paragraph(
                joined([p if isinstance(p, str) else (shown or {}).get(p.ident, p.html + p.behind) for p in block])
            )
            for block in self.blocks
        )

    def worth(self, best: Fraction) -> Fraction:
        """The points of the item; `best` is what the best response earns in the file's own measure."""
        for label in _WORTH:
            found = number(self.first(label))
            if found is not None:
                return simple(min(max(found, Fraction(0)), Fraction(_MOST_POINTS)))
        for declared in self.element.iterfind("resprocessing/outcomes/decvar"):
            if self.processing.variable in (None, declared.get("varname") or "SCORE"):
                most = number(declared.get("maxvalue") or "")
                if most is not None and 0 < most <= _MOST_POINTS:
                    return ONE if most == _PER_CENT else simple(most)
        return best if 0 < best <= _MOST_POINTS and best != _PER_CENT else ONE

    def _walk(self, element: Any) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if child.tag in RESPONSES:
                self.blocks[-1] += self._fields(child)
            elif child.tag == "flow":
                self.blocks.append([])
                self._walk(child)
                self.blocks.append([])
            elif child.tag != "qticomment":
                html = self.prose.html(child)
                if html:
                    self.blocks[-1].append(html)

    def _fields(self, element: Any) -> list[str | Response]:
        """A response; several, with what stands between them, where it holds more fields than one."""
        render = element.find("render_fib")
        count = 0 if render is None else sum(1 for _ in render.iter("response_label"))
        if count < 2:
            return [self._response(element)]
        ident = element.get("ident") or ""
        for test in self.element.iter("varequal", "varsubstring"):
            if test.get("respident") == ident and test.get("index") is not None:
                test.set("respident", f"{ident}.{test.get('index')}")
                del test.attrib["index"]
        parts: list[str | Response] = [self.prose.html(m) for m in element.iterfind("material")]
        place = 0
        for child in render.iter("response_label", "material", "material_ref"):
            if child.tag == "response_label":
                place += 1
                alone = Response(f"{ident}.{place}", element.tag, "fib", "single", (), "", "", False, element)
                parts.append(alone)
            else:
                parts.append(self.prose.html(child))
        return parts

    def _response(self, element: Any) -> Response:
        render = next((c for c in element if isinstance(c.tag, str) and c.tag.startswith("render_")), None)
        before: list[str] = []
        behind: list[str] = []
        labels: list[Label] = []
        for child in element:
            if isinstance(child.tag, str) and child.tag in ("material", "material_ref"):
                (before if render is None or not _follows(child, render) else behind).append(self.prose.html(child))
        listed = render
        if (
            render is not None
            and render.tag == "render_extension"
            and next(below(render, "response_label"), None) is not None
        ):
            # what the specification's examples put things in order with
            found = render.find("ims_render_object")
            listed = render if found is None else found
        for child in () if listed is None else listed:
            if not isinstance(child.tag, str):
                continue
            if child.tag == "material" and child.get("position"):
                text = words(child)
                self.note("R045", f"the label {text[:60]!r} beside the list was left out", child)
                continue
            if child.tag in ("response_label", "flow_label"):
                labels += [
                    self._label(found)
                    for found in ([child] if child.tag == "response_label" else below(child, "response_label"))
                ]
            elif child.tag in ("material", "material_ref"):
                (behind if labels else before).append(self.prose.html(child))
        kind = "extension" if render is None else render.tag.removeprefix("render_")
        return Response(
            ident=element.get("ident") or "",
            tag=element.tag,
            render="choice" if kind == "extension" and labels else kind,
            cardinality=(element.get("rcardinality") or "Single").lower(),
            labels=tuple(labels),
            html=joined(before),
            behind=joined(behind),
            shuffle=listed is not None and (listed.get("shuffle") or "").lower() == "yes",
            element=element,
        )

    def _label(self, element: Any) -> Label:
        shown = [c for c in element if isinstance(c.tag, str) and c.tag in ("material", "material_ref", "flow_mat")]
        html = joined([self.prose.html(child) for child in shown])
        fixed = (element.get("rshuffle") or "").lower() == "no"
        return Label(element.get("ident") or "", html, fixed, element)


def _follows(element: Any, other: Any) -> bool:
    parent = element.getparent()
    return bool(parent.index(element) > parent.index(other))


@dataclass(slots=True)
class Remarks:
    """What an item says after it was answered."""

    entry: Entry
    texts: dict[str, Text] = field(default_factory=dict)
    hints: list[Text] = field(default_factory=list)
    solution: Text | None = None
    used: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for element in self.entry.element.iterfind("itemfeedback"):
            ident = element.get("ident") or ""
            shown = [c for c in element if isinstance(c.tag, str) and c.tag in ("flow_mat", "material")]
            for solution in element.iterfind("solution"):
                text = self.entry.prose.of(below(solution, "solutionmaterial"))
                if not is_empty(text):
                    self.solution = text if self.solution is None else together(self.solution, text)
            self.hints += [
                text
                for hint in element.iterfind("hint")
                for part in hint.iterfind("hintmaterial")
                if not is_empty(text := self.entry.prose.of([part]))
            ]
            if shown:
                text = self.entry.prose.of(shown)
                if not is_empty(text):
                    self.texts[ident] = text

    def named(self, said: list[str]) -> list[str]:
        """The names among some that no rule of Canvas reserves, and that say something."""
        return [name for name in said if name in self.texts and name not in (GENERAL, CORRECT, INCORRECT)]

    def text(self, names: list[str]) -> Text | None:
        """What some of them say, together; None where there are none."""
        result: Text | None = None
        for name in names:
            self.used.setdefault(name)
            result = self.texts[name] if result is None else together(result, self.texts[name])
        return result

    def of_choices(self, shown: dict[str, list[str]], key: str | None) -> dict[str, Text]:
        """The feedback of each choice; what is said of several is kept for `whole`."""
        names = dict.fromkeys(name for said in shown.values() for name in said)
        own: dict[str, list[str]] = {choice: [] for choice in shown}
        for name in names:
            told = [choice for choice, said in shown.items() if name in said]
            wrong = [choice for choice in shown if choice != key]
            if len(told) == len(shown) > 1:
                self._keep(GENERAL, name)
            elif told == [key] and PRAISE.search(name) and not _BLAME.search(name):
                self._keep(CORRECT, name)
            elif key is not None and told == wrong and (len(wrong) > 1 or _BLAME.search(name)):
                self._keep(INCORRECT, name)
            else:
                for choice in told:
                    own[choice].append(name)
        return {choice: text for choice, said in own.items() if (text := self.text(said)) is not None}

    _kept: dict[str, list[str]] = field(default_factory=dict)

    def _keep(self, place: str, name: str) -> None:
        if name not in self._kept.setdefault(place, []):
            self._kept[place].append(name)

    def by_outcome(self, right: Given | None, wrong: Given) -> None:
        """Sort what is said of a right response and of a wrong one."""
        process = self.entry.processing
        good = self.named(process.outcome(right).said) if right is not None else []
        bad = self.named(process.outcome(wrong).said)
        for name in dict.fromkeys([*good, *bad]):
            if name not in self.used:
                self._keep(GENERAL if name in good and name in bad else CORRECT if name in good else INCORRECT, name)

    def whole(self) -> Feedback | None:
        """The feedback of the whole question; what nothing showed is reported."""
        found = {}
        for place, part in ((GENERAL, "general"), (CORRECT, "correct"), (INCORRECT, "incorrect")):
            names = ([place] if place in self.texts else []) + [
                n for n in self._kept.get(place, ()) if n not in self.used
            ]
            text = self.text(names)
            if text is not None:
                found[part] = text
        left = [name for name in self.texts if name not in self.used]
        for name in left:
            self.entry.note(
                "R045", f"the feedback {name[:60]!r} is shown for no response that the bank knows; it was not read"
            )
        return Feedback(**found) if found else None


def names(labels: tuple[Label, ...], letters: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ") -> dict[str, str]:
    """Ids for what can be chosen, by its names in the file: those, where a bank can have them and people would; else letters."""
    idents = [label.ident for label in labels]
    fit = all(_ID.match(i) and len(i) <= _LONG and not (_ASCII_NUMBER.match(i) and len(i) > 2) for i in idents)
    if fit and len(set(idents)) == len(idents):
        return {ident: ident for ident in idents}
    count = len(letters)
    return {
        ident: letters[i]
        if i < count
        else f"{letters[i // count - 1]}{letters[i % count]}"
        if i < count * 27
        else f"c{i + 1}"
        for i, ident in enumerate(dict.fromkeys(idents))
    }


def shown_labels(entry: Entry, response: Response, keep: frozenset[str] = frozenset()) -> Iterator[tuple[Label, Text]]:
    """What can be chosen with its text; what shows nothing and is no answer is left out."""
    made = [(label, entry.prose.text(label.html)) for label in response.labels]
    made = [(label, text or _bare(label)) for label, text in made]
    full = [(label, text) for label, text in made if not is_empty(text) or label.ident in keep]
    if len(full) < 2:
        full = made
    if len(full) < len(made):
        entry.note("R046", f"{len(made) - len(full)} choices without text were left out", response.element)
    yield from full


def _bare(label: Label) -> str:
    """The characters that some tools put in a label without any material."""
    return words(label.element) if len(label.element) == 0 else ""
