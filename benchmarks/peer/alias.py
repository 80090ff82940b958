"""Answer every ``import imblearn`` with the modules of another package.

``alias("poise")`` puts the hook in place. `LENT` modules are then read from the peer's own files, with their
imports answered by the other package: they are tools of the peer's tests, not its product. With strict=True nothing is
lent.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

PEER = "imblearn"
LENT = ("imblearn.utils", "imblearn.over_sampling.base", "imblearn.under_sampling.base")


class _Same(importlib.abc.Loader):
    """Loads ``imblearn.x`` as the module object of the other package."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:  # noqa: ARG002
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # importlib has overwritten it


class _Elsewhere(importlib.abc.Loader):
    """Loads a module from its file, and lets it believe to be another file."""

    def __init__(self, loader: object, file: str) -> None:
        self._loader, self._file = loader, file

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)  # type: ignore[attr-defined]

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)  # type: ignore[attr-defined]
        module.__file__ = self._file


class _Alias(importlib.abc.MetaPathFinder):
    def __init__(self, target: str, peer_files: Path | None) -> None:
        self._target, self._files = target, peer_files

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the signature of importlib
        target: ModuleType | None = None,  # noqa: ARG002  # as above
    ) -> importlib.machinery.ModuleSpec | None:
        if name != PEER and not name.startswith(PEER + "."):
            return None
        if self._files is not None and name.startswith(LENT):
            return self._lent(self._files, name)
        real = self._target + name.removeprefix(PEER)
        try:
            module = importlib.import_module(real)
        except ModuleNotFoundError as error:
            if error.name is None or not real.startswith(error.name):
                raise
            raise ModuleNotFoundError(f"{self._target} has no {real!r}", name=name) from error
        is_package = hasattr(module, "__path__")
        return importlib.util.spec_from_loader(name, _Same(module), is_package=is_package)

    def _lent(self, files: Path, name: str) -> importlib.machinery.ModuleSpec | None:
        place = files.joinpath(*name.split(".")[1:])
        if place.is_dir():
            return importlib.util.spec_from_file_location(
                name, place / "__init__.py", submodule_search_locations=[str(place)]
            )
        spec = importlib.util.spec_from_file_location(name, place.with_suffix(".py"))
        if spec is not None and name == f"{PEER}.utils.testing":
            # Its all_estimators() walks the folder above its own: that of the other package.
            folder = importlib.import_module(self._target).__path__[0]
            spec.loader = _Elsewhere(spec.loader, str(Path(folder, "utils", "testing.py")))
        return spec


def alias(target: str, peer_files: Path | None = None) -> None:
    """Answer imports of the peer with `target`; lend the peer's helpers from its files, if they are given."""
    if PEER in sys.modules:
        raise RuntimeError(f"{PEER} was imported before the alias was in place")
    sys.meta_path.insert(0, _Alias(target, peer_files))
