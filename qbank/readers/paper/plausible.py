"""Which of the stretches found are questions: numbered prose and lists are none."""

from __future__ import annotations

import re

from qbank.readers.paper.answers import truth
from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import is_asking
from qbank.readers.paper.sections import Paper, Section
from qbank.readers.paper.verdicts import BOTH_OFFERED
from qbank.readers.paper.words import CHOICES, COMMAND, SURE_GAP

_JUDGED = re.compile(
    r"[(【\[]\s*(?:√|×|对|错|正确|错误|T|F|True|False)\s*[)】\]]|[√×]\s*$|[。.][ \t]*(?:[TF]|True|False|对|错|正确|错误)\s*$"
)


def plausible(sources: Sources, section: Section, out: list[Item], paper: Paper) -> list[Item]:
    """The items that are questions; numbered prose is none."""
    text = sources.view.text
    kinds = section.kind is not None
    runs_of = sum(len(i.choices) >= 3 for i in out)
    regular = runs_of >= 3 and runs_of * 10 >= len(out) * 6
    asking = sum(_asks(text, i) for i in out)
    prose = asking >= 2 and asking * 10 >= len(out) * 6
    gaps = sum(bool(SURE_GAP.search("".join(text[a:b] for a, b in i.stem))) for i in out)
    gapped = section.heading is not None and gaps >= 2 and gaps * 10 >= len(out) * 6
    listed = not kinds and bool(out) and _AIMS.search(text, max(0, out[0].start - 90), out[0].start) is not None
    heads = [i for i in out if _headed(text, i)]
    headed_ask = len(heads) >= 3 and sum(_asks(text, i) for i in heads) * 2 >= len(heads)
    kept: list[Item] = []
    for found in out:
        stem = "".join(text[a:b] for a, b in found.stem)
        given = found.raw is not None or bool(_JUDGED.search(stem)) or bool(BOTH_OFFERED.search(stem))
        if listed and not given and (not found.choices or runs_of < 2):
            continue  # what a course aims at
        if not kinds and not given and found.choices and _OUTLINE.search(stem):
            continue  # a heading stands between what seems to ask and the letters: a list of its own
        if not kinds and not given and found.choices and runs_of < 3 and _far(stem):
            continue  # pages of other matter stand between the number and the letters
        if found.choices:
            asks = SURE_GAP.search(stem) is not None or _asks(text, found)
            shown = given or any(c.marked for c in found.choices)
            if found.labelled:
                sure = kinds or found.tag is not None or shown or regular or asks
                # letters below nothing are a scale or a list of classes
                alone = len(found.choices) >= 4 and 0 < len(stem.strip()) < 200
                yes = len(found.choices) >= 2 and (sure or alone)
                yes = yes or (kinds and bool(stem.strip()))
            else:
                # a list with bullets is a list, unless something asks to choose from it
                # a list of an answer's points stands under a line that does not ask
                last = _CHOOSE.sub("", stem.strip()).strip().rsplit("\n", 1)[-1]
                asks = SURE_GAP.search(last) is not None or is_asking(last[:300]) or ("\n" not in stem.strip() and asks)
                verdicts = len(found.choices) == 2 and all(
                    truth(text[c.start : c.end]) is not None for c in found.choices
                )
                yes = (
                    shown
                    or asks
                    or verdicts
                    or found.prompt is not None
                    or section.kind in CHOICES
                    or found.tag in CHOICES
                )
        else:
            named = found.mark is not None and found.mark.family in {"di", "timu", "q"} and len(out) >= 2
            headed = _headed(text, found)
            yes = (
                kinds
                or found.hints.get("part", False)
                or found.hints.get("task", False)
                or (headed and (headed_ask or _asks(text, found)))
                or named
                or found.tag is not None
                or given
                or (prose and _asks(text, found))
                or ((runs_of >= 2 or gapped) and bool(SURE_GAP.search(stem)))
            )
        if (yes and stem.strip()) or (yes and found.choices):
            kept.append(found)
        elif regular and stem.strip() and found.mark is not None and not found.choices and len(stem) < 400:
            found.doubt(0.5, "no options and no answer among questions that have them")
            found.findings.append(("R006", "the question has no options, or they are missing"))
            kept.append(found)
    if len(kept) >= 2 and len(kept) * 2 >= len(out) and len(kept) < len(out) and not listed:
        # among questions, what has a gap, asks or orders is one, too
        believed = {id(i) for i in kept}
        kept = [i for i in out if id(i) in believed or _likely(text, i)]
    return kept


def _likely(text: str, found: Item) -> bool:
    stem = "".join(text[a:b] for a, b in found.stem).strip()
    if found.mark is None or not stem or len(stem) > 600 or _OUTLINE.search(stem):
        return False
    if found.choices:
        return found.labelled and len(found.choices) >= 3 and len(stem) < 200
    return SURE_GAP.search(stem) is not None or _asks(text, found) or COMMAND.match(stem) is not None


def _headed(text: str, found: Item) -> bool:
    """Whether its number stands in a Markdown heading."""
    return found.mark is not None and re.match(r"\s*#{2,6}[ \t]", text[found.mark.start : found.mark.end]) is not None


def _far(stem: str) -> bool:
    return len(stem) > 300 and len(re.findall(r"\n[ \t]*\n", stem.strip())) >= 3


_AIMS = re.compile(
    r"(?:able to|objectives?|outcomes?|aims?|goals?|教学目标|学习目标|教学要求|学习要求|考核要求|agenda|outline|contents)[ \t]*[:.]?\s*\Z",
    re.I,
)
_OUTLINE = re.compile(r"\n[ \t]*[一二三四五六七八九十]{1,2}、[^\n]{1,30}(?:\n|\Z)")
_QUOTED = re.compile(r"[“\"「][^“”\"「」\n]*[”\"」]")
_CHOOSE = re.compile(r"\s*[(\[][^()\n]{0,40}[)\]]\s*$")


def _asks(text: str, found: Item) -> bool:
    stem = "".join(text[a:b] for a, b in found.stem)
    return is_asking(_QUOTED.sub("", stem)[:300]) if "?" in stem else is_asking(stem[:300])
