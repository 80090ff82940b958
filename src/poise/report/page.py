"""HTML pages from jinja2 templates and plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from poise.core.errors import MissingDependencyError


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """Fill a template and return the page.

    Parameters
    ----------
    template : str
        Name of a file in the folder templates.
    context : mapping
        Strings, numbers, and lists and dictionaries of them. Strings are escaped, except pictures, which
        the template marks as safe.

    Raises
    ------
    MissingDependencyError
        If jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: PLC0415  # loads only when a page is made
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
    page = environment.get_template(template).render(**context)
    return re.sub(r"[\ud800-\udfff]", "\ufffd", page)  # half a character, which no file can hold
