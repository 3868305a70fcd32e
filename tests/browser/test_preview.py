"""The preview in a browser: every kind is answered and marked as the bank says, by mouse and by keyboard, and nothing runs
that the bank brought along."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browser.pages import BANK, drive

from qbank import bankfile, export, stats_page
from qbank.assets import AssetStore

pytestmark = pytest.mark.conformance

# Question, response, points earned of points possible: worked out by hand from tests/bank/all.json.
RUNS: list[tuple[str, dict[str, Any], str]] = [
    ("lib-single-1", {"ticked": [0]}, "2 of 2"),
    ("lib-single-1", {"ticked": [1]}, "0 of 2"),
    ("lib-multi-1", {"ticked": [0, 1, 3]}, "3 of 3"),
    ("lib-multi-1", {"ticked": [0, 1]}, "2 of 3"),
    ("lib-multi-1", {"ticked": [0, 2]}, "0 of 3"),
    ("lib-tf-1", {"ticked": [1]}, "1 of 1"),
    ("lib-tf-1", {"ticked": [0]}, "0 of 1"),
    ("lib-short-1", {"text": "馆际互借"}, "2 of 2"),
    ("lib-short-1", {"text": "  Interlibrary LOAN "}, "2 of 2"),
    ("lib-short-1", {"text": "馆际借书"}, "1 of 2"),
    ("lib-short-1", {"text": "借"}, "0 of 2"),
    ("lib-num-1", {"text": "2.55"}, "2 of 2"),
    ("lib-num-1", {"text": "２．４５"}, "2 of 2"),
    ("lib-num-1", {"text": "2.5501"}, "1 of 2"),
    ("lib-num-1", {"text": "3.0001"}, "0 of 2"),
    ("lib-num-1", {"text": "two"}, "0 of 2"),
    ("lib-cloze-1", {"gaps": ["八", "14.5", {"label": "不可以 & never {~=}"}]}, "4 of 4"),
    ("lib-cloze-1", {"gaps": ["8", "15", None]}, "1 of 4"),
    ("lib-cloze-1", {"gaps": ["9", "13.5", {"label": "可以"}]}, "2 of 4"),
    ("lib-match-1", {"pairs": ["延长借期", "排队等书", "停用证件"]}, "3 of 3"),
    ("lib-match-1", {"pairs": ["延长借期", "停用证件", None]}, "1 of 3"),
    ("lib-order-1", {"order": ["倾听并记录", "核实情况", "提出 处理意见", "反馈结果"]}, "4 of 4"),
    ("lib-order-1", {"order": ["倾听并记录", "核实情况", "反馈结果", "提出 处理意见"]}, "2 of 4"),
    ("lib-case-1-1", {"ticked": [0]}, "2 of 2"),
    ("lib-case-1-2", {"text": "80"}, "2 of 2"),
    ("lib-case-1-2", {"text": "-80"}, "0 of 2"),
    ("lib-single-2", {"ticked": [0]}, "2 of 2"),
    ("lib-single-2", {"ticked": [1]}, "1 of 2"),
    ("lib-single-2", {"ticked": [2]}, "-0.5 of 2"),
    ("lib-multi-2", {"ticked": [0, 2]}, "2 of 2"),
    ("lib-multi-2", {"ticked": [0]}, "0 of 2"),
    ("lib-multi-3", {"ticked": [1, 3]}, "2.5 of 2.5"),
    ("lib-multi-3", {"ticked": [1]}, "1.25 of 2.5"),
    ("lib-multi-3", {"ticked": [0, 1]}, "0.42 of 2.5"),
    ("lib-multi-4", {"ticked": [0, 1]}, "1 of 1"),
    ("lib-multi-4", {"ticked": [0]}, "0.67 of 1"),
    ("lib-multi-4", {"ticked": [0, 2]}, "0.17 of 1"),
    ("lib-multi-4", {"ticked": [2]}, "0 of 1"),
    ("lib-tf-2", {"ticked": [0]}, "1 of 1"),
    ("lib-short-2", {"text": "Python"}, "1 of 1"),
    ("lib-short-2", {"text": "python"}, "0 of 1"),
    ("lib-short-3", {"text": "*"}, "1 of 1"),
    ("lib-short-3", {"text": "anything"}, "0 of 1"),
    ("lib-num-2", {"text": "1.2 m"}, "1 of 1"),
    ("lib-num-2", {"text": "121cm"}, "1 of 1"),
    ("lib-num-2", {"text": "1.2"}, "0 of 1"),
    ("lib-num-2", {"text": "1.2 km"}, "0 of 1"),
    ("lib-num-3", {"text": "−3.5"}, "1 of 1"),
    ("lib-num-3", {"text": "-3.4"}, "0 of 1"),
    ("lib-num-4", {"text": "0"}, "1 of 1"),
    ("lib-match-2", {"pairs": ["Asia", "Asia", "Africa"]}, "1 of 1"),
    ("lib-match-2", {"pairs": ["Asia", "Asia", "Asia"]}, "0 of 1"),
    ("lib-order-2", {"order": ["2", "10", "33"]}, "1 of 1"),
    ("lib-order-2", {"order": ["33", "10", "2"]}, "0 of 1"),
    ("lib-cloze-2", {"gaps": ["Alpha", "OMEGA"]}, "2 of 2"),
    ("lib-cloze-2", {"gaps": ["alfa", "om ... ga"]}, "1.5 of 2"),
    ("lib-cloze-2", {"gaps": ["alpha", "om"]}, "0 of 2"),
]
ORDER = ["choose", "D", "C", "A", "B"]
"""What the list of lib-match-1 shows: its choices are mixed, always in the same way."""
# One question of each kind, by keyboard alone, with what its key earns.
BY_KEYBOARD: list[tuple[str, list[dict[str, str]]]] = [
    ("lib-single-1", [{"tab": ".choice input"}, {"press": "Space"}, {"press": "Enter"}]),
    (
        "lib-multi-1",
        [
            {"tab": ".choice:nth-child(1) input"},
            {"press": "Space"},
            {"tab": ".choice:nth-child(2) input"},
            {"press": "Space"},
            {"tab": ".choice:nth-child(4) input"},
            {"press": "Space"},
            {"tab": "[data-slot=check]"},
            {"press": "Enter"},
        ],
    ),
    ("lib-tf-1", [{"tab": ".choice input"}, {"press": "ArrowDown"}, {"press": "Enter"}]),
    ("lib-short-1", [{"tab": ".answer input"}, {"type": "interlibrary loan"}, {"press": "Enter"}]),
    ("lib-num-1", [{"tab": ".answer input"}, {"type": "2.5"}, {"press": "Enter"}]),
    (
        "lib-cloze-1",
        [
            {"tab": ".gap input"},
            {"type": "8"},
            {"press": "Tab"},
            {"type": "14"},
            {"press": "Tab"},
            {"press": "ArrowDown"},
            {"press": "ArrowDown"},
            {"tab": "[data-slot=check]"},
            {"press": "Enter"},
        ],
    ),
    (
        "lib-match-1",
        [
            # Down the list to the choice, in the order this question's choices are shown in.
            {"tab": ".pair:nth-child(1) select"},
            *[{"press": "ArrowDown"}] * ORDER.index("A"),
            {"tab": ".pair:nth-child(2) select"},
            *[{"press": "ArrowDown"}] * ORDER.index("B"),
            {"tab": ".pair:nth-child(3) select"},
            *[{"press": "ArrowDown"}] * ORDER.index("C"),
            {"tab": "[data-slot=check]"},
            {"press": "Enter"},
        ],
    ),
    (
        "lib-order-1",
        [
            {"tab": ".item:nth-child(4) [data-slot=up]"},
            *[{"press": "Enter"}] * 3,
            {"tab": "[data-slot=check]"},
            {"press": "Enter"},
        ],
    ),
    ("lib-essay-1", [{"tab": "textarea"}, {"type": "my words"}, {"tab": "[data-slot=check]"}, {"press": "Enter"}]),
    ("lib-case-1-1", [{"tab": ".choice input"}, {"press": "Space"}, {"press": "Enter"}]),
]
EVIL = (
    "<script>pwned=1</script>",
    "</script><script>pwned=1</script>",
    "<!--<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    '"><svg onload=pwned=1>',
    "javascript:pwned=1",
    "]]><script>pwned=1</script>",
    "\u2028pwned=1//",
    "${pwned=1}{{pwned}}",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample bank as a page in English."""
    return _written(tmp_path_factory.mktemp("preview") / "all.html", BANK)


