"""What docs/lms.md says is lost is what is lost."""

from __future__ import annotations

import io
import re
from pathlib import Path

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.model import KINDS, Group, kind_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "lms.md"
TARGETS = {
    "qti21": ("standard", "openolat", "inspera", "blackboard", "tao"),
    "qti22": ("standard", "tao"),
    "qti30": ("standard", "tao"),
}
_TABLE = re.compile(r"(<!-- losses: begin -->\n).*?(<!-- losses: end -->)", re.S)


def _codes(name: str, preset: str) -> dict[str, set[str]]:
    """The codes of the losses of all samples by the kind of the question that was exported."""
    exporter = export.get(name)
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    reader = bankfile.open_bank(ROOT / "tests" / "bank" / "all.json")
    questions = [q for q in reader.questions() if q.status == "ready"]
    kinds = {q.id: kind_of(q) for q in questions}
    kinds |= {sub.id: "group" for q in questions if isinstance(q, Group) for sub in q.questions}
    assets = AssetStore(reader.header.assets, reader.folder)
    ctx = export.Context(header=reader.header, assets=assets, options={"preset": preset})
    exporter.write(export.prepared(questions, exporter, ctx), io.BytesIO(), ctx)
    for loss in ctx.report:
        if loss.code != "X102":  # no answer: that is the bank's, not the target's
            found[kinds[loss.question]].add(loss.code)
    return found


def test_the_table_of_losses_is_true(update_golden: bool) -> None:
    """The table in docs/lms.md is what the exporters report about the samples."""
    columns = [(name, preset) for name, presets in TARGETS.items() for preset in presets]
    found = [_codes(name, preset) for name, preset in columns]
    rows = [
        "| | " + " | ".join(name if preset == "standard" else f"{name} {preset}" for name, preset in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for kind in KINDS:
        cells = [", ".join(sorted(codes[kind])) or "yes" for codes in found]
        rows.append(f"| {kind} | " + " | ".join(cells) + " |")
    text = PAGE.read_text(encoding="utf-8")
    wanted = _TABLE.sub(lambda m: m.group(1) + "\n".join(rows) + "\n" + m.group(2), text)
    if update_golden:
        PAGE.write_text(wanted, encoding="utf-8")
    else:
        assert text == wanted, "run pytest tests/exporters/test_qti_docs.py --update-golden"


def test_every_preset_is_documented() -> None:
    """Each preset of each version stands in the table, and the page tells how to choose it."""
    page = PAGE.read_text(encoding="utf-8")
    for name, presets in TARGETS.items():
        known = [preset.name for preset in export.get(name).presets]  # type: ignore[attr-defined]  # QTI exporters have them
        assert known == list(presets)
    for preset in ("openolat", "inspera", "blackboard", "tao"):
        assert f"--option preset={preset}" in page
    for option in ("preset", "test", "sections", "hints"):
        assert f"`{option}" in page
        assert option in export.get("qti30").options
