"""The words of the import report in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from qbank.model import Kind

ROLES: Mapping[str, tuple[str, str]] = {
    "question": ("question", "题干"),
    "option": ("option", "选项"),
    "answer": ("answer", "答案"),
    "explanation": ("explanation", "解析"),
    "heading": ("heading", "标题"),
    "key": ("answer key", "参考答案"),
    "material": ("shared material", "材料"),
    "furniture": ("page furniture", "页面杂项"),
    "unclaimed": ("not understood", "未识别"),
}
KINDS: Mapping[Kind, tuple[str, str]] = {
    "single_choice": ("single choice", "单选题"),
    "multiple_choice": ("multiple choice", "多选题"),
    "true_false": ("true or false", "判断题"),
    "short_answer": ("short answer", "填空题"),
    "numeric": ("numeric", "数值题"),
    "cloze": ("fill in the blanks", "填空题"),
    "matching": ("matching", "匹配题"),
    "ordering": ("ordering", "排序题"),
    "essay": ("essay", "简答题"),
    "group": ("material with questions", "材料题"),
    "information": ("information", "说明"),
}
STYLES: Mapping[str, tuple[str, str]] = {
    "term": ("term to define", "名词解释"),
    "short": ("short essay", "简答题"),
    "long": ("long essay", "论述题"),
}
SEVERITIES: Mapping[str, tuple[str, str]] = {
    "error": ("error", "错误"),
    "warning": ("warning", "警告"),
    "info": ("note", "提示"),
}
CODES: Mapping[str, str] = {
    "R001": "没有找到题目",
    "R002": "已去除页面杂项",
    "R003": "文件含多份文档",
    "R004": "题数与标题不符",
    "R005": "试卷不完整",
    "R006": "题目不完整",
    "R007": "选项字母不连续",
    "R008": "选项顺序已调整",
    "R009": "选项内容相同",
    "R010": "选项为空",
    "R011": "缺少答案",
    "R012": "答案不在选项中",
    "R013": "答案个数与题型不符",
    "R014": "答案互相矛盾",
    "R015": "答案没有对应的题目",
    "R016": "答案与题目对不上",
    "R017": "题型为推断",
    "R018": "题目边界为推断",
    "R019": "题号不连续",
    "R020": "题号重复",
    "R021": "题目重复",
    "R022": "缺少图或表",
    "R023": "文字可疑",
    "R024": "分值对不上",
    "R025": "文字未归入任何题目",
    "R026": "草稿（把握不大）",
    "R027": "编码为推断",
    "R028": "控制字符已去除",
    "R029": "空的位置为推断",
    "R030": "图片未带入",
    "R031": "公式未能完整识别",
    "R032": "部分内容未读取",
    "R033": "文件未读取",
    "R034": "原题库内容被覆盖",
    "R035": "保留题库内容",
    "R036": "采用试卷内容",
    "R037": "题目已从试卷中消失",
    "R038": "修改未能保留",
    "R039": "表格行未读取",
    "R075": "表格中已无此题",
    "R040": "题型无法读取",
    "R041": "已清理格式标记",
    "R042": "语法错误，未读取",
    "R043": "评分方式无法读取",
    "R044": "媒体文件无法读取",
    "R045": "设置未读取",
    "R046": "条目未导入",
    "R047": "数值已修正",
    "R048": "按最接近的题型读取",
    "R076": "过长的重复字符已截断",
}
REASONS: Mapping[str, str] = {
    "answer not understood": "答案未能看懂",
    "two answers differ": "两处答案不一致",
    "answer shown by typography": "答案由字体或颜色得出",
    "answer outside the options": "答案不在选项中",
    "options missing": "缺少选项",
    "kind and answer disagree": "题型与答案不符",
    "a multiple-choice question with one answer": "多选题只有一个答案",
    "single or multiple choice was guessed": "单选或多选为推断",
    "A was taken for true and B for false": "把 A 当作正确、B 当作错误",
    "kind guessed from the answer": "题型由答案推断",
    "no gap in the stem": "题干中没有空",
    "gaps and answers differ in number": "空的个数与答案个数不同",
    "the section's only question has no number": "本部分唯一的题目没有题号",
    "where the answer begins was guessed": "答案的起点为推断",
    "no options and no answer among questions that have them": "同类题都有选项和答案，此题没有",
    "no number; its beginning was guessed": "没有题号，起点为推断",
    "no number and no option letters": "没有题号，也没有选项字母",
    "no number; found by its labelled answer": "没有题号，由答案标记找到",
    "no number; one question a line was assumed": "没有题号，按每行一题处理",
    "found by its question mark in running text": "由正文中的问号找到",
    "options reordered by letter": "选项已按字母排序",
    "option labels skip a letter": "选项字母不连续",
}
"""What the reader of papers gives as reasons for its doubts; another reason stays as it is."""
WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("What was read", "导入报告"),
    "lead": (
        "On the left the text as it was found, on the right what was made of it. Click a piece of text to see its "
        "question, or a question's number to see its text.",
        "左边是原文，右边是识别出的题目。点击原文可跳到题目，点击题号可回到原文。",
    ),
    "questions": ("questions", "题目"),
    "answered": ("with an answer", "有答案"),
    "drafts": ("drafts", "草稿"),
    "covered": ("of the text accounted for", "的文字已归类"),
    "to_check": ("to check first", "需先核对"),
    "check_first": ("Check these first", "请先核对这些题目"),
    "check_lead": (
        "The reader was least sure of these. Drafts are not exported until someone has looked at them.",
        "以下题目识别把握较小。草稿在核对之前不会导出。",
    ),
    "nothing_low": ("Nothing here: every question was read without a guess.", "没有：所有题目的识别都没有猜测。"),
    "unclaimed": ("Text that nothing was made of", "未归入任何题目的文字"),
    "nothing_unclaimed": ("None: every character belongs to something.", "没有：每个字都有归属。"),
    "findings": ("Findings", "问题清单"),
    "no_findings": ("None.", "没有。"),
    "legend": ("Colours", "图例"),
    "source": ("Source text", "原文"),
    "result": ("What was made of it", "识别结果"),
    "line": ("line", "行"),
    "points": ("points", "分"),
    "point": ("point", "分"),
    "answer": ("Answer", "答案"),
    "model_answer": ("Model answer", "参考答案"),
    "explanation": ("Explanation", "解析"),
    "unknown": ("no answer found", "未找到答案"),
    "no_model": ("no model answer", "无参考答案"),
    "true": ("true", "正确"),
    "false": ("false", "错误"),
    "right": ("right answer", "正确答案"),
    "sure": ("confidence", "把握"),
    "draft": ("draft", "草稿"),
    "all": ("everything", "全部"),
    "only_low": ("to check first", "需先核对"),
    "only_found": ("with findings", "有问题的"),
    "only_open": ("without an answer", "没有答案的"),
    "show": ("Show", "显示"),
    "more": ("and {} more", "另有 {} 条"),
    "no_questions": ("No question was found in this document.", "这份文档中没有找到题目。"),
    "no_account": (
        "This file is a question file, not a paper: there is no text to compare with.",
        "这是题库文件而不是试卷，没有原文可以对照。",
    ),
    "top": ("top", "返回顶部"),
    "see_text": ("see it in the text", "查看原文"),
    "found_in": ("in the text", "原文位置"),
}


class Words:
    """The words of one language; a key that is not in the tables is a KeyError."""

    def __init__(self, language: str | None) -> None:
        self.chinese = (language or "").lower().startswith("zh")
        self.tag = (language or "zh-CN") if self.chinese else "en"

    def __getitem__(self, name: str) -> str:
        return WORDS[name][self.chinese]

    def role(self, name: str) -> str:
        """What a role is called."""
        return ROLES[name][self.chinese]

    def kind(self, name: Kind, style: str = "") -> str:
        """What a kind of question is called; an essay by its style."""
        return STYLES[style][self.chinese] if style else KINDS[name][self.chinese]

    def severity(self, name: str) -> str:
        """What a severity is called."""
        return SEVERITIES[name][self.chinese]

    def reason(self, text: str) -> str:
        """A reason for doubt in the language of the page, if it is known."""
        return REASONS.get(text, text) if self.chinese else text

    def code(self, code: str, name: str) -> str:
        """What a diagnostic code is called."""
        return CODES.get(code, name.replace("-", " ")) if self.chinese else name.replace("-", " ")