def _written(out: Path, bank: Path, **options: str) -> Path:
    reader = bankfile.open_bank(bank)
    exporter = export.get("preview")
    ctx = export.Context(
        header=reader.header,
        assets=AssetStore(reader.header.assets, reader.folder),
        options={"language": "en"} | options,
    )
    with out.open("wb") as sink:
        exporter.write(export.prepared(reader.questions(), exporter, ctx), sink, ctx)
    return out


def _quiet(seen: dict[str, Any]) -> Any:
    """What was seen, after making sure that the page complained of nothing and asked for nothing."""
    assert seen["complaints"] == []
    assert seen["requests"] == []
    return seen["saw"]


def test_every_kind_is_marked_as_the_bank_says(page: Path, tmp_path: Path) -> None:
    """Keys earn all, wrong responses nothing or less, others their part; full, part and none are called so."""
    runs = [{"id": name, "response": response} for name, response, _ in RUNS]
    saw = _quiet(drive(tmp_path, page, "answers", runs=runs))
    wrong = []
    for (name, response, expected), found in zip(RUNS, saw["runs"], strict=True):
        earned, of = (float(n) for n in expected.split(" of "))
        state = "correct" if earned == of else "partial" if earned > 0 else "incorrect"
        if found is None or (found["score"], found["state"]) != (f"{expected} points", state):
            wrong.append((name, response, expected, found))
    assert wrong == []


