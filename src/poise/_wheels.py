"""Which wheel has the compiled kernel for this Python, where an installation lacks it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

_KERNEL = "poise.native._kernel"


def require_kernel(folders: Iterable[str]) -> None:
    """Raise if no finder of this Python finds the compiled kernel, without loading it.

    Parameters
    ----------
    folders : iterable of str
        Where the package `poise` is.
    """
    places = [f"{folder}/native" for folder in folders]
    finders = (finder for finder in sys.meta_path if hasattr(finder, "find_spec"))
    if not any(finder.find_spec(_KERNEL, places) for finder in finders):
        raise kernel_error(f"There is none in {', '.join(places)}{_others_in(places)}.")


def _others_in(places: list[str]) -> str:
    from pathlib import Path  # noqa: PLC0415  # not needed where the kernel is there

    files = [file.name for place in places for file in Path(place).glob("_kernel.*")]
    compiled = [name for name in sorted(files) if not name.endswith(".pyi")]
    return f", only {', '.join(compiled)} for another Python" if compiled else ""


def kernel_error(reason: str) -> ImportError:
    """Return the error that says which wheel has the kernel, and how to get it."""
    import sysconfig  # noqa: PLC0415  # as above

    python = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
    install = (
        'await micropip.install("poise")'
        if sys.platform == "emscripten"
        else "pip install --force-reinstall --no-deps --only-binary poise poise"
    )
    message = (
        f"Poise needs its compiled kernel, {_KERNEL}, for {python} on {sysconfig.get_platform()}. {reason} "
        f"The wheel that has it is poise-*-{wheel_tag()}-*.whl; install it with: {install}. "
        "Without such a wheel, build Poise from its source, which needs a C++ compiler: "
        "pip install --force-reinstall --no-deps --no-binary poise poise"
    )
    return ImportError(message, name=_KERNEL)


def wheel_tag() -> str:
    """Return the Python and the ABI in the name of the wheel for this Python."""
    import sysconfig  # noqa: PLC0415  # as above

    own = f"cp{sys.version_info.major}{sys.version_info.minor}"
    is_free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    if is_free_threaded or sys.version_info < (3, 12) or sys.platform == "emscripten":
        return f"{own}-{own}{'t' if is_free_threaded else ''}"
    return "cp312-abi3"
