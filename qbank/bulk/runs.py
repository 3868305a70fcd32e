"""A whole run: cut the inputs into partitions, have them done, set aside what kills its worker, make ids unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from qbank import joining
from qbank.bulk.engines import Died, Engine, Processes
from qbank.bulk.shards import Packing, read_shard, shards_in, write_shard
from qbank.bulk.work import Outcome, Poison, Task, finished, mark
from qbank.diagnostics import QbankError
from qbank.files import alone, atomic_write
from qbank.seen import Ids

PAPERS_A_SHARD = 500


@dataclass(slots=True)
class Done:
    """What came of a run."""

    partitions: int = 0
    resumed: int = 0
    """Partitions that an earlier run had finished."""
    questions: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    poison: list[Poison] = field(default_factory=list)
    renamed: int = 0
    """Questions that got a number because another shard has their id."""
    strange: list[str] = field(default_factory=list)
    """Shards in the folder that another run with other inputs or settings left there."""


def papers(
    inputs: Sequence[str],
    out: Path,
    *,
    size: int = PAPERS_A_SHARD,
    packing: Packing = "gzip",
    source: str | None = None,
    options: dict[str, str] | None = None,
) -> list[Task]:
    """The partitions of an import: so many papers a shard, in the order they are given."""
    folder = str(out)
    return [
        Task(
            job="import",
            number=number,
            inputs=tuple(inputs[start : start + size]),
            out=folder,
            packing=packing,
            source=source,
            options=options or {},
        )
        for number, start in enumerate(range(0, len(inputs), size))
    ]


def checks(folder: Path, out: Path) -> list[Task]:
    """A partition for each shard of a folder, to be checked."""
    return [
        Task(job="check", number=number, inputs=(str(path),), out=str(out))
        for number, path in enumerate(shards_in(folder))
    ]


def exports(folder: Path, out: Path, to: str, options: dict[str, str]) -> list[Task]:
    """A partition for each shard of a folder, to be written for a target."""
    return [
        Task(job="export", number=number, inputs=(str(path),), out=str(out), to=to, options=options)
        for number, path in enumerate(shards_in(folder))
    ]


def run(tasks: Sequence[Task], engine: Engine, tick: Callable[[int], None] | None = None) -> Done:
    """Have all partitions done; those that an earlier run finished are not done again.

    Raises `QbankError` while another run writes to the same folder.
    """
    if not tasks:
        return Done()
    out = Path(tasks[0].out)
    out.mkdir(parents=True, exist_ok=True)
    with alone(out):
        return _run(tasks, engine, tick)


def _run(tasks: Sequence[Task], engine: Engine, tick: Callable[[int], None] | None) -> Done:
    done = Done(partitions=len(tasks))
    outcomes: dict[int, Outcome] = {}
    open_tasks = []
    for task in tasks:
        known = finished(task)
        if known is None:
            open_tasks.append(task)
        else:
            outcomes[task.number] = known
            done.resumed += 1
            if tick is not None:
                tick(1)
    for task, outcome in _survived(open_tasks, engine):
        outcomes[task.number] = outcome
        if tick is not None:
            tick(1)
    for number in sorted(outcomes):
        outcome = outcomes[number]
        done.questions += outcome.questions
        done.poison += outcome.poison
        for severity, count in outcome.counts.items():
            done.counts[severity] = done.counts.get(severity, 0) + count
    if tasks[0].job == "import":
        done.renamed = _unique_ids(tasks, outcomes)
        made = {outcome.output for outcome in outcomes.values()}
        done.strange = [path.name for path in shards_in(Path(tasks[0].out)) if path.name not in made]
    _list_poison(tasks, done.poison)
    return done


def _survived(tasks: Sequence[Task], engine: Engine) -> Iterator[tuple[Task, Outcome]]:
    """The outcomes of all tasks; of those whose worker died, what is left without the input that killed it."""
    dead: list[Task] = []
    for task, outcome in engine.run(tasks):
        if isinstance(outcome, Died):
            dead.append(task)
        else:
            yield task, outcome
    for task in sorted(dead, key=lambda t: t.number):
        known = finished(task)
        yield task, known if known is not None else _without_poison(task)


def _without_poison(task: Task) -> Outcome:
    """A partition done in processes of its own: first whole, then input by input to find out which one kills."""
    alone = Processes(1)
    ((_, outcome),) = alone.run([task])
    if not isinstance(outcome, Died):
        return outcome
    if task.job != "import":
        raise QbankError(f"{task.inputs[0]}: the process that worked on it died twice; look at the memory there is")
    killers = []
    for name in task.inputs:
        trial = msgspec.structs.replace(task, inputs=(name,), out=str(Path(task.out) / ".trial"))
        Path(trial.out).mkdir(exist_ok=True)
        ((_, found),) = alone.run([trial])
        if isinstance(found, Died):
            killers.append(name)
    _clear(Path(task.out) / ".trial")
    if not killers:
        raise QbankError(f"{task.name}: the process that read it died, and no input of it alone is to blame")
    ((_, outcome),) = alone.run([msgspec.structs.replace(task, quarantined=tuple(killers))])
    if isinstance(outcome, Died):
        raise QbankError(f"{task.name}: the process that read it died again without {', '.join(killers)}")
    # The mark of the task as it was given: a later run with the same inputs need not find the killer again.
    settled = msgspec.structs.replace(outcome, mark=mark(task))
    with atomic_write(Path(task.out) / f"{task.name}.done.json") as sink:
        sink.write(msgspec.json.format(msgspec.json.encode(settled)) + b"\n")
    return settled


def _clear(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        path.unlink()
    folder.rmdir()


def _unique_ids(tasks: Iterable[Task], outcomes: dict[int, Outcome]) -> int:
    """Give a number to ids that an earlier shard has, shard by shard; the number of questions renamed."""
    seen = Ids()
    repeats: dict[str, int] = {}
    renamed = 0
    for task in tasks:
        path = Path(task.out) / outcomes[task.number].output
        reader = read_shard(path)
        questions = list(reader.questions())
        fresh = [
            joining.with_free_ids(question, seen, lambda name, _: seen.add(name), repeats) for question in questions
        ]
        changed = sum(one is not other for one, other in zip(questions, fresh, strict=True))
        if changed:
            renamed += changed
            write_shard(path, reader.header, fresh)
    return renamed


def _list_poison(tasks: Sequence[Task], poison: Sequence[Poison]) -> None:
    """All inputs that were set aside, in one file beside the shards."""
    path = Path(tasks[0].out) / "quarantine.jsonl"
    if not poison:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as sink:
        for one in poison:
            sink.write(msgspec.json.encode(one) + b"\n")


def all_well(done: Done) -> bool:
    """Whether nothing was set aside and no finding is an error."""
    return not done.poison and not done.counts.get("error")
