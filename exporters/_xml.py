"""Ways to write XML: one root, its children as they come, text that every parser takes."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from lxml import etree

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold, line ends as LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNFIT.sub("", text)


@contextmanager
def document(
    sink: BinaryIO,
    root: str,
    attributes: Mapping[str, str] | None = None,
    nsmap: Mapping[str | None, str] | None = None,
) -> Iterator[Any]:
    """Opens a UTF-8 document; what it yields has `write(element)`, so that one element lives at a time."""
    with etree.xmlfile(sink, encoding="UTF-8") as file:
        file.write_declaration()
        with file.element(root, dict(attributes or {}), nsmap=dict(nsmap) if nsmap else None):
            file.write("\n")
            yield file


@contextmanager
def system_errors() -> Iterator[None]:
    """What lxml says of a full disk becomes the OSError it is."""
    try:
        yield
    except etree.SerialisationError as error:
        number = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
        raise OSError(number, os.strerror(number)) from error


def child(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    """A new last child of `parent`, with text of its own if there is any."""
    element = etree.SubElement(parent, tag, attributes) if attributes else etree.SubElement(parent, tag)
    if text:
        element.text = text
    return element
