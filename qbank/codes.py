"""Every diagnostic code: its name, its default severity, and what `qbank explain` says of it.

The letter is the family: R reading, S schema, L lint, A assets, X export loss
(X1 question left out, X2 part dropped, X3 approximated), V verification, C
configuration. A code, once released, keeps its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for."""

    name: str
    severity: Literal["error", "warning", "info"]
    explanation: str


CODES: dict[str, Code] = {
    # R: reading
    "R001": Code(
        "no-questions-found", "warning", "The document was read and holds nothing that looks like a question."
    ),
    "R002": Code(
        "furniture-removed",
        "info",
        "Page furniture of a document site (notices, page numbers, buttons) was set aside. The text is named, so that "
        "nothing is lost unseen.",
    ),
    "R003": Code("document-split", "info", "One file holds several documents; each was read on its own."),
    "R004": Code(
        "count-mismatch",
        "warning",
        "A heading promises a number of questions or points that the paper does not have. Something may have been "
        "missed, or the paper is cut off.",
    ),
    "R005": Code("truncated-paper", "warning", "The paper ends before what it promises: a preview, or a cut-off copy."),
    "R006": Code(
        "truncated-item",
        "warning",
        "A question breaks off: it has no options, or its options stop early. It is kept as a draft.",
    ),
    "R007": Code(
        "options-gap", "warning", "The option labels skip a letter; the missing option may be inside its neighbour."
    ),
    "R008": Code(
        "options-out-of-order", "info", "The options were not in the order of their letters and were put in order."
    ),
    "R009": Code("options-identical", "warning", "Two options of a question say the same. Some platforms refuse that."),
    "R010": Code("option-empty", "warning", "An option has no text; it may have been a picture."),
    "R011": Code(
        "answer-not-found",
        "warning",
        "No answer to the question was found. `answer` is null until someone fills it in.",
    ),
    "R012": Code(
        "answer-outside-options",
        "warning",
        "The answer names an option that the question does not have, so it was not used.",
    ),
    "R013": Code(
        "answer-count-odd",
        "warning",
        "The number of answers does not fit the kind, such as two letters for a single choice.",
    ),
    "R014": Code(
        "answer-conflict",
        "error",
        "Two answers were given for one question and they differ. Neither was chosen in silence.",
    ),
    "R015": Code(
        "key-orphan",
        "warning",
        "An answer key has entries for questions that are not in the document. They are listed, not made into questions.",
    ),
    "R016": Code(
        "key-mismatch",
        "warning",
        "The key and the section have different numbers; only the numbers that agree were attached.",
    ),
    "R017": Code("kind-guessed", "info", "The kind of the question was not stated and was guessed from its shape."),
    "R018": Code("boundary-guessed", "info", "Where the question begins or ends was not marked and was guessed."),
    "R019": Code("number-gap", "info", "The question numbers skip: a question may be missing."),
    "R020": Code("number-repeat", "info", "A question number is used twice in one section."),
    "R021": Code("same-question-twice", "warning", "The same question stands twice in the paper. Both are kept."),
    "R022": Code(
        "image-missing", "warning", "The question speaks of a figure or table that the text does not contain."
    ),
    "R023": Code(
        "conversion-scars",
        "warning",
        "Characters that are often the scars of a conversion: replacement marks, private-use or look-alike characters.",
    ),
    "R024": Code("points-mismatch", "warning", "The points of the questions do not add up to what the heading says."),
    "R025": Code(
        "text-unclaimed",
        "warning",
        "Part of the text belongs to nothing that was recognised. It is quoted, so that it can be checked.",
    ),
    "R026": Code(
        "draft",
        "info",
        "The reader is not sure enough of this question; it is kept with status `draft` and not exported unless asked.",
    ),
    "R027": Code("encoding-guessed", "info", "The file is not UTF-8; its encoding was guessed."),
    "R028": Code("control-characters", "warning", "Characters that no text has (such as U+0000) were removed."),
    "R029": Code("blank-guessed", "info", "Where a gap is, or how many answers it takes, was guessed."),
    "R030": Code(
        "picture-left-out",
        "warning",
        "A picture of the document is not at hand, or of a type no question can show; [图] stands in its place.",
    ),
    "R031": Code(
        "formula-unread", "warning", "Part of a formula could not be turned into TeX; its text was kept, not its shape."
    ),
    "R032": Code(
        "part-left-out",
        "info",
        "A part of the document that is not its text (comments, hidden text, an embedded file) was not read.",
    ),
    "R033": Code("file-not-read", "error", "One of several files could not be opened; the others were read."),
    "R034": Code(
        "work-overwritten",
        "warning",
        "The bank that was written over held questions, answers or settings that the new reading does not give. "
        "`--update` keeps them.",
    ),
    "R035": Code(
        "bank-kept",
        "info",
        "What the bank says of a question was kept: the paper says something else, but the text of the question has not "
        "changed, so somebody has corrected the bank; or the text has changed, but the paper says nothing.",
    ),
    "R036": Code(
        "paper-taken",
        "warning",
        "The text of a question has changed and the new reading says something else than the bank; the new reading was "
        "taken.",
    ),
    "R037": Code(
        "question-vanished",
        "warning",
        "A question of the bank is no longer in the paper it came from. It is kept; `--prune` takes it out.",
    ),
    "R038": Code(
        "work-not-kept",
        "warning",
        "An answer or another edit in the bank fits nothing in the corrected question, so it could not be kept.",
    ),
    "R039": Code(
        "row-not-read", "warning", "A row of a table could not be made into a question. It is named with its line."
    ),
    "R040": Code(
        "kind-unread",
        "warning",
        "The file has a question of a kind that the bank does not have. Its text is kept as a draft and the whole question "
        "under `extensions`, so that its own format gets it back unchanged.",
    ),
    "R041": Code(
        "markup-cleaned",
        "info",
        "Markup outside the rich-text subset (styles, scripts, layout) was taken off on the way in.",
    ),
    "R042": Code(
        "syntax-unread",
        "error",
        "A passage that breaks the rules of its format and was not read; the reading goes on behind it.",
    ),
    "R043": Code(
        "scoring-unread",
        "warning",
        "The file marks the question in a way that the bank cannot say; the nearest was taken.",
    ),
    "R044": Code(
        "media-unread",
        "warning",
        "A picture or a sound of the question is not in the file, or is none that can be shown.",
    ),
    "R045": Code(
        "setting-unread",
        "info",
        "A setting that the bank has no place for; it is kept under `extensions` where possible.",
    ),
    "R046": Code("entry-left-out", "warning", "An entry of the file that is no question, or holds nothing to import."),
    "R047": Code(
        "value-repaired",
        "warning",
        "A value that its platform would take in its own way was put right; look at it once.",
    ),
    "R048": Code("kind-nearest", "warning", "The question was read as the nearest kind that the bank has."),
    "R075": Code(
        "row-removed",
        "warning",
        "A question of the bank has no row in the edited workbook any more. It is kept; `--prune` takes it out.",
    ),
    "R076": Code(
        "run-shortened",
        "warning",
        "One character, digits or blanks go on for longer than in any paper; only the beginning was read.",
    ),
    # S: schema
    "S001": Code(
        "not-json",
        "error",
        "The file is not well-formed JSON (or JSON Lines, or YAML). Nothing after the place named can be read.",
    ),
    "S002": Code(
        "property-unknown", "error", "A property that this kind of question does not have. Often a spelling mistake."
    ),
    "S003": Code("property-missing", "error", "A property that must be there is not."),
    "S004": Code("type-wrong", "error", "A value of the wrong type, such as a string where a number belongs."),
    "S005": Code("value-not-allowed", "error", "A value that is not one of those allowed here."),
    "S006": Code(
        "value-out-of-range",
        "error",
        "A number that is too small or too large, or a list or text that is too short or too long.",
    ),
    "S007": Code(
        "pattern-mismatch",
        "error",
        "A text that does not have the form it must have, such as an id with a blank in it.",
    ),
    "S008": Code("kind-unknown", "error", "`kind` is not one of the eleven kinds of question."),
    "S009": Code("rule-broken", "error", "Properties that do not fit together, such as both `file` and `base64`."),
    "S010": Code("version-unknown", "error", "The bank was written for another version of the format."),
    "S011": Code(
        "nested-too-deep", "error", "Brackets inside brackets beyond any use; the file is damaged or hostile."
    ),
    "S012": Code("key-repeated", "error", "A property stands twice in one object; only one of the two would count."),
    # L: lint
    "L101": Code("id-repeated", "error", "Two questions have the same id. Ids must be unique in a bank."),
    "L102": Code(
        "part-id-repeated", "error", "Two choices, blanks, prompts or items of one question have the same id."
    ),
    "L103": Code(
        "answer-unknown", "error", "The answer names a choice, prompt or item that the question does not have."
    ),
    "L104": Code(
        "answer-missing", "warning", "The question has no answer. It can be kept, but not marked by a machine."
    ),
    "L105": Code(
        "answer-incomplete",
        "error",
        "A matching answer without one of the prompts, or an ordering answer that is not a permutation of the items.",
    ),
    "L106": Code("answer-repeated", "warning", "An answer lists the same thing twice."),
    "L107": Code("no-full-marks", "error", "No response earns full marks: no weight reaches 1."),
    "L108": Code(
        "all-correct",
        "info",
        "Every choice of a multiple-choice question is correct. Often intended, sometimes a slip.",
    ),
    "L109": Code("weight-missing", "error", "Scoring is `weighted` and the weights are missing or unused."),
    "L110": Code(
        "range-reversed", "error", "A numeric range whose minimum is above its maximum, or a negative tolerance."
    ),
    "L111": Code(
        "weight-out-of-range", "error", "A weight or a penalty outside its range (weights -1 to 1, penalties 0 to 1)."
    ),
    "L112": Code("points-out-of-range", "error", "Points below zero or above 99999."),
    "L113": Code("status-draft", "info", "The question is marked as a draft."),
    "L114": Code(
        "tolerance-wide",
        "warning",
        "A tolerance as large as the number it belongs to, so that zero is accepted.",
    ),
    "L115": Code(
        "ranges-overlap",
        "warning",
        "Two accepted ranges overlap in part and have different weights: what a number in both is worth is unclear.",
    ),
    "L116": Code(
        "answer-idle",
        "warning",
        "An accepted answer that an earlier or wider one covers, which is worth as much.",
    ),
    "L117": Code(
        "wildcard-trap",
        "warning",
        "A `*` that accepts everything, or stands for itself where a wildcard was meant.",
    ),
    "L118": Code("points-none", "warning", "A question that is marked and worth no points."),
    "L119": Code("group-points", "warning", "A group whose own points are not what its questions are worth together."),
    "L120": Code("choice-lost", "warning", "The letters of the choices skip one: a choice may have been lost."),
    "L121": Code("several-full-marks", "warning", "Several choices of a single choice are each worth all the points."),
    "L122": Code("weights-against-answer", "warning", "The weights say another answer than `answer` does."),
    "L123": Code("weights-excess", "warning", "The weights of the right choices add up to more than the whole."),
    "L124": Code(
        "one-right-of-many",
        "info",
        "A multiple choice with a single right choice. Often intended, sometimes a slip.",
    ),
    "L125": Code("words-reversed", "error", "The least number of words is above the most."),
    "L126": Code("rubric-points", "warning", "The rubric does not add up to the points of the question."),
    "L127": Code("unit-repeated", "warning", "A unit is listed twice."),
    "L128": Code(
        "explanation-contradicts",
        "warning",
        "The explanation names another answer than the key. One of the two is wrong.",
    ),
    "L129": Code("feedback-contradicts", "warning", "Feedback that praises a wrong choice or blames the right one."),
    "L130": Code("model-answer-is-stem", "warning", "The model answer only repeats the question."),
    "L131": Code("answer-placeholder", "warning", "A note such as 略 or TODO stands where the answer should."),
    "L132": Code("matching-all-same", "warning", "Every prompt of a matching question has the same partner."),
    "L133": Code("prompt-is-choice", "warning", "A prompt of a matching question reads like one of its choices."),
    "L134": Code("unit-missing", "warning", "A unit is required, and none is listed."),
    "L135": Code("answers-miscounted", "warning", "The stem asks for another number of choices than the answer has."),
    "L136": Code("points-in-text", "warning", "The stem says another number of points than the question is worth."),
    "L137": Code("tag-repeated", "warning", "A tag is listed twice."),
    "L201": Code("stem-empty", "error", "The question asks nothing: its stem is empty."),
    "L202": Code(
        "choice-empty", "error", "A choice, prompt or item has no text. Moodle drops such a choice without a word."
    ),
    "L203": Code(
        "choices-identical", "warning", "Two choices of one question read the same; which one is right cannot be told."
    ),
    "L204": Code(
        "markup-dropped", "warning", "Markup outside the rich-text subset; it will be left out of every export."
    ),
    "L205": Code(
        "markup-broken", "warning", "A text that is not well-formed markup; it was read as a browser would read it."
    ),
    "L206": Code("tex-broken", "warning", "A formula whose braces do not match."),
    "L207": Code("alt-missing", "info", "A picture without a description for those who cannot see it."),
    "L208": Code("blank-mismatch", "error", "The gaps in the stem and the entries of `blanks` are not the same."),
    "L209": Code("blank-outside-cloze", "error", "A gap in a text where no gap can be."),
    "L210": Code(
        "answer-leak",
        "warning",
        "The stem of a choice question shows a letter or mark in its brackets: the answer may be given away.",
    ),
    "L211": Code("text-suspect", "warning", "Replacement, private-use or radical characters: scars of a conversion."),
    "L212": Code("choices-alike", "warning", "Two choices differ in width, case, spaces or punctuation alone."),
    "L213": Code(
        "choice-labelled",
        "warning",
        "The text of a choice begins with its own label, such as `A.`; platforms print labels of their own.",
    ),
    "L214": Code("choices-run-together", "warning", "A choice that seems to hold the next one as well."),
    "L215": Code(
        "above-out-of-place",
        "warning",
        '"All of the above" is shuffled with the other choices, or others stand below it.',
    ),
    "L216": Code(
        "letters-shuffled",
        "warning",
        "A choice names others by their letters, and the choices are shuffled.",
    ),
    "L217": Code(
        "negation-unmarked",
        "info",
        "A negation in the stem that is not emphasised. Only where it is selected.",
    ),
    "L218": Code("bracket-unmatched", "warning", "A bracket or a quotation mark without its other half."),
    "L219": Code("tex-unmatched", "warning", "TeX in a plain text whose delimiters or braces do not match."),
    "L220": Code(
        "tex-in-plain-text",
        "info",
        "TeX in a plain text, which is shown as it is. Only where it is selected.",
    ),
    "L221": Code("stem-numbered", "warning", "The stem begins with the number that the question had in its paper."),
    "L222": Code("stem-cut", "warning", "The stem ends in the middle of a sentence."),
    "L223": Code("furniture-left", "warning", "A page number or a notice of a web site in the text of a question."),
    "L224": Code(
        "answer-in-text",
        "warning",
        "A stem or choice with the answer or the explanation in it, such as `答案：B`.",
    ),
    "L225": Code("answer-in-stem", "warning", "The stem holds the text of the answer, word for word."),
    "L226": Code("width-mixed", "warning", "Full-width digits or letters beside half-width ones."),
    "L227": Code(
        "punctuation-half-width",
        "info",
        "Half-width punctuation between Chinese characters. Only where it is selected.",
    ),
    "L228": Code("punctuation-doubled", "warning", "Two punctuation marks where one belongs."),
    "L229": Code(
        "white-space",
        "warning",
        "White space at the ends of a text, doubled, or between all its characters.",
    ),
    "L230": Code("invisible-character", "warning", "A character that cannot be seen, such as a zero-width space."),
    "L231": Code(
        "alphabets-mixed",
        "warning",
        "A word with letters of two alphabets, such as a Cyrillic А in a Latin word.",
    ),
    "L232": Code("letter-for-digit", "warning", "A letter where a digit belongs, as in 2O20."),
    "L233": Code("mojibake", "warning", "Text that was read in a wrong encoding."),
    "L234": Code("markup-as-text", "warning", "Markup or an entity in a plain text, where it is shown as it is."),
    "L235": Code("language-other", "warning", "The stem is in another language than the question or the bank says."),
    "L236": Code(
        "gap-drawn",
        "warning",
        "A drawn gap in a cloze question, beside its real ones: nothing can be written there.",
    ),
    "L237": Code("stem-doubled", "warning", "The stem says the same twice over."),
    "L238": Code("figure-missing", "warning", "The stem speaks of a figure that the question does not show."),
    "L239": Code("source-stale", "warning", "The words quoted in `source` are not those of the question."),
    "L240": Code("source-reversed", "warning", "The place in the source ends before it begins."),
    "L241": Code("alt-is-name", "info", "The description of a picture is only its file name."),
    "L242": Code("stem-trivial", "warning", "The stem has no words: only punctuation, or the number it had."),
    "L243": Code("choices-in-stem", "warning", "The stem still has choices in it."),
    "L244": Code("choice-marked", "warning", "A mark on a choice says that it is the right one."),
    "L245": Code("choice-is-stem", "warning", "A choice reads as the stem does."),
    "L246": Code("word-twice", "warning", "A small word was typed twice."),
    "L247": Code("markdown-as-text", "warning", "Markdown stands in a plain text, where it is shown as it is."),
    "L248": Code("character-mistaken", "warning", "A character was taken for another that looks like it."),
    "L249": Code("text-long", "warning", "A text is so long that something else seems to have run into it."),
    "L250": Code("text-empty", "info", "A feedback, hint or model answer is there and says nothing."),
    "L251": Code("language-unknown", "warning", "The language of a question is not one that platforms know."),
    "L301": Code("ignore-unused", "info", "`ignore` names a code that was not found on this question."),
    "L302": Code("duplicate-question", "warning", "Two questions have the same stem and the same choices."),
    "L303": Code(
        "duplicate-near",
        "warning",
        "Two questions are nearly the same: stems at least 75 % alike and 60 % of the choices shared, or, without "
        "choices, stems 95 % alike. `qbank dedupe` reports them; only `--merge --near` makes them one.",
    ),
    "L304": Code(
        "same-stem-different-answer",
        "error",
        "The same question stands in the bank twice and the answers differ. At most one is right; qbank never chooses.",
    ),
    "L305": Code(
        "points-odd",
        "warning",
        "A question worth many times more or less than nearly all others of its kind.",
    ),
    "L306": Code("choices-fewer", "info", "A single choice with fewer choices than nearly all others."),
    "L307": Code(
        "id-alike",
        "warning",
        "Two ids differ in case alone, which some platforms and file systems do not tell apart.",
    ),
    "L308": Code("category-alone", "info", "The only question in its category."),
    "L309": Code(
        "category-slip",
        "warning",
        "A category whose name differs from that of a large one by a letter or by case.",
    ),
    "L310": Code("key-position", "info", "The answers are in one place far too often."),
    "L311": Code("longest-choice", "info", "The right choice is the longest far too often."),
    "L312": Code("negation-unlike", "info", "A negation is not emphasised, as those of nearly all others are."),
    "L313": Code("model-answer-missing", "info", "An essay has no model answer, as nearly all others have."),
    "L390": Code(
        "merge-conflict",
        "error",
        "Both sides of a merge changed this question and nobody has decided yet. Our side stands in the bank as a draft; "
        "the other side's values are under `extensions.merge`. Put in what is right, take that entry out, and set the "
        "status to `ready`.",
    ),
    # A: assets
    "A001": Code("asset-unknown", "error", "A text shows an asset that the bank does not list."),
    "A002": Code("asset-missing", "error", "The file of an asset is not there."),
    "A003": Code("asset-unsafe", "error", "The path of an asset leads outside the bank's folder. It is never read."),
    "A004": Code("asset-changed", "error", "The bytes of an asset are not those its sha256 was taken of."),
    "A005": Code("asset-unused", "info", "No text shows this asset."),
    "A006": Code("asset-media-type", "error", "The type of an asset is unknown or not one that a question can show."),
    "A007": Code("asset-too-large", "error", "An asset larger than the limit (32 MiB)."),
    "A008": Code("asset-broken", "error", "An asset whose base64 cannot be decoded."),
    # X1: question left out
    "X101": Code("kind-unsupported", "warning", "The target has nothing like this kind of question; it was left out."),
    "X102": Code(
        "unanswered-left-out",
        "warning",
        "A question without an answer was left out; `--unanswered ungraded` exports it without a key.",
    ),
    "X103": Code("draft-left-out", "warning", "A draft was left out; `--drafts` exports it."),
    "X104": Code(
        "question-unfit",
        "warning",
        "The question breaks a rule of the target that no rewriting can meet; it was left out.",
    ),
    # X2: part dropped
    "X201": Code("feedback-dropped", "warning", "The target has no place for this feedback."),
    "X202": Code("hints-dropped", "warning", "The target has no hints."),
    "X203": Code("media-dropped", "warning", "The target cannot carry this picture or sound."),
    "X204": Code("markup-taken-off", "warning", "The target takes plain text here; the markup was taken off."),
    "X205": Code("points-dropped", "warning", "The target does not carry points."),
    "X206": Code("tags-dropped", "info", "The target does not carry tags."),
    "X207": Code("metadata-dropped", "info", "The target has no place for difficulty, language, source or the like."),
    "X208": Code("setting-dropped", "warning", "A setting of the question that the target does not have."),
    "X209": Code("rubric-dropped", "warning", "The target has no place for a rubric or a model answer."),
    "X210": Code("category-dropped", "info", "The target does not carry categories."),
    # X3: approximated
    "X301": Code(
        "scoring-approximated", "warning", "The target cannot score exactly like this; the nearest it can was written."
    ),
    "X302": Code("kind-approximated", "warning", "The target does not have this kind; the nearest kind was written."),
    "X303": Code(
        "group-flattened", "warning", "The target has no shared material; it was repeated in each sub-question."
    ),
    "X304": Code("formula-approximated", "warning", "A formula could not be converted and was written as TeX source."),
    "X305": Code("text-changed", "warning", "A text had to be shortened or changed to be accepted by the target."),
    "X306": Code(
        "ungraded", "warning", "A question without an answer was exported without a key, so nothing marks it."
    ),
    "X307": Code(
        "comparison-approximated",
        "warning",
        "The target compares answers in another way (case, wildcards, tolerance, units).",
    ),
    "X310": Code(
        "form-not-chosen",
        "warning",
        "The form that an option asks for does not fit this question, so it was written in the usual one.",
    ),
    "X311": Code(
        "plugin-needed",
        "warning",
        "The question was kept in a form that only a plug-in of the target reads; without it the file is refused.",
    ),
    "X317": Code(
        "import-doubtful",
        "warning",
        "The question was written, but the platform's own help does not name its kind among those it imports; it may be "
        "skipped there.",
    ),
    "X320": Code(
        "draft-printed",
        "info",
        "A draft stands on the printed paper, because the answer key counts it too. Look at it before the paper is copied.",
    ),
    # V: verification
    "V001": Code(
        "round-trip-differs",
        "error",
        "Reading the written file back gave something else, and no loss was reported for it. This is a bug in qbank.",
    ),
    # C: configuration
    "C001": Code("config-invalid", "error", "qbank.toml has a property or value that is not understood."),
}

BY_NAME: dict[str, str] = {code.name: key for key, code in reversed(CODES.items())}


def resolve(code_or_name: str) -> str | None:
    """The code for a code in any case or for its name; None where there is none."""
    upper = code_or_name.upper()
    return upper if upper in CODES else BY_NAME.get(code_or_name.lower())