def test_feedback_is_what_the_response_deserves(page: Path, tmp_path: Path) -> None:
    """The choice's, the accepted text's, the result's and the general feedback stand where they belong."""
    runs = [
        {"id": "lib-multi-1", "response": {"ticked": [0, 2]}},
        {"id": "lib-short-1", "response": {"text": "馆际借书"}},
        {"id": "lib-cloze-1", "response": {"gaps": ["8", "x", {"label": "不可以 & never {~=}"}]}},
        {"id": "lib-num-2", "response": {"text": "1.2"}},
        {"id": "lib-single-1", "response": {}},
    ]
    multi, short, cloze, unit, nothing = _quiet(drive(tmp_path, page, "answers", runs=runs))["runs"]
    assert multi["said"] == ["对。", "争辩使矛盾激化。"]
    assert multi["remarks"] == ["再想一想: 2 < 3 & 4 > 3。", "见教材第 3 页。"]
    assert short["remarks"] == ["差不多。", "Interlibrary loan."]
    assert [line.replace("\n", " ") for line in cloze["remarks"]] == [
        "Gap 1 早上八点。",
        "Gap 2 This is not a number.",
        "Gap 3 对。",
        "见入馆须知。",
    ]
    assert unit["remarks"] == ["The unit is missing."]
    assert (nothing["state"], nothing["score"]) == ("quiet", None)


def test_keyboard_alone(page: Path, tmp_path: Path) -> None:
    """Each kind can be reached, answered and checked without a mouse, and one sees where one is."""
    runs = [{"id": name, "keys": keys} for name, keys in BY_KEYBOARD]
    saw = _quiet(drive(tmp_path, page, "keyboard", runs=runs))
    states = {name: found and found["state"] for name, found in saw["saw"].items()}
    assert states == {name: "seen" if name == "lib-essay-1" else "correct" for name, _ in BY_KEYBOARD}
    assert saw["focus"]["outline"] == "solid"


def test_searching_filtering_and_turning_pages(page: Path, tmp_path: Path) -> None:
    """Words, ids and tags are found; a filter shows what it says; pages turn; answers stay; the address keeps the view."""
    saw = _quiet(
        drive(
            tmp_path,
            page,
            "looking",
            searches=["continents", "lib-num-2", "INTERLIBRARY loan", "no such words"],
            filters=[["kind", "Ordering"], ["bank", "Draft"], ["category", "第一章 借阅"], ["tag", "chapter-1"]],
            kept={"id": "lib-tf-1", "response": {"ticked": [1]}},
            correct="Correct",
        )
    )
    assert saw["count"] == "30 questions"
    assert len(saw["first"]) == 20
    assert saw["searches"] == {
        "continents": ["lib-match-2"],
        "lib-num-2": ["lib-num-2"],
        "INTERLIBRARY loan": ["lib-short-1"],
        "no such words": [],
    }
    assert saw["filters"]["kind:Ordering"] == ["lib-order-1", "lib-order-2"]
    assert saw["filters"]["bank:Draft"] == ["lib-draft-1"]
    assert len(saw["filters"]["category:第一章 借阅"]) == len(saw["filters"]["tag:chapter-1"]) == 11
    assert len(saw["second"]) == 10
    assert saw["hash"] == "#page=2"
    assert saw["reloaded"] == saw["second"]
    assert saw["kept"]["state"] == "correct"
    assert saw["answered"] == ["lib-tf-1"]


