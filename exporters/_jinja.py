"""Jinja environments: strict about names, our templates below the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.defaults import DEFAULT_NAMESPACE

from qbank.diagnostics import QbankError


@lru_cache(maxsize=32)
def environment(folder: str | None = None, **settings: Any) -> Environment:
    """An environment over `qbank.templates`; a template of the same name in `folder` takes its place.

    `settings` are Jinja's own (delimiters, `finalize`, `autoescape`); equal
    settings share one environment, so a template is compiled once.
    """
    loaders: list[BaseLoader] = [PackageLoader("qbank.templates", "")]
    if folder is not None:
        loaders.insert(0, FileSystemLoader(folder))
    return Environment(  # noqa: S701  # GIFT and plain text are not HTML; who writes HTML passes autoescape
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=-1,
        auto_reload=False,
        **settings,
    )


def rendered(templates: Environment, name: str, values: Mapping[str, Any]) -> str:
    """The template with its values. Raises `QbankError` when it is missing or broken, as a user's own can be."""
    try:
        template = templates.get_template(name)
        # What Template.render does, without its chain of mappings: that takes as long as a short template itself.
        context = templates.context_class(templates, DEFAULT_NAMESPACE | dict(values), template.name, template.blocks)
        return "".join(template.root_render_func(context))
    except TemplateSyntaxError as error:
        raise QbankError(f"template {error.name or name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, OSError) as error:
        raise QbankError(f"template {name} cannot be used: {error}") from error
