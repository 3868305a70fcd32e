"""A second document that is the first one over again, now with its answers: `参考答案与试题解析`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qbank.readers.paper.attach import Reading
from qbank.readers.paper.resolve import Draft


def merge_papers(readings: Sequence[Reading]) -> None:
    """Give the answers of a document to the one before it, where it repeats that one's questions and those have none."""
    for first, second in pairwise(readings):
        if len(first.drafts) < 2 or len(second.drafts) < 2:
            continue
        unanswered = [d for d in first.drafts if d.answer is None]
        if len(unanswered) * 10 < len(first.drafts) * 8:
            continue
        pairs = _pairs(unanswered, second.drafts)
        if len(pairs) * 10 < len(second.drafts) * 6 or len(pairs) < 2:
            continue
        gone = set()
        for target, told in pairs:
            _answer(target, told)
            gone.add(id(told))
            second.claims.append((told.item.start, told.item.end, "key", "the question repeated with its answer"))
        second.drafts = [d for d in second.drafts if id(d) not in gone]


def _pairs(targets: Sequence[Draft], told: Sequence[Draft]) -> list[tuple[Draft, Draft]]:
    known: dict[str, list[Draft]] = {}
    for draft in told:
        known.setdefault(_key(draft.stem), []).append(draft)
    used: set[int] = set()
    out = []
    for target in targets:
        same = [
            d for d in known.get(_key(target.stem), ()) if id(d) not in used and len(d.options) == len(target.options)
        ]
        if not same and target.pieces:
            # the lines are filled in: what stands around them is the same
            shape = re.compile(r".{1,60}?".join(re.escape(_key(p)) for p in target.pieces) + r".{0,60}")
            same = [
                d
                for d in told
                if id(d) not in used and d.item.value == target.item.value and shape.fullmatch(_key(d.stem))
            ]
        if same:
            used.add(id(same[0]))
            out.append((target, same[0]))
    return out


def _answer(target: Draft, told: Draft) -> None:
    answer = told.answer
    gaps = len(target.pieces) - 1
    if target.kind == "fill" and gaps > 0 and told.kind == "fill" and isinstance(answer, list):
        flat = [texts for texts in answer if isinstance(texts, list)]
        if len(flat) != gaps and len(flat) == 1:
            cut = [p.strip(" 。.") for text in flat[0] for p in re.split(r"[;；]", text) if p.strip(" 。.")]
            flat = [[p] for p in cut]
        if len(flat) != gaps:
            target.item.doubt(0.25, "gaps and answers differ in number")
            return
        target.answer = [[text.rstrip("。；; ") for text in texts] for texts in flat]
    elif target.kind != "fill" or told.kind == "fill":
        target.answer = answer
        if told.kind in {"single", "multiple", "judge"}:
            target.kind = told.kind
    target.explanation = target.explanation or told.explanation
    target.item.origin = "key"


def _key(stem: str) -> str:
    return re.sub(r"[\W_]", "", stem)
