"""What every exporter promises: it declares each kind, declares it truly, streams, and repeats itself byte for byte."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from artefacts import artefact

from qbank import bankfile, export
from qbank.assets import AssetStore
from qbank.model import KINDS, Kind, Question

BANKS = Path(__file__).parent / "bank"


def written(
    name: str, path: Path, questions: list[Question] | None = None, **settings: object
) -> tuple[bytes, export.Context]:
    """What an exporter makes of a bank, and the context with its losses."""
    reader = bankfile.open_bank(path)
    chosen = list(reader.questions()) if questions is None else questions
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        unanswered=settings.get("unanswered", "skip"),  # type: ignore[arg-type]  # one of the two
        drafts=bool(settings.get("drafts")),
    )
    return artefact(name, chosen, ctx)


@pytest.mark.parametrize("name", export.names())
def test_declares_every_kind(name: str) -> None:
    """An exporter says of each of the eleven kinds what becomes of it."""
    assert set(export.get(name).support) == set(KINDS)


@pytest.mark.parametrize("name", export.names())
def test_is_an_exporter(name: str) -> None:
    """It has all the protocol asks for, under the name it is registered by."""
    exporter = export.get(name)
    assert isinstance(exporter, export.Exporter)
    assert exporter.name == name
    assert exporter.suffix.startswith(".")
    assert all(sentence.strip() for sentence in exporter.options.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", export.names())
def test_support_cannot_lie(name: str, kind: Kind) -> None:
    """`full` loses nothing of the kind's rich sample, `lossy` something, `none` writes nothing of it."""
    data, ctx = written(name, BANKS / f"{kind}.json")
    losses = [d for d in ctx.report if d.is_loss]
    match export.get(name).support[kind]:
        case "full":
            assert losses == []
        case "lossy":
            assert losses
        case "none":
            assert [d.code for d in losses] == ["X101"]
            assert data == written(name, BANKS / f"{kind}.json", questions=[])[0]


@pytest.mark.parametrize("name", export.names())
def test_same_input_same_bytes(name: str) -> None:
    """Writing twice gives the same bytes."""
    once, _ = written(name, BANKS / "all.json", unanswered="ungraded", drafts=True)
    again, _ = written(name, BANKS / "all.json", unanswered="ungraded", drafts=True)
    assert once == again


@pytest.mark.parametrize("name", export.names())
def test_every_loss_says_where(name: str) -> None:
    """A loss names its question and says something a person can read."""
    _, ctx = written(name, BANKS / "all.json", unanswered="ungraded", drafts=True)
    for loss in ctx.report:
        assert loss.question
        assert len(loss.message) > 10
        assert "\n" not in loss.message


@pytest.mark.parametrize("name", export.names())
def test_no_question_at_all(name: str) -> None:
    """An empty bank gives a well-made empty file and no loss."""
    data, ctx = written(name, BANKS / "all.json", questions=[])
    assert isinstance(data, bytes)
    assert [d for d in ctx.report if d.is_loss] == []


@pytest.mark.parametrize("name", export.names())
def test_takes_an_iterator(name: str) -> None:
    """Questions are asked for one after another: a generator will do, and is read once."""
    reader = bankfile.open_bank(BANKS / "all.json")
    asked: list[str] = []

    def questions() -> Iterator[Question]:
        for question in reader.questions():
            asked.append(question.id)
            yield question

    exporter = export.get(name)
    ctx = export.Context(header=reader.header, assets=AssetStore(reader.header.assets, reader.folder))
    exporter.write(export.prepared(questions(), exporter, ctx), io.BytesIO(), ctx)
    assert len(asked) == len(set(asked)) > 20


@pytest.mark.parametrize("name", [n for n in export.names() if not export.get(n).keeps_unanswered])
def test_unanswered_and_drafts_are_left_out_unless_asked(name: str) -> None:
    """A question without an answer never gets an invented key; a draft waits until it is asked for."""
    _, ctx = written(name, BANKS / "all.json")
    codes = {d.question: d.code for d in ctx.report if d.code in ("X101", "X102", "X103")}
    assert codes["lib-open-1"] in ("X101", "X102")
    assert codes["lib-open-2"] in ("X101", "X102")
    assert codes["lib-draft-1"] in ("X101", "X103")
    _, asked = written(name, BANKS / "all.json", unanswered="ungraded", drafts=True)
    never = ("X103",) if export.get(name).unanswered == "left-out" else ("X102", "X103")
    assert not [d for d in asked.report if d.code in never]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sample(kind: Kind) -> None:
    """The suite's shared vocabulary: one rich question of each kind, and all of them in all.json."""
    assert (BANKS / f"{kind}.json").is_file()
    assert kind in {q.__struct_config__.tag for q in bankfile.open_bank(BANKS / "all.json").questions()}