def test_hints_answers_findings_and_dragging(page: Path, tmp_path: Path) -> None:
    """Hints come one by one, the answer when asked for, a finding beside its question, and items can be dragged."""
    saw = _quiet(drive(tmp_path, page, "helping", id="lib-single-1"))
    assert saw["hints"] == ["先想想期限。", "The word begins with re."]
    assert saw["before"] is False
    assert saw["marked"] == ["续借"]
    assert "回答正确!" in saw["after"]
    assert "L104" in saw["finding"]
    assert saw["open"] is False
    assert saw["dragged"] == [saw["was"][1], saw["was"][2], saw["was"][0]]


def test_hostile_texts_stay_inert(tmp_path: Path) -> None:
    """Scripts, handlers and links to scripts in any text of a bank are text, before and after checking."""
    bank = tmp_path / "evil.json"
    bank.write_text(json.dumps(_evil_bank(), ensure_ascii=False), encoding="utf-8")
    seen = drive(tmp_path, _written(tmp_path / "evil.html", bank), "hostile")
    saw = seen["saw"]
    assert seen["requests"] == []
    assert len(seen["complaints"]) == 1  # the driver's own try to have markup parsed, last of all
    assert "TrustedHTML" in seen["complaints"][0]
    assert saw["ran"] is False
    assert saw["scripts"] == 1
    assert saw["handlers"] == saw["links"] == saw["strange"] == []
    assert saw["policy"] == "refused"
    assert saw["cards"] == len(_evil_bank()["questions"])


def _evil_bank() -> dict[str, Any]:
    questions: list[dict[str, Any]] = []
    texts: list[Any] = [*EVIL, *({"html": f"<p>{evil}</p>"} for evil in EVIL)]
    texts += [
        {"html": '<p><a href="javascript:pwned=1">x</a> <a href=" JaVaScRiPt:pwned=1">y</a></p>'},
        {"html": '<p><img src="asset:svg" alt="&quot; onerror=pwned=1"/><img src="https://example.org/x.png"/></p>'},
        {"html": "<p><tex>\\href{javascript:pwned=1}{x} \\text{&lt;img src=x onerror=pwned=1&gt;}</tex></p>"},
        {"html": '<p style="background:url(https://example.org)">x</p><style>*{display:none}</style>'},
        {"html": '<math><maction actiontype="statusline" href="javascript:pwned=1">x</maction></math>'},
    ]
    for i, text in enumerate(texts):
        word = text if isinstance(text, str) else text["html"]
        choices = [{"id": "A", "text": text, "feedback": text}, {"id": "B", "text": "b"}]
        common = {"title": word.replace("\u2028", " "), "tags": [word], "category": [word], "hints": [text]}
        common["feedback"] = {"general": text, "correct": text, "incorrect": text}
        common["extensions"] = {"moodle-xml": {"idnumber": word}}
        common["source"] = {"document": word, "text": word, "reasons": [word]}
        gap = {"html": '<p>x <blank id="b"/></p>'}
        item = {"id": "a", "text": text}
        questions += [
            {"kind": "single_choice", "id": f"s{i}", "stem": text, "choices": choices, "answer": "A", **common},
            {"kind": "short_answer", "id": f"t{i}", "stem": text, "answer": [{"text": word, "feedback": text}]},
            {
                "kind": "cloze",
                "id": f"c{i}",
                "stem": gap,
                "blanks": [{"kind": "choice", "id": "b", "choices": choices, "answer": "A"}],
            },
            {
                "kind": "matching",
                "id": f"m{i}",
                "stem": text,
                "prompts": [item],
                "choices": choices,
                "answer": {"a": "A"},
            },
            {
                "kind": "ordering",
                "id": f"o{i}",
                "stem": text,
                "items": [item, {"id": "b", "text": "b"}],
                "answer": ["b", "a"],
            },
            {"kind": "essay", "id": f"e{i}", "stem": text, "answer": text, "rubric": [{"text": text}]},
            {
                "kind": "group",
                "id": f"g{i}",
                "stem": text,
                "questions": [
                    {
                        "kind": "numeric",
                        "id": f"n{i}",
                        "stem": text,
                        "answer": [{"value": 1}],
                        "units": [{"name": word}],
                    }
                ],
            },
        ]
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="parent.pwned=1"><script>parent.pwned=1</script></svg>'
    import base64

    asset = {"base64": base64.b64encode(svg.encode()).decode(), "media_type": "image/svg+xml", "alt": EVIL[3]}
    return {
        "qbank": 1,
        "title": EVIL[1],
        "description": EVIL[0],
        "license": EVIL[3],
        "assets": {"svg": asset},
        "questions": questions,
    }


