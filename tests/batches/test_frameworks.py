"""torch and Keras train on the batches; skipped where they are not installed."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.batches import BalancedBatches, balanced_batches

Y = np.repeat([0, 1], [180, 20])
ROWS = np.arange(200, dtype=np.float32)


def make(**given: Any) -> BalancedBatches:
    return balanced_batches(Y, 10, **given)


def torch_loader(batches: BalancedBatches, **given: Any) -> Any:
    """Return a DataLoader over row numbers, so that a batch shows which rows it has."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(ROWS))
    return torch.utils.data.DataLoader(dataset, batch_sampler=batches, **given)


def recipe(title: str) -> str:
    """Return the code below a title of docs/batches.md."""
    page = (Path(__file__).parents[2] / "docs" / "batches.md").read_text(encoding="utf-8")
    return page.split(f"\n## {title}\n")[1].split("```python\n")[1].split("```")[0]


def drawn(loader: Any) -> list[list[int]]:
    return [rows.int().tolist() for (rows,) in loader]


@pytest.mark.parametrize(
    "workers", [{}, {"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}]
)
def test_a_loader_of_torch_iterates_epoch_after_epoch(workers: Any) -> None:
    batches = make()
    loader = torch_loader(batches, **workers)
    assert len(loader) == len(batches) == 36
    for number in (0, 1, 2):
        assert drawn(loader) == list(batches.of_epoch(number))
    batches.set_epoch(7)
    assert drawn(loader) == list(batches.of_epoch(7))


@pytest.mark.parametrize(
    "workers", [{}, {"num_workers": 2}, {"num_workers": 2, "persistent_workers": True}]
)
def test_training_with_torch_goes_on_inside_an_epoch(workers: Any) -> None:
    """The position is counted by the training loop, because workers take batches ahead."""
    batches = make()
    loader = torch_loader(batches, **workers)
    drawn(loader)
    for n_used, _ in enumerate(loader, start=1):
        if n_used == 20:
            state = json.loads(json.dumps(batches.state_dict(position=n_used)))
            break
    resumed = make()
    resumed.load_state_dict(state)
    loader = torch_loader(resumed, **workers)
    assert drawn(loader) == list(batches.of_epoch(1))[20:]
    assert drawn(loader) == list(batches.of_epoch(2))


def test_without_workers_torch_takes_no_batch_ahead() -> None:
    batches = make()
    list(itertools.islice(torch_loader(batches), 20))
    assert batches.state_dict()["position"] == 20


@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated:UserWarning")  # torchdata 0.11
@pytest.mark.parametrize("n_workers", [0, 2])
def test_a_stateful_loader_of_torchdata_keeps_the_state(n_workers: int) -> None:
    stateful = pytest.importorskip(
        "torchdata.stateful_dataloader", reason="torchdata is not installed"
    )
    dataset = torch_loader(make()).dataset

    def loader() -> Any:
        return stateful.StatefulDataLoader(dataset, batch_sampler=make(), num_workers=n_workers)

    first = loader()
    drawn(first)
    list(itertools.islice(first, 20))
    resumed = loader()
    resumed.load_state_dict(first.state_dict())
    assert drawn(resumed) == list(make().of_epoch(1))[20:]
    assert drawn(resumed) == list(make().of_epoch(2))


def test_a_state_is_in_what_torch_saves(tmp_path: Any) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    batches = make()
    list(itertools.islice(batches, 5))
    torch.save({"batches": batches.state_dict()}, tmp_path / "checkpoint.pt")
    found = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert found["batches"] == batches.state_dict()


def test_the_recipe_for_torch_trains_on_epoch_after_epoch_and_saves_the_state() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    seen: list[list[int]] = []
    given = {
        "torch": torch,
        "balanced_batches": balanced_batches,
        "X": ROWS[:, None],
        "y": Y,
        "train_step": lambda rows, labels: seen.append(rows.flatten().int().tolist()),
        "is_time_to_save": lambda: len(seen) == 17,
    }
    exec(recipe("torch"), given)
    batches = balanced_batches(Y, 32)
    n = len(batches)
    assert seen == list(itertools.islice(batches.endless(), 3 * n))
    batches.load_state_dict(given["state"])
    assert list(batches) == seen[17 : 2 * n]


PROCESS = """
import sys
import numpy as np
import torch
import torch.distributed as dist
from poise import balanced_batches

dist.init_process_group("gloo", init_method="file://" + sys.argv[1], rank=int(sys.argv[2]), world_size=2)
y = np.repeat([0, 1], [180, 20])
batches = balanced_batches(y, 10, num_replicas=dist.get_world_size(), rank=dist.get_rank())
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.arange(200)), batch_sampler=batches)
drawn = torch.stack([rows for (rows,) in loader])
together = [torch.empty_like(drawn) for _ in range(2)]
dist.all_gather(together, drawn)
one = torch.from_numpy(balanced_batches(y, 20).rows_of_epoch(0))
assert torch.equal(torch.cat(together, 1).sort(1).values, one.sort(1).values.to(torch.int64))
often = torch.cat(together)[torch.cat(together) < 180]
assert sorted(often.tolist()) == list(range(180))
dist.destroy_process_group()
"""


def test_processes_of_torch_share_an_epoch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.distributed.is_available():
        pytest.skip("this torch has no distributed training")
    given = [sys.executable, "-c", PROCESS, str(tmp_path / "store")]
    ranks = [subprocess.Popen([*given, rank], stderr=subprocess.PIPE) for rank in "01"]
    errors = [rank.communicate(timeout=120)[1].decode() for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], errors


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras 3.15
def test_the_recipe_for_keras_trains_on_epoch_after_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    seen: list[list[int]] = []

    class Model(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(1, activation="sigmoid")

        def call(self, x: Any) -> Any:
            return self.dense(x / 200)

        def train_step(self, data: Any) -> Any:
            seen.append(data[0].flatten().int().tolist())
            return super().train_step(data)

    model = Model()
    model.compile(loss="binary_crossentropy", run_eagerly=True)
    given = {"keras": keras, "balanced_batches": balanced_batches, "model": model}
    exec(recipe("Keras"), given | {"X": ROWS[:, None], "y": Y})
    batches = balanced_batches(Y, 32)
    n = len(batches)
    assert len(seen) == 3 * n
    for number in range(3):
        epoch = seen[n * number : n * (number + 1)]
        assert sorted(epoch) == sorted(batches.of_epoch(number))
