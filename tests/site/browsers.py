"""A built site on a local server, opened in Chromium: pages that note every error and every request to another server."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SITE = Path(__file__).parents[2] / "docs" / "_site"
CHROMIUM = "/usr/bin/chromium"
# Without background networking: what a browser asks for by itself would count as requests of the page.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port, and give its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def watched(page: Any, home: str) -> list[str]:
    """Return a list to which errors, failed requests and requests to other servers are added as they happen."""
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((home, "data:", "blob:", "file:"))
            else problems.append(f"asked: {request.url}")
        ),
    )
    return problems


BROKEN_IMAGES = "[...document.images].filter((image) => image.complete && !image.naturalWidth).map((image) => image.src)"
# Wider than the window: the page itself scrolls sideways, which on a phone hides text.
OVERFLOWS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def serious(page: Any) -> list[str]:
    """Return the serious and critical findings of axe on a page."""
    from axe_playwright_python.sync_playwright import Axe  # only with a browser

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} ({len(one['nodes'])} places)"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
