"""A passage with numbered gaps and the options of each below it: every gap's sentence is a question's stem."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.clean import clean
from qbank.readers.paper.resolve import Draft
from qbank.readers.paper.view import View, fold

_STOP = re.compile(r"[.!?。！？][”\"’)]*(?=\s|[\u4e00-\u9fff]|\Z)|\n")


def cloze_stems(view: View, drafts: Sequence[Draft]) -> None:
    """Give questions that are nothing but options the sentence of their passage that has their gap."""
    for draft in drafts:
        group, value = draft.item.group, draft.item.value
        if draft.stem.strip() or group is None or value is None or not draft.options:
            continue
        raw = view.raw[group.start : group.end]
        flat = fold(raw)
        gap = re.search(
            rf"_+[ \t]*[(]?{value}[)]?[ \t]*_+|[(][ \t]*{value}[ \t]*[)][ \t]*_*|_{{2,}}[ \t]*{value}(?!\d)|(?<![\d.]){value}[ \t]*_{{2,}}|(?<=[a-z,;] ){value}(?= [a-z])",
            flat,
        )
        if gap is None:
            continue
        start = max((m.end() for m in _STOP.finditer(flat, 0, gap.start())), default=0)
        stop = _STOP.search(flat, gap.end())
        draft.stem = clean(raw[start : stop.end() if stop is not None else len(raw)])
