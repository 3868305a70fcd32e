"""What an answer says: letters, right or wrong, the texts of blanks, prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qbank.readers.paper.clean import clean
from qbank.readers.paper.view import fold

_LETTERS = re.compile(
    r"^[\s*:.。、(【\[「“\"'_]*(?:选项|选择|选|(?i:option|choice))?\s*(?P<letters>[A-Ha-h](?:(?:[\s,、;和与&/|()]|and\b|or\b)*[A-Ha-h](?![a-z]))*)(?![A-Za-z0-9'’])[)】\]」”\"'_]?\s*(?P<rest>.*)$",
    re.S,
)
_LABELLED = re.compile(r"^\s*[A-Ha-h]\s*[.、:)]\s*\S")
_NUMBERS = re.compile(
    r"^[\s*(]*(?:选项|选|option)?\s*(\d{1,2}(?:(?:\s*[,、;&]\s*|\s+and\s+)\d{1,2})*)[\s*).。]*$", re.I
)
_CIRCLES = re.compile(r"^[\s*(]*([①-⑨](?:[\s,、;]*[①-⑨])*)[\s*).。]*$")
_JUDGE = re.compile(
    r"^[\s*(【\[“‘\"'_:]*(?P<word>不正确|正确|错误|不对|√|×|对|错|真|假|是|否|true|false|yes|no|right|wrong|correct|incorrect|[TFYN]|x)(?![A-Za-z])[)】\]”’\"'_*]?",
    re.I,
)
_RIGHT = frozenset({"√", "正确", "对", "真", "是", "true", "t", "yes", "y", "right", "correct"})
_NONE = re.compile(r"^\W*(?:略|无|暂无|没有|见教材|见课本|答案略|参见教材|unknown|none given|n/a|omitted)?\W*$", re.I)
_LIST = re.compile(
    r"(?:^|[\s;,。])\s*(?:[(]\s*(\d{1,2})\s*[)]|([①-⑳])|(?:第)?([一二三四五六七八九十])(?:空)?\s*[、:]|(?:填空|空|第)[ \t]*\d{1,2}(?:空)?[ \t]*[:、.]|(\d{1,2})\s*[.、)](?!\d))\s*"
)


_LAST_STOP = re.compile(r"[;；。,，]\s*$")


_SHORT = re.compile(r"\W*(T|F|Y|N|NG)\W*", re.I)
_KEYS3 = re.compile(r"(?:true|yes) (?:false|no) not given", re.I)


def letters(raw: str, count: int, options: Sequence[str] = ()) -> list[int] | None:
    """The options an answer names, by index; None when it names none.

    `B`, `A、C`, `A and C`, `B. its text`, an option's text, or, with unlabelled options, its place.
    """
    flat = fold(raw).strip()
    if len(options) == 3 and (verdict := _SHORT.fullmatch(flat)) is not None and _KEYS3.match(" ".join(options)):
        said = verdict[1].upper()
        return [("T", "F", "NG").index({"Y": "T", "N": "F"}.get(said, said))]
    pieces = [p for p in re.split(r"[;\n┋|]+", flat) if p.strip()]
    if len(pieces) > 1 and all(_LABELLED.match(p) for p in pieces):
        return sorted({ord(p.strip()[0].upper()) - 65 for p in pieces})
    listed = re.split(r"[,、][ \t]*(?=[A-Ha-h][.):])", flat)
    if len(listed) > 1 and all(_LABELLED.match(p) for p in listed) and "\n" not in flat:
        return sorted({ord(p.strip()[0].upper()) - 65 for p in listed})
    lines = [line.strip() for line in flat.split("\n") if line.strip()]
    alone = [line for line in lines if re.fullmatch(r"[A-Ha-h][.)]", line)]
    if len(alone) > 1 and len(alone) * 2 == len(lines):
        return sorted({ord(line[0].upper()) - 65 for line in alone})  # each letter on the line above its text
    small = re.fullmatch(r"[\s(]*(?P<run>[a-h]{2,6})[\s).。]*", flat)
    if small is not None and list(small["run"]) == sorted(set(small["run"])) and ord(small["run"][-1]) - 97 < count:
        return [ord(c) - 97 for c in small["run"]]
    match = _LETTERS.match(flat)
    if match is not None:
        named = re.findall(r"[A-Ha-h]", re.sub(r"and|or", "", match["letters"]))
        rest = match["rest"].strip(" \t\n*")
        marked = re.match(r"[\s(]*[a-h][.):、]", flat) is not None
        word = (
            match["letters"].islower() and rest and not marked and not rest.startswith((")", ".", ":", ",", ";", "\n"))
        )
        if not word and not (
            rest[:1].isalpha() and not marked and rest.isascii() and len(named) == 1 and not match["letters"].isupper()
        ):
            return sorted({ord(c.upper()) - 65 for c in named})
    if options:
        counted = re.match(r"[(]?(?P<place>\d)[.)][ \t]+(?P<text>[^\n]+)", flat)
        if counted is not None and 1 <= int(counted["place"]) <= len(options):
            place = int(counted["place"]) - 1
            if _key(counted["text"]) == _key(options[place]):
                return [place]
        key = _key(flat)
        same = [i for i, option in enumerate(options) if _key(option) == key]
        if same:
            return same[:1]
        pieces = [_key(p) for p in re.split(r"[;\n|]+", flat) if p.strip()]
        keys = [_key(o) for o in options]
        if len(pieces) > 1 and all(p in keys for p in pieces):
            return sorted(keys.index(p) for p in pieces)
        if all(keys) and len(set(keys)) == len(keys) and (told := _told(flat, keys)):
            return told
        first = _key(flat.split("\n")[0])
        if len(first) > 1 and first in keys:
            return [keys.index(first)]
    flat = flat.split("\n", 1)[0]
    circled = _CIRCLES.match(flat)
    if circled is not None and count:
        places = [ord(c) - 0x2460 for c in re.findall(r"[①-⑨]", circled[1])]
        if max(places) < count:
            return sorted(set(places))
    number = _NUMBERS.match(flat)
    if number is not None and count:
        named_numbers = [int(n) for n in re.findall(r"\d+", number[1])]
        if all(1 <= n <= count for n in named_numbers):
            return sorted({n - 1 for n in named_numbers})
    return None


def _told(flat: str, keys: Sequence[str]) -> list[int] | None:
    """The options whose texts, one after another, are the whole answer: `limestone, wood ash`."""
    rest, found = _key(flat), []
    for i in sorted(range(len(keys)), key=lambda i: -len(keys[i])):
        if len(keys[i]) > 1 and keys[i] in rest:
            rest = rest.replace(keys[i], "\0", 1)
            found.append(i)
    return sorted(found) if found and not rest.strip("\0") else None


def _key(text: str) -> str:
    return re.sub(r"[\s.。;;,,、*]+", "", fold(text)).lower()


def truth(raw: str) -> bool | None:
    """Whether an answer says true; None when it says neither."""
    flat = fold(raw).strip()
    match = _JUDGE.match(flat)
    if match is None:
        return None
    rest = flat[match.end() :]
    if match["word"] in {"对", "错", "是", "否", "真", "假"} and rest[:1] not in {
        "*",
        "",
        "\n",
        " ",
        "。",
        ".",
        ",",
        "，",
        ";",
        "；",
        "(",
        "【",
    }:
        return None
    word = match["word"]
    if word.isascii():
        word = word.lower()
    return word in _RIGHT


def is_none(raw: str) -> bool:
    """Whether an answer says that there is none (略)."""
    return bool(_NONE.match(fold(raw)))


def texts(raw: str, blanks: int) -> list[list[str]]:
    """The accepted texts of each blank, as well as the answer tells them apart."""
    lines = [line.strip() for line in raw.split("\n") if line.strip()]
    if blanks > 1 and len(lines) == blanks:
        # one line a gap, each perhaps with its number
        firsts = [_LIST.match(fold(line)) for line in lines]
        numbered = all(m is not None for m in firsts)
        cut = [line[m.end() :] if m is not None and numbered else line for line, m in zip(lines, firsts, strict=True)]
        return [_alternatives(_LAST_STOP.sub("", line)) for line in cut]
    marks = list(_LIST.finditer(fold(raw)))
    if (
        marks
        and not raw[: marks[0].start()].strip()
        and 2 <= len(marks) < blanks
        and (parts := _nested(raw, marks, blanks))
    ):
        return [_alternatives(part) for part in parts]
    wide = [clean(p) for p in re.split(r"\u3000+|[ ]{2,}|\t+", raw.strip()) if p.strip()]
    if blanks > 1 and len(wide) == blanks and not marks and not re.search(r"[;；]", raw):
        return [_alternatives(_LAST_STOP.sub("", part)) for part in wide]
    body = clean(raw)
    parts = _parts(body, blanks)
    return [_alternatives(part) for part in parts if part.strip()]


def _parts(body: str, blanks: int) -> list[str]:
    flat = fold(body)
    marks = list(_LIST.finditer(flat))
    if (
        marks
        and marks[0].start() <= 1
        and len(marks) >= 2
        and (blanks in {0, len(marks)} or (blanks < 2 and len(marks) <= 6))
    ):
        ends = [m.start() for m in marks[1:]] + [len(body)]
        return [body[m.end() : e].strip(" \t\n;；,，。") for m, e in zip(marks, ends, strict=True)]
    if marks and len(marks) == 1 and marks[0].start() <= 1 and body[marks[0].end() :].strip():
        body = body[marks[0].end() :]
        flat = fold(body)
    if blanks <= 1:
        if ";" in flat and blanks == 0:
            return [p.strip() for p in re.split(r"[;]", _same(body, flat)) if p.strip()]
        return [body.strip(" \t\n;；。,，")]
    for pattern in (
        r"[;]",
        r"\|{1,2}",
        r"\n+",
        r"[、]",
        r"[,]",
        r"[;,、]",
        r"(?:\s{2,}|\t)",
        r"[\s]+",
        r"[;,、\s]+",
        r"[/]",
    ):
        pieces = [p.strip() for p in re.split(pattern, flat) if p.strip(" 。.")]
        if len(pieces) == blanks:
            return _cut(body, flat, pieces)
    loose = [p.strip() for p in re.split(r"[;|]", flat) if p.strip()]
    return _cut(body, flat, loose) if len(loose) > 1 else [body]


def _nested(body: str, marks: list[re.Match[str]], blanks: int) -> list[str]:
    """`(1) 0~3 V  (2) 1.48  0.60`: the parts of a question, some with several gaps; empty unless all gaps are told."""
    ends = [m.start() for m in marks[1:]] + [len(body)]
    parts = [body[m.end() : e].strip(" \t\n;；,，。") for m, e in zip(marks, ends, strict=True)]
    for pattern in (r"[;；]", r"[ \t\u3000]{2,}|\u3000", r"[;；,，、]", r"[\s;；]+"):
        pieces = [clean(p) for part in parts for p in re.split(pattern, part) if p.strip()]
        if len(pieces) == blanks:
            return pieces
    return []


def _same(body: str, flat: str) -> str:
    return body if len(body) != len(flat) else "".join(";" if f == ";" else b for b, f in zip(body, flat, strict=True))


def _cut(body: str, flat: str, pieces: list[str]) -> list[str]:
    """The pieces in the words of the original, not of the folded text."""
    out, at = [], 0
    for piece in pieces:
        at = flat.index(piece, at)
        out.append(body[at : at + len(piece)].strip(" 。；;"))
        at += len(piece)
    return out


def _alternatives(part: str) -> list[str]:
    """`a/b`, `a或b`, `a（或b）` accept either."""
    flat = fold(part)
    inner = re.match(r"^(?P<one>[^()]+)[(]\s*(?:或者?|or|=)\s*(?P<two>[^()]+)[)]\s*$", flat)
    if inner:
        cut = [(inner.start("one"), inner.end("one")), (inner.start("two"), inner.end("two"))]
        return [part[a:b].strip() for a, b in cut if part[a:b].strip()]
    if len(part) <= 60 and re.search(r"[^\s]或(?!者?[^\s]{0,2}$)", part) and not re.search(r"[。；;]", part):
        pieces = [p.strip() for p in re.split(r"\s*或者?\s*", part) if p.strip()]
        if len(pieces) > 1 and all(len(p) <= 24 for p in pieces):
            return pieces
    pieces = [p.strip() for p in part.split("/")]
    if len(pieces) > 1 and len(part) <= 60 and not re.search(r"[=+*<>:]", part) and all(pieces):
        # `3/4` and `m/s` are one answer each
        ratio = all(re.fullmatch(r"[\d.]+", p) for p in pieces) or all(
            re.fullmatch(r"[A-Za-zμΩ\d.]{1,3}", p) for p in pieces
        )
        if not ratio:
            return pieces
    return [part.strip()]