@pytest.mark.parametrize("key", ["yes", "no"])
def test_nothing_serious_for_axe(key: str, tmp_path: Path) -> None:
    """axe-core finds nothing serious or critical: light and dark, wide and narrow, answered and not; nor is a page too wide."""
    looks = [
        {"name": "light", "scheme": "light", "width": 1280, "answer": True},
        {"name": "dark", "scheme": "dark", "width": 1280, "answer": True, "hash": "#page=2"},
        {"name": "answers", "scheme": "light", "width": 1280, "hash": "#answers=1"},
        {"name": "dark answers", "scheme": "dark", "width": 800, "hash": "#answers=1&page=2"},
        {"name": "phone", "scheme": "light", "width": 390, "answer": True, "filters": True},
    ]
    page = _written(tmp_path / "page.html", BANK, key=key)
    seen = drive(tmp_path, page, "axe", looks=looks[:1] if key == "no" else looks)
    assert seen["requests"] == []
    for name, found in seen["saw"].items():
        serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
        assert serious == [], name
        assert not found["wide"], name
        assert found["cards"], name


def test_long_texts_fit(tmp_path: Path) -> None:
    """Long sentences, endless words, wide tables and deep lists make no page wider than a phone, nor unusable."""
    word = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
    sentence = "The product of pressure and volume stays the same, whatever path was taken. " * 3
    cells = "".join(f"<td>{word[:30]}{i}</td>" for i in range(8))
    table = {"html": f"<p>{word}</p><table><tbody><tr>{cells}</tr></tbody></table><pre>{word * 3}</pre>"}
    texts: list[Any] = [word, sentence, table]
    choices = [{"id": f"c{i}", "text": text, "feedback": text} for i, text in enumerate(texts)]
    items = [{"id": f"i{i}", "text": text} for i, text in enumerate(texts)]
    blank = {"kind": "choice", "id": "b", "choices": choices, "answer": "c1"}
    kept = {"stem": table, "title": word, "category": [word, sentence], "tags": [word], "hints": [table]}
    questions = [
        {"kind": "single_choice", "id": "s", "choices": choices, "answer": "c0", **kept},
        {"kind": "cloze", "id": "c", "stem": {"html": f'<p>{word} <blank id="b"/></p>'}, "blanks": [blank]},
        {"kind": "matching", "id": "m", "stem": word, "prompts": items, "choices": choices, "answer": {"i0": "c0"}},
        {"kind": "ordering", "id": "o", "stem": word, "items": items, "answer": ["i2", "i1", "i0"]},
        {"kind": "short_answer", "id": "t", "stem": word, "answer": [{"text": word * 2}]},
        {"kind": "essay", "id": "e", "stem": word, "answer": table, "rubric": [{"text": word}]},
        {"kind": "group", "id": "g", "stem": table, "questions": [{"kind": "essay", "id": "ge", "stem": sentence}]},
    ]
    bank = tmp_path / "long.json"
    bank.write_text(json.dumps({"qbank": 1, "title": word, "questions": questions}), encoding="utf-8")
    looks = [
        {"name": "phone", "scheme": "light", "width": 390, "answer": True, "filters": True},
        {"name": "phone with answers", "scheme": "dark", "width": 390, "hash": "#answers=1"},
        {"name": "wide", "scheme": "light", "width": 1280, "answer": True},
    ]
    for name, found in drive(tmp_path, _written(tmp_path / "long.html", bank), "axe", looks=looks)["saw"].items():
        assert [one for one in found["violations"] if one["impact"] in ("serious", "critical")] == [], name
        assert not found["wide"], name
        assert found["spilt"] == [], name


