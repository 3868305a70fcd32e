"""Keys, papers and workbooks of any bank that the schema accepts: they are made, and can be opened."""

from __future__ import annotations

import io
import re
import warnings
import zipfile

import openpyxl
import pytest
import strategies
from artefacts import artefact
from hypothesis import given, settings
from lxml import etree

from qbank import export, model
from qbank.assets import AssetStore


def written(name: str, bank: model.Bank, options: dict[str, str]) -> bytes:
    """The artefact of a bank."""
    ctx = export.Context(header=bank.header, assets=AssetStore(bank.header.assets), options=options)
    return artefact(name, bank.questions, ctx)[0]


@pytest.mark.parametrize("layout", ["full", "grid", "rows", "marking"])
@settings(max_examples=25)
@given(bank=strategies.banks())
def test_any_answer_key(layout: str, bank: model.Bank) -> None:
    """Every layout, mixed versions too, is a workbook whose formulas are no longer than a cell takes."""
    data = written("answer-key", bank, {"layout": layout, "versions": "2", "choices": "all", "students": "2"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert len(str(cell.value or "")) <= 32_767
                if cell.data_type == "f":
                    assert layout == "marking"
                    assert len(str(cell.value)) <= 8192


@settings(max_examples=40)
@given(bank=strategies.banks())
def test_any_paper(bank: model.Bank) -> None:
    """The Word file is well-formed, its paragraphs in the schema's order, and says no answer's name; the page is made."""
    options = {"versions": "2", "choices": "all", "key": "yes"}
    with zipfile.ZipFile(io.BytesIO(written("paper-docx", bank, options))) as package:
        assert package.testzip() is None
        document = etree.fromstring(package.read("word/document.xml"))
    order = ["pStyle", "keepNext", "keepLines", "pageBreakBefore", "pBdr", "tabs", "spacing", "ind", "jc", "sectPr"]
    for settings_of in document.iter("{*}pPr"):
        names = [order.index(etree.QName(child).localname) for child in settings_of]
        assert names == sorted(set(names))
    for cell in document.iter("{*}tc"):
        assert etree.QName(cell[-1]).localname == "p"
    assert re.search(rb"</html>\s*$", written("paper-html", bank, options))
