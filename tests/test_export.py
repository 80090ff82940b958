"""Exported files are loaded with a short list of types, and ONNX models decide as their originals do."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from poise import SMOTE, make_pipeline
from poise.comparison import ComparedClassifier
from poise.core.errors import FileError, UnsupportedTypeError
from poise.decisions import (
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    ResampledClassifier,
    ReweightedClassifier,
    ThresholdClassifier,
    TunedThreshold,
)
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from poise.export import TRUSTED_TYPES, OnnxCheck, check_onnx, load_model, to_inference, to_onnx

LINE, SAMPLER = LogisticRegression(), SMOTE(random_state=0)
TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
COSTS = CostMatrix([[0, 1, 2], [5, 0, 1], [9, 3, 0]], classes=["a", "b", "c"])
ANY = {
    "resampled": ResampledClassifier(SAMPLER, LINE),
    "sigmoid": ResampledClassifier(SAMPLER, TREE, calibrate="sigmoid"),
    "isotonic": ResampledClassifier(SAMPLER, LINE, calibrate="isotonic"),
    "reweighted": ReweightedClassifier(LINE),
    "bagging": BalancedBaggingClassifier(TREE, random_state=0),
    "columns": BalancedBaggingClassifier(LINE, 4, max_features=0.5, random_state=0),
    "forest": BalancedRandomForestClassifier(7, random_state=0),
    "easy": EasyEnsembleClassifier(3, random_state=0),
    "boosting": RUSBoostClassifier(n_estimators=5, random_state=0),
    "fit": BalancedFit(GaussianNB(), SAMPLER),
    "histogram": ComparedClassifier("smote", "boosting"),
    "logistic": ComparedClassifier("smote-tomek", "logistic"),
    "tree": ComparedClassifier("as-is", "tree"),
    "bagged": ComparedClassifier("balanced-bagging", "logistic"),
}
TWO = {
    "tuned": ThresholdClassifier(TunedThreshold("f1", pos_label="a"), LINE),
    "cost": ThresholdClassifier(
        LowestCost(CostMatrix.of_two(false_positive=1, false_negative=9)),
        ComparedClassifier("smote", "logistic"),
    ),
    "reversed": ResampledClassifier(SAMPLER, TREE, calibrate="sigmoid", pos_label="a"),
}
THREE = {
    "costs": ThresholdClassifier(CostThreshold(COSTS), LINE),
    "thresholds": ThresholdClassifier(TunedThreshold("f1"), TREE),
    "largest": ThresholdClassifier(FixedThreshold(), ReweightedClassifier(LINE)),
}
EVERY = [
    *((name, model, 2) for name, model in {**ANY, **TWO}.items()),
    *((name, model, 3) for name, model in {**ANY, **THREE}.items()),
]


def table(n_classes: int = 2, n: int = 600) -> tuple[pd.DataFrame, np.ndarray]:
    X, y = make_classification(
        n, 6, n_informative=4, n_classes=n_classes, weights=[0.7, 0.2], random_state=0
    )
    X = pd.DataFrame(X.astype(np.float32).astype(float), columns=list("uvwxyz"))
    return X, np.array(["a", "b", "c"])[y]


@pytest.mark.parametrize(("name", "model", "n_classes"), EVERY, ids=lambda one: str(one)[:12])
def test_skops_files_are_loaded_with_the_stated_types(
    name: str, model: Any, n_classes: int, tmp_path: Path
) -> None:
    X, y = table(n_classes)
    if name == "boosting":
        X = X.to_numpy()  # AdaBoost of scikit-learn makes an array of a frame
    model.fit(X, y).to_inference(tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert loaded.predict(X).tolist() == model.predict(X).tolist()
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert (tmp_path / "poise_inference.py").exists()


def test_the_list_of_types_is_short() -> None:
    assert len(TRUSTED_TYPES) <= 21
    modules = {name.partition(".")[0] for name in TRUSTED_TYPES}
    assert modules == {"poise_inference", "sklearn", "numpy", "functools"}


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        CalibratedClassifierCV(LinearSVC(), cv=2),
        FunctionTransformer(np.abs),
    ],
    ids=["k-nn", "calibrated", "a function of another package"],
)
def test_a_skops_file_that_is_written_can_be_read(model: Any, tmp_path: Path) -> None:
    X, y = table()
    if isinstance(model, FunctionTransformer):
        model = make_pipeline(FunctionTransformer(pd.DataFrame.abs), LINE)
        fitted = ResampledClassifier(SAMPLER, model).fit(X, y)
        with pytest.raises(UnsupportedTypeError, match=r"holds pandas.*ends in \.joblib instead"):
            fitted.to_inference(tmp_path / "model.skops")
        assert not (tmp_path / "model.skops").exists()
        return
    fitted = ResampledClassifier(SAMPLER, model).fit(X, y)
    fitted.to_inference(tmp_path / "model.skops")
    np.testing.assert_array_equal(
        load_model(tmp_path / "model.skops").predict_proba(X), fitted.predict_proba(X)
    )


@pytest.mark.parametrize("content", ["{not json", "[]", "{}"])
def test_damaged_files_are_refused(content: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", content)
    with pytest.raises(FileError, match="cannot be read as a skops file"):
        load_model(tmp_path / "model.skops")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [bool, float, int, str])
@pytest.mark.parametrize("name", ["easy", "boosting", "resampled", "forest"])
def test_labels_of_every_kind_in_onnx(kind: type, name: str) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table()
    X, y = X.to_numpy(), (y == "b").astype(kind)
    model = ANY[name].fit(X, y)
    found = check_onnx(to_onnx(model, X), model, X)
    assert (found.n_probabilities, found.n_decisions) == (0, 0)


@pytest.mark.filterwarnings("ignore")
def test_pipelines_of_frames_and_weighted_votes_in_onnx() -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table()
    scaled, cut = make_pipeline(StandardScaler(), LINE), make_pipeline(StandardScaler(), TREE)
    votes = VotingClassifier([("a", LINE), ("b", TREE)], voting="soft", weights=[3, 1])
    for inner in (scaled, cut, votes):
        model = ResampledClassifier(SAMPLER, inner, calibrate="sigmoid").fit(X, y)
        found = check_onnx(to_onnx(model, X), model, X)
        assert (found.n_probabilities, found.n_decisions_far) == (0, 0)


def test_trees_that_were_fitted_on_missing_values_are_not_converted() -> None:
    pytest.importorskip("skl2onnx")
    X, y = table()
    X = X.mask(np.random.default_rng(0).random(X.shape) < 0.2)
    for model in (ANY["forest"], BalancedBaggingClassifier(random_state=0)):
        with pytest.raises(UnsupportedTypeError, match="X has missing values, and skl2onnx"):
            to_onnx(model.fit(X, y), X)


def test_types_that_poise_does_not_trust_are_named(tmp_path: Path) -> None:
    skops.io.dump(FunctionTransformer(joblib.dump), tmp_path / "model.skops")
    with pytest.raises(FileError, match="holds joblib.*, which Poise does not trust"):
        load_model(tmp_path / "model.skops")


def test_pipelines_and_searches_are_exported(tmp_path: Path) -> None:
    X, y = table()
    search = GridSearchCV(make_pipeline(SAMPLER, LINE), {"logisticregression__C": [1, 9]}, cv=2)
    calibrated = CalibratedClassifierCV(make_pipeline(StandardScaler(), SAMPLER, LINE), cv=2)
    for model in (search.fit(X, y), calibrated.fit(X, y)):
        plain = to_inference(model, tmp_path / "model.joblib")
        np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))
        assert (load_model(tmp_path / "model.joblib").predict(X) == model.predict(X)).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "model", "n_classes"), EVERY, ids=lambda one: str(one)[:12])
def test_onnx_models_have_the_same_probabilities_and_decisions(
    name: str, model: Any, n_classes: int
) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table(n_classes)
    given = X.to_numpy() if name in ("boosting", "columns") else X
    model.fit(given[:400], y[:400])
    found = check_onnx(to_onnx(model, given), model, given)
    assert found.n_rows == 600
    assert found.n_probabilities == 0
    assert found.n_decisions_far == 0


@pytest.mark.filterwarnings("ignore")
def test_missing_values_and_columns_that_are_left_out() -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table()
    X = X.mask(np.random.default_rng(0).random(X.shape) < 0.1).assign(few=np.nan)
    X.loc[:3, "few"] = 1.0
    for estimator in ("logistic", "boosting"):
        model = ComparedClassifier("smote", estimator, carry_columns=["v"]).fit(X, y)
        found = check_onnx(to_onnx(model, X), model, X)
        assert (found.n_probabilities, found.n_decisions_far) == (0, 0), str(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", ["boosting", "k-nn", "logistic", "tree"])
@pytest.mark.parametrize("approach", ["as-is", "smote"])
def test_rows_at_splits_and_at_equal_distances_agree_in_onnx(approach: str, estimator: str) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table(n=5000)
    X = ((X * 3).round() / 7).astype(np.float32).astype(float)  # few values: distances tie
    model = ComparedClassifier(approach, estimator).fit(X[:1000], y[:1000])
    found = check_onnx(to_onnx(model, X), model, X)
    assert (found.n_probabilities, found.n_decisions_far) == (0, 0), str(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scaled", [False, True])
def test_rows_that_are_rounded_to_a_split_agree_in_onnx(
    scaled: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Boosting splits at values of float64, and the rows are rounded to float32."""
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table(n=3000)
    X = X.round(2)
    boosting = HistGradientBoostingClassifier(random_state=0, max_iter=20)
    inner = make_pipeline(StandardScaler(), boosting) if scaled else boosting
    model = ResampledClassifier(SAMPLER, inner).fit(X, y)
    found = check_onnx(to_onnx(model, X), model, X)
    assert (found.n_probabilities, found.n_decisions_far) == (0, 0), str(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "model", [LinearDiscriminantAnalysis(), KNeighborsClassifier(weights="distance")]
)
def test_classifiers_that_skl2onnx_makes_others_of_are_refused(model: Any) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table()
    model = ResampledClassifier(SAMPLER, model).fit(X.round(0), y)
    with pytest.raises(UnsupportedTypeError, match="to another model"):
        to_onnx(model, X.round(0))


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_onnx_model_is_found() -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    X, y = table()
    model = ThresholdClassifier(FixedThreshold(0.1, pos_label="b"), LINE).fit(X, y)
    other = ThresholdClassifier(FixedThreshold(0.9, pos_label="b"), LINE).fit(X, y)
    found = check_onnx(to_onnx(other, X), model, X)
    assert found.n_probabilities == 0
    assert found.n_decisions == found.n_decisions_far > 50
    assert str(found).startswith("600 rows: 0 with a probability that differs by more than 1e-05")
    assert isinstance(found, OnnxCheck)


