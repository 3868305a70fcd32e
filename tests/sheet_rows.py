"""Rows of the editable sheet as questions, without the reader that looks after what people do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from qbank import bankfile, model
from qbank.formats import sheets


def question(properties: sheets.Properties) -> model.Question:
    """Properties as they stand in a bank file, as the model has them."""
    decoded: model.Question = msgspec.convert(
        properties,
        model.Question,  # type: ignore[arg-type]  # a union is a type to msgspec
        dec_hook=lambda _, value: bankfile.exact(value),
    )
    return decoded


def questions(rows: Iterable[Mapping[str, sheets.Cell]]) -> list[model.Question]:
    """The questions of some rows: those that name the group before them are its sub-questions."""
    found: list[sheets.Properties] = []
    for row in rows:
        read = sheets.properties(row)
        if row.get("group"):
            assert found[-1]["id"] == row["group"]
            found[-1]["questions"].append(read)
        else:
            found.append(read | {"questions": []} if read["kind"] == "group" else read)
    return [question(properties) for properties in found]
