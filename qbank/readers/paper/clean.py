"""Text as it will be read: lines that a page width broke are joined, code keeps its lines."""

from __future__ import annotations

import re

_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
_CODE = re.compile(
    r"[{};]\s*$|^\s*[{}]\s*$|^ {2,}\S|^\t|^\s*(?:#include|import |from \w+ import|def |class |public |private |protected |int |void |char |float |double |for\s*\(|while\s*\(|if\s*\(|return\b|print|SELECT |INSERT |UPDATE |DELETE |CREATE |@\w+|<\w+|//|#)|^\s*\w+\s*=\s*\S+|\)\s*:\s*$"
)
_LIST = re.compile(r"^\s*(?:[(（]?\d{1,2}[)）.、．]|[①-⑳]|[-*•·]\s|[一二三四五六七八九十][、.．]|[A-H][.、．)）])")
_BOLD = re.compile(r"(?<!\*)\*\*(?!\s)([^*\n]+?)(?<!\s)\*\*(?!\*)")
_BULLETS = re.compile(r"^(\s*)[\ue000-\uf8ff]\s*")
_QUOTE = re.compile(r"^\s*>\s?")
_SPACES = re.compile(r"[ \t\u00a0\u3000\u200b\ufeff]+")


def clean(raw: str, *, bold: bool = False) -> str:
    """A stretch of a paper as plain text; `bold` keeps Markdown's asterisks."""
    if "\n" not in raw:
        line = _BULLETS.sub("", raw.replace("\r", "")).rstrip()
        text = _SPACES.sub(" ", _QUOTE.sub("", line)).strip()
        return text if bold or "*" not in text else _without_bold(text)
    lines = [_BULLETS.sub("", line).rstrip() for line in raw.replace("\r", "").split("\n")]
    if all(line.lstrip().startswith(">") for line in lines if line.strip()):
        lines = [_QUOTE.sub("", line) for line in lines]  # a block quote, whole
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return ""
    if is_code(lines[1:]):
        text = "\n".join(_dedented(lines))
    else:
        text = _joined([_SPACES.sub(" ", line).strip() for line in lines])
    return text if bold else _without_bold(text)


def _without_bold(text: str) -> str:
    text = _BOLD.sub(r"\1", text).strip()
    if text.count("**") == 1:
        text = text.removeprefix("**").removesuffix("**").strip()
    return text


def is_code(lines: list[str]) -> bool:
    """Whether the lines after the first are a program rather than wrapped prose."""
    filled = [line for line in lines if line.strip()]
    hits = sum(bool(_CODE.search(line)) and not _LIST.match(line) for line in filled)
    wide = sum(bool(_WIDE.search(line)) for line in filled)
    return hits >= 2 and hits * 2 >= len(filled) and wide * 2 <= len(filled) + 1


def _dedented(lines: list[str]) -> list[str]:
    out: list[str] = []
    for line in [lines[0].strip(), *lines[1:]]:
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    return out


_ROW = re.compile(r"[^|]\|[^|]")
"""A row of a table."""
_NARROW = 30
"""Columns; no page is so narrow that it breaks a shorter line."""


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _wrapped(line: str, widest: int) -> bool:
    """Whether a line is long enough for the page to have broken it."""
    width = _width(line)
    return width >= _NARROW and width * 10 >= widest * 6


def _ended(out: str) -> bool:
    """Whether the last line ends a sentence and is more than a label."""
    return out[-1] in "。？！?!:：；;." and len(out) - out.rfind("\n") > 12


def _goes_on(last: str, line: str) -> bool:
    """Whether a sentence runs over the break, however short its line."""
    return last[-1] in "，、,（(“《—" or line[0] in "，。、；：）”》,.;)" or last.count("（") > last.count("）")


def _joined(lines: list[str]) -> str:
    """Prose lines: a list item or a new paragraph keeps its line, a wrapped line is joined."""
    out = last = ""
    gap = False
    rows = sum(bool(_ROW.search(line)) for line in lines) >= 2
    widest = max(map(_width, lines[:-1]), default=0)
    for line in lines:
        if not line:
            gap = True
            continue
        table = rows and (_ROW.search(line) or _ROW.search(last))
        if not out:
            out = line
        elif gap or table or _LIST.match(line) or _ended(out) or not (_wrapped(last, widest) or _goes_on(last, line)):
            out += "\n" + line
        elif _WIDE.match(out[-1]) or _WIDE.match(line[0]):
            out += line
        else:
            out += " " + line
        gap = False
        last = line
    return out
