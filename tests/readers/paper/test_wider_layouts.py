"""Layouts beyond the plain paper: forms, structured questions, lists to match and to order, columns, outlines."""

from __future__ import annotations

from fractions import Fraction

import pytest

from qbank.model import (
    Cloze,
    Essay,
    Group,
    Matching,
    MultipleChoice,
    Ordering,
    Question,
    ShortAnswer,
    SingleChoice,
    TextBlank,
    TrueFalse,
)
from qbank.readers.paper import read_text
from qbank.reading import Context


def read(text: str) -> list[Question]:
    """The questions of a text."""
    return read_text(text, "paper.txt", Context())


def parts(question: Question) -> list[Question]:
    """The questions of a group."""
    assert isinstance(question, Group)
    return list(question.questions)


def letters(question: Question) -> str:
    """The letters of the right options."""
    assert isinstance(question, SingleChoice | MultipleChoice)
    answer = question.answer
    return "".join(sorted([answer] if isinstance(answer, str) else list(answer or ()))).upper()


def written(question: Question) -> list[str | None]:
    """What fills each gap of a fill-in; None where nothing does."""
    assert isinstance(question, Cloze)
    return [b.answer[0].text if isinstance(b, TextBlank) and b.answer else None for b in question.blanks]


def test_points_on_the_line_below_a_heading() -> None:
    """What a heading's questions are worth may stand on the next line."""
    made = read("二、选择题\n（每小题2分，共4分）\n1．猫吃（ ）。\nA．鱼\nB．铁\n2．牛吃（ ）。\nA．石\nB．草\n")
    assert [q.points for q in made] == [Fraction(2), Fraction(2)]


def test_parts_with_their_own_marks() -> None:
    """(a), (b) and (i), (ii) that ask are questions with the marks beside them, and a mark scheme answers each."""
    made = read(
        "1 The drawing shows a pond.\n(a) Name two plants in it. [2 marks]\n(b) (i) Describe the water. [1]\n(ii) Explain its colour. [2]\n\n"
        "2 A pump moves water.\n(a) State its power. [1 mark]\n(b) Suggest a use for it. [1 mark]\n\n"
        "Mark scheme\n1(a) reed, lily\n(b)(i) green\n(ii) algae grow\n2(a) 5 W\n(b) fountains\n"
    )
    assert [q.stem for q in made] == ["The drawing shows a pond.", "A pump moves water."]
    inner = [q for group in made for q in parts(group)]
    assert [q.points for q in inner] == [2, 1, 2, 1, 1]
    assert [q.answer for q in inner if isinstance(q, Essay)] == [
        "reed, lily",
        "green",
        "algae grow",
        "5 W",
        "fountains",
    ]


def test_options_in_small_letters_are_no_parts() -> None:
    """(a), (b), (c) under a question mark stay options."""
    made = read(
        "1. Which tool writes?\n(a) a pen\n(b) a cup\n(c) a hat\nAnswer: a\n2. Which one rings?\n(a) a bell\n(b) a rug\n(c) a sock\nAnswer: a\n"
    )
    assert [letters(q) for q in made] == ["A", "A"]


def test_true_false_not_given() -> None:
    """Statements under such an instruction get its three verdicts as options, and share the passage."""
    (group,) = read(
        "READING PASSAGE 1\nYou should spend about 10 minutes on Questions 1-3, which are based on the passage below.\n\n"
        "The kettle was invented to boil water quickly. It stood on every stove of the town for a hundred years.\n\n"
        "Questions 1-3\nDo the following statements agree with the passage?\nTRUE if the statement agrees\nFALSE if it contradicts\n"
        "NOT GIVEN if there is no information\n\n1 Kettles boil water.\n2 Kettles were made of gold.\n3 Nobody in the town had a kettle.\n\n"
        "Answer key\n1 TRUE\n2 NOT GIVEN\n3 FALSE\n"
    )
    assert [letters(q) for q in parts(group)] == ["A", "C", "B"]
    assert "hundred years" in str(group.stem)
    assert "NOT GIVEN" not in str(group.stem)


