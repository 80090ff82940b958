"""Do PyTorch and Keras do with `weight_parameters` what they do with the weights of rows?

    python benchmarks/weights_frameworks.py

Needs torch and keras beside Poise, which its tests do not: run once for a release, in an environment of its own. Compares
losses, gradients and steps of training, for every scheme, and the derivatives of the focal loss with those of
torch.autograd. Writes the largest differences to benchmarks/results/weights_frameworks.json (a few seconds).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch

from poise.weights import FocalObjective, class_weights, sample_weights, weight_parameters

RESULTS = Path(__file__).parent / "results" / "weights_frameworks.json"
OPTIONS = {"beta": 0.99, "cap": 2}
rng = np.random.default_rng(0)
TWO = np.repeat([0, 1], [80, 20])
LABELS = np.repeat(["a", "b", "c"], [60, 30, 10])
CODES = np.searchsorted(["a", "b", "c"], LABELS)
SEVERAL = (rng.random((100, 4)) < [0.1, 0.3, 0.5, 0.05]).astype(float)
X = rng.normal(size=(100, 3)).astype("float32")


def largest(first: Any, second: Any) -> float:
    """Return the largest absolute difference of two arrays."""
    return float(np.abs(np.asarray(first) - np.asarray(second)).max())


def tensors(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: torch.tensor(v, dtype=torch.float64) for name, v in parameters.items()}


def bce(scheme: str) -> float:
    """Compare gradients of the binary loss, scaled to a sum of 1, with those of row weights."""
    found = []
    logits = rng.normal(size=100)
    of_rows = {"weight": torch.tensor(sample_weights(TWO, scheme, **OPTIONS))}
    by_ratio = tensors(weight_parameters(TWO, library="torch", scheme=scheme, **OPTIONS))
    for given in (of_rows, by_ratio):
        z = torch.tensor(logits, requires_grad=True)
        torch.nn.BCEWithLogitsLoss(**given)(z, torch.tensor(TWO, dtype=torch.float64)).backward()
        found.append(z.grad.numpy() / np.abs(z.grad.numpy()).sum())
    return largest(*found)


def several_labels(scheme: str) -> float:
    """Compare the losses of each label with those of the weights of its column."""
    z, y = torch.tensor(rng.normal(size=(100, 4))), torch.tensor(SEVERAL)
    given = tensors(weight_parameters(SEVERAL, library="torch", scheme=scheme, **OPTIONS))
    found = torch.nn.BCEWithLogitsLoss(reduction="none", **given)(z, y).numpy()
    plain = torch.nn.BCEWithLogitsLoss(reduction="none")(z, y).numpy()
    expected = plain.copy()
    for j in range(4):
        of_class = class_weights(SEVERAL[:, j], scheme, **OPTIONS)
        expected[SEVERAL[:, j] == 1, j] *= of_class[1] / of_class[0]
    return largest(found, expected)


def cross_entropy(scheme: str) -> float:
    """Compare the mean loss of several classes with that of row weights."""
    logits, codes = torch.tensor(rng.normal(size=(100, 3))), torch.tensor(CODES)
    given = tensors(weight_parameters(LABELS, library="torch", scheme=scheme, **OPTIONS))
    found = torch.nn.CrossEntropyLoss(**given)(logits, codes).item()
    each = torch.nn.CrossEntropyLoss(reduction="none")(logits, codes).numpy()
    return largest(found, (sample_weights(LABELS, scheme, **OPTIONS) * each).mean())


def trained(y: Any, loss: str, **given: Any) -> Any:
    """Return the weights of a network of one layer after three steps."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss)
    model.fit(X, y, epochs=3, batch_size=100, shuffle=False, verbose=0, **given)
    return model.get_weights()[0]


def network(scheme: str) -> dict[str, float]:
    """Compare networks that are trained with class weights and with row weights."""
    weights = sample_weights(LABELS, scheme, **OPTIONS)
    expected = trained(CODES, "sparse_categorical_crossentropy", sample_weight=weights)
    one_hot = np.eye(3, dtype="float32")[CODES]
    found = {
        "labels": trained(
            CODES,
            "sparse_categorical_crossentropy",
            **weight_parameters(LABELS, library="keras", scheme=scheme, **OPTIONS),
        ),
        "one-hot": trained(
            one_hot,
            "categorical_crossentropy",
            **weight_parameters(one_hot, library="keras", scheme=scheme, **OPTIONS),
        ),
    }
    without = trained(CODES, "sparse_categorical_crossentropy")
    return {name: largest(of, expected) for name, of in found.items()} | {
        "without weights, for comparison": largest(without, expected)
    }


def focal(gamma: float) -> dict[str, float]:
    """Compare the derivatives of the focal loss of three classes with those of torch."""
    logits = torch.tensor(rng.normal(size=(50, 3)), requires_grad=True)
    codes = rng.integers(0, 3, 50)
    log_p = torch.log_softmax(logits, 1)[torch.arange(50), torch.tensor(codes)]
    loss = (-((1 - log_p.exp()) ** gamma) * log_p).sum()
    (slope,) = torch.autograd.grad(loss, logits, create_graph=True)
    bend = [
        torch.autograd.grad(slope[:, j].sum(), logits, retain_graph=True)[0][:, j] for j in range(3)
    ]
    own, z = FocalObjective(gamma), logits.detach().numpy()
    return {
        "gradient": largest(slope.detach().numpy(), own.gradient(codes, z)),
        "hessian": largest(torch.stack(bend, 1).numpy(), own.hessian(codes, z)),
    }


def main() -> None:
    found: dict[str, Any] = {
        "command": "python benchmarks/weights_frameworks.py",
        "torch": torch.__version__,
        "keras": keras.__version__,
        "largest differences": {
            scheme: {
                "torch, binary: gradients": bce(scheme),
                "torch, several labels: losses": several_labels(scheme),
                "torch, several classes: loss": cross_entropy(scheme),
                "keras, after three steps": network(scheme),
            }
            for scheme in ("balanced", "sqrt", "effective", "capped")
        }
        | {f"focal loss, gamma={gamma}": focal(gamma) for gamma in (0.0, 0.5, 2.0)},
    }
    text = json.dumps(found, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
