"""What an Anki text file says besides its notes, and what the back of a card is read as."""

from __future__ import annotations

import re

SEPARATORS = {
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "space": " ",
    "pipe": "|",
    "colon": ":",
}
"""The words for separators in the line `#separator:`."""
SETTING = re.compile(r"#([a-z][a-z ]*):(.*)\Z")
"""A line at the head of the file, such as `#html:true` or `#tags column:4`."""
LONGEST = 40
"""A longer back is a model answer, not an answer to compare."""


def is_short(back: str, *, marked: bool) -> bool:
    """Whether the back of a card is a short answer; `marked`: it has markup that a plain text does not."""
    return not marked and 0 < len(back) <= LONGEST and "\n" not in back
