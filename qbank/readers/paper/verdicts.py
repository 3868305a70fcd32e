"""Right and wrong as papers mark statements: in brackets, at the end, on a line of their own, with a correction."""

from __future__ import annotations

import re

BRACKET_MARK = re.compile(
    r"(?!\[[xX]\])[(【\[]\s*(?P<word>√|×|对|错|正确|错误|T|F|Y|N|True|False|true|false|TRUE|FALSE|x|X|V)\s*[)】\]]"
)
TAIL_MARK = re.compile(
    r"(?P<word>√|×|(?:(?<=[。.])[ \t]*|[ \t]{2,})(?:[TF]|True|False|对|错|正确|错误))[\s。]*$|(?:\n[ \t]*\**|(?<=[。.?!])[ \t]*\*\*)(?P<line>对|错|正确|错误|T|F|True|False)\**[\s。]*$"
)
REASONED = re.compile(
    r"\n[ \t]*\**(?P<word>对|错|正确|错误|True|False)\**[ \t]*(?:[-–—:,.。;]+|因为|because)[ \t]*(?P<why>\S[^\n]*)\s*$",
    re.I,
)
"""A verdict on a line of its own, and why."""
CORRECTION = re.compile(
    r"[(【\[]\s*(?:√|×|对|错|正确|错误)\s*[)】\]]\s*(?P<right>(?:应为|应该?是|应当?是|应改为|改为|改正|更正|正确(?:的)?(?:说法|答案|表述)?(?:应)?(?:为|是|:)|理由|因为)[^\n]{2,200}(?:\n[^\n]*)?)\s*$"
)
"""What a false statement should have said, behind its mark: `（×）应为：七届二中全会`."""
BOTH_OFFERED = re.compile(
    r"(?<=[.。?!])[ \t]*[(\[]?[ \t]*(?:T[ \t]*[/\s][ \t]*F|True[ \t]*[/\s][ \t]*False)[ \t]*[)\]]?\s*$"
)
"""Both verdicts, one of which is to be circled: `T   F`."""
HEAD_MARK = re.compile(r"^\s*(?P<word>√|×)\s*")
