"""What the guide sheet of the editable workbook says, in English and Chinese."""

from __future__ import annotations

NOTES: dict[str, tuple[str, str]] = {
    "id": ("Leave it as it is; leave it empty for a new question.", "已有题目请不要改；新题留空。"),
    "kind": ("Pick one from the list.", "从下拉列表中选择。"),
    "group": ("For a sub-question: the ID of its group, whose row stands above.", "小题填写上方材料题的编号。"),
    "category": ("A path: Chemistry / Water", "逐级用斜杠隔开：化学 / 水"),
    "stem": ("The question. Gaps are ____ .", "题目内容，填空处写 ____ 。"),
    "A": ("The choices, one a column.", "选项，每列一个。"),
    "answer": (
        "B · ABD · True · colour; color · 3.14 ± 0.01 · 3 ~ 4 · first gap | second gap. The sheet Guide has all forms.",
        "B · ABD · 对 · 答案一；答案二 · 3.14 ± 0.01 · 3 ~ 4 · 第一空 | 第二空。详见“填写说明”表。",
    ),
    "points": ("2, 2.5 or 1/3; empty means 1.", "2、2.5 或 1/3；留空为 1 分。"),
    "difficulty": ("1 (very easy) to 5 (very hard)", "1（很容易）到 5（很难）"),
    "feedback": ("Shown to everybody afterwards.", "作答后显示的解析。"),
    "tags": ("With a semicolon between them.", "用分号隔开。"),
    "status": ("ready, or draft while it has to be checked.", "可用，或草稿（还需检查）。"),
    "hints": ("One a line (Alt+Enter).", "一行一条（Alt+Enter 换行）。"),
    "more": ("What no other column can say. Leave it alone.", "其他列放不下的内容，一般不要改。"),
}
"""A note at the head of each column that needs one, in English and Chinese."""

GUIDE: tuple[tuple[str, str, str], ...] = (
    (
        "Rows · 行",
        "One question a row. Keep the header row; columns may be moved, hidden or left out. New questions are new rows; "
        "leave ID empty for them, and leave the IDs of the others as they are.",
        "一行一题。请保留表头行；列可以移动、隐藏或删除。新题直接加一行，编号留空；已有题目的编号请不要改。",
    ),
    (
        "Kind · 题型",
        "Pick one from the list. English and Chinese names are both understood.",
        "从下拉列表中选择，中英文名称都能识别。",
    ),
    (
        "Stem · 题干",
        "Plain text. Where a cell shows a text that has formatting, pictures or formulas, the formatted text is kept in More and "
        "used as long as you do not edit the cell; once edited, the text of the cell counts.",
        "纯文本。如果原文带有格式、图片或公式，单元格里只显示文字，带格式的原文保存在“其他”列；单元格不改则用原文，一经修改则以单元格为准。",
    ),
    (
        "A, B, C … · 选项",
        "The choices (for ordering: the things to put in order). The columns I to Z are at the end of the sheet.",
        "选项（排序题为待排序的各项）。I 到 Z 列在表的最右边。",
    ),
    (
        "Group · 所属材料题",
        "A sub-question names the ID of its group here and stands below it. The stem of the group is the shared material.",
        "小题在此填写材料题的编号，并排在材料题下面；材料题的题干就是共用材料。",
    ),
    (
        "Back into the bank · 导回题库",
        "qbank import FILE.xlsx -o BANK.json --merge. What the cells say counts; columns you took out stay as the bank has "
        "them. A cell that cannot be read is named (Questions!C14), and its question stays as it was. A row you took out is "
        "named; --prune takes its question out, too.",
        "qbank import 文件.xlsx -o 题库.json --merge。以单元格内容为准，删去的列保留题库原有内容。无法读取的单元格会指明位置"
        "（如 题库!C14），该题保持不变。删去的行会列出，加 --prune 才真正删除。",
    ),
    ("Answer: single choice · 单项选择题", "B", "B"),
    ("Answer: multiple choice · 多项选择题", "ABD", "ABD"),
    (
        "Answer: true/false · 判断题",
        "True or False (√ × T F yes no are understood)",
        "对 或 错（也可写 正确、错误、√、×）",
    ),
    (
        "Answer: short answer · 短答题",
        "Accepted answers with a semicolon between them: colour; color. A semicolon or bar that belongs to the text: \\; or \\|",
        "几个答案都可以时用分号隔开：馆际互借；馆际借书。答案本身含分号或竖线时写成 \\; 或 \\|",
    ),
    (
        "Answer: numeric · 数值题",
        "3.14   3.14 ± 0.01   3 ~ 4   several with a semicolon between them",
        "3.14   3.14 ± 0.01   3 ~ 4   几个答案用分号隔开",
    ),
    (
        "Answer: cloze · 填空题",
        "Gaps are ____ in the stem. Their answers stand in order with a bar between them; alternatives with a semicolon: "
        "hydrogen; H | oxygen",
        "题干中用 ____ 表示空。各空答案按顺序用竖线隔开，同一空的几种写法用分号隔开：氢；H | 氧",
    ),
    (
        "Answer: matching · 连线题",
        "One line (Alt+Enter) for each prompt: prompt = letter of its choice",
        "每个左项占一行（Alt+Enter 换行）：左项 = 选项字母",
    ),
    ("Answer: ordering · 排序题", "The letters in the right order: C, A, B", "按正确顺序写字母：C, A, B"),
    (
        "Answer: essays · 名词解释、简答题、论述题",
        "The model answer. The three kinds of essay are “essay: term”, “essay” and “essay: long”.",
        "参考答案。",
    ),
    ("No answer · 没有答案", "Leave the cell empty. Never guess.", "单元格留空即可，请不要随便填。"),
    (
        "Points · 分值",
        "A number such as 2 or 2.5, or a fraction such as 1/3. Empty means 1.",
        "数字，如 2、2.5，或分数 1/3。留空为 1 分。",
    ),
    ("Difficulty · 难度", "1 (very easy) to 5 (very hard)", "1（很容易）到 5（很难）"),
    ("Category · 分类", "A path, its parts with a slash between them: Chemistry / Water", "逐级用斜杠隔开：化学 / 水"),
    ("Tags · 标签", "With a semicolon between them", "用分号隔开"),
    ("Hints · 提示", "One a line (Alt+Enter)", "一行一条（Alt+Enter 换行）"),
    ("Status · 状态", "ready, or draft while it still has to be checked", "可用，或草稿（还需检查）"),
    (
        "More · 其他",
        "What no other column can say (formatting, feedback of single choices, weights, source), as JSON. Leave it alone, or delete "
        "it together with what it holds.",
        "其他列放不下的内容（格式、各选项的反馈、权重、来源等），JSON 格式。一般不要改；删掉则其内容一并丢弃。",
    ),
    (
        "Long texts · 过长的文字",
        "A cell holds 32,767 characters. Of a longer text the cell shows the beginning and the sheet Long has all of it.",
        "一个单元格最多 32,767 个字符。更长的文字在单元格里只显示开头，全文在 Long 表中。",
    ),
)
