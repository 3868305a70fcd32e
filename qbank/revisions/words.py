"""Changes in print: for a terminal, for a review in Markdown, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from qbank.reporters.text import safe
from qbank.revisions.changes import Change, Changed, Changes, Sort

TITLES: dict[Sort, str] = {
    "key": "KEY CHANGED",
    "kind": "KIND CHANGED",
    "answered": "answered",
    "points": "points changed",
    "model-answer": "model answer changed",
    "choices": "choices changed",
    "stem": "stem reworded",
    "feedback": "feedback changed",
    "details": "details changed",
    "removed": "removed",
    "added": "added",
    "id": "id changed",
    "moved": "moved",
}
_TOKEN = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.S)
_MOST_TOKENS = 2000
_AROUND = 24


def text(changes: Changes, old: str, new: str) -> str:
    """What changed, a question a paragraph, the most serious first."""
    lines = [f"{old} -> {new}: {summary(changes)}"]
    for change in changes.header:
        lines.append(f"bank {change.pointer}: {_sides(change)}")
    for changed in changes.questions:
        lines.append(f"{_head(changed)}  [{changed.id}] {safe(changed.stem)}")
        lines += [f"    {line}" for line in _lines(changed)]
    return "\n".join(lines) + "\n"


def markdown(changes: Changes, old: str, new: str) -> str:
    """What changed, as a comment on a pull request."""
    lines = [f"### {_code(old)} → {_code(new)}", "", summary(changes), ""]
    for change in changes.header:
        lines.append(f"- bank `{change.pointer}`: {_md_sides(change)}")
    if changes.header:
        lines.append("")
    if changes.questions:
        lines += ["| | question | what changed |", "| --- | --- | --- |"]
    for changed in changes.questions:
        mark = f"**{TITLES[changed.sort]}**" if changed.sort in ("key", "kind") else TITLES[changed.sort]
        what = "<br>".join(_md_line(change) for change in changed.changes if change.sort not in ("added", "removed"))
        lines.append(f"| {mark} | {_code(changed.id)} {_cell(changed.stem)} | {what} |")
    return "\n".join(lines).rstrip("\n") + "\n"


def as_json(changes: Changes, old: str, new: str) -> str:
    """What changed, as `schemas/changes.schema.json` describes it."""
    whole: dict[str, Any] = {
        "old": old,
        "new": new,
        "counts": changes.counts,
        "unchanged": changes.unchanged,
        "header": [_object(change) for change in changes.header],
        "questions": [
            {
                "id": changed.id,
                "stem": changed.stem,
                "sort": changed.sort,
                "changes": [_object(change) for change in changed.changes],
            }
            for changed in changes.questions
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def summary(changes: Changes) -> str:
    """How many questions each sort of change befell, in one line."""
    if not changes.questions and not changes.header:
        return f"no difference in {changes.unchanged} questions"
    named = [f"{count} {TITLES[sort].lower()}" for sort, count in changes.counts.items()]  # type: ignore[index]
    if changes.header:
        named.append("the bank's own properties changed")
    return ", ".join([*named, f"{changes.unchanged} unchanged"])


def _head(changed: Changed) -> str:
    return TITLES[changed.sort]


def _lines(changed: Changed) -> Iterator[str]:
    for change in changed.changes:
        match change.sort:
            case "added" | "removed" | "moved":
                if change.sort != changed.sort:
                    yield TITLES[change.sort]
            case "id":
                yield f"id: {change.before} -> {change.after}"
            case "stem":
                yield f"stem: {safe(marked(change.before, change.after))}"
            case _:
                yield f"{change.pointer.removeprefix('/')}: {_sides(change)}"


def _sides(change: Change) -> str:
    if not change.before:
        return f"+ {_short(change.after) or 'nothing'}"
    if not change.after:
        return f"- {_short(change.before)}"
    return f"{_short(change.before)} -> {_short(change.after)}"


def _md_line(change: Change) -> str:
    if change.sort == "moved":
        return "moved"
    name = change.pointer.removeprefix("/")
    if change.sort == "stem":
        return f"stem: {_cell(marked(change.before, change.after))}"
    return f"{name}: {_md_sides(change)}"


def _md_sides(change: Change) -> str:
    before, after = _cell(_short(change.before)), _cell(_short(change.after))
    if not change.before:
        return f"added {after}" if change.after else "changed"
    return f"~~{before}~~ {after}".rstrip()


def marked(before: str, after: str) -> str:
    """Both versions of a text in one: `[-taken out-]{+put in+}`, and of what stayed a little around them."""
    one, other = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(one), len(other)) > _MOST_TOKENS:
        return f"{_short(before)} -> {_short(after)}"
    parts: list[str] = []
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for i, (what, a, b, c, d) in enumerate(codes):
        if what == "equal":
            parts.append(_around("".join(one[a:b]), first=i == 0, last=i == len(codes) - 1))
        else:
            parts.append(f"[-{''.join(one[a:b])}-]" if b > a else "")
            parts.append(f"{{+{''.join(other[c:d])}+}}" if d > c else "")
    return "".join(parts)


def _around(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * _AROUND:
        return text
    head = "" if first else text[:_AROUND]
    tail = "" if last else text[-_AROUND:]
    return f"{head}…{tail}"


def _short(text: str) -> str:
    flat = safe(" ".join(text.split()))
    return flat if len(flat) <= 120 else flat[:119] + "…"


def _cell(text: str) -> str:
    """A text as Markdown shows it, literally, in a cell."""
    flat = " ".join(safe(text.replace("\n", " ")).split())
    return re.sub(r"([\\`*_\[\]<>|~#&])", r"\\\1", flat)


def _code(text: str) -> str:
    return f"`{safe(text).replace('`', chr(39)).replace('|', ' ')}`"


def _object(change: Change) -> dict[str, str]:
    value = {"sort": change.sort, "pointer": change.pointer, "before": change.before, "after": change.after}
    return {key: item for key, item in value.items() if item or key in ("sort", "pointer")}
