"""Without its compiled kernel, Poise says which wheel has it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.tags import sys_tags

import poise
from poise._wheels import require_kernel, wheel_tag

INSTALLED = Path(poise.__file__).parent
# The finder of an editable install comes before the path.
NOT_EDITABLE = (
    "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in type(f).__module__]"
)
SUFFIX = ".pyd" if sys.platform == "win32" else ".so"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package that lacks the kernel."""
    skip = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "*.npz")
    shutil.copytree(INSTALLED, tmp_path / "poise", ignore=skip)
    return tmp_path


def error_of(code: str, folder: Path) -> str:
    """Run code with the package of a folder, and return the last line of its traceback."""
    first = f"import sys; {NOT_EDITABLE}; sys.path.insert(0, {str(folder)!r}); "
    run = subprocess.run(
        [sys.executable, "-c", first + code],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert run.returncode == 1, run.stderr
    return run.stderr.strip().splitlines()[-1]


def test_importing_names_what_is_missing_the_wheel_and_the_way_out(copy: Path) -> None:
    error = error_of("import poise", copy)
    assert error.startswith("ImportError: Poise needs its compiled kernel, poise.native._kernel, ")
    python = f"for cpython {sys.version_info.major}.{sys.version_info.minor} "
    assert f"{python}on {sysconfig.get_platform()}. There is none in {copy}" in error
    assert f"The wheel that has it is poise-*-{wheel_tag()}-*.whl" in error
    assert "pip install --force-reinstall --no-deps --only-binary poise poise" in error
    assert "needs a C++ compiler" in error


def test_the_kernel_of_another_python_is_named(copy: Path) -> None:
    (copy / f"poise/native/_kernel.cpython-26{SUFFIX}").touch()
    assert f"only _kernel.cpython-26{SUFFIX} for another Python" in error_of("import poise", copy)


def test_a_kernel_that_does_not_load_gives_the_same_way_out_and_the_reason(copy: Path) -> None:
    (copy / f"poise/native/_kernel{SUFFIX}").write_bytes(b"not a library")
    error = error_of(
        "import poise; poise.resample([[0.], [1.], [2.]], [0, 0, 1], method='smote')", copy
    )
    assert re.search(r"The one that is there does not load: .+\. The wheel that has it is ", error)


def test_the_installed_kernel_is_found() -> None:
    require_kernel(poise.__path__)


def test_pip_would_take_the_wheel_that_is_named() -> None:
    assert wheel_tag() in {f"{tag.interpreter}-{tag.abi}" for tag in sys_tags()}
