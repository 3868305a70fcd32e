"""A question paper to print, as a Word file or a page, in the bank's order or in mixed versions.

Name box, score box, sections with their points, choices side by side where they
are short, room to write, pictures, formulas, page numbers; the key behind it on
request. The numbers, sections and versions are those of `answer-key` with the
same options. A paper is a view of a bank: answers, feedback, hints, tags,
difficulty, sources and settings of the delivery are left out by design and
without a finding. Drafts and questions without an answer are printed, for the
key counts them too; drafts are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, ClassVar, cast

from markupsafe import Markup

from qbank import richtext
from qbank.diagnostics import QbankError, Report
from qbank.export import Context, Support, Unanswered
from qbank.formats import mathml, versions
from qbank.model import KINDS, Kind, Question
from qbank.richtext import Element

from ._jinja import environment, rendered
from ._key_page import KeyOptions
from ._paper_docx import write_docx
from ._paper_media import Media
from ._paper_plan import WORDS, PaperPlan, Planner, Rich
from ._workbook import Paper, chosen_tongue

_OPTIONS: dict[str, str] = {
    "title": "What the paper is called (default: the bank's title).",
    "language": "Language of the paper's own words: en or zh (default: the bank's).",
    "sections": "What makes a section: auto (the papers' own sections, else kind), kind, category or none "
    "(default: auto).",
    "numbering": "auto (the paper's numbers in its own sections, else section), section (begin again in each) or "
    "continuous (default: auto).",
    "page": "The paper it is printed on: a4 or letter (default: a4).",
    "key": "The answers on a page of their own at the end: yes or no (default: no).",
    "lines": "Lines to write on below essays: yes or no (default: yes).",
    **versions.OPTIONS,
}


_SUPPORT: dict[Kind, Support] = {**dict.fromkeys(KINDS, "full"), "information": "lossy"}
"""What is only to be read may be to be heard, and that cannot be printed."""


class PaperDocx:
    """Writes the Word file. A paper is read by people: all its questions are held in memory."""

    name = "paper-docx"
    title = "Question paper (Word)"
    suffix = ".docx"
    options: ClassVar[Mapping[str, str]] = _OPTIONS
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: ClassVar[Mapping[Kind, Support]] = _SUPPORT

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the versions. Raises `QbankError` for an option value there is not."""
        plans, options = _planned(questions, ctx)
        write_docx(plans, sink, ctx, WORDS[options.tongue], options.paper, plans[0].title)


class PaperHtml:
    """Writes the page: one HTML file with everything in it, to print from a browser."""

    name = "paper-html"
    title = "Question paper (HTML)"
    suffix = ".html"
    options: ClassVar[Mapping[str, str]] = _OPTIONS
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: ClassVar[Mapping[Kind, Support]] = _SUPPORT

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the versions. Raises `QbankError` for an option value there is not, or a template that is broken."""
        plans, options = _planned(questions, ctx)
        env = environment(ctx.templates, autoescape=True)
        assert env.loader is not None
        style, _, _ = env.loader.get_source(env, "paper/style.css")
        prose = _Prose(Media(ctx))
        page = rendered(
            env,
            "paper/page.j2",
            {
                "papers": plans,
                "words": WORDS[options.tongue],
                "tongue": "zh-CN" if options.tongue == "zh" else "en",
                "page_size": "A4" if options.paper == "a4" else "letter",
                "style": Markup(style),  # noqa: S704  # our own file, or the user's
                "rich": prose.html,
                "kind_of": lambda value: type(value).__name__,
            },
        )
        sink.write(page.encode())


def _planned(questions: Iterable[Question], ctx: Context) -> tuple[list[PaperPlan], KeyOptions]:
    options = _options(ctx)
    with_key = ctx.options.get("key", "no") == "yes"
    planner = Planner(ctx, options, with_key, ctx.options.get("lines", "yes") == "yes", ctx.options.get("title", ""))
    held = list(questions)
    for question in held:
        if question.status == "draft":
            ctx.loss(
                "X320",
                question,
                f"{question.id} is a draft and stands on the paper",
                hint="look at it before you print",
            )
    plans = []
    for i, version in enumerate(options.plan.names):
        # what the key loses is the same in every version
        key_ctx = ctx if with_key and i == 0 else replace(ctx, report=Report())
        plans.append(planner.plan(held, version, key_ctx))
    return plans, options


def _options(ctx: Context) -> KeyOptions:
    def chosen(name: str, *allowed: str) -> str:
        value = ctx.options.get(name, allowed[0])
        if value not in allowed:
            raise QbankError(f"option {name}={value}: it can be {' or '.join(allowed)}")
        return value

    chosen("key", "no", "yes")
    chosen("lines", "yes", "no")
    return KeyOptions(
        tongue=chosen_tongue(ctx),
        layout="full",
        sections=chosen("sections", "auto", "kind", "category", "none"),
        numbering=chosen("numbering", "auto", "section", "continuous"),
        stems=True,
        notes=False,
        names=True,
        paper=cast(Paper, chosen("page", "a4", "letter")),
        students=1,
        plan=versions.plan(ctx.options),
    )


class _Prose:
    """Rich text as markup for the page."""

    def __init__(self, media: Media) -> None:
        self._media = media

    def html(self, rich: Rich, gaps: Mapping[str, str] | None = None, inline: bool = False) -> Markup:
        """The markup of a text; a single paragraph without its `p` where it goes `inline`."""
        place = gaps or {}

        def special(element: Element) -> str | None:
            match element.tag:
                case "tex":
                    return self._formula(element, rich)
                case "img":
                    return self._picture(element, rich)
                case "audio":
                    return str(Markup.escape(self._media.missing(element, rich)))
                case "blank":
                    return f'<span class="gap">{Markup.escape(place.get(element.get("id") or "", "________"))}</span>'
                case _:
                    return None

        tree: tuple[Any, ...] = rich.tree
        if inline and len(rich.tree) == 1 and rich.tree[0].tag == "p":
            tree = rich.tree[0].children
        return Markup(richtext.html_of(tree, special))  # noqa: S704  # a safe subset, escaped by its writer

    def _formula(self, element: Element, rich: Rich) -> str:
        from lxml import etree

        tex = richtext.plain_of(element.children)
        made = mathml.element(tex, block=element.get("display") == "block")
        if made is not None:
            return etree.tostring(made, encoding="unicode")
        self._media.unformatted(tex, rich)
        return f"<code>{Markup.escape(tex)}</code>"

    def _picture(self, element: Element, rich: Rich) -> str:
        link = self._media.link(element, rich)
        words = Markup.escape(self._media.words_for(element))
        if link is None:
            return str(words)
        size = "".join(f' {key}="{value}"' for key in ("width", "height") if (value := element.get(key)))
        return f'<img src="{link}" alt="{words[1:-1]}"{size}/>'


DOCX = PaperDocx()
HTML = PaperHtml()
