"""Which of the stretches found are questions: numbered prose and lists are none."""

from __future__ import annotations

import re

from qbank.readers.paper.parts import Item, Sources
from qbank.readers.paper.resolve import is_asking
from qbank.readers.paper.sections import Paper, Section
from qbank.readers.paper.words import CHOICES, SURE_GAP

_JUDGED = re.compile(r"[(【\[]\s*(?:√|×|对|错|正确|错误|T|F)\s*[)】\]]|[√×]\s*$")


def plausible(sources: Sources, section: Section, out: list[Item], paper: Paper) -> list[Item]:
    """The items that are questions; numbered prose is none."""
    text = sources.view.text
    kinds = section.kind is not None
    runs_of = sum(len(i.choices) >= 3 for i in out)
    regular = runs_of >= 3 and runs_of * 10 >= len(out) * 6
    asking = sum(_asks(text, i) for i in out)
    prose = asking >= 2 and asking * 10 >= len(out) * 6
    kept = []
    for found in out:
        stem = "".join(text[a:b] for a, b in found.stem)
        given = found.raw is not None or bool(_JUDGED.search(stem))
        if found.choices:
            asks = SURE_GAP.search(stem) is not None or _asks(text, found)
            shown = given or any(c.marked for c in found.choices)
            if found.labelled:
                sure = kinds or found.tag is not None or shown or regular or asks
                yes = len(found.choices) >= 2 and (sure or (len(found.choices) >= 4 and len(stem) < 200))
                yes = yes or (kinds and bool(stem.strip()))
            else:
                # a list with bullets is a list, unless something asks to choose from it
                # a list of an answer's points stands under a line that does not ask
                last = _CHOOSE.sub("", stem.strip()).strip().rsplit("\n", 1)[-1]
                asks = SURE_GAP.search(last) is not None or is_asking(last[:300]) or ("\n" not in stem.strip() and asks)
                yes = shown or asks or found.prompt is not None or section.kind in CHOICES or found.tag in CHOICES
        else:
            named = found.mark is not None and found.mark.family in {"di", "timu", "q"} and len(out) >= 2
            headed = found.mark is not None and re.match(r"\s*#{2,6}[ \t]", text[found.mark.start : found.mark.end])
            yes = (
                kinds
                or (headed is not None and _asks(text, found))
                or named
                or found.tag is not None
                or given
                or (prose and _asks(text, found))
                or (runs_of >= 2 and bool(SURE_GAP.search(stem)))
            )
        if (yes and stem.strip()) or (yes and found.choices):
            kept.append(found)
        elif regular and stem.strip() and found.mark is not None and not found.choices and len(stem) < 400:
            found.doubt(0.5, "no options and no answer among questions that have them")
            found.findings.append(("R006", "the question has no options, or they are missing"))
            kept.append(found)
    return kept


_CHOOSE = re.compile(r"\s*[(\[][^()\n]{0,40}[)\]]\s*$")


def _asks(text: str, found: Item) -> bool:
    stem = "".join(text[a:b] for a, b in found.stem)
    return is_asking(stem[:300])
