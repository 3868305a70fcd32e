"""What there is to say about the question in hand, kept until its id is known."""

from __future__ import annotations

from dataclasses import dataclass, field

from qbank.reading import Context


@dataclass(slots=True)
class Notes:
    """Collects findings about one question after the other."""

    ctx: Context
    document: str
    line: int = 0
    _found: list[tuple[str, str, int, str]] = field(default_factory=list)
    _dropped: dict[str, None] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    def begin(self, line: int) -> None:
        """Turn to the question that begins in that line."""
        self.line = line
        self._found.clear()
        self._dropped.clear()

    def add(self, code: str, message: str, line: int = 0, hint: str = "") -> None:
        """Something about the question, or about a line of it, counted from its first."""
        self._found.append((code, message, self.line + max(line - 1, 0), hint))

    def once(self, code: str, topic: str, message: str, hint: str = "") -> None:
        """Something that is said of the first question it is true of, not of every one."""
        if topic not in self._said:
            self._said.add(topic)
            self.add(code, message, hint=hint)

    def dropped(self, what: tuple[str, ...]) -> None:
        """Markup that was taken off, in words."""
        self._dropped.update(dict.fromkeys(what))

    def end(self, question: str) -> None:
        """Report everything under the question's id."""
        if self._dropped:
            names = list(self._dropped)
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            self.add("R041", f"markup that the bank has no place for was taken off: {', '.join(names[:8])}{more}")
        for code, message, line, hint in self._found:
            self.ctx.problem(code, message, self.document, line, question=question, hint=hint)
        self.begin(0)