def test_what_onnx_cannot_have_is_named() -> None:
    pytest.importorskip("skl2onnx")
    X, y = table()
    X["text"] = np.where(X["u"] > 0, "x", "y")
    model = ComparedClassifier("as-is", "logistic").fit(X, y)
    numbers = X.assign(text=1.0)
    with pytest.raises(UnsupportedTypeError, match="Column 'text' holds dates or categories"):
        to_onnx(model, numbers)
    search = BalancedFit(make_pipeline(FunctionTransformer(np.abs), LINE)).fit(X[["u", "v"]], y)
    with pytest.raises(UnsupportedTypeError, match="FunctionTransformer cannot be converted"):
        to_onnx(search, X[["u", "v"]])


def block(section: str) -> str:
    """Return the code of a section of docs/production.md."""
    page = (Path(__file__).parents[1] / "docs" / "production.md").read_text(encoding="utf-8")
    return page.split(f"## {section}\n")[1].split("```py\n")[1].split("```")[0]


@pytest.mark.filterwarnings("ignore")
def test_the_code_for_onnx_on_the_page_runs(tmp_path: Path, monkeypatch, capsys) -> None:
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    X, y = table()
    exec(block("ONNX"), {"model": TWO["cost"].fit(X, y), "X": X})
    assert capsys.readouterr().out.startswith("600 rows: 0 with a probability")
    assert (tmp_path / "churn.onnx").stat().st_size > 1000


@pytest.mark.filterwarnings("ignore")
def test_the_code_for_mlflow_on_the_page_runs(tmp_path: Path, monkeypatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    X, y = table()
    model, names = TWO["cost"].fit(X, y), {}
    with mlflow.start_run():
        exec(
            block("MLflow").replace("mlflow.sklearn.log", "info = mlflow.sklearn.log"),
            {"model": model},
            names,
        )
    loaded = mlflow.sklearn.load_model(names["info"].model_uri)
    assert loaded.predict(X).tolist() == model.predict(X).tolist()
