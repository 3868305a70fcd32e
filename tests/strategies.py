"""Hypothesis strategies for the model: any question that the schema accepts, built from the types themselves.

Each field's strategy follows from its annotation and the limits in its `Meta`,
so a field or a kind that is added to `qbank.model` is generated without a word
here; what the annotations cannot say (rules between fields) is in `_SPECIAL`.
"""

from __future__ import annotations

import types
import typing
from fractions import Fraction
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from qbank import model

# What XML, and so a text of a bank, can hold; rarely used characters must not crowd out the interesting ones.
_CHARACTERS = st.one_of(
    st.sampled_from(list("aZ09 ,.?&<>\"'{}=~#:*|\\/`$%-_()\n\t")),
    st.sampled_from(list("图书馆，。？（）ＡＢ“”…℃½é😀\u00a0\u2028\u0085\u202e\u3000")),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)
TEXT = st.text(_CHARACTERS, max_size=12)
LINE = TEXT.map(lambda text: text.replace("\n", " ").replace("\t", " "))
NAME = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,7}", fullmatch=True)
LANGUAGE = st.from_regex(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,2}", fullmatch=True)
_BY_PATTERN = {
    "^[A-Za-z0-9_]": NAME,
    "^[A-Za-z]{2,8}": LANGUAGE,
    "^[0-9a-f]{64}": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    "^[A-Z][0-9]{3}": st.sampled_from(["L302", "A001", "X999"]),
    "^[^\u0000-\u001f": LINE,
}
EXACT = st.one_of(
    st.integers(-3, 10).map(Fraction),
    st.sampled_from(["0.5", "-1/3", "2.50", "100000", "1e30", "-1e-30", "123456789/1000000"]).map(Fraction),
    st.fractions(-(10**6), 10**6, max_denominator=10**6),
    st.decimals(-(10**9), 10**9, places=6).map(Fraction),
)
_INLINE = st.deferred(
    lambda: st.one_of(
        TEXT.map(_escaped),
        st.builds(
            lambda tag, inner: f"<{tag}>{inner}</{tag}>",
            st.sampled_from(["em", "strong", "sub", "sup", "code", "u"]),
            _RUN,
        ),
        TEXT.map(lambda t: f"<tex>{_escaped(t)}</tex>"),
        NAME.map(lambda n: f'<img src="asset:{n}" alt="x"/>'),
        st.just("<br/>"),
    )
)
_RUN = st.lists(_INLINE, max_size=3).map("".join)
_BLOCK = st.one_of(
    _RUN.map(lambda inner: f"<p>{inner}</p>"),
    st.lists(_RUN, min_size=1, max_size=3).map(lambda items: f"<ul>{''.join(f'<li>{i}</li>' for i in items)}</ul>"),
    st.lists(_RUN, min_size=1, max_size=3).map(
        lambda cells: f"<table><tbody><tr>{''.join(f'<td>{c}</td>' for c in cells)}</tr></tbody></table>"
    ),
    TEXT.map(lambda t: f"<pre>{_escaped(t)}</pre>"),
)
HTML = st.one_of(st.lists(_BLOCK, max_size=3).map("".join), TEXT).map(lambda html: model.Html(html=html))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _numeric_answer() -> st.SearchStrategy[model.NumericAnswer]:
    weight, feedback = EXACT, st.none() | TEXT | HTML
    value = st.builds(model.NumericAnswer, value=EXACT, tolerance=EXACT, weight=weight, feedback=feedback)
    return value | st.builds(model.NumericAnswer, min=EXACT, max=EXACT, weight=weight, feedback=feedback)


def _asset() -> st.SearchStrategy[model.Asset]:
    name = TEXT.filter(bool)
    rest: dict[str, Any] = {
        "media_type": st.none() | name,
        "alt": st.none() | TEXT,
        "sha256": st.none() | _BY_PATTERN["^[0-9a-f]{64}"],
    }
    return st.builds(model.Asset, file=name, **rest) | st.builds(model.Asset, base64=name, **rest)


_SPECIAL: dict[Any, Any] = {
    str: TEXT,
    bool: st.booleans(),
    Fraction: EXACT,
    type(None): st.none(),
    Any: JSON,
    model.Html: HTML,
    model.NumericAnswer: st.deferred(_numeric_answer),
    model.Asset: st.deferred(_asset),
}


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type annotation that occurs in the model. NotImplementedError for one that does not yet."""
    if kind in _SPECIAL:
        return typing.cast("st.SearchStrategy[Any]", _SPECIAL[kind])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.deferred(lambda: _struct(kind))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _limited(arguments[0], arguments[1])
    if origin in (Union, types.UnionType):
        return st.one_of(*(of(argument) for argument in arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(of(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(of(arguments[0]), of(arguments[1]), max_size=2)
    raise NotImplementedError(f"no strategy for {kind}; the model has grown: extend tests/strategies.py")


def _limited(kind: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if meta.pattern is not None:
        return next(strategy for start, strategy in _BY_PATTERN.items() if meta.pattern.startswith(start))
    if kind is int:
        return st.integers(meta.ge, meta.le)
    if kind is float:
        return st.floats(meta.ge, meta.le).map(abs)
    if kind is str:
        return TEXT.filter(lambda text: len(text) >= (meta.min_length or 0))
    assert get_origin(kind) is tuple, f"no strategy for {kind} with {meta}"
    least = meta.min_length or 0
    return st.lists(of(get_args(kind)[0]), min_size=least, max_size=least + 2).map(tuple)


def _struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        bare = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
        (required if bare else optional)[field.name] = of(hints[field.name])
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: kind(**values))


QUESTION_TYPES: dict[model.Kind, type[msgspec.Struct]] = {
    kind.__struct_config__.tag: kind for kind in get_args(model.Question)
}
"""The class of each kind."""


def questions(kind: model.Kind | None = None) -> st.SearchStrategy[Any]:
    """Questions of one kind, or of any."""
    return of(QUESTION_TYPES[kind]) if kind else st.one_of(*(of(t) for t in QUESTION_TYPES.values()))


def headers() -> st.SearchStrategy[model.Header]:
    """Headers of a bank."""
    return of(model.Header)


def banks() -> st.SearchStrategy[model.Bank]:
    """Banks of a few questions."""
    return st.builds(model.Bank, header=headers(), questions=st.lists(questions(), max_size=3).map(tuple))
