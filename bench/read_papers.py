"""How fast the paper reader is, in characters a second of one core: python bench/read_papers.py [CHARACTERS ...]

Two texts of each size: one bank in one layout, and the labelled papers of the tests one after the other. The
figures of the sizes stand beside each other: reading takes linear time when they are alike.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from qbank.readers.decode import decode
from qbank.readers.paper import read_text
from qbank.reading import Context

TEXTS = Path(__file__).parents[1] / "tests" / "readers" / "corpus" / "texts"
GOODS = ("木箱", "油漆", "玻璃", "纸卷", "电池", "布匹", "水泥", "轮胎")


def one_layout(size: int) -> str:
    """A bank of single-choice questions with answers and explanations."""
    parts = ["仓库题库\n\n一、单项选择题（每题1分）\n"]
    length = number = 0
    while length < size:
        number += 1
        thing, other = GOODS[number % 8], GOODS[number // 8 % 8]
        parts.append(
            f"{number}. 第{number}批{thing}与{other}同时到库，应当先（  ）。\nA. 登记{thing}\nB. 登记{other}\n"
            f"C. 检查包装\nD. 通知货主\n答案：{'ABCD'[number % 4]}\n解析：到库的{thing}先看包装是否完好。\n"
        )
        length += len(parts[-1])
    return "".join(parts)


def many_layouts(size: int) -> str:
    """The labelled papers, over and over."""
    papers = [decode(path.read_bytes(), path.name, Context()) for path in sorted(TEXTS.iterdir())]
    whole = "\n\n".join(papers) + "\n\n"
    return (whole * (size // len(whole) + 1))[:size]


def main(sizes: list[int]) -> None:
    """One line a text: its size, its questions, processor seconds, characters a second."""
    print(f"{'text':14} {'characters':>11} {'questions':>10} {'seconds':>8} {'chars/s':>9}")
    for name, make in (("one layout", one_layout), ("many layouts", many_layouts)):
        for size in sizes:
            text = make(size)
            best = float("inf")
            for _ in range(3 if size <= 500_000 else 1):
                start = time.process_time()
                found = len(read_text(text, "paper.txt", Context()))
                best = min(best, time.process_time() - start)
            print(f"{name:14} {len(text):11} {found:10} {best:8.2f} {len(text) / best:9.0f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the paper reader.")
    parser.add_argument("sizes", type=int, nargs="*", default=[200_000, 2_000_000], metavar="CHARACTERS")
    main(parser.parse_args().sizes)
