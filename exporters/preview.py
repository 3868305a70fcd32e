"""A bank as one HTML file in which every question can be read, answered and checked, offline.

The page is a shell (templates), a script, a style and the questions as JSON,
one a line. The script builds what is on the screen and nothing else, so that a
bank of ten thousand stays quick; it makes nodes one by one from the safe tree
of each text and parses no markup. A policy in the head forbids everything else:
only this script and this style (by their hashes), pictures and sounds only
from inside the file, no request to anywhere.

The answers are in the file for whoever looks: it is a preview, not an exam.
With `key=no` they are left out, by design and without a finding, and with them
whatever may tell them: feedback, model answers, findings and sources.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from markupsafe import Markup

from qbank.assets import AssetStore
from qbank.diagnostics import QbankError
from qbank.export import Context, Support, Unanswered
from qbank.formats.sheets import Tongue, tongue_of
from qbank.lint import Linter
from qbank.model import KINDS, Kind, Question

from ._jinja import environment
from ._preview_record import Recorder, plain_description
from ._preview_text import Prose
from ._preview_words import KIND_NAMES, WORDS

PAGE_SIZE = 20
"""Questions shown at a time."""
_HERE = "<!-- questions -->"
"""Where in the page the questions go: what is before is written first, so that they stream."""


class Preview:
    """Every kind, answerable; see the module."""

    name = "preview"
    title = "Preview (HTML)"
    suffix = ".html"
    options: Mapping[str, str] = {
        "key": "no: leave out answers, feedback and whatever else may tell them; default yes",
        "language": "of the page's own words: en or zh; default is the bank's",
    }
    unanswered: Unanswered = "native"
    keeps_unanswered = True
    support: Mapping[Kind, Support] = dict.fromkeys(KINDS, "full")

    def write(self, questions: Iterable[Question], sink: BinaryIO, ctx: Context) -> None:
        """Write the page; one question is held at a time, of the assets only their names."""
        tongue, key = _tongue(ctx), _with_key(ctx)
        head, _, tail = _page(ctx, tongue, key=key).partition(_HERE)
        sink.write(head.encode())
        prose = Prose(ctx)
        recorder = Recorder(ctx, prose, tongue, key)
        linter = Linter(ctx.assets)
        for i, question in enumerate(questions):
            findings = linter.check(question) if key else ()
            sink.write(b",\n" if i else b"\n")
            sink.write(_json(recorder.record(question, findings)))
        sink.write(b"\n")
        before, _, after = tail.partition("<!-- assets -->")
        sink.write(before.encode())
        _write_assets(sink, ctx.assets, [name for name, is_there in prose.assets.items() if is_there])
        middle, _, end = after.partition("<!-- unread -->")
        sink.write(middle.encode())
        sink.write(_json([f"{d.source}: {d.message}" for d in ctx.report if d.code.startswith("S") and key]))
        sink.write(end.encode())


def _page(ctx: Context, tongue: Tongue, *, key: bool) -> str:
    """The page around its questions."""
    env = environment(ctx.templates, autoescape=True)
    assert env.loader is not None
    style, _, _ = env.loader.get_source(env, "preview/style.css")
    script, _, _ = env.loader.get_source(env, "preview/script.js")
    description = ctx.header.description
    page: str = env.get_template("preview/page.j2").render(
        words=WORDS[tongue],
        kind_names=KIND_NAMES[tongue],
        kinds=KINDS,
        settings={"page": PAGE_SIZE, "key": key, "kinds": list(KINDS)},
        title=ctx.title,
        description="" if description is None else plain_description(description),
        license=ctx.header.license or "",
        tongue="zh-CN" if tongue == "zh" else "en",
        key=key,
        policy=_policy(style, script),
        # Our own files (or those of the user who replaced them), not a word of the bank.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )
    return page


def _policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "media-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: Any) -> bytes:
    """JSON that can stand in a script element: it has no `<`, so nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def _write_assets(sink: BinaryIO, assets: AssetStore, names: list[str]) -> None:
    sink.write(b"{")
    for i, name in enumerate(names):
        data = base64.b64encode(assets.read(name)).decode()
        sink.write(b",\n" if i else b"\n")
        sink.write(_json(name) + b":" + _json(f"data:{assets.media_type(name)};base64,{data}"))
    sink.write(b"\n}")


def _with_key(ctx: Context) -> bool:
    wanted = ctx.options.get("key", "yes")
    if wanted not in ("yes", "no"):
        raise QbankError(f"option key={wanted}: it is yes or no")
    return wanted == "yes"


def _tongue(ctx: Context) -> Tongue:
    wanted = ctx.options.get("language")
    if wanted is not None and wanted.partition("-")[0].casefold() not in ("en", "zh"):
        raise QbankError(f"option language={wanted}: the page can be in en or zh")
    return tongue_of(wanted or ctx.language)


EXPORTER = Preview()
