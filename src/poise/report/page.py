"""Pages: jinja2 templates filled with plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise.core.errors import MissingDependencyError


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of a file in the templates folder.
    context : mapping
        Plain data: strings, numbers, lists and dictionaries of them. Strings are escaped, except
        pictures, which are marked as safe in the template.

    Raises
    ------
    MissingDependencyError
        Where jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: PLC0415  # loads when a page is asked for
    except ImportError:
        raise MissingDependencyError(
            'A page needs jinja2. Install it with: pip install "poise[report]"'
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("poise.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**context)
