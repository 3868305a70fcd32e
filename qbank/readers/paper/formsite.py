"""How a page shows that it comes from a form site."""

from __future__ import annotations

import re

SITE = re.compile(
    r"google forms|neither created nor endorsed by|^[ \t]*\*?[ \t]*(?:indicates )?required(?: question)?[ \t]*$|mark only one oval|check all that apply\.[ \t]*$|^[ \t]*total points[ \t]+\d+/\d+|microsoft forms|this content is created by the owner of the form",
    re.I | re.M,
)
"""What only a form site prints."""
