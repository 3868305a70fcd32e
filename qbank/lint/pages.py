"""The manual of the rules: what `qbank explain` and `docs/rules.md` say, from the docstrings of the rules themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from qbank.codes import CODES
from qbank.lint import BANK_RULES, OPT_IN, RULES


def about(code: str) -> str:
    """What the rule that gives a code says of it besides its first sentence: why, and what to do. Empty for none."""
    return "\n\n".join(dict.fromkeys(body for body in _bodies(code) if body))


def _bodies(code: str) -> Iterator[str]:
    checks = [(rule.check, rule.codes) for rule in RULES] + [(check, codes) for check, codes in BANK_RULES]
    for check, codes in checks:
        if code in codes:
            yield inspect.cleandoc(check.__doc__ or "").partition("\n\n")[2].strip()


def manual() -> str:
    """Every rule of `qbank check` as one Markdown document."""
    parts = [
        "# The rules of `qbank check`\n\n"
        "Made from the rules themselves (`pytest tests/test_rules_page.py --update-golden`). "
        "`qbank explain CODE` prints one entry. How to select, silence or grade rules is in [check.md](check.md); "
        "each rule has cases that break it and cases that only look so in `tests/lint/CODE.json`.\n"
    ]
    for letter, title in (("L1", "Answers and ids"), ("L2", "Texts"), ("L3", "The bank as a whole"), ("A", "Assets")):
        codes = [code for code in CODES if code.startswith(letter)]
        parts.append(f"\n## {title}\n")
        for code in codes:
            entry = CODES[code]
            parts.append(f"\n### {code} {entry.name} ({entry.severity}{', opt-in' if code in OPT_IN else ''})\n")
            parts.append(f"\n{entry.explanation}\n")
            if about(code):
                parts.append(f"\n{about(code)}\n")
    return "".join(parts)