def test_a_form_with_its_points_between_question_and_options() -> None:
    """A form's page: the points stand below the question, the right answer below the options."""
    made = read(
        "Garden quiz\nTotal points 1/4\n\nWhich of these is a root? *\n0/1\nApple\nCarrot\nPlum\nCorrect answer\nCarrot\n\n"
        "Feedback\nCarrots grow under the ground.\n\nName a yellow flower. *\n1/1\nsunflower\n\n"
        "Tick what grows on trees. (Check all that apply) *\n2 points\nPears\nBeans\nCherries\n"
    )
    single, short, several = made
    assert letters(single) == "B"
    assert isinstance(short, ShortAnswer)
    assert short.answer is not None
    assert short.answer[0].text == "sunflower"
    assert isinstance(several, MultipleChoice)
    assert len(several.choices) == 3
    assert several.points == 2


def test_two_lists_to_be_matched() -> None:
    """Two columns under a request to match are one question, its answer pairs them, and the count goes on behind it."""
    first, second = read(
        "1. Match each animal with its young.\n   1. Cow     A. kitten\n   2. Cat     B. puppy\n   3. Dog     C. calf\nAnswer: 1-C, 2-A, 3-B\n\n"
        "2. Which animal barks?\nA. a cow\nB. a dog\nC. a hen\nAnswer: B\n"
    )
    assert isinstance(first, Matching)
    assert first.answer == {"p1": "c", "p2": "a", "p3": "b"}
    assert [p.text for p in first.prompts] == ["Cow", "Cat", "Dog"]
    assert letters(second) == "B"


def test_lines_to_be_joined_without_labels() -> None:
    """连线题: two unlabelled columns make one question with the heading's request as its stem."""
    (made,) = read(
        "五、连线题（把动物和它吃的东西用线连起来，6分）\n兔子        竹子\n熊猫        青草\n小猫        鲜鱼\n"
    )
    assert isinstance(made, Matching)
    assert [c.text for c in made.choices] == ["竹子", "青草", "鲜鱼"]
    assert made.answer is None


@pytest.mark.parametrize(
    "text",
    [
        "1. 将下列事情按先后顺序排列：①吃饭 ②买菜 ③洗碗\n答案：②①③\n2. 水在几度结冰？\n答案：零度\n",
        "1. Put these steps in the correct order.\nA. Eat\nB. Cook\nC. Wash up\nAnswer: B, A, C\n2. Who cooks?\nA. You\nB. I\nC. He\nAnswer: A\n",
        "一、排序题\n1. 把下面的句子按正确的顺序排列。\n（  ）开始吃饭。\n（  ）妈妈做饭。\n（  ）大家洗碗。\n答案：213\n",
    ],
)
def test_things_to_put_in_order(text: str) -> None:
    """Letters, circled figures or places in brackets: the answer is an order, not a set of options."""
    made = read(text)[0]
    assert isinstance(made, Ordering)
    assert made.answer == ("b", "a", "c")


def test_two_columns_of_a_page() -> None:
    """Questions side by side are read one after the other."""
    made = read(
        "Multiple Choice\n\n1. A week has                    2. A year has\n   A. five days                     A. ten months\n   B. seven days                    B. twelve months\n"
        "   C. nine days                     C. two months\n\nAnswers: 1. B  2. B\n"
    )
    assert [q.stem for q in made] == ["A week has", "A year has"]
    assert [letters(q) for q in made] == ["B", "B"]


