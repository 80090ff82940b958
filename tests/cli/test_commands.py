"""The command reads, resamples and writes; its errors teach and leave nothing half."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from rich.console import Console

import poise
from poise.cli._commands import _frame_of_the_user, run
from poise.cli._terminal import stages
from poise.core.errors import FileError
from poise.core.files import written_aside
from poise.core.files.dialect import CsvOptions, dialect_of
from poise.core.files.formats import read_table_file, write_table

rng = np.random.RandomState(0)
FRAME = pd.DataFrame(
    {
        "age": rng.randint(18, 90, 120),
        "pay": rng.randn(120).round(4),
        "job": rng.choice(["clerk", "cook; or so", 'a "chef"'], 120),
        "churn": np.repeat(["no", "yes"], [90, 30]),
    }
)
NUMBERS = FRAME.drop(columns="job")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("mixed.csv", index=False)
    NUMBERS.to_csv("in.csv", index=False)
    NUMBERS.to_parquet("in.parquet", index=False)
    pyarrow.feather.write_feather(NUMBERS, "in.arrow")
    return tmp_path


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run([*words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def read(path: str) -> pd.DataFrame:
    return read_table_file(Path(path)).whole.to_pandas()


@pytest.mark.parametrize("source", ["in.csv", "in.parquet", "in.arrow"])
@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.arrow", "out.feather"])
def test_every_format_is_converted_to_every_other(here, capsys, source: str, out: str) -> None:
    code, text, _ = outcome(capsys, "resample", source, "--target", "churn", "--out", out)
    assert code == 0
    assert "smote: 120 rows in, 180 out" in text
    expected = poise.resample(NUMBERS, target="churn").frame()
    pd.testing.assert_frame_equal(
        read(out), expected, check_index_type=False, check_dtype=out.endswith("parquet")
    )


def test_random_methods_accept_any_table(here, capsys) -> None:
    words = ["resample", "mixed.csv", "-t", "churn", "-m", "random-under", "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 0
    rows = poise.RandomUnderSampler(random_state=0).fit(FRAME, FRAME["churn"]).sample_indices_
    pd.testing.assert_frame_equal(read("out.csv"), FRAME.iloc[rows].reset_index(drop=True))


def test_the_delimiter_of_a_csv_is_found_and_kept(here, capsys) -> None:
    NUMBERS.to_csv("semi.csv", sep=";", index=False)
    assert outcome(capsys, "resample", "semi.csv", "-t", "churn", "-o", "out.csv")[0] == 0
    assert Path("out.csv").read_text().splitlines()[0] == "age;pay;churn"


def test_quoted_delimiters_in_the_header_are_not_counted(here) -> None:
    Path("quoted.csv").write_text('"x;y;z;w",v,churn\n1,2,a\n')
    assert dialect_of(Path("quoted.csv"), CsvOptions()).separator == ","


def test_a_very_wide_csv_is_read(here) -> None:
    names = [f"column{i}" for i in range(20_000)]
    Path("wide.csv").write_text(",".join(names) + "\n" + ",".join("1" * 20_000) + "\n")
    assert read_table_file(Path("wide.csv")).whole.num_columns == 20_000


def test_digits_of_a_csv_are_kept(here, capsys) -> None:
    Path("ids.csv").write_text(
        "zip,account,churn\n" + "00501,12345678901234567890,01\n" * 6 + "10001,2,02\n" * 3
    )
    words = ["resample", "ids.csv", "-t", "churn", "-m", "random-over", "-o", "out.csv", "--json"]
    code, text, _ = outcome(capsys, *words)
    assert code == 0
    assert set(json.loads(text)["classes"]) == {"01", "02"}
    lines = Path("out.csv").read_text().replace('"', "").splitlines()[1:]
    assert set(lines) == {"00501,12345678901234567890,01", "10001,2,02"}


def test_a_link_is_kept_and_its_target_is_written(here, capsys) -> None:
    (here / "store").mkdir()
    (here / "store" / "real.csv").touch()
    (here / "link.csv").symlink_to(here / "store" / "real.csv")
    assert outcome(capsys, "resample", "in.csv", "-t", "churn", "-o", "link.csv")[0] == 0
    assert (here / "link.csv").is_symlink()
    assert len(read("store/real.csv")) == 180


@pytest.mark.parametrize(("kind", "strategy"), [(float, '{"1": 40}'), (bool, '{"true": 40}')])
def test_classes_in_json_are_written_as_text(here, capsys, kind, strategy) -> None:
    NUMBERS.assign(churn=(FRAME.churn == "yes").astype(kind)).to_parquet("n.parquet")
    words = ["resample", "n.parquet", "-t", "churn", "-s", strategy, "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 0


def test_the_summary_is_json_when_asked_for(here, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "-m", "smote-tomek", "-o", "out.csv", "--json"]
    code, text, _ = outcome(capsys, *words, "--seed", "3", "--strategy", "0.5")
    summary = json.loads(text)
    assert code == 0
    assert summary["rows"] == {"before": 120, "after": len(read("out.csv"))}
    assert summary["classes"]["yes"]["before"] == 30
    assert summary["parameters"]["sampling_strategy"] == 0.5
    assert summary["seed"] == 3
    assert summary["written"] == {"out": "out.csv"}
    expected = poise.resample(
        NUMBERS, target="churn", method="smote-tomek", random_state=3, sampling_strategy=0.5
    )
    assert summary["new_rows"] == expected.is_new.sum() > 0
    assert summary["removed_rows"] == 120 - (~expected.is_new).sum() > 0


def test_settings_reach_the_method(here, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "-o", "out.parquet", "--set", "k_neighbors=2"]
    assert outcome(capsys, *words)[0] == 0
    expected = poise.resample(NUMBERS, target="churn", k_neighbors=2).frame()
    pd.testing.assert_frame_equal(read("out.parquet"), expected)


@pytest.mark.parametrize(
    ("method", "strategy", "counts"),
    [
        ("smote", '{"yes": 45}', {"no": 90, "yes": 45}),
        ("random-under", '{"no": 45}', {"no": 45, "yes": 30}),
        ("smote", "minority", {"no": 90, "yes": 90}),
    ],
)
def test_strategies_are_ratios_names_or_json(here, capsys, method, strategy, counts) -> None:
    words = ["resample", "in.csv", "-t", "churn", "-m", method, "-s", strategy, "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 0
    assert read("out.csv")["churn"].value_counts().to_dict() == counts


def test_classes_in_json_match_labels_that_are_numbers(here, capsys) -> None:
    NUMBERS.assign(churn=(FRAME.churn == "yes").astype(int)).to_csv("n.csv", index=False)
    words = ["resample", "n.csv", "-t", "churn", "-s", '{"1": 40}', "-o", "out.csv"]
    assert outcome(capsys, *words)[0] == 0
    assert read("out.csv")["churn"].sum() == 40
    cleaned = [
        "resample",
        "n.csv",
        "-t",
        "churn",
        "-m",
        "tomek-links",
        "-s",
        '["1"]',
        "-o",
        "c.csv",
    ]
    assert outcome(capsys, *cleaned)[0] == 0
    assert (read("c.csv")["churn"] == 0).sum() == 90


def test_lineage_has_the_origin_of_each_row(here, capsys) -> None:
    words = ["resample", "in.csv", "-t", "churn", "-o", "out.csv", "--lineage", "l.parquet"]
    assert outcome(capsys, *words)[0] == 0
    lineage = read("l.parquet")
    assert lineage.columns.tolist() == ["origin", "seed", "partner", "gap"]
    assert lineage["origin"].value_counts().to_dict() == {"kept": 120, "blended": 60}


@pytest.mark.parametrize(("name", "start"), [("p.png", b"\x89PNG"), ("p.svg", b"<?xml")])
def test_a_picture_is_drawn(here, capsys, name: str, start: bytes) -> None:
    words = ["resample", "in.csv", "-t", "churn", "-o", "out.csv", "--plot", name]
    assert outcome(capsys, *words)[0] == 0
    assert Path(name).read_bytes().startswith(start)


def test_methods_are_listed_one_per_line(capsys) -> None:
    code, text, _ = outcome(capsys, "methods")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == list(poise.METHODS)
    assert all(len(line) > 40 for line in text.splitlines())


@pytest.mark.parametrize("words", [[], ["--help"], ["resample", "--help"], ["--version"]])
def test_help_has_examples(capsys, words: list[str]) -> None:
    code, text, error = outcome(capsys, *words)
    assert code in (0, 2)
    assert "poise" in text + error
    if words[-1:] == ["--help"]:
        assert "\n  Examples:\n    poise " in text  # a line each, not one paragraph


def test_warnings_are_single_lines(here, capsys) -> None:
    apart = NUMBERS.assign(pay=NUMBERS.pay + 1000 * (NUMBERS.churn == "yes"))
    apart.to_csv("apart.csv", index=False)
    words = ["resample", "apart.csv", "-t", "churn", "-m", "borderline-smote", "-o", "out.csv"]
    code, _, error = outcome(capsys, *words)
    assert code == 0
    assert error.splitlines()[1].startswith("Warning: BorderlineSMOTE adds no rows to class 'yes'")


GOOD = {"source": "in.csv", "--target": "churn", "--out": "out.csv"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "inn.csv"}, "no file 'inn.csv'. Did you mean 'in.csv'"),
        ({"source": "in.xlsx"}, "ends in '.xlsx'"),
        ({"source": "."}, "is a folder"),
        ({"--out": "nothing"}, "'nothing' has no ending"),
        ({"source": "folder.csv"}, "is a folder"),
        ({"source": "cut.parquet"}, "cannot be read as parquet"),
        ({"source": "cut.arrow"}, "cannot be read as arrow"),
        ({"source": "ragged.csv"}, "row 3 of the file has 4 cells and the header has 3"),
        ({"source": "bytes.csv"}, "is not text in the encoding utf-16"),
        ({"source": "empty.csv"}, "is empty: it has no rows"),
        ({"source": "head.csv"}, "has 3 columns and no row"),
        (
            {"source": "mixed.csv", "--method": "random-over", "--set": "shrinkage=1"},
            "column 'job'",
        ),
        ({"--target": "chrun"}, "Did you mean 'churn'"),
        ({"--target": "pay"}, "looks like regression"),
        ({"--method": "smoot"}, "Did you mean 'smote'"),
        ({"--out": "in.csv"}, "is also the input"),
        ({"--out": "no/where/out.csv"}, "no folder 'no/where'"),
        ({"--out": "out.cvs"}, "Did you mean '.csv'"),
        ({"--out": "folder.csv"}, "is a folder"),
        ({"--lineage": "out.csv"}, "also --out"),
        ({"--plot": "p.pgn"}, "must end in one of .png"),
        ({"--strategy": "0.1"}, "which has 30 already"),
        ({"--strategy": "{yes: 3}"}, "is not valid JSON"),
        ({"--strategy": '{"yess": 50}'}, "Did you mean 'yes'"),
        ({"--strategy": "minorty"}, "Did you mean 'minority'"),
        ({"--set": "k_neighbours=3"}, "Did you mean 'k_neighbors'"),
        ({"--set": "k_neighbors=0"}, "'k_neighbors' parameter of SMOTE must be an int"),
        ({"--set": "k_neighbors"}, "is not NAME=VALUE"),
        ({"--set": "random_state=3"}, "use the option --seed instead"),
        ({"--set": "sampling-strategy=3"}, "use the option --strategy instead"),
        ({"--strategy": "null", "--method": "tomek-links"}, "not understood"),
        ({"source": "blank.csv", "--method": "random-over"}, "y has 1 missing label,"),
        ({"--set": "k_neighbors=50"}, "class 'yes' has 30. Pass k_neighbors=29"),
        ({"--seed": "one"}, "not a valid integer"),
    ],
)
def test_bad_input_exits_with_code_2_and_writes_nothing(here, capsys, change, words: str) -> None:
    for name in ("cut.parquet", "cut.arrow"):
        Path(name).write_bytes(Path(name.replace("cut", "in")).read_bytes()[:600])
    Path("folder.csv").mkdir()
    Path("ragged.csv").write_text("a,b,churn\n1,2,yes\n1,2,3,no\n")
    Path("bytes.csv").write_bytes(b"\xff\xfe\x00a,churn\n1,2\n")
    Path("empty.csv").touch()
    Path("head.csv").write_text("a,b,churn\n")
    blank = NUMBERS.astype({"churn": object})
    blank.loc[3, "churn"] = None
    blank.to_csv("blank.csv", index=False)
    before = {path: path.read_bytes() for path in here.iterdir() if path.is_file()}
    options = GOOD | change
    source = options.pop("source")
    flat = [word for option in options.items() for word in option]
    code, _, error = outcome(capsys, "resample", source, *flat)
    assert code == 2
    assert re.search(words, error), error
    assert "Traceback" not in error
    assert {path: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


def test_a_missing_option_is_named(here, capsys) -> None:
    code, _, error = outcome(capsys, "resample", "in.csv", "--out", "out.csv")
    assert code == 2
    assert "--target" in error


def test_a_bug_of_poise_is_an_internal_error(here, capsys, monkeypatch) -> None:
    monkeypatch.setattr("poise.cli._resample.resample", int)  # fails where Poise calls it
    code, _, error = outcome(capsys, "resample", "in.csv", "-t", "churn", "-o", "out.csv")
    assert code == 3
    assert "Internal error: " in error
    assert "This is a bug in Poise" in error


def test_an_interruption_leaves_no_incomplete_file(here, capsys, monkeypatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("poise.core.files.formats.write_csv", interrupted)
    code, _, error = outcome(capsys, "resample", "in.csv", "-t", "churn", "-o", "out.csv")
    assert code == 130
    assert "Interrupted" in error
    assert not list(here.glob("*out*"))
    assert not list(here.glob(".*"))


def test_an_old_result_stays_if_writing_fails(here) -> None:
    target = here / "out.parquet"
    target.write_text("old")
    with pytest.raises(FileError, match="No space"), written_aside(target) as aside:
        aside.write_text("half")
        raise OSError("No space left on device")
    assert target.read_text() == "old"
    assert not list(here.glob(".*"))


def test_a_written_file_has_the_usual_permissions(here) -> None:
    write_table(pa.table({"a": [1]}), here / "out.parquet")
    (here / "plain").touch()
    assert (here / "out.parquet").stat().st_mode == (here / "plain").stat().st_mode


def test_a_folder_named_like_a_partition_adds_no_column(here) -> None:
    folder = here / "year=2026"
    folder.mkdir()
    pq.write_table(pa.table({"a": [1]}), folder / "x.parquet")
    assert read_table_file(folder / "x.parquet").whole.column_names == ["a"]


@pytest.mark.parametrize(
    ("ending", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_ends_the_command_and_leaves_nothing(
    here: Path, ending: int, expected: int
) -> None:
    words = ["poise", "resample", "in.csv", "-t", "churn", "-o", "out.csv"]
    code = (
        "import sys, time, poise.cli, poise.cli._resample as command\n"
        "def slow(*_, **__):\n"
        "    print('ready', flush=True); time.sleep(60)\n"
        f"command.resample = slow; sys.argv = {words}; poise.cli.main()"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], cwd=here, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(ending)
        _, error = process.communicate(timeout=60)
    assert process.returncode == expected, error
    assert error.endswith("Interrupted. No incomplete file was written.\n")
    assert "Traceback" not in error
    assert "leak" not in error
    assert not list(here.glob("*out*"))


def test_only_long_work_shows_its_stage_on_a_terminal(monkeypatch) -> None:
    monkeypatch.setattr("poise.cli._terminal._SECONDS_WITHOUT_PROGRESS", 0.2)
    for seconds, is_shown in ((0.0, False), (0.8, True)):
        screen = io.StringIO()
        with stages(Console(file=screen, force_terminal=True)) as stage:
            stage("smote on 9 rows")
            time.sleep(seconds)
        assert ("smote on 9 rows" in screen.getvalue()) == is_shown
    silent = io.StringIO()
    with stages(Console(file=silent)) as stage:
        stage("smote")
    assert silent.getvalue() == ""


SOURCE = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the shared tables are not here")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("bank_full", "random-over"),
        ("bank_full", "random-under"),
        ("satimage", "smote-tomek"),
        ("letter_Z", "smote-enn"),
    ],
)
def test_real_tables_are_resampled(here, capsys, name: str, method: str) -> None:
    source = str(SOURCE / f"{name}.parquet")
    code, text, _ = outcome(
        capsys, "resample", source, "-t", "target", "-m", method, "-o", "out.parquet", "--json"
    )
    assert code == 0
    before, after = pq.read_schema(source), pq.read_schema("out.parquet")
    assert after.names == before.names
    assert after.types == before.types
    assert json.loads(text)["rows"]["after"] == pq.read_metadata("out.parquet").num_rows


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the shared tables are not here")
def test_a_real_csv_is_resampled(here, capsys) -> None:
    pd.read_parquet(SOURCE / "wine_quality.parquet").to_csv("wine.csv", index=False)
    words = ["resample", "wine.csv", "-t", "target", "-o", "out.csv", "--plot", "p.png"]
    assert outcome(capsys, *words)[0] == 0
    assert read("out.csv")["target"].value_counts().to_dict() == {0: 4715, 1: 4715}


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).with_name("poise")
    run = subprocess.run([command, "--version"], capture_output=True, check=True, text=True)
    assert run.stdout.strip() == f"poise, version {poise.__version__}"


def test_a_mixed_table_is_sorted_by_time(here, capsys) -> None:
    dated = FRAME.assign(day=pd.date_range("2026-01-01", periods=120, freq="D")[::-1].date)
    dated.to_csv("dated.csv", index=False)
    words = ["resample", "dated.csv", "-t", "churn", "-o", "out.csv", "--time", "day"]
    assert outcome(capsys, *words)[0] == 0
    made = pd.read_csv("out.csv")
    assert made["day"].is_monotonic_increasing
    assert made["churn"].value_counts().to_dict() == {"no": 90, "yes": 90}
    assert set(made["job"]) == set(FRAME["job"])
    assert (made["age"] % 1 == 0).all()


def test_groups_stay_in_their_column_and_partners_in_their_group(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customers = np.array(["a", "b", "c"])[np.arange(120) // 2 % 3]
    grouped = NUMBERS.assign(age=np.arange(120.0) + 1000 * (np.arange(120) // 2 % 3))
    grouped.insert(1, "customer", customers)
    grouped.to_csv("grouped.csv", index=False)
    words = ["resample", "grouped.csv", "-t", "churn", "-o", "out.csv", "--groups", "customer"]
    assert outcome(capsys, *words, "--set", "within_groups=true", "--plot", "p.png")[0] == 0
    made = read("out.csv")
    assert list(made.columns) == list(grouped.columns)
    assert len(made) == 180
    of_age = np.array(["a", "b", "c"])[(made["age"] // 1000).astype(int)]
    assert made["customer"].tolist() == of_age.tolist()

    assert (
        outcome(capsys, *words)[0] == 0
    )  # partners of any group: only the seed row's group is kept
    assert set(read("out.csv")["customer"]) == {"a", "b", "c"}
    code, _, error = outcome(capsys, *words[:-1], "custmer")
    assert (code, "'customer'" in error) == (2, True)
    assert "--groups and --target are both 'churn'" in outcome(capsys, *words[:-1], "churn")[2]
    code, _, error = outcome(capsys, *words[:-2], "--set", "within_groups=true")
    assert (code, "--groups" in error) == (2, True)


def test_an_error_in_a_method_of_the_users_is_not_a_bug_of_poise(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "powered.py").write_text(
        "from poise.base import parameter, sampler\nfrom poise import SMOTE\n"
        "@sampler\nclass Powered(SMOTE):\n    power: float = parameter(default=2.0)\n"
        "    def gaps(self, uniforms):\n        return uniforms**self.power\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    words = ("resample", "in.csv", "--target", "churn", "--method", "powered:Powered", "--set")
    code, _, error = outcome(capsys, *words, "power=abc", "--out", "o.csv")
    assert code == 2
    assert "powered.py, line 7" in error
    assert "the parameters that --set gives it" in error
    assert "bug in Poise" not in error
    assert not (here / "o.csv").exists()
    assert outcome(capsys, *words, "power=3", "--out", "o.csv")[0] == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_standard_stream_is_not_an_error(here: Path, closed: str) -> None:
    command = "-m poise.cli resample in.csv -t churn -m random-under -o out.csv"
    ended = subprocess.run(["sh", "-c", f"{sys.executable} {command} {closed}"], check=False)
    assert ended.returncode == 0
    assert Path("out.csv").read_text().startswith("age,pay,churn\n")
    assert len(read("out.csv")) == 60


@pytest.mark.parametrize("words", ["--version", "resample --help"])
def test_a_reader_that_leaves_the_help_is_not_a_finding(words: str) -> None:
    code = "import subprocess, sys, os; r, w = os.pipe(); os.close(r); sys.exit(subprocess.call([sys.executable, '-m', "
    code += f"'poise.cli', *{words.split()}], stdout=w))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_error_below_a_compiled_module_is_not_called_one_of_the_user() -> None:
    error = ValueError("seed")
    try:
        np.random.RandomState(-1)  # raises in numpy/random/_mt19937.pyx
    except ValueError as raised:
        error = raised
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    assert _frame_of_the_user(error) is None
