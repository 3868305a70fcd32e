"""The pictures and sounds in a Blackboard archive, by the addresses its texts use."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from qbank.assets import MAX_BYTES
from qbank.diagnostics import QbankError
from qbank.formats.unpack import Archive

_STUB = re.compile(r"(?i)@X@[A-Za-z.]+@X@|%40X%40[A-Za-z.]+%40X%40")
_XID = re.compile(r"xid-[0-9]+_[0-9]+")


@dataclass(frozen=True, slots=True)
class Members:
    """The files beside one `.dat`; none where it came alone."""

    packed: Archive | None = None
    base: str = ""

    def fetch(self, address: str) -> tuple[bytes, str] | None:
        """The bytes and the name of a file: beside the `.dat`, in the folder of its name, or in the content collection."""
        if self.packed is None:
            return None
        member = self._member(unquote(_STUB.sub("", address)).replace("\\", "/").split("?")[0])
        if member is None:
            return None
        try:
            return self.packed.read(member, MAX_BYTES), re.sub(r"__xid-[0-9]+_[0-9]+", "", posixpath.basename(member))
        except QbankError:
            return None

    def _member(self, path: str) -> str | None:
        assert self.packed is not None
        folder, own = posixpath.dirname(self.base), posixpath.splitext(self.base)[0]
        for start in (own, folder, ""):
            name = posixpath.normpath(posixpath.join(start, path.lstrip("/")))
            if name in self.packed and not name.endswith("/"):
                return name
        xid = _XID.search(path)
        if xid is None:
            return None
        found = re.compile(rf"{re.escape(xid[0])}(?![0-9])")
        members = self.packed.members()
        return next((name for name in members if found.search(name) and not name.endswith((".xml", "/"))), None)
