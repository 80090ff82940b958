"""Check a built site: every public name has an entry, links lead somewhere, pages are small and ask no other server."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import site_pages

MOST_OF_A_PAGE = 500_000  # bytes, without pictures
MOST_OF_ALL = 12_000_000
# Attributes from which a browser loads something by itself; links that a reader follows may lead anywhere.
LOADED = r"<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc=\"(?P<src>[^\"]*)\"|<link\b(?P<link>[^>]*)>"
STYLES = r"(?:url\(|@import )\s*['\"]?(?P<url>[^'\")]+)"
OTHER_SERVER = r"(?:https?:)?//"


def problems(site: Path) -> list[str]:
    """Return what is wrong with a built site, a line each."""
    return [
        *_missing_names(site),
        *(
            problem
            for page in pages(site)
            for problem in (*_dead_links(site, page), *_requests(page))
        ),
        *_requests_of_styles(site),
        *_sizes(site),
        *_missing_twins(site),
    ]


def summary(site: Path) -> str:
    """Return how many pages there are and how large they are."""
    found = pages(site)
    return f"{len(found)} pages, {sum(page.stat().st_size for page in found) / 1e6:.1f} MB of HTML"


@cache
def pages(site: Path) -> list[Path]:
    """Return the pages of the site."""
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


def inventory(site: Path) -> set[str]:
    """Return the names of Python objects that other projects can link to."""
    raw = (site / "objects.inv").read_bytes()
    body = zlib.decompress(raw.split(b"\n", 4)[4]).decode("utf-8")
    return {line.split(" ", 1)[0] for line in body.splitlines() if " py:" in line}


def _missing_names(site: Path) -> Iterator[str]:
    known = inventory(site)
    yield from (
        f"{name}: is in no page of the interface"
        for name in site_pages.public_names()
        if name not in known
    )


@cache
def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def _anchors(page: Path) -> set[str]:
    return {unescape(name) for name in re.findall(r"\b(?:id|name)=\"([^\"]+)\"", _text(page))}


def _dead_links(site: Path, page: Path) -> Iterator[str]:
    for link in set(re.findall(r"<a\b[^>]*?\bhref=\"([^\"]*)\"", _text(page))):
        target, _, anchor = unescape(link).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / unquote(target)).resolve() if target else page
        name = f"{page.relative_to(site)}: {link}"
        if not file.is_file():
            yield f"{name}: the page does not exist"
        elif anchor and file.suffix == ".html" and unquote(anchor) not in _anchors(file):
            yield f"{name}: the page has no such part"


def _requests(page: Path) -> Iterator[str]:
    text = _text(page)
    asked: list[str] = []
    for match in re.finditer(LOADED, text):
        asked += [match["src"]] if match["src"] else []
        link = match["link"] or ""
        if 'rel="canonical"' not in link:
            asked += re.findall(r"\bhref=\"([^\"]*)\"", link)
    styles = "".join(re.findall(r"<style\b.*?</style>", text, re.DOTALL))
    asked += [match["url"] for match in re.finditer(STYLES, styles)]
    for address in asked:
        if re.match(OTHER_SERVER, address):
            yield f"{page.name}: loads {address}"
        elif (
            not address.startswith(("data:", "#"))
            and not (page.parent / unquote(address.partition("?")[0])).exists()
        ):
            yield f"{page.name}: {address} is not there"


def _requests_of_styles(site: Path) -> Iterator[str]:
    for style in sorted(site.rglob("*.css")):
        for match in re.finditer(STYLES, _text(style)):
            if re.match(OTHER_SERVER, match["url"]):
                yield f"{style.relative_to(site)}: loads {match['url']}"


def _sizes(site: Path) -> Iterator[str]:
    sizes = {page: page.stat().st_size for page in pages(site)}
    yield from (
        f"{page.relative_to(site)}: {size:,} bytes, more than {MOST_OF_A_PAGE:,}"
        for page, size in sizes.items()
        if size > MOST_OF_A_PAGE
    )
    if sum(sizes.values()) > MOST_OF_ALL:
        yield f"all pages: {sum(sizes.values()):,} bytes, more than {MOST_OF_ALL:,}"


def _missing_twins(site: Path) -> Iterator[str]:
    if not (site / "llms.txt").is_file():
        yield "llms.txt: is not there"
    made_by_sphinx = {"genindex.html", "py-modindex.html", "search.html"}
    for page in pages(site):
        if page.name not in made_by_sphinx and not page.with_name(f"{page.name}.md").is_file():
            yield f"{page.relative_to(site)}: has no Markdown twin"
