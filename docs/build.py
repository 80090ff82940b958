"""Build the site into docs/_site, and check it: python docs/build.py [--gallery on|off]."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import check_site

DOCS = Path(__file__).parent
SITE = DOCS / "_site"


def main() -> None:
    """Run Sphinx with warnings as errors, then the checks of the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--gallery", choices=["on", "off"], default="on", help="whether the examples are run"
    )
    parser.add_argument(
        "--links", action="store_true", help="also try the links to other sites, which needs a net"
    )
    arguments = parser.parse_args()
    gallery = arguments.gallery
    shutil.rmtree(SITE, ignore_errors=True)  # no page of an earlier build stays
    # Examples that were written without being run count as done, so they go when the mode changes.
    mode = DOCS / "_made" / "gallery_mode"
    if not mode.exists() or mode.read_text() != gallery:
        shutil.rmtree(DOCS / "_made" / "gallery", ignore_errors=True)
    mode.parent.mkdir(exist_ok=True)
    mode.write_text(gallery)
    # The pages and their Markdown twins are two builds; tqdm, matplotlib and others need no screen.
    environment = {
        **os.environ,
        "POISE_GALLERY": gallery,
        "MPLBACKEND": "Agg",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    sphinx = [sys.executable, "-m", "sphinx", "-q"]
    pages = ["-E", "-W", "--keep-going", "-b", "html", "-d", str(DOCS / "_made" / ".doctrees")]
    subprocess.run([*sphinx, *pages, str(DOCS), str(SITE)], check=True, env=environment)
    if arguments.links:
        links = ["-b", "linkcheck", str(DOCS), str(DOCS / "_made" / "links")]
        subprocess.run([*sphinx, *links], check=True, env=environment)
    problems = check_site.problems(SITE)
    print(*problems, sep="\n")
    print(f"{SITE / 'index.html'}: {check_site.summary(SITE)}, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
