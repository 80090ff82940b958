"""A Spark Connect server without a JVM, one per process, and a folder of files."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from big_tables import files_of, numbers


@pytest.fixture(scope="session")
def sail() -> Iterator[Any]:
    if importlib.util.find_spec("pysail") is None:
        pytest.skip("pysail is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession

        server = SparkConnectServer()
        server.start(background=True)
        _, port = server.listening_address
        session = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
        yield session
        session.stop()
        server.stop()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder of five files."""
    return files_of(numbers(1500), tmp_path / "in", 5)