def test_headings_that_are_sentences() -> None:
    """一、二、… with points head sections whatever they say, and say what their questions are."""
    made = read(
        "一、选择正确的读音。（每题2分，共2分）\n1．“鸭”读（　　）。\nA．yā　　B．gē\n二、下列说法对的画“√”，错的画“×”。（每题2分，共4分）\n"
        "2．鸭子会游泳。（　　）\n3．鸭子有四条腿。（　　）\n三、按要求写句子。（3分）\n4．鸭子在水里游。（改为比喻句）\n________________\n"
        "四、习作。（20分）\n5．以“我的鸭子”为题写一篇作文。要求：1. 写清楚样子；2. 不少于200字。\n参考答案\n一、1. A\n二、2. √ 3. ×\n三、4. 略\n四、略\n"
    )
    assert [type(q) for q in made] == [SingleChoice, TrueFalse, TrueFalse, Essay, Essay]
    assert [q.points for q in made] == [2, 2, 2, 3, 20]
    assert [q.answer for q in made[1:]] == [True, False, None, None]
    assert str(made[-1].stem).endswith("不少于200字。")


def test_an_unannounced_verdict_under_a_passage() -> None:
    """判断正(T)误(F) below a passage: statements that are true or false, not prose."""
    (group,) = read(
        "二、阅读理解。\nAnn has a small shop in a village. She sells bread and honey every morning.\n"
        "根据短文内容，判断正(T)误(F)。（每小题2分，共4分）\n( )1. Ann sells honey.\n( )2. Ann lives on a ship.\nAnswers\n二、1—2 TF\n"
    )
    assert [q.answer for q in parts(group) if isinstance(q, TrueFalse)] == [True, False]


def test_options_under_circled_figures_with_a_key() -> None:
    """①②③ behind a gap are options where no letters follow, and the key names one."""
    made = read(
        "三、选一选。（4分）\n1. 哪个最大？（    ）\n① 星星  ② 太阳  ③ 月亮\n2. 哪个最亮？（    ）\n① 火柴  ② 蜡烛  ③ 太阳\n参考答案\n三、1. ②  2. ③\n"
    )
    assert [letters(q) for q in made] == ["B", "C"]


def test_a_number_glued_to_an_option_that_is_a_figure() -> None:
    """`D.485.下列`: the next number ends the digits of the last option."""
    made = read(
        "一、单选题1.一天有( )小时。A.12B.24C.36D.482.一年有( )个月。A.10B.11C.12D.133.下列会飞的是( )。A.鱼B.马C.鸟D.猪\n答案:1.B2.C3.C\n"
    )
    assert [letters(q) for q in made] == ["B", "C", "C"]
    assert isinstance(made[0], SingleChoice)
    assert [c.text for c in made[0].choices] == ["12", "24", "36", "48"]


def test_cards_of_terms() -> None:
    """Two columns named Term and Definition are terms with their definitions."""
    made = read("Kitchen cards\n\nTerm\tDefinition\nKettle\tA vessel to boil water in\nLadle\tA deep spoon\n")
    assert [(q.stem, q.answer) for q in made if isinstance(q, Essay) and q.style == "term"] == [
        ("Kettle", "A vessel to boil water in"),
        ("Ladle", "A deep spoon"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Frequently Asked Questions\n1. How do I open the box?\nPull the lid.\n2. Can I wash it?\nYes.\n3. Which colours are there?\nA. Red\nB. Blue\nC. Green\n",
        "电话礼仪规范\n一、开场\n1. 接通后：“您好，请问是王女士吗？”\n2. 对方忙时：“那我晚些再打，可以吗？”\n二、客户分级\nA、老客户：每月回访。\nB、新客户：每周回访。\nC、流失客户：每季回访。\n三、考核\n1、每天不少于20通。\n",
        "第二讲 记笔记的方法\n上节课我们讲了听课，这节课讲记笔记。大家想一想，为什么有人记了却记不住呢？\n那么，怎样记才有用呢？我们可以分三步走。\n他为什么总是忘记呢？\n思考：你的笔记本在哪里？\n",
        "Syllabus: Gardening for beginners\nBy the end of the course you will be able to:\n1. Explain how seeds grow\n2. Describe the tools of a gardener\n3. Compare soils\nAssessment\nA. Test 40%\nB. Project 40%\nC. Attendance 20%\n",
    ],
)
def test_what_asks_without_examining(text: str) -> None:
    """Pages of help, scripts, lectures and syllabuses hold no question."""
    assert read(text) == []
