"""The README and the first ten minutes run in an empty environment from exactly what they say, and print what they say."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from empty_environment import folder_of_wheels, run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
START = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
# What `make demo` does, and the README's line for an environment of one's own: a wheel stands in for the clone.
DEMO = "python3 -m venv .venv\n. .venv/bin/activate\npip install {wheel} && python {root}/examples/demo.py"
END = "the end of a block"


class Block(NamedTuple):
    """A block of a page: its language, its text, and what it should print."""

    language: str
    text: str
    printed: str | None


def blocks(page: str) -> list[Block]:
    """Return the blocks of commands and of Python, each with the block of text that follows it."""
    found: list[Block] = []
    for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        if language == "text":
            found[-1] = found[-1]._replace(printed=text)
        else:
            found.append(Block(language, text, None))
    return found


def script(page_blocks: list[Block]) -> str:
    """Return one script of all Python blocks, which marks where the output of each ends."""
    return "".join(f"{block.text}\nprint({END!r})\n" for block in page_blocks)


def check_printed(page_blocks: list[Block], output: str) -> None:
    """Compare what the blocks printed with what the page says."""
    parts = output.split(END + "\n")
    assert len(parts) == len(page_blocks) + 1, output
    for block, part in zip(page_blocks, parts, strict=False):
        if block.printed is not None:
            assert doctest.OutputChecker().check_output(block.printed, part, FLAGS), (
                f"{block.text}\nprinted\n{part}"
            )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_wheels(tmp_path_factory.mktemp("index"), frozenset({"all"}), "pandas")


def test_the_readme_is_one_page() -> None:
    assert len(README.split()) <= 900
    assert [block.language for block in blocks(README)] == [
        "",
        "sh",
        "python",
        "python",
        "python",
        "sh",
    ]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are those of a Unix shell")
def test_every_block_of_the_readme_does_what_it_says(tmp_path: Path, index: Path) -> None:
    two_commands, install, *python, commands = blocks(README)
    # `.ci/run` runs the two themselves; demo's packages and what it writes are those of the Makefile.
    assert re.findall(r"^(make \w+)", two_commands.text, re.MULTILINE) == ["make demo", "make test"]
    extras = re.search(
        r"\.demo: .*\n\t\$\(PIP_INSTALL\) --upgrade \"\.(\[.*\])\"", (ROOT / "Makefile").read_text()
    )[1]
    run(DEMO.format(wheel=f'"poise{extras}"', root=ROOT), tmp_path, index)
    active = ". .venv/bin/activate\n"
    (tmp_path / "blocks.py").write_text(script(python), encoding="utf-8")
    *before, last = commands.text.splitlines()
    run(active + "\n".join(before), tmp_path, index)
    for name in ("report.html", "wine.skops", "scored.csv", "balanced.parquet", "before_after.png"):
        assert (tmp_path / name).stat().st_size > 1000, name
    assert "leak: " in run(f"{active}! {last}", tmp_path, index)  # it exits with 1
    assert install.text.startswith('pip install ".[')
    run(active + install.text.replace('".[', '"poise['), tmp_path, index)
    check_printed(python, run(f"{active}python blocks.py", tmp_path, index))


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are those of a Unix shell")
def test_the_first_ten_minutes_do_what_they_say(tmp_path: Path, index: Path) -> None:
    first, *rest = blocks(START)
    python = [block for block in rest if block.language == "python"]
    commands = "".join(block.text for block in rest if block.language == "sh")
    (tmp_path / "blocks.py").write_text(script(python), encoding="utf-8")
    output = run(f"{first.text}\npython blocks.py 2>&1 | tee printed\n{commands}", tmp_path, index)
    check_printed(python, (tmp_path / "printed").read_text(encoding="utf-8"))
    assert "Written: report.html" in output
    for name in ("before_after.png", "report.html", "shells.skops", "scored.csv"):
        assert (tmp_path / name).stat().st_size > 1000, name