def test_the_page_of_figures_is_for_all(tmp_path: Path) -> None:
    """axe-core finds nothing serious on the page of figures, light, dark and narrow; it asks for nothing and runs nothing."""
    page = tmp_path / "stats.html"
    page.write_text(stats_page.page(lambda: bankfile.open_bank(BANK)), encoding="utf-8")
    looks = [
        {"name": "light", "scheme": "light", "width": 1280},
        {"name": "dark", "scheme": "dark", "width": 1280},
        {"name": "phone", "scheme": "light", "width": 390},
    ]
    for name, found in _quiet(drive(tmp_path, page, "axe", looks=looks)).items():
        assert [one for one in found["violations"] if one["impact"] in ("serious", "critical")] == [], name
        assert not found["wide"], name
        assert found["cards"] > 10, name


@pytest.mark.parametrize(("hash_", "with_key"), [("#", False), ("#answers=1", True)])
def test_printing(page: Path, tmp_path: Path, hash_: str, with_key: bool) -> None:
    """Paper holds all questions of all pages, what one has typed nowhere, and the answers just when they are shown."""
    pdf = tmp_path / "out.pdf"
    typed = [{"id": "lib-num-1", "response": {"text": "123454321"}}]
    saw = drive(tmp_path, page, "print", pdf=str(pdf), hash=hash_, runs=typed)["saw"]
    assert saw["cards"] == 20
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    assert "Which response deserves half the points?" in text
    assert "A question with a setting of Moodle's own." in text
    assert "123454321" not in text
    assert ("2.5 ± 0.05" in text) is with_key
    assert ("interlibrary loan" in text) is with_key
    assert ("Name: ___" in text) is not with_key
    for button in ("Check", "Show answer", "About this question"):
        assert button not in text


def test_without_the_key_there_is_nothing_to_check(tmp_path: Path) -> None:
    """A page without the key can be answered, and offers neither marks nor answers."""
    page = _written(tmp_path / "page.html", BANK, key="no")
    pdf = tmp_path / "out.pdf"
    assert _quiet(drive(tmp_path, page, "print", pdf=str(pdf), hash="#answers=1"))["cards"] == 20


@pytest.mark.slow
def test_ten_thousand_questions_stay_quick(tmp_path: Path) -> None:
    """A bank of ten thousand is there within three seconds and searched within 300 ms; few nodes are made, all for paper."""
    bank = tmp_path / "big.jsonl"
    with bank.open("w", encoding="utf-8") as sink:
        sink.write('{"qbank": 1, "title": "Big", "language": "en"}\n')
        for i in range(10_000):
            sink.write(json.dumps(_one_of_many(i), ensure_ascii=False) + "\n")
    page = _written(tmp_path / "big.html", bank)
    saw = _quiet(drive(tmp_path, page, "big", searches=["voltage 4321", "电压", "tag-17", "zzz", ""]))
    assert saw["loaded"] < 3000
    assert saw["searches"][0]["count"] == "1 of 10000 questions"
    assert all(one["ms"] < 300 for one in saw["searches"]), saw["searches"]
    assert saw["nodes"] < 6000
    assert saw["printed"]["cards"] == 10_000
    assert saw["printed"]["ms"] < 10_000


def _one_of_many(i: int) -> dict[str, Any]:
    stem = (
        f"Question {i}: which statement about voltage {i} is right? 关于电压的说法, 哪一项正确? " + "More words. " * 8
    )
    common = {
        "id": f"q{i}",
        "stem": stem,
        "tags": [f"tag-{i % 50}"],
        "category": [f"Part {i % 7}", f"Chapter {i % 40}"],
    }
    if i % 3 == 0:
        return {"kind": "short_answer", **common, "answer": [{"text": f"answer {i}"}]}
    choices = [{"id": c, "text": f"{c} statement number {i} 说法", "feedback": f"because {c}"} for c in "ABCD"]
    return {"kind": "single_choice", **common, "choices": choices, "answer": "ABCD"[i % 4], "difficulty": i % 5 + 1}
