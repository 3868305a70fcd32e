"""Ways to write XML: one root, its children as they come."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from lxml import etree


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
