"""Spark gives the rows of the local engine: a Connect server without a JVM, and a real one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    digest,
    files_of,
    mixed,
    numbers,
    small_blocks,
    unusual_names,
)
from own_methods import LNSMOTE, SquaredGapSMOTE, SurroundedRows

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.constraints import Between, OneHot, Sum
from poise.core.errors import (
    DoesNotFitError,
    InputError,
    MissingDependencyError,
    UnsupportedTypeError,
)

SAMPLERS = [
    SMOTE(random_state=0),
    SMOTENC(random_state=0),
    RandomOverSampler(random_state=0),
    BorderlineSMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, kind="borderline-2"),
    ADASYN(random_state=0),
    TomekLinks(),
    EditedNearestNeighbours(),
    EditedNearestNeighbours(kind_sel="mode", sampling_strategy="all"),
    SMOTETomek(random_state=0),
    SMOTEENN(random_state=0),
    RandomUnderSampler(random_state=0),
    SquaredGapSMOTE(random_state=0),
    LNSMOTE(random_state=0),
    SurroundedRows(),
]


def mixed_without_dictionaries(n: int = 500) -> pa.Table:
    """Return the mixed table without dictionaries, which Spark does not have."""
    table = mixed(n)
    place = table.column_names.index("kind")
    return table.set_column(place, "kind", table["kind"].cast(pa.string()))


TABLES = {
    "numbers": (numbers(500, n_classes=3, minority=0.2), "id"),
    "mixed": (mixed_without_dictionaries(), "key"),
}


def with_types_of(found: pa.Table, expected: pa.Table) -> pa.Table:
    """Return Spark's rows with the types of Arrow's; Spark adds a time zone to all times."""
    return found.select(expected.column_names).cast(expected.schema)


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_the_local_engine(
    name: str, sampler: Any, sail: Any, tmp_path: Path
) -> None:
    table, id_column = TABLES[name]
    source = files_of(table, tmp_path / "in", 4)
    expected = big.resample(str(source), sampler, target="y", id=id_column)
    frame = sail.read.parquet(str(source))
    result = big.resample(frame, sampler, target="y", id=id_column)
    rows = expected.reader().read_all()
    assert_same_rows(with_types_of(result.frame.toArrow(), rows), rows)
    assert result.counts_after == expected.counts_after


def test_rules_are_kept_and_checked(sail: Any) -> None:
    table = numbers(900)
    total = table["x0"].to_numpy() + table["x1"].to_numpy()
    is_large = (table["x2"].to_numpy() > 0).astype(float)
    table = table.append_column("total", pa.array(total))
    table = table.append_column("large", pa.array(is_large))
    table = table.append_column("small", pa.array(1 - is_large))
    rules = [Sum("total", ["x0", "x1"]), OneHot(["large", "small"])]
    smote = SMOTE(random_state=0, constraints=rules)
    frame = sail.createDataFrame(table).repartition(5)
    rows = big.resample(table, smote, target="y", id="id").reader().read_all()
    found = big.resample(frame, smote, target="y", id="id").frame.toArrow()
    assert_same_rows(with_types_of(found, rows), rows)
    assert set(found["large"].to_pylist()) == {0.0, 1.0}
    broken = SMOTE(constraints=[Between("large", None, 0)])
    with pytest.raises(
        InputError, match=r"is broken by \d+ rows of X: id -?\d+ \(column 'large' is 1.0"
    ):
        big.resample(frame, broken, target="y", id="id")


def test_partitions_do_not_matter(sail: Any) -> None:
    table = numbers(900)
    sampler = SMOTETomek(random_state=0)
    found = set()
    for n_partitions in (1, 3, 8):
        frame = sail.createDataFrame(table).repartition(n_partitions)
        rows = big.resample(frame, sampler, target="y", id="id").frame.toArrow()
        found.add(digest(rows))
    assert len(found) == 1


def test_columns_can_be_added_and_rates_given(sail: Any) -> None:
    frame = sail.createDataFrame(numbers(900))
    result = big.resample(
        frame, SMOTE(random_state=0), target="y", id="id", extra=("_new", "_seed")
    )
    rows = result.frame.toArrow()
    assert rows.filter(rows["_new"]).num_rows == result.manifest["new_rows"]
    rated = big.resample(frame, RandomUnderSampler(random_state=0), target="y", id="id", rate=0.2)
    weights = set(rated.frame.toArrow()["sample_weight"].to_pylist())
    assert weights == {1.0, 5.0}


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_columns_can_be_dropped(sampler: Any, sail: Any) -> None:
    table = numbers(500)
    result = big.resample(
        sail.createDataFrame(table), sampler, target="y", id="id", drop=("x1", "x3"), extra=()
    )
    expected = big.resample(table, sampler, target="y", id="id", drop=("x1", "x3"), extra=())
    rows = expected.reader().read_all()
    assert result.frame.columns == ["id", "x0", "x2", "y"]
    assert_same_rows(with_types_of(result.frame.toArrow(), rows), rows)


def test_new_rows_are_made_in_no_more_partitions_than_run_at_once(
    sail: Any, monkeypatch: Any
) -> None:
    small_blocks(monkeypatch, 1 << 14, piece_rows=7)
    frame = sail.createDataFrame(numbers(500))
    made = big.resample(frame, SMOTE(random_state=0), target="y", id="id", extra="_new")
    from pyspark.sql.functions import spark_partition_id  # pyspark is optional

    partitions = made.frame.filter("_new").select(spark_partition_id().alias("at")).toArrow()
    at_once = sail.range(0, 10_000).select(spark_partition_id().alias("at")).toArrow()
    n_source = frame.select(spark_partition_id().alias("at")).toArrow()
    most = len(at_once["at"].unique()) + len(n_source["at"].unique())
    assert partitions.num_rows > 7 * most
    assert len(partitions["at"].unique()) <= most


def test_a_frame_without_ids_is_refused_with_the_way_out(sail: Any) -> None:
    frame = sail.createDataFrame(numbers(50))
    with pytest.raises(InputError, match=r"Pass id=.*monotonically_increasing_id"):
        big.resample(frame, "smote", target="y")


def test_a_frame_is_returned_and_not_written(sail: Any, tmp_path: Path) -> None:
    frame = sail.createDataFrame(numbers(300))
    with pytest.raises(InputError, match=r"omit out= and what belongs to it.*write\.parquet"):
        big.resample(frame, "smote", target="y", id="id", out=tmp_path / "out")
    result = big.resample(frame, "smote", target="y", id="id")
    with pytest.raises(UnsupportedTypeError, match="take its rows from .frame"):
        result.reader()
    result.frame.write.parquet(str(tmp_path / "out"))
    assert sail.read.parquet(str(tmp_path / "out")).count() == sum(result.counts_after.values())


def test_what_does_not_fit_is_refused(sail: Any) -> None:
    frame = sail.createDataFrame(numbers(300))
    needs = big.explain(frame, EditedNearestNeighbours(), target="y", id="id")
    assert needs.fits
    assert needs.n_rows == 300


def test_errors_of_workers_are_those_of_poise(sail: Any) -> None:
    table = numbers(300)
    values = table["x0"].to_pylist()
    infinite = table.set_column(1, "x0", pa.array([float("inf"), *values[1:]]))
    frame = sail.createDataFrame(infinite)
    with pytest.raises(InputError, match=r"TomekLinks .*'x0'"):
        big.resample(frame, TomekLinks(), target="y", id="id")


def test_values_that_the_schema_of_a_server_cannot_hold_are_refused(
    sail: Any, tmp_path: Path
) -> None:
    # This server reads unsigned integers as integers with a sign.
    table = numbers(2500).append_column("byte", pa.array([200] + [1] * 2499, pa.uint8()))
    for name, rows in {"first": table, "later": table.take(pa.array(range(2499, -1, -1)))}.items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    with pytest.raises(
        InputError, match=r"200 not in range.*unsigned integer with .cast\('bigint'\)"
    ):
        big.resample(
            sail.read.parquet(str(tmp_path / "first.parquet")), "smote", target="y", id="id"
        )
    later = sail.read.parquet(str(tmp_path / "later.parquet"))
    with pytest.raises(InputError, match=r"'byte' is int8 in the schema .* uint8 in its rows"):
        big.resample(later, TomekLinks(), target="y", id="id")


def test_dictionaries_that_a_server_does_not_have_are_refused(sail: Any, tmp_path: Path) -> None:
    table = numbers(60).append_column("kind", pa.array(["a"] * 60).dictionary_encode())
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"Dictionary.*cast\('string'\)"):
        big.resample(sail.read.parquet(str(tmp_path / "a.parquet")), "smote", target="y", id="id")


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_columns_may_have_unusual_names(sampler: Any, sail: Any) -> None:
    # Names of columns that scans find, and names that Spark reads as expressions.
    table = unusual_names(numbers(400))
    frame = sail.createDataFrame(table)
    result = big.resample(frame, sampler, target="y", id="id")
    expected = big.resample(table, sampler, target="y", id="id").reader().read_all()
    assert_same_rows(with_types_of(result.frame.toArrow(), expected), expected)


RANDOM = {
    "ids": ("uuid()", "y"),
    "labels": ("cast(id as string)", "cast(substring(uuid(), 1, 1) < '2' as int)"),
}


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_frame_that_gives_other_rows_each_time_is_refused(
    name: str, sampler: Any, sail: Any
) -> None:
    key, label = RANDOM[name]
    frame = sail.createDataFrame(numbers(300, minority=0.2))
    frame = frame.selectExpr(f"{key} as key", "x0", "x1", f"{label} as y")
    with pytest.raises(InputError, match=r"other rows each time.*uuid\(\).*write\.parquet"):
        big.resample(frame, sampler, target="y", id="key")


def test_rows_that_are_sampled_by_a_rate_are_read_twice(sail: Any) -> None:
    frame = sail.createDataFrame(numbers(300))
    random = frame.selectExpr("uuid() as key", "x0", "y")
    with pytest.raises(InputError, match="'checking that the source gives the same rows again'"):
        big.resample(random, "random-under", target="y", id="key", rate=0.5)
    result = big.resample(frame, "random-under", target="y", id="id", rate=0.5)
    assert len(result.manifest["passes"]) == 2


def test_a_frame_that_is_returned_as_it_is_is_read_once(sail: Any) -> None:
    frame = sail.createDataFrame(pa.table({"id": range(8), "x": range(8), "y": [0, 1] * 4}))
    result = big.resample(frame, "random-over", target="y", id="id", extra=())
    assert [one["purpose"] for one in result.manifest["passes"]] == ["counting classes"]


@pytest.mark.parametrize("version", ["0.0.9"])
def test_workers_with_another_version_raise(sail: Any, version: str, monkeypatch: Any) -> None:
    import poise.big.engines.spark as engine

    def old(batches: Any) -> Any:
        for batch in batches:
            yield pa.record_batch([pa.array([version] * batch.num_rows)], names=["version"])

    monkeypatch.setattr(engine, "versions", old)
    frame = sail.createDataFrame(numbers(60))
    with pytest.raises(MissingDependencyError, match=r"workers have Poise 0.0.9, the driver"):
        big.resample(frame, "smote", target="y", id="id")


def test_rows_that_a_plan_cannot_hold_need_a_server_that_takes_files(
    sail: Any, monkeypatch: Any
) -> None:
    import poise.big.engines.spark as engine

    monkeypatch.setattr(engine, "_MAX_BYTES_IN_PLAN", 1000)
    frame = sail.createDataFrame(numbers(300))
    with pytest.raises(
        DoesNotFitError,
        match=r"needs 0\.\d MB of rows.*holds 0\.001 MB.*takes no files.*addArtifacts.*RandomUnderSampler",
    ):
        big.resample(frame, SMOTE(random_state=0), target="y", id="id")


def failed(text: str) -> Any:
    raise RuntimeError(text)


@pytest.mark.parametrize(
    "reason",
    [
        "No module named 'poise'",
        "No module named 'narwhals'",
        "No module named 'sklearn.base'",
        "poise.big needs pyarrow",
    ],
)
def test_what_workers_lack_is_named(reason: str) -> None:
    from poise.big.engines.spark import _with_own_errors

    text = f"An exception was thrown from the Python worker: Error: {reason}"
    with pytest.raises(
        MissingDependencyError,
        match=rf"cannot import Poise: {re.escape(reason)}\..*same version.*addArtifacts\(.*archive=True",
    ):
        _with_own_errors(lambda: failed(text))


def test_errors_about_other_modules_stay_as_they_are() -> None:
    from poise.big.engines.spark import _with_own_errors

    with pytest.raises(RuntimeError, match="No module named 'mine'"):
        _with_own_errors(lambda: failed("ModuleNotFoundError: No module named 'mine'"))


# The finder of an editable install comes before the path.
NOT_EDITABLE = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in type(f).__module__]"


def test_workers_with_poise_in_a_zip_file_raise(tmp_path: Path) -> None:
    # What addArtifacts(zip, pyfile=True) gives: Python loads no compiled module from a zip file.
    import poise
    from poise.big.engines.spark import _with_own_errors

    folder = Path(poise.__file__).parents[1]
    zipped = shutil.make_archive(str(tmp_path / "wheel"), "zip", folder, "poise")
    done = subprocess.run(
        [sys.executable, "-c", f"{NOT_EDITABLE}; import poise.big"],
        env=os.environ | {"PYTHONPATH": zipped},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "wheel.zip" in done.stderr, done.stderr
    with pytest.raises(MissingDependencyError, match=r"zip file.*compiled module.*archive=True"):
        _with_own_errors(lambda: failed(done.stderr))


def test_workers_with_poise_of_another_python_raise(tmp_path: Path, monkeypatch: Any) -> None:
    from poise._wheels import require_kernel
    from poise.big.engines.spark import _with_own_errors

    monkeypatch.setattr(sys, "meta_path", [PathFinder])  # without that of an editable install
    with pytest.raises(ImportError) as missing:
        require_kernel([str(tmp_path / "poise")])
    with pytest.raises(
        MissingDependencyError, match=r"compiled module for cpython 3\.\d+ on .*archive=True"
    ):
        _with_own_errors(lambda: failed(str(missing.value)))


def test_workers_that_cannot_find_files_raise(monkeypatch: Any) -> None:
    import pyspark

    from poise.big.engines.spark import KernelInFile

    monkeypatch.delattr(pyspark, "SparkFiles", raising=False)  # as in the package pyspark-client
    with pytest.raises(
        MissingDependencyError, match=r"pyspark-client, which .* a\.pickle.*Install pyspark instead"
    ):
        list(KernelInFile("a.pickle")(iter(())))


JVM = Path(__file__).parents[1] / "on_jvm.py"


def run_on_jvm(folder: Path, interpreter: str, *remote: str) -> subprocess.CompletedProcess[str]:
    """Run `on_jvm.py` with workers of a Python interpreter."""
    if "SparkFiles" not in vars(pytest.importorskip("pyspark")):
        pytest.skip("pyspark-client has no Spark: install pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java virtual machine: install one, such as Debian's default-jre-headless")
    environment = os.environ | {"PYSPARK_PYTHON": interpreter, "SPARK_LOCAL_IP": "127.0.0.1"}
    environment.pop("SPARK_CONNECT_MODE_ENABLED", None)
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(JVM), str(folder), *remote],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


@pytest.mark.slow
@pytest.mark.parametrize("remote", [(), ("local[2]",)], ids=["in this process", "Connect"])
def test_a_real_jvm_gives_the_same_rows(remote: tuple[str, ...], tmp_path: Path) -> None:
    done = run_on_jvm(tmp_path, sys.executable, *remote)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert "The DataFrame gives other rows each time it is computed" in found.pop("other rows")
    assert "infinity is in column 'x0' (1 row). Replace it" in found.pop("infinite")
    assert set(found.values()) == {"same"}, found


@pytest.mark.slow
def test_workers_without_poise_raise(tmp_path: Path) -> None:
    # An environment of the same Python without Poise.
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True
    )
    done = run_on_jvm(tmp_path, str(tmp_path / "bare" / "bin" / "python"))
    assert "The workers cannot import Poise: " in done.stderr
    assert "Install the same version of Poise on every worker" in done.stderr
