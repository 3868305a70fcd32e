"""Near misses: what the user may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from qbank.diagnostics import QbankError

_LONGEST = 100
"""Of a longer word only so much is compared: it is no name that we have."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "did you mean 'x'?" when something is close, else the list of what there is."""
    choices = list(known)
    close = get_close_matches(word[:_LONGEST], choices, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(choices)}"


def known_options(options: Mapping[str, str], known: Mapping[str, str], name: str) -> Mapping[str, str]:
    """The options given to a reader or an exporter. Raises `QbankError` for one that it does not have."""
    for key in options:
        if key not in known:
            what = did_you_mean(key, known) if known else "it has none"
            raise QbankError(f"{name} has no option {key!r}; {what}")
    return options
