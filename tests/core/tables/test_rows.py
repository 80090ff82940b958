"""Rows of any shape and their embedding: images, sequences and texts are resampled as they are."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline as plain_pipeline

from poise import SMOTE, FunctionSampler, RandomOverSampler, RandomUnderSampler, resample
from poise.combine import SMOTETomek
from poise.constraints import OneHot, Sum
from poise.core.errors import InputError, OneHotWarning, WholeNumbersWarning
from poise.core.tables.rows import n_dimensions, read_embedding, read_rows
from poise.datasets import make_imbalance
from poise.decisions import ReweightedClassifier
from poise.over_sampling import ADASYN, SMOTEN
from poise.pipeline import make_pipeline

RNG = np.random.default_rng(0)
Y = np.repeat([0, 1], [40, 10])
E = RNG.normal(size=(50, 3)) + 2 * Y[:, np.newaxis]
IMAGES = RNG.integers(0, 255, (50, 4, 4, 3), dtype=np.uint8)
TEXTS = [f"text {i}" for i in range(50)]


@pytest.mark.parametrize(
    "sampler", [RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)]
)
@pytest.mark.parametrize("kind", ["uint8", "float32", "complex64", "object", "datetime64[s]"])
def test_random_samplers_take_arrays_of_any_shape_and_dtype(sampler, kind):
    X = IMAGES.astype(kind)
    X_new, y_new = sampler.fit_resample(X, Y)
    assert X_new.dtype == kind
    assert np.array_equal(X_new, X[sampler.sample_indices_])
    assert np.array_equal(y_new, Y[sampler.sample_indices_])
    assert sampler.n_features_in_ == 4


def test_lists_of_images_stay_lists():
    X_new, _ = RandomOverSampler(random_state=0).fit_resample(list(IMAGES), Y)
    assert isinstance(X_new, list)
    assert {image.shape for image in X_new} == {(4, 4, 3)}


@pytest.mark.parametrize("texts", [TEXTS, tuple(TEXTS), np.array(TEXTS), pd.Series(TEXTS)])
def test_texts_are_repeated_by_their_embedding(texts):
    result = resample(texts, Y, embedding=E)
    lineage = result.plan.lineage()
    assert type(result.X) is type(texts)
    assert list(result.X) == [TEXTS[i] for i in lineage.seed]
    assert set(lineage.origin) == {"kept", "copied"}


def test_sequences_of_different_lengths_are_repeated():
    X = [[1] * (1 + i % 5) for i in range(50)]
    X_new, _ = SMOTE(random_state=0).fit_resample(X, Y, embedding=E)
    assert len(X_new) == 80
    assert all(row in X for row in X_new)


def test_tables_are_blended_by_default_and_copied_on_demand():
    X = pd.DataFrame({"a": np.arange(50.0) + 0.5, "b": list("xyxyx") * 10})
    smote = SMOTE(random_state=0)
    blended, _ = smote.fit_resample(X, Y, embedding=E)
    new = smote.plan_.is_new
    _, seed, partner, gap = (of_rows[new] for of_rows in smote.plan_.lineage())
    a = X["a"].to_numpy()
    assert np.allclose(blended["a"][new], a[seed] + gap * (a[partner] - a[seed]))
    copied, _ = smote.fit_resample(X, Y, embedding=E, rows="copy")
    assert set(copied["a"]) <= set(X["a"])


def test_neighbours_are_those_of_the_embedding():
    on_embedding = SMOTE(random_state=0).fit(E, Y).plan_.lineage()
    smote = SMOTE(random_state=0).fit(IMAGES, Y, embedding=E, rows="blend")
    assert np.array_equal(smote.plan_.lineage().partner, on_embedding.partner)
    with_sparse = SMOTE(random_state=0).fit(IMAGES, Y, embedding=sp.csr_array(E), rows="blend")
    assert np.array_equal(with_sparse.plan_.lineage().partner, on_embedding.partner)


def test_carried_columns_weights_and_time_follow_the_plan():
    X = pd.DataFrame({"id": np.arange(50), "a": np.arange(50.0)})
    when = np.arange(50)[::-1]
    result = resample(
        X, Y, embedding=E, rows="copy", id="id", time=when, sample_weight=np.arange(50.0)
    )
    assert np.array_equal(result.aligned["time"], np.sort(result.aligned["time"]))
    assert np.array_equal(result.aligned["sample_weight"], result.plan.lineage().seed)
    assert np.array_equal(result.aligned["embedding"], E[result.plan.lineage().seed])
    assert not set(result.X["id"][result.is_new].dropna()) & set(X["id"])


def test_noise_is_for_the_embedding_alone():
    X_new, _ = RandomOverSampler(random_state=0, shrinkage=0.5).fit_resample(
        E * 100, Y, embedding=E, rows="blend"
    )
    assert {tuple(row) for row in X_new} == {tuple(row) for row in E * 100}


def test_a_chain_makes_every_step_in_the_embedding():
    sampler = SMOTETomek(random_state=0)
    X_new, _ = sampler.fit_resample(IMAGES, Y, embedding=E)
    assert np.array_equal(X_new, IMAGES[sampler.plan_.lineage().seed])
    assert len(X_new) == len(SMOTETomek(random_state=0).fit(E, Y).plan_)


@pytest.mark.parametrize("is_routed", [False, True])
def test_a_pipeline_passes_the_embedding_to_its_samplers(is_routed):
    model = LogisticRegression()
    with config_context(enable_metadata_routing=is_routed):
        smote = SMOTE(random_state=0)
        if is_routed:
            smote.set_fit_request(embedding=True)
        steps = make_pipeline(smote, model)
        name = "embedding" if is_routed else "smote__embedding"
        search = GridSearchCV(steps, {"smote__k_neighbors": [2, 3]}, cv=2, error_score="raise")
        search.fit(E * 3, Y, **{name: E})
    seed = search.best_estimator_[0].plan_.lineage().partner
    k = search.best_params_["smote__k_neighbors"]
    assert np.array_equal(
        seed, SMOTE(random_state=0, k_neighbors=k).fit(E, Y).plan_.lineage().partner
    )


def test_two_samplers_get_the_embedding_of_their_rows():
    with config_context(enable_metadata_routing=True):
        steps = [s.set_fit_request(embedding=True) for s in (SMOTE(random_state=0), ADASYN())]
        steps[1].set_params(sampling_strategy={0: 60}, random_state=0)
        pipeline = make_pipeline(*steps, LogisticRegression()).fit(E, Y, embedding=E)
    assert pipeline.plan_.n_rows == 50


def test_other_tools_take_rows_of_any_shape():
    X_part, y_part = make_imbalance(IMAGES, Y, sampling_strategy={0: 5}, random_state=0)
    assert X_part.shape == (15, 4, 4, 3)
    assert len(y_part) == 15
    every_second = FunctionSampler(lambda X, y: np.arange(0, len(y), 2), validate=False)
    assert np.array_equal(every_second.fit_resample(IMAGES, Y)[0], IMAGES[::2])
    model = ReweightedClassifier(plain_pipeline(TfidfVectorizer(), LogisticRegression()))
    assert model.fit(TEXTS, Y).predict_proba(TEXTS).shape == (50, 2)


def test_dimensions_are_counted_without_converting():
    assert n_dimensions([]) == 1
    assert n_dimensions([[[1]]]) == 3
    assert n_dimensions(IMAGES) == 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Expected 2D array, got 4D array instead as X. Pass embedding=E"),
        ({"rows": "copy"}, "there is none. Pass embedding="),
        ({"embedding": E, "rows": "mix"}, "rows='mix' is not known; it can be 'copy', 'blend'"),
        ({"embedding": E[:40]}, "X has 50 rows and embedding has 40"),
        ({"embedding": E[:, 0]}, r"embedding has the shape \(50,\)"),
        ({"embedding": E[:, :0]}, r"embedding has the shape \(50, 0\)"),
        ({"embedding": [["a"]] * 50}, r"embedding has the shape \(50, 1\) and the type object"),
        ({"embedding": np.where(E > 2, np.nan, E)}, "rows are not, the first row"),
        ({"embedding": sp.csr_array(np.where(E > 2, np.inf, E))}, "rows are not, the first row"),
        ({"embedding": E, "time": "when"}, "time='when' names columns.*the time of each row"),
        ({"embedding": E, "carry_columns": ["a"]}, "carry_columns=.* names columns"),
        ({"embedding": E, "constraints": [OneHot([0, 1])]}, "constraints=.* names columns"),
        ({"embedding": E, "column_kinds": {"a": "bool"}}, "column_kinds=.* names columns"),
        ({"embedding": E, "categorical_features": [0]}, "categorical_features=.* names columns"),
    ],
)
def test_bad_embeddings_are_refused(given, words):
    with pytest.raises(InputError, match=words):
        resample(IMAGES, Y, **given)


def test_an_embedding_is_not_compared_by_categories():
    with pytest.raises(
        InputError, match="an embedding holds numbers. Use poise.over_sampling.SMOTE"
    ):
        SMOTEN().fit(E, Y, embedding=E)


def test_rows_without_entries_are_refused():
    with pytest.raises(InputError, match="X is empty"):
        read_rows(np.empty((0, 3, 3)))
    assert read_embedding(np.eye(2, dtype=bool), 2).n_columns == 2


def test_rules_are_about_the_columns_of_x_alone():
    X = pd.DataFrame({"a": np.arange(50), "b": np.arange(50) % 7})
    X["t"] = X["a"] + X["b"]
    plain, ruled = SMOTE(random_state=0), SMOTE(random_state=0, constraints=[Sum("t", ["a", "b"])])
    X_new, _ = ruled.fit_resample(X, Y, embedding=E)
    assert (X_new["a"] + X_new["b"] == X_new["t"]).all()
    plain.fit_resample(X, Y, embedding=E)
    assert np.array_equal(ruled.aligned_["embedding"], plain.aligned_["embedding"])


def test_columns_that_are_blended_by_an_embedding_have_their_warnings():
    X = pd.DataFrame(np.eye(3)[np.arange(50) % 3], columns=list("abc"))
    with pytest.warns(OneHotWarning, match="OneHot"):
        SMOTE(random_state=0).fit_resample(X, Y, embedding=E)
    with pytest.warns(WholeNumbersWarning, match="'d' holds"):
        SMOTE(random_state=0).fit_resample(pd.DataFrame({"d": np.arange(50.0)}), Y, embedding=E)
    SMOTE(random_state=0).fit_resample(X, Y, embedding=E, rows="copy")


def test_lists_are_copied_whether_their_rows_are_of_one_length_or_not():
    tokens = [[i, i + 1] for i in range(50)]
    X_new, _ = SMOTE(random_state=0).fit_resample(tokens, Y, embedding=E)
    assert all(row in tokens for row in X_new)


@pytest.mark.parametrize(
    ("embedding", "words"),
    [
        (PCA(2), "is an estimator.*neighbor_space="),
        (5, "embedding is a int and not a table of numbers"),
        (
            pd.Series([[1.0, 2.0]] * 50),
            "embedding is a Series and not a table of numbers.*numpy.stack",
        ),
        ([[1.0, 2.0]] * 49 + [[1.0]], "embedding is a list and not a table of numbers"),
    ],
)
def test_what_is_no_table_of_numbers_is_named_as_the_embedding(embedding, words):
    with pytest.raises(InputError, match=words):
        resample(IMAGES, Y, embedding=embedding)


def test_texts_without_an_embedding_are_refused_with_the_way_out():
    with pytest.raises(InputError, match="got 1D array instead as X. Pass embedding=E"):
        SMOTE().fit_resample(TEXTS, Y)
