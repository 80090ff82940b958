"""Client code of imbalanced-learn: each function is one usage, and returns what its author relies on.

The usages were written before any of them was run with any package.
"""

from collections import Counter

import numpy as np

# ---------------------------------------------------------------- data


def blobs(n=400, weights=(0.85, 0.15), seed=0, n_features=4, shift=1.5):
    """Continuous rows of two or more classes, shuffled; labels 0, 1, ..."""
    rng = np.random.default_rng(seed)
    sizes = [int(round(n * w)) for w in weights]
    X = np.vstack(
        [rng.normal(shift * k, 1.0, size=(size, n_features)) for k, size in enumerate(sizes)]
    )
    y = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(y))
    return X[order], y[order]


def frame(n=400, weights=(0.85, 0.15), seed=0, n_features=4):
    """The same as a frame with named columns and a Series named Class."""
    import pandas as pd

    X, y = blobs(n, weights, seed, n_features)
    names = [f"V{i + 1}" for i in range(n_features)]
    return pd.DataFrame(X, columns=names), pd.Series(y, name="Class")


def customers(n=300, n_churn=60, seed=0):
    """A mixed table: whole numbers, floats, text, a category, a flag, and the label churn."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    churn = np.zeros(n, dtype=int)
    churn[:n_churn] = 1
    churn = rng.permutation(churn)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, size=n) + 3 * churn,
            "income": rng.normal(3000, 500, size=n) - 400 * churn,
            "city": rng.choice(["Athens", "Bonn", "Cairo"], size=n),
            "plan": pd.Categorical(rng.choice(["basic", "plus", "pro"], size=n)),
            "is_member": rng.random(n) < 0.4 + 0.2 * churn,
            "churn": churn,
        }
    )


def three_classes(names=None, n=300, seed=0):
    """Three classes of sizes 60 %, 30 %, 10 %; labels 0, 1, 2 or the given names."""
    X, y = blobs(n, (0.6, 0.3, 0.1), seed)
    return X, (y if names is None else np.array(names)[y])


def texts(n=200, n_spam=40, seed=0):
    """A text corpus with the labels ham and spam."""
    rng = np.random.default_rng(seed)
    common = ["hello", "meeting", "today", "please", "report", "thanks", "call", "team"]
    bad = ["winner", "free", "prize", "cash", "click", "offer"]
    labels = rng.permutation(["spam"] * n_spam + ["ham"] * (n - n_spam))
    corpus = []
    for label in labels:
        words = list(rng.choice(common, size=6))
        if label == "spam":
            words += list(rng.choice(bad, size=4))
        corpus.append(" ".join(words))
    return corpus, list(map(str, labels))


# ---------------------------------------------------------------- facts


def plain(value):
    """A plain Python value."""
    return value.item() if hasattr(value, "item") else value


def counts(y):
    """Rows per class, with plain keys."""
    return {plain(k): int(v) for k, v in sorted(Counter(np.asarray(y).ravel().tolist()).items())}


def strategy(mapping):
    """A dict of numbers of rows per class, with plain keys and values."""
    return {plain(k): int(v) for k, v in sorted(mapping.items())}


def row_keys(X):
    """A hashable key per row."""
    if hasattr(X, "toarray"):
        X = X.toarray()
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()
    return [tuple(row) for row in np.asarray(X).tolist()]


def sums(X):
    """What does not depend on the order of the rows: sum, sum of squares, first sorted row sums."""
    if hasattr(X, "toarray"):
        X = X.toarray()
    X = np.asarray(X, dtype=float)
    rows = np.sort(X.sum(axis=1))
    return [round(float(v), 6) for v in (rows.sum(), (X**2).sum(), rows[0], rows[-1])]


def contains(X_res, X):
    """Whether all rows of X are in X_res."""
    return set(row_keys(X)) <= set(row_keys(X_res))


def own_labels(X_res, y_res, X, y):
    """Whether every row of X that is found in X_res stands there beside its own label."""
    known = dict(zip(row_keys(X), np.asarray(y).ravel().tolist()))
    got = zip(row_keys(X_res), np.asarray(y_res).ravel().tolist())
    return all(known[key] == label for key, label in got if key in known)


# ---------------------------------------------------------------- frames and labels


def smote_basic_counter():
    """The first lines of most notebooks: SMOTE, then Counter before and after."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    before = Counter(y)
    X_res, y_res = SMOTE(random_state=42).fit_resample(X, y)
    after = Counter(y_res)
    return {
        "before": counts(y),
        "after": counts(y_res),
        "all equal": len(set(after.values())) == 1,
        "keys": sorted(int(k) for k in before) == sorted(int(k) for k in after),
        "shape": X_res.shape,
        "types": (type(X_res).__name__, type(y_res).__name__),
        "dtypes": (str(X_res.dtype), str(y_res.dtype)),
        "sums": sums(X_res),
        "originals kept": contains(X_res, X),
    }


def smote_frame_after_split():
    """SMOTE on the training part of a frame, the credit card fraud kernel."""
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, random_state=42, stratify=y
    )
    sm = SMOTE(random_state=27)
    X_train, y_train = sm.fit_resample(X_train, y_train)
    return {
        "counts": y_train.value_counts().to_dict() == {0: 238, 1: 238},
        "columns": list(X_train.columns),
        "types": (type(X_train).__name__, type(y_train).__name__),
        "name": y_train.name,
        "same index": bool((X_train.index == y_train.index).all()),
        "unique index": bool(X_train.index.is_unique),
        "range index": type(X_train.index).__name__,
        "sums": sums(X_train),
    }


def concat_after_split():
    """Labels put beside resampled rows with concat, after train_test_split."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    X_res, y_res = SMOTE(random_state=0).fit_resample(X_train, y_train)
    df = pd.concat([X_res, y_res], axis=1)
    return {
        "n_rows": len(df),
        "n_missing": int(df.isna().sum().sum()),
        "columns": list(df.columns),
        "own label": own_labels(df[X.columns], df["Class"], X_train, y_train),
        "dtype": str(df["Class"].dtype),
    }


def column_assignment_after_scaler():
    """The C1 idiom: a scaled array and a Series with the split's index, then df['target'] = y_res."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    X_scaled = StandardScaler().fit_transform(X_train)
    X_res, y_res = SMOTE(random_state=42).fit_resample(X_scaled, y_train)
    df = pd.DataFrame(X_res, columns=X.columns)
    df["target"] = y_res
    return {
        "n_rows": len(df),
        "n_missing": int(df["target"].isna().sum()),
        "own label": own_labels(df[X.columns], df["target"], X_scaled, y_train),
        "index of y": type(y_res.index).__name__,
        "dtype": str(df["target"].dtype),
        "sums": sums(X_res),
    }


def column_assignment_undersampled():
    """RandomUnderSampler on a frame with a split's index; the target becomes a column of X_res."""
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y, random_state=1)
    X_res, y_res = RandomUnderSampler(random_state=42).fit_resample(X_train, y_train)
    df = X_res.copy()
    df["Class"] = y_res
    return {
        "n_missing": int(df.isna().sum().sum()),
        "counts": counts(df["Class"]),
        "own label": own_labels(df[X.columns], df["Class"], X_train, y_train),
        "sums": sums(X_res),
    }


def assign_after_undersampling():
    """X_res.assign(target=y_res) and a groupby on it."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = frame()
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, y)
    df = X_res.assign(target=y_res)
    means = df.groupby("target")["V1"].mean().round(6)
    return {
        "means": means.to_dict(),
        "sizes": df.groupby("target").size().to_dict(),
        "n_missing": int(df.isna().sum().sum()),
    }


def dataframe_from_resampled_array():
    """pd.DataFrame(X_res, columns=X.columns) and pd.Series(y_res, name=...) around numpy results."""
    import pandas as pd
    from imblearn.over_sampling import BorderlineSMOTE

    X, y = frame()
    X_res, y_res = BorderlineSMOTE(random_state=3).fit_resample(X.values, y.values)
    X_res = pd.DataFrame(X_res, columns=X.columns)
    y_res = pd.Series(y_res, name="Class")
    df = pd.concat([X_res, y_res], axis=1)
    return {
        "shape": df.shape,
        "missing": int(df.isna().sum().sum()),
        "counts": counts(df["Class"]),
        "sums": sums(X_res),
    }


def dataframe_from_resampled_frame():
    """pd.DataFrame(X_res, columns=X.columns) where X_res already is a frame."""
    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y, random_state=5)
    X_res, y_res = RandomOverSampler(random_state=5).fit_resample(X_train, y_train)
    X_new = pd.DataFrame(X_res, columns=X_train.columns)
    y_new = pd.DataFrame(y_res, columns=["Class"])
    return {
        "shapes": (X_new.shape, y_new.shape),
        "missing": (int(X_new.isna().sum().sum()), int(y_new.isna().sum().sum())),
        "sums": sums(X_new),
        "counts": counts(y_new["Class"]),
    }


def reset_index_concat():
    """reset_index(drop=True) on both sides, then concat."""
    import pandas as pd
    from imblearn.under_sampling import NearMiss

    X, y = frame()
    X = X.set_index(X.index + 1000)
    y = y.set_axis(X.index)
    X_res, y_res = NearMiss().fit_resample(X, y)
    df = pd.concat([X_res.reset_index(drop=True), y_res.reset_index(drop=True)], axis=1)
    return {
        "shape": df.shape,
        "missing": int(df.isna().sum().sum()),
        "own": own_labels(df[X.columns], df["Class"], X, y),
        "sums": sums(X_res),
    }


def value_counts_and_bar_heights():
    """Code that prepares a bar chart from y_res.value_counts()."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    y = y.map({0: "genuine", 1: "fraud"})
    _, y_res = SMOTE(random_state=1).fit_resample(X, y)
    bars = y_res.value_counts(normalize=True).sort_index()
    heights = y_res.value_counts().sort_index()
    return {
        "labels": list(bars.index),
        "shares": [round(float(v), 6) for v in bars.values],
        "heights": [int(v) for v in heights],
        "name": y_res.name,
    }


def bincount_of_labels():
    """np.bincount before and after, on an int array."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs(300, (0.8, 0.2))
    X_res, y_res = SMOTE(sampling_strategy=0.5, random_state=2).fit_resample(X, y)
    return {
        "before": np.bincount(y).tolist(),
        "after": np.bincount(y_res).tolist(),
        "sums": sums(X_res),
    }


def to_csv_and_back():
    """The balanced table is written as CSV and read again."""
    import io

    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler

    df = customers()
    X, y = df.drop(columns="churn"), df["churn"]
    X_res, y_res = RandomOverSampler(random_state=0).fit_resample(X, y)
    out = pd.concat([X_res, y_res], axis=1)
    buffer = io.StringIO()
    out.to_csv(buffer, index=False)
    buffer.seek(0)
    back = pd.read_csv(buffer)
    return {
        "columns": list(back.columns),
        "shape": back.shape,
        "missing": int(back.isna().sum().sum()),
        "dtypes": [str(t) for t in back.dtypes],
        "counts": counts(back["churn"]),
        "age": int(back["age"].sum()),
    }


def drop_duplicates_after_oversampling():
    """How many rows are copies after RandomOverSampler."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = frame()
    X_res, y_res = RandomOverSampler(sampling_strategy="minority", random_state=0).fit_resample(
        X, y
    )
    return {
        "rows": len(X_res),
        "distinct": len(X_res.drop_duplicates()),
        "equal": len(X_res.drop_duplicates()) == len(X),
    }


def loc_by_label_mask():
    """Boolean masks built from y_res select rows of X_res."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    X_res, y_res = SMOTE(random_state=7).fit_resample(X, y)
    minority = X_res.loc[y_res == 1]
    majority = X_res[y_res == 0]
    return {
        "n": (len(minority), len(majority)),
        "V1": round(float(minority["V1"].mean()), 6),
        "V2": round(float(majority["V2"].mean()), 6),
    }


def mask_on_numpy():
    """X_res[y_res == 1, 0] as used for scatter plots."""
    from imblearn.combine import SMOTETomek

    X, y = blobs()
    X_res, y_res = SMOTETomek(random_state=42).fit_resample(X, y)
    xs = X_res[y_res == 1, 0]
    return {
        "n": int(xs.shape[0]),
        "mean": round(float(np.sort(xs).mean()), 6),
        "counts": counts(y_res),
        "sums": sums(X_res),
    }


def original_index_of_undersampled_frame():
    """The index of rows kept by RandomUnderSampler points into the original table."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = frame()
    X.index = [f"id{i}" for i in range(len(X))]
    y.index = X.index
    rus = RandomUnderSampler(random_state=11)
    X_res, y_res = rus.fit_resample(X, y)
    kept = X.iloc[rus.sample_indices_]
    return {
        "rows": sums(kept) == sums(X_res),
        "found": bool(X_res.index.isin(X.index).all()),
        "same rows by label": bool(np.allclose(X.loc[X_res.index].to_numpy(), X_res.to_numpy())),
        "y index": bool((y_res.index == X_res.index).all()),
        "counts": counts(y_res),
    }


def string_labels_array():
    """Labels as an array of strings."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    y = np.where(y == 1, "yes", "no")
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "kind": y_res.dtype.kind,
        "unique": np.unique(y_res).tolist(),
        "sums": sums(X_res),
    }


def string_labels_series():
    """Labels as a text Series, mapped back to 0 and 1 afterwards."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    y = y.map({0: "No", 1: "Yes"}).rename("Churn")
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    y_num = y_res.map({"No": 0, "Yes": 1})
    return {
        "missing": int(y_num.isna().sum()),
        "sum": int(y_num.sum()),
        "name": y_res.name,
        "same dtype": str(y_res.dtype) == str(y.dtype),
    }


def bool_labels():
    """Labels as booleans; ~y_res and y_res.sum() afterwards."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y.astype(bool))
    return {
        "dtype": str(y_res.dtype),
        "positives": int(y_res.sum()),
        "negatives": int((~y_res).sum()),
        "sums": sums(X_res),
    }


def category_labels():
    """Labels as a category Series keep their categories."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = frame()
    y = y.map({0: "good", 1: "bad"}).astype("category")
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, y)
    return {
        "dtype": str(y_res.dtype),
        "categories": list(y_res.cat.categories),
        "counts": {str(k): int(v) for k, v in sorted(y_res.value_counts().items())},
    }


def float_labels():
    """Labels 0.0 and 1.0, as a CSV often gives them."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y.astype(float))
    return {"dtype": str(y_res.dtype), "counts": counts(y_res)}


def minus_one_plus_one_labels():
    """Labels -1 and +1."""
    from imblearn.combine import SMOTEENN

    X, y = blobs()
    y = np.where(y == 1, 1, -1)
    X_res, y_res = SMOTEENN(random_state=42).fit_resample(X, y)
    return {"counts": counts(y_res), "sums": sums(X_res), "dtype": str(y_res.dtype)}


def one_hot_labels():
    """Labels as a one-hot table of three classes, for a neural network."""
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.preprocessing import LabelBinarizer

    X, y = three_classes()
    Y = LabelBinarizer().fit_transform(y)
    X_res, Y_res = RandomOverSampler(random_state=0).fit_resample(X, Y)
    return {
        "shape": Y_res.shape,
        "per column": Y_res.sum(axis=0).tolist(),
        "one each": bool((Y_res.sum(axis=1) == 1).all()),
        "argmax": np.bincount(Y_res.argmax(axis=1)).tolist(),
    }


def one_hot_labels_smote():
    """SMOTE with one-hot labels of three classes."""
    from imblearn.over_sampling import SMOTE

    X, y = three_classes()
    Y = np.eye(3, dtype=int)[y]
    X_res, Y_res = SMOTE(random_state=0).fit_resample(X, Y)
    return {
        "X": X_res.shape,
        "Y": Y_res.shape,
        "per column": np.asarray(Y_res).sum(axis=0).tolist(),
    }


def y_as_list():
    """X and y as plain lists."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs(200, (0.8, 0.2))
    X_res, y_res = SMOTE(random_state=0).fit_resample(X.tolist(), y.tolist())
    return {
        "types": (type(X_res).__name__, type(y_res).__name__),
        "row": type(X_res[0]).__name__,
        "counts": counts(y_res),
        "len": len(X_res),
        "sums": sums(X_res),
    }


def y_as_list_of_strings_X_array():
    """X as an array, y as a list of strings."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    labels = ["spam" if v else "ham" for v in y]
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, labels)
    return {
        "type": type(y_res).__name__,
        "spam": list(y_res).count("spam"),
        "ham": list(y_res).count("ham"),
        "sums": sums(X_res),
    }


def y_as_column_vector():
    """y of shape (n, 1), as reshape(-1, 1) makes it; Counter afterwards."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y.reshape(-1, 1))
    return {
        "ndim": y_res.ndim,
        "counter": {int(k): v for k, v in sorted(Counter(y_res).items())},
        "sums": sums(X_res),
    }


def y_as_one_column_frame():
    """y as df[['Class']], one column."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y.to_frame())
    return {
        "type": type(y_res).__name__,
        "columns": list(y_res.columns),
        "shape": y_res.shape,
        "counts": y_res["Class"].value_counts().sort_index().to_dict(),
    }


def y_ravel():
    """y_train.values.ravel() passed, as warnings advise."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    y = y.to_frame()
    os_X, os_y = SMOTE(random_state=0).fit_resample(X, y.values.ravel())
    import pandas as pd

    os_y = pd.DataFrame(data=os_y, columns=["y"])
    return {
        "length": len(os_X),
        "no": len(os_y[os_y["y"] == 0]),
        "yes share": round(len(os_y[os_y["y"] == 1]) / len(os_X), 6),
        "X type": type(os_X).__name__,
        "index": type(os_X.index).__name__,
    }


def series_without_name():
    """A Series without a name stays without one."""
    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    X_res, y_res = RandomOverSampler(random_state=0).fit_resample(pd.DataFrame(X), pd.Series(y))
    return {
        "name": y_res.name,
        "columns": [int(c) for c in X_res.columns],
        "counts": counts(y_res),
        "sums": sums(X_res),
    }


def integer_column_names():
    """A frame with the default column names 0, 1, 2, 3."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    sm = SMOTE(random_state=0)
    X_res, _ = sm.fit_resample(pd.DataFrame(X), y)
    return {
        "columns": [int(c) for c in X_res.columns],
        "names known": hasattr(sm, "feature_names_in_"),
        "n": int(sm.n_features_in_),
        "sums": sums(X_res),
    }


def frame_and_numpy_y():
    """A frame X with the index of a split, y in numpy."""
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y.to_numpy(), random_state=2)
    X_res, y_res = SMOTE(random_state=2).fit_resample(X_train, y_train)
    df = X_res.copy()
    df["y"] = y_res
    return {
        "own": own_labels(df[X.columns], df["y"], X_train, y_train),
        "type": type(y_res).__name__,
        "missing": int(df.isna().sum().sum()),
        "unique index": bool(df.index.is_unique),
    }


def iloc_split_columns():
    """X = df.iloc[:, :-1], y = df.iloc[:, -1], and the table put together again."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    df = pd.concat([X, y], axis=1)
    X, y = df.iloc[:, :-1], df.iloc[:, -1]
    X_res, y_res = SMOTE(k_neighbors=3, random_state=9).fit_resample(X, y)
    new = pd.DataFrame(np.column_stack([X_res, y_res]), columns=df.columns)
    return {
        "shape": new.shape,
        "classes": sorted(new["Class"].unique().tolist()),
        "sums": sums(new),
    }


def int_columns_stay_int():
    """Whole-number columns of a frame keep their dtypes."""
    from imblearn.over_sampling import SMOTE

    df = customers()
    X, y = df[["age", "income"]], df["churn"]
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    return {
        "dtypes": [str(t) for t in X_res.dtypes],
        "counts": counts(y_res),
        "age in range": bool(X_res["age"].between(18, 83).all()),
    }


def int_array_stays_int():
    """A whole-number array: the dtype afterwards."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    X = (X * 100).astype(int)
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, y)
    return {"dtype": str(X_res.dtype), "sums": sums(X_res)}


def float32_array():
    """float32 in, float32 out, for torch or keras."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X.astype(np.float32), y.astype(np.int32))
    return {
        "dtypes": (str(X_res.dtype), str(y_res.dtype)),
        "shape": X_res.shape,
        "counts": counts(y_res),
    }


def float32_frame():
    """A frame with reduced memory: float32 columns."""
    from imblearn.over_sampling import BorderlineSMOTE

    X, y = frame()
    X_res, y_res = BorderlineSMOTE(random_state=0).fit_resample(
        X.astype("float32"), y.astype("int8")
    )
    return {
        "dtypes": sorted({str(t) for t in X_res.dtypes}),
        "y": str(y_res.dtype),
        "counts": counts(y_res),
    }


def object_array_of_numbers():
    """df.values with mixed dtypes gives an object array; np.isnan afterwards."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X.astype(object), y)
    return {
        "dtype": str(X_res.dtype),
        "nan": int(np.isnan(X_res.astype(float)).sum()),
        "sums": sums(X_res),
    }


def object_labels():
    """y as an object array of strings."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    y = np.array(["a", "b"], dtype=object)[y]
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    return {"counts": counts(y_res), "dtype": str(y_res.dtype)}


def images_reshaped():
    """Images flattened, oversampled, and reshaped to images again."""
    from imblearn.over_sampling import SMOTE

    rng = np.random.default_rng(0)
    images = rng.random((120, 6, 6, 3))
    y = np.repeat([0, 1], [90, 30])
    flat = images.reshape(len(images), -1)
    X_res, y_res = SMOTE(random_state=0).fit_resample(flat, y)
    new = X_res.reshape(-1, 6, 6, 3)
    return {
        "shape": new.shape,
        "counts": counts(y_res),
        "in range": bool((new >= 0).all() and (new <= 1).all()),
        "sums": sums(X_res),
    }


def index_reshape_trick():
    """Row numbers resampled instead of rows: np.arange(n).reshape(-1, 1)."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    idx, y_res = RandomOverSampler(random_state=0).fit_resample(np.arange(len(X)).reshape(-1, 1), y)
    X_res = X[idx.ravel()]
    return {
        "dtype": str(idx.dtype),
        "own": bool((y[idx.ravel()] == y_res).all()),
        "sums": sums(X_res),
        "counts": counts(y_res),
    }


def text_list_reshaped():
    """Raw text resampled as a column of strings, before any vectorizer."""
    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler

    corpus, labels = texts()
    df = pd.DataFrame({"text": corpus, "label": labels})
    X_res, y_res = RandomOverSampler(random_state=42).fit_resample(df[["text"]], df["label"])
    train = pd.DataFrame({"text": X_res["text"], "label": y_res})
    return {
        "shape": train.shape,
        "missing": int(train.isna().sum().sum()),
        "counts": counts(y_res),
        "words": int(train["text"].str.split().str.len().sum()),
        "same dtype": str(X_res["text"].dtype) == str(df["text"].dtype),
    }


def text_object_array():
    """np.array(texts).reshape(-1, 1) with RandomUnderSampler."""
    from imblearn.under_sampling import RandomUnderSampler

    corpus, labels = texts()
    X = np.array(corpus, dtype=object).reshape(-1, 1)
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, labels)
    return {
        "n": len(X_res),
        "first type": type(X_res[0, 0]).__name__,
        "spam": list(y_res).count("spam"),
        "dtype": str(X_res.dtype),
    }


# ---------------------------------------------------------------- strategies


def strategy_float_over_then_under():
    """Over to 0.5 and then under to 0.8 (the well known blog post)."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs(500, (0.9, 0.1))
    over = SMOTE(sampling_strategy=0.5, random_state=1)
    under = RandomUnderSampler(sampling_strategy=0.8, random_state=1)
    pipeline = Pipeline(steps=[("o", over), ("u", under)])
    X_res, y_res = pipeline.fit_resample(X, y)
    return {"counts": counts(y_res), "shape": X_res.shape}


def strategy_dict():
    """Wished numbers per class as a dict, three classes."""
    from imblearn.over_sampling import SMOTE

    X, y = three_classes()
    sm = SMOTE(sampling_strategy={1: 150, 2: 100}, random_state=0)
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "strategy_": strategy(sm.sampling_strategy_),
        "kept": contains(X_res, X),
    }


def strategy_dict_strings():
    """A dict with string labels, under-sampling."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = three_classes(["low", "mid", "high"])
    rus = RandomUnderSampler(sampling_strategy={"low": 50, "mid": 40}, random_state=0)
    X_res, y_res = rus.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "strategy_": strategy(rus.sampling_strategy_),
        "own": own_labels(X_res, y_res, X, y),
    }


def strategy_callable():
    """A function of y that computes the wished numbers."""
    from imblearn.over_sampling import RandomOverSampler

    def half_of_majority(y):
        stats = Counter(y)
        top = max(stats.values())
        return {k: max(v, top // 2) for k, v in stats.items()}

    X, y = three_classes()
    X_res, y_res = RandomOverSampler(
        sampling_strategy=half_of_majority, random_state=0
    ).fit_resample(X, y)
    return {"counts": counts(y_res)}


def strategy_lambda_undersampling():
    """A lambda with a cap per class."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = three_classes()
    cap = 60
    rus = RandomUnderSampler(
        sampling_strategy=lambda y: {k: min(v, cap) for k, v in Counter(y).items()}, random_state=0
    )
    _, y_res = rus.fit_resample(X, y)
    return {"counts": counts(y_res)}


def strategy_words_over():
    """Every word of sampling_strategy, over-sampling of three classes."""
    from imblearn.over_sampling import SMOTE

    X, y = three_classes()
    out = {}
    for word in ["minority", "not minority", "not majority", "all", "auto"]:
        out[word] = counts(SMOTE(sampling_strategy=word, random_state=0).fit_resample(X, y)[1])
    return out


def strategy_words_under():
    """Every word of sampling_strategy, under-sampling of three classes."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = three_classes()
    return {
        word: counts(
            RandomUnderSampler(sampling_strategy=word, random_state=0).fit_resample(X, y)[1]
        )
        for word in ["majority", "not minority", "not majority", "all", "auto"]
    }


def strategy_list_for_cleaning():
    """A list of classes for a cleaning method."""
    from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks

    X, y = blobs()
    tl = TomekLinks(sampling_strategy=[1])
    _, y_tl = tl.fit_resample(X, y)
    enn = EditedNearestNeighbours(sampling_strategy=[0, 1])
    X_enn, y_enn = enn.fit_resample(X, y)
    return {"tomek": counts(y_tl), "enn": counts(y_enn), "sums": sums(X_enn)}


def strategy_dict_comprehension_top_class():
    """A dict made from value_counts with one target number for all classes."""
    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler

    X, y = three_classes(["a", "b", "c"])
    y = pd.Series(y)
    target = {label: int(y.value_counts().max()) + 20 for label in y.unique()}
    ros = RandomOverSampler(sampling_strategy=target, random_state=0)
    _, y_res = ros.fit_resample(X, y)
    return {"counts": counts(y_res), "type": type(y_res).__name__}


def strategy_attribute_after_fit():
    """sampler.fit(X, y) only, and sampling_strategy_ read."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    sm = SMOTE().fit(X, y)
    rus = RandomUnderSampler(sampling_strategy=0.5).fit(X, y)
    return {
        "over": strategy(sm.sampling_strategy_),
        "under": strategy(rus.sampling_strategy_),
        "n": int(sm.n_features_in_),
    }


def ratio_not_reachable():
    """A float that would remove rows: ValueError, then 'auto'."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs(300, (0.6, 0.4))
    try:
        X_res, y_res = SMOTE(sampling_strategy=0.3, random_state=0).fit_resample(X, y)
        used = "0.3"
    except ValueError:
        X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
        used = "auto"
    return {"used": used, "counts": counts(y_res)}


def unknown_class_in_dict():
    """A class that y has not: ValueError."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    try:
        RandomOverSampler(sampling_strategy={7: 500}).fit_resample(X, y)
        error = None
    except ValueError as e:
        error = type(e).__name__
    return {"error": error}


def dict_below_current_count():
    """Over-sampling with fewer rows than there are: ValueError."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    errors = []
    for sampler in (
        SMOTE(sampling_strategy={1: 10}),
        RandomUnderSampler(sampling_strategy={0: 10_000}),
    ):
        try:
            sampler.fit_resample(X, y)
            errors.append("none")
        except ValueError:
            errors.append("ValueError")
    return {"errors": errors}


def float_for_multiclass():
    """A float for three classes: ValueError."""
    from imblearn.over_sampling import SMOTE

    X, y = three_classes()
    try:
        SMOTE(sampling_strategy=0.8).fit_resample(X, y)
    except ValueError as e:
        return {"error": type(e).__name__, "has text": len(str(e)) > 0}
    return {"error": None}


def single_class_guard():
    """A project's guard: one class only gives ValueError and the data as they are."""
    from imblearn.over_sampling import SMOTE

    def balance(X, y):
        try:
            return SMOTE(random_state=0).fit_resample(X, y), True
        except ValueError:
            return (X, y), False

    X, y = blobs()
    (_, y1), done1 = balance(X[y == 0], y[y == 0])
    (_, y2), done2 = balance(X, y)
    return {"one class": (done1, counts(y1)), "two classes": (done2, counts(y2))}


def too_few_samples_fallback():
    """Fewer rare rows than k_neighbors + 1: ValueError, then RandomOverSampler."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler

    X, y = blobs(200, (0.98, 0.02))
    try:
        X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
        used = "smote"
    except ValueError:
        X_res, y_res = RandomOverSampler(random_state=0).fit_resample(X, y)
        used = "random"
    return {"used": used, "counts": counts(y_res), "sums": sums(X_res)}


def k_neighbors_from_class_size():
    """k_neighbors chosen from the size of the rarest class."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs(200, (0.98, 0.02))
    k = min(5, min(Counter(y).values()) - 1)
    X_res, y_res = SMOTE(k_neighbors=k, random_state=0).fit_resample(X, y)
    return {"k": k, "counts": counts(y_res), "sums": sums(X_res)}


def nan_then_impute():
    """NaN input: ValueError, then an imputer first."""
    from imblearn.over_sampling import SMOTE
    from sklearn.impute import SimpleImputer

    X, y = blobs()
    X = X.copy()
    X[::10, 0] = np.nan
    try:
        X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
        imputed = False
    except ValueError:
        X_imp = SimpleImputer(strategy="mean").fit_transform(X)
        X_res, y_res = SMOTE(random_state=0).fit_resample(X_imp, y)
        imputed = True
    return {"imputed": imputed, "counts": counts(y_res), "nan": int(np.isnan(X_res).sum())}


def text_column_error():
    """SMOTE on a frame with text: ValueError, then get_dummies."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    df = customers()
    X, y = df[["age", "income", "city"]], df["churn"]
    try:
        X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
        way = "as is"
    except ValueError:
        X_res, y_res = SMOTE(random_state=0).fit_resample(pd.get_dummies(X, columns=["city"]), y)
        way = "dummies"
    return {"way": way, "columns": list(X_res.columns), "counts": counts(y_res)}


def continuous_target_error():
    """A regression target: ValueError."""
    from imblearn.over_sampling import SMOTE

    X, _ = blobs()
    try:
        SMOTE().fit_resample(X, X[:, 0])
        return {"error": None}
    except ValueError as e:
        return {"error": type(e).__name__}


def wrong_parameter_value_error():
    """A parameter out of its range is found at fit, as a ValueError."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import NearMiss

    X, y = blobs()
    errors = {}
    for name, sampler in {
        "k": SMOTE(k_neighbors=0),
        "version": NearMiss(version=5),
        "word": SMOTE(sampling_strategy="some"),
    }.items():
        try:
            sampler.fit_resample(X, y)
            errors[name] = "none"
        except ValueError:
            errors[name] = "ValueError"
    return errors


def different_lengths_error():
    """X and y of different lengths: ValueError."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    try:
        RandomUnderSampler().fit_resample(X, y[:-1])
        return {"error": "none"}
    except ValueError:
        return {"error": "ValueError"}


def old_fit_sample_name():
    """Code for old versions: fit_sample where it exists, else fit_resample."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    sm = SMOTE(random_state=0)
    method = getattr(sm, "fit_sample", None) or sm.fit_resample
    X_res, y_res = method(X, y)
    return {"old name": hasattr(sm, "fit_sample"), "counts": counts(y_res)}


def old_ratio_parameter_error():
    """ratio= and n_jobs= of old versions raise TypeError."""
    from imblearn.over_sampling import SMOTE

    out = {}
    for kwargs in ({"ratio": "minority"}, {"n_jobs": -1}, {"kind": "svm"}):
        try:
            SMOTE(**kwargs)
            out[next(iter(kwargs))] = "accepted"
        except TypeError:
            out[next(iter(kwargs))] = "TypeError"
    return out


# ---------------------------------------------------------------- preprocessing and sparse


def smote_after_get_dummies():
    """get_dummies on a mixed table, then SMOTE: names, dtypes and counts."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    df = pd.get_dummies(customers(), columns=["city", "plan"], drop_first=True)
    X, y = df.drop("churn", axis=1), df["churn"]
    X_res, y_res = SMOTE(random_state=42).fit_resample(X, y)
    return {
        "columns": list(X_res.columns),
        "dtypes": [str(t) for t in X_res.dtypes],
        "counts": counts(y_res),
        "missing": int(X_res.isna().sum().sum()),
    }


def smote_after_get_dummies_values():
    """get_dummies(dtype=int).values, then SMOTE and np.isnan."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE

    df = pd.get_dummies(customers(), dtype=int)
    X, y = df.drop(columns="churn").values, df["churn"].values
    X_res, y_res = SMOTE(random_state=42).fit_resample(X, y)
    return {
        "shape": X_res.shape,
        "nan": int(np.isnan(X_res).sum()),
        "kind": X_res.dtype.kind,
        "counts": counts(y_res),
    }


def smote_after_label_encoder():
    """LabelEncoder on the text columns, then SMOTE on the whole-number frame."""
    from imblearn.over_sampling import SMOTE
    from sklearn.preprocessing import LabelEncoder

    df = customers()
    for col in ["city", "plan", "is_member"]:
        df[col] = LabelEncoder().fit_transform(df[col].astype(str))
    X, y = df.drop(columns=["churn"]), df["churn"]
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    return {
        "dtypes": [str(t) for t in X_res.dtypes],
        "counts": counts(y_res),
        "city in codes": bool(X_res["city"].isin([0, 1, 2]).all()),
    }


def smote_after_column_transformer():
    """ColumnTransformer with scaler and one-hot encoder, then SMOTE on its output."""
    from imblearn.over_sampling import SMOTE
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    df = customers()
    pre = ColumnTransformer(
        [
            ("num", StandardScaler(), ["age", "income"]),
            ("cat", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
        ]
    )
    X = pre.fit_transform(df.drop(columns="churn"))
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, df["churn"])
    return {
        "shape": X_res.shape,
        "type": type(X_res).__name__,
        "counts": counts(y_res),
        "index": type(y_res.index).__name__,
    }


def tfidf_smote_series():
    """TF-IDF, a split, SMOTE on the sparse matrix, labels from a Series."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    corpus, labels = texts()
    df = pd.DataFrame({"text": corpus, "label": labels})
    train, test = train_test_split(df, random_state=0, stratify=df["label"])
    vec = TfidfVectorizer()
    X_train = vec.fit_transform(train["text"])
    X_res, y_res = SMOTE(random_state=0).fit_resample(X_train, train["label"])
    clf = LogisticRegression().fit(X_res, y_res)
    return {
        "sparse": sparse.issparse(X_res),
        "format": X_res.format,
        "counts": counts(y_res),
        "index": type(y_res.index).__name__,
        "score": round(float(clf.score(vec.transform(test["text"]), test["label"])), 2),
    }


def tfidf_pipeline():
    """Text straight through vectorizer, SMOTE and naive Bayes, in make_pipeline."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import MultinomialNB

    corpus, labels = texts()
    pipe = make_pipeline(TfidfVectorizer(), SMOTE(random_state=0), MultinomialNB())
    pipe.fit(corpus, labels)
    return {
        "steps": [name for name, _ in pipe.steps],
        "classes": [str(c) for c in pipe.classes_],
        "predicted": [
            str(p) for p in pipe.predict(["free cash prize click", "hello team meeting today"])
        ],
    }


def count_vectorizer_random_over():
    """CountVectorizer and RandomOverSampler; the dtype of counts stays."""
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.feature_extraction.text import CountVectorizer

    corpus, labels = texts()
    X = CountVectorizer().fit_transform(corpus)
    X_res, y_res = RandomOverSampler(random_state=0).fit_resample(X, labels)
    return {
        "dtype": str(X_res.dtype),
        "format": X_res.format,
        "shape": X_res.shape,
        "sums": sums(X_res),
        "type of y": type(y_res).__name__,
    }


def sparse_formats():
    """csr, csc and coo in: what comes out, and slicing of rows."""
    from imblearn.over_sampling import SMOTE
    from scipy import sparse

    _, y = blobs(200, (0.8, 0.2))
    out = {}
    for name in ["csr", "csc", "coo"]:
        X_in = sparse.random(200, 6, density=0.5, format=name, random_state=0)
        X_res, y_res = SMOTE(random_state=0).fit_resample(X_in, y)
        out[name] = (X_res.format, X_res.shape, X_res[:10].shape, counts(y_res))
    return out


def sparse_undersampling_rows():
    """RandomUnderSampler on csr: rows by sample_indices_, toarray afterwards."""
    from imblearn.under_sampling import RandomUnderSampler
    from scipy.sparse import csr_matrix

    X, y = blobs()
    X = csr_matrix(np.where(X > 1, X, 0))
    rus = RandomUnderSampler(random_state=0)
    X_res, y_res = rus.fit_resample(X, y)
    return {
        "format": X_res.format,
        "same": sums(X[rus.sample_indices_]) == sums(X_res),
        "sums": sums(X_res),
        "type": type(X_res).__name__,
    }


def sparse_frame():
    """A frame with sparse columns stays one."""
    import pandas as pd
    from imblearn.under_sampling import RandomUnderSampler
    from scipy import sparse

    _, y = blobs(200, (0.8, 0.2))
    X = pd.DataFrame.sparse.from_spmatrix(
        sparse.random(200, 5, density=0.3, format="csr", random_state=0)
    )
    X_res, y_res = RandomUnderSampler(random_state=0).fit_resample(X, y)
    return {
        "dtypes": sorted({str(t) for t in X_res.dtypes}),
        "shape": X_res.shape,
        "counts": counts(y_res),
    }


def simple_imputer_object_frame():
    """A most_frequent imputer makes an object frame of numbers; SMOTE on it."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.impute import SimpleImputer

    X, y = frame()
    X = X.astype(object)
    X = pd.DataFrame(SimpleImputer(strategy="most_frequent").fit_transform(X), columns=X.columns)
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    return {
        "distinct": len(X_res.astype(float).drop_duplicates()),
        "rows": len(X_res),
        "sums": sums(X_res),
    }


def pca_then_smote():
    """PCA for a plot, then SMOTE; the plot needs two columns."""
    from imblearn.over_sampling import SMOTE
    from sklearn.decomposition import PCA

    X, y = blobs()
    X2 = PCA(n_components=2, random_state=0).fit_transform(X)
    X_res, y_res = SMOTE(random_state=0).fit_resample(X2, y)
    return {"shape": X_res.shape, "counts": counts(y_res), "kept": contains(X_res, X2)}


# ---------------------------------------------------------------- mixed data and missing values


def smotenc_indices():
    """SMOTENC with positions of the categorical columns of a frame."""
    from imblearn.over_sampling import SMOTENC

    df = customers()
    X, y = df.drop(columns="churn"), df["churn"]
    sm = SMOTENC(categorical_features=[2, 3, 4], random_state=0)
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "dtypes": [str(a) == str(b) for a, b in zip(X_res.dtypes, X.dtypes)],
        "cities": sorted(X_res["city"].unique().tolist()),
        "columns": list(X_res.columns),
    }


def smotenc_names():
    """SMOTENC with column names."""
    from imblearn.over_sampling import SMOTENC

    df = customers()
    X, y = df[["age", "income", "city"]], df["churn"]
    X_res, y_res = SMOTENC(categorical_features=["city"], random_state=0).fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "shape": X_res.shape,
        "cities": sorted(set(X_res["city"])),
        "missing": int(X_res.isna().sum().sum()),
    }


def smotenc_mask():
    """SMOTENC with a boolean mask made from dtypes."""
    from imblearn.over_sampling import SMOTENC

    df = customers()
    X, y = df.drop(columns=["churn", "is_member"]), df["churn"]
    mask = [not np.issubdtype(t, np.number) if isinstance(t, np.dtype) else True for t in X.dtypes]
    sm = SMOTENC(categorical_features=mask, random_state=0)
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "mask": mask,
        "counts": counts(y_res),
        "categorical_features_": [int(i) for i in sm.categorical_features_],
        "continuous": [int(i) for i in sm.continuous_features_],
    }


def smotenc_auto():
    """SMOTENC with 'auto' on category columns; its fitted attributes."""
    from imblearn.over_sampling import SMOTENC

    df = customers()
    df["city"] = df["city"].astype("category")
    X, y = df[["age", "income", "city", "plan"]], df["churn"]
    sm = SMOTENC(categorical_features="auto", random_state=0, k_neighbors=3)
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "categorical_features_": [int(i) for i in sm.categorical_features_],
        "median keys": sorted(int(k) for k in sm.median_std_),
        "median positive": all(float(v) > 0 for v in sm.median_std_.values()),
        "dtype": str(X_res["city"].dtype),
        "encoder": type(sm.categorical_encoder_).__name__,
    }


def smotenc_object_array():
    """SMOTENC on an object array: floats and strings."""
    from imblearn.over_sampling import SMOTENC

    df = customers()
    X = df[["income", "city"]].to_numpy(dtype=object)
    X_res, y_res = SMOTENC(categorical_features=[1], random_state=0).fit_resample(
        X, df["churn"].to_numpy()
    )
    return {
        "shape": X_res.shape,
        "dtype": str(X_res.dtype),
        "cities": sorted(set(X_res[:, 1])),
        "counts": counts(y_res),
        "number": isinstance(X_res[0, 0], float),
    }


def smotenc_select_dtypes():
    """Positions looked up with columns.get_loc, and SMOTENC inside a pipeline with an encoder."""
    from imblearn.over_sampling import SMOTENC
    from imblearn.pipeline import Pipeline
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    df = customers()
    X, y = df.drop(columns=["churn", "is_member"]), df["churn"]
    numeric = X.select_dtypes("number").columns
    cat_idx = [X.columns.get_loc(c) for c in X.columns.difference(numeric)]
    enc = make_column_transformer(
        (OneHotEncoder(), ["city", "plan"]), (StandardScaler(), list(numeric))
    )
    pipe = Pipeline(
        [
            ("smote", SMOTENC(categorical_features=cat_idx, random_state=0)),
            ("enc", enc),
            ("lr", LogisticRegression(max_iter=500)),
        ]
    )
    pipe.fit(X, y)
    return {
        "positions": sorted(int(i) for i in cat_idx),
        "coef": pipe.named_steps["lr"].coef_.shape,
        "good": bool(pipe.score(X, y) > 0.6),
    }


def smotenc_nearest_neighbors_object():
    """SMOTENC with a NearestNeighbors object."""
    from imblearn.over_sampling import SMOTENC
    from sklearn.neighbors import NearestNeighbors

    df = customers()
    X, y = df[["age", "income", "city"]], df["churn"]
    sm = SMOTENC(
        categorical_features=["city"], k_neighbors=NearestNeighbors(n_neighbors=4), random_state=0
    )
    _, y_res = sm.fit_resample(X, y)
    return {"counts": counts(y_res), "k": int(sm.nn_k_.n_neighbors)}


def smoten_text_columns():
    """SMOTEN on columns of text only."""
    from imblearn.over_sampling import SMOTEN

    df = customers()
    X, y = df[["city", "plan"]].astype(str), df["churn"]
    X_res, y_res = SMOTEN(random_state=0).fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "cities": sorted(X_res["city"].unique().tolist()),
        "plans": sorted(X_res["plan"].unique().tolist()),
        "type": type(X_res).__name__,
    }


def smoten_array():
    """SMOTEN from the documentation: an object array of colours."""
    from imblearn.over_sampling import SMOTEN

    X = np.array(["A"] * 10 + ["B"] * 20 + ["C"] * 30, dtype=object).reshape(-1, 1)
    y = np.array([0] * 20 + [1] * 40, dtype=np.int32)
    X_res, y_res = SMOTEN(random_state=0).fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "values": sorted(set(X_res.ravel().tolist())),
        "dtype": str(X_res.dtype),
    }


def random_over_nan_text_dates():
    """RandomOverSampler on a table with NaN, text and dates."""
    import pandas as pd
    from imblearn.over_sampling import RandomOverSampler

    df = customers()
    df["since"] = pd.date_range("2020-01-01", periods=len(df), freq="D")
    df.loc[df.index[::7], "income"] = np.nan
    X, y = df.drop(columns="churn"), df["churn"]
    X_res, y_res = RandomOverSampler(random_state=0).fit_resample(X, y)
    return {
        "dtypes same": [str(a) == str(b) for a, b in zip(X_res.dtypes, X.dtypes)],
        "nan": int(X_res["income"].isna().sum()),
        "year sum": int(X_res["since"].dt.dayofyear.sum()),
        "counts": counts(y_res),
    }


def random_under_nan_text():
    """RandomUnderSampler on the raw table before any preprocessing."""
    from imblearn.under_sampling import RandomUnderSampler

    df = customers()
    df.loc[df.index[::5], "city"] = None
    X, y = df.drop("churn", axis=1), df["churn"]
    X_res, y_res = RandomUnderSampler(random_state=42).fit_resample(X, y)
    return {
        "shape": X_res.shape,
        "missing": int(X_res["city"].isna().sum()),
        "age": int(X_res["age"].sum()),
        "counts": counts(y_res),
        "plan": str(X_res["plan"].dtype),
    }


def random_over_nan_array():
    """NaN and inf in an array pass through RandomOverSampler."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    X = X.copy()
    X[0, 0], X[1, 1] = np.nan, np.inf
    X_res, y_res = RandomOverSampler(random_state=0).fit_resample(X, y)
    return {
        "nan": int(np.isnan(X_res).sum()),
        "inf": int(np.isinf(X_res).sum()),
        "counts": counts(y_res),
    }


def random_over_whole_table_with_target():
    """The whole table, target included, resampled by its own column."""
    from imblearn.over_sampling import RandomOverSampler

    df = customers()
    df_res, _ = RandomOverSampler(random_state=0).fit_resample(df, df["churn"])
    return {
        "counts": df_res["churn"].value_counts().sort_index().to_dict(),
        "columns": list(df_res.columns),
        "age": int(df_res["age"].sum()),
    }


def random_over_shrinkage():
    """Smoothed bootstrap: shrinkage as a number and as a dict."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    ros = RandomOverSampler(shrinkage=0.2, random_state=0)
    X_res, y_res = ros.fit_resample(X, y)
    ros2 = RandomOverSampler(shrinkage={1: 0.5}, random_state=0)
    X_res2, _ = ros2.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "shrinkage_": (
            {int(k): float(v) for k, v in ros.shrinkage_.items()},
            {int(k): float(v) for k, v in ros2.shrinkage_.items()},
        ),
        "new rows": len(set(row_keys(X_res)) - set(row_keys(X))) > 250,
        "kept": contains(X_res2, X),
    }


# ---------------------------------------------------------------- samplers and their attributes


def loop_over_oversamplers():
    """A loop over over-samplers with class names and counts."""
    from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler, SVMSMOTE

    X, y = blobs()
    table = {}
    for sampler in [
        RandomOverSampler(random_state=0),
        SMOTE(random_state=0),
        BorderlineSMOTE(random_state=0),
        SVMSMOTE(random_state=0),
        ADASYN(random_state=0),
    ]:
        X_res, y_res = sampler.fit_resample(X, y)
        c = Counter(y_res)
        table[sampler.__class__.__name__] = (int(c[0]), abs(c[1] - c[0]) <= 20, contains(X_res, X))
    return table


def loop_over_undersamplers():
    """A loop over under-samplers that are deterministic with a seed."""
    from imblearn.under_sampling import (
        AllKNN,
        EditedNearestNeighbours,
        NearMiss,
        OneSidedSelection,
        RandomUnderSampler,
        RepeatedEditedNearestNeighbours,
        TomekLinks,
    )

    X, y = blobs()
    samplers = {
        "rus": RandomUnderSampler(random_state=0),
        "tomek": TomekLinks(),
        "enn": EditedNearestNeighbours(),
        "renn": RepeatedEditedNearestNeighbours(),
        "allknn": AllKNN(),
        "oss": OneSidedSelection(random_state=0),
        "nm1": NearMiss(version=1),
        "nm2": NearMiss(version=2),
        "nm3": NearMiss(version=3),
    }
    out = {}
    for name, sampler in samplers.items():
        X_res, y_res = sampler.fit_resample(X, y)
        out[name] = (counts(y_res), sums(X_res), own_labels(X_res, y_res, X, y))
    return out


def slow_undersamplers():
    """Under-samplers whose choice depends on draws: what may be relied on."""
    from imblearn.under_sampling import (
        ClusterCentroids,
        CondensedNearestNeighbour,
        InstanceHardnessThreshold,
        NeighbourhoodCleaningRule,
    )
    from sklearn.linear_model import LogisticRegression

    X, y = blobs(200, (0.8, 0.2))
    cc = ClusterCentroids(random_state=0).fit_resample(X, y)
    cnn = CondensedNearestNeighbour(random_state=0).fit_resample(X, y)
    iht = InstanceHardnessThreshold(estimator=LogisticRegression(), random_state=0).fit_resample(
        X, y
    )
    ncr = NeighbourhoodCleaningRule().fit_resample(X, y)
    return {
        "cc": counts(cc[1]),
        "cnn": (counts(cnn[1])[1], contains(X, cnn[0])),
        "iht": (counts(iht[1])[1], contains(X, iht[0]), len(iht[1]) < 160),
        "ncr": (counts(ncr[1]), sums(ncr[0])),
    }


def dict_of_samplers_get_params():
    """Samplers by name; a parameter taken from get_params for a log."""
    from imblearn.combine import SMOTEENN, SMOTETomek
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler, TomekLinks

    samplers = {
        "smote": SMOTE(k_neighbors=3),
        "rus": RandomUnderSampler(replacement=True),
        "tl": TomekLinks(),
        "se": SMOTEENN(),
        "st": SMOTETomek(random_state=1),
    }
    return {
        name: sorted((k, str(v)) for k, v in s.get_params(deep=False).items())
        for name, s in samplers.items()
    }


def default_parameters_all():
    """The default parameters of all samplers, read for a configuration form."""
    import imblearn.over_sampling
    import imblearn.under_sampling

    out = {}
    for module in (imblearn.over_sampling, imblearn.under_sampling):
        for name in module.__all__:
            sampler = getattr(module, name)
            if name == "SMOTENC":
                sampler = sampler(categorical_features=[0])
            else:
                sampler = sampler()
            out[name] = {k: str(v) for k, v in sorted(sampler.get_params(deep=False).items())}
    return out


def all_names_in_modules():
    """Whether the names that client code looks up with getattr are there."""
    import imblearn

    names = {
        "over_sampling": [
            "SMOTE",
            "SMOTENC",
            "SMOTEN",
            "ADASYN",
            "BorderlineSMOTE",
            "KMeansSMOTE",
            "SVMSMOTE",
            "RandomOverSampler",
        ],
        "under_sampling": [
            "RandomUnderSampler",
            "NearMiss",
            "TomekLinks",
            "ClusterCentroids",
            "AllKNN",
            "InstanceHardnessThreshold",
        ],
        "combine": ["SMOTEENN", "SMOTETomek"],
        "ensemble": [
            "BalancedBaggingClassifier",
            "BalancedRandomForestClassifier",
            "EasyEnsembleClassifier",
            "RUSBoostClassifier",
        ],
    }
    return {
        module: [hasattr(getattr(imblearn, module), n) for n in wanted]
        for module, wanted in names.items()
    }


def getattr_by_config_name():
    """A sampler made from a configuration: getattr(module, name)(**params)."""
    import imblearn.over_sampling
    import imblearn.under_sampling

    config = [
        ("over_sampling", "SMOTE", {"k_neighbors": 4}),
        ("under_sampling", "RandomUnderSampler", {"sampling_strategy": 0.5}),
    ]
    X, y = blobs()
    out = []
    for module, name, params in config:
        cls = getattr(getattr(imblearn, module), name)
        X_res, y_res = cls(random_state=0, **params).fit_resample(X, y)
        out.append((name, counts(y_res), sums(X_res)))
    return {"runs": out}


def star_import():
    """from imblearn.under_sampling import * gives the samplers."""
    namespace = {}
    exec("from imblearn.under_sampling import *\nfrom imblearn.over_sampling import *", namespace)
    return {
        name: name in namespace
        for name in ["RandomUnderSampler", "NearMiss", "TomekLinks", "SMOTE", "ADASYN"]
    }


def dotted_access():
    """import imblearn, then imblearn.over_sampling.SMOTE."""
    import imblearn

    X, y = blobs()
    X_res, y_res = imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)
    model = imblearn.pipeline.make_pipeline(
        imblearn.under_sampling.RandomUnderSampler(random_state=0)
    )
    return {"counts": counts(y_res), "step": model.steps[0][0], "sums": sums(X_res)}


def signature_of_smote():
    """Parameter names read with inspect.signature for a search space."""
    import inspect

    from imblearn.over_sampling import SMOTE, SVMSMOTE
    from imblearn.under_sampling import NearMiss

    return {
        cls.__name__: {
            "names": sorted(inspect.signature(cls).parameters),
            "k default": str(inspect.signature(cls).parameters.get("k_neighbors", "none")),
        }
        for cls in (SMOTE, SVMSMOTE, NearMiss)
    }


def clone_and_set_params():
    """clone, set_params, and the clone is not fitted."""
    from imblearn.over_sampling import SMOTE
    from sklearn.base import clone

    X, y = blobs()
    sm = SMOTE(random_state=1)
    sm.fit_resample(X, y)
    other = clone(sm).set_params(k_neighbors=2, sampling_strategy=0.6)
    fitted = hasattr(other, "sampling_strategy_")
    X_res, y_res = other.fit_resample(X, y)
    return {
        "fitted": fitted,
        "k": other.k_neighbors,
        "first k": sm.k_neighbors,
        "counts": counts(y_res),
        "sums": sums(X_res),
    }


def set_params_unknown_error():
    """set_params with an unknown name: ValueError."""
    from imblearn.over_sampling import SMOTE

    try:
        SMOTE().set_params(neighbours=3)
        return {"error": "none"}
    except ValueError:
        return {"error": "ValueError"}


def repr_of_samplers():
    """repr is written to a log or a table."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.under_sampling import NearMiss

    return {
        "default": repr(SMOTE()),
        "seed": str(SMOTE(random_state=42)),
        "ros": repr(RandomOverSampler(sampling_strategy="minority")),
        "nm": repr(NearMiss(version=2)),
    }


def pickle_and_deepcopy():
    """pickle and deepcopy of a fitted sampler."""
    import copy
    import pickle

    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    sm = SMOTE(random_state=0)
    a, _ = sm.fit_resample(X, y)
    b, _ = pickle.loads(pickle.dumps(sm)).fit_resample(X, y)
    c, _ = copy.deepcopy(sm).fit_resample(X, y)
    return {"equal": sums(a) == sums(b) == sums(c), "sums": sums(a)}


def same_seed_twice():
    """The same int seed twice gives the same rows; another gives others."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    sm = SMOTE(random_state=5)
    a = sums(sm.fit_resample(X, y)[0])
    b = sums(sm.fit_resample(X, y)[0])
    c = sums(SMOTE(random_state=6).fit_resample(X, y)[0])
    return {"same": a == b, "other": a != c}


def random_state_instance():
    """random_state as np.random.RandomState, and as None with np.random.seed."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    _, y1 = SMOTE(random_state=np.random.RandomState(0)).fit_resample(X, y)
    np.random.seed(0)
    a, y2 = SMOTE().fit_resample(X, y)
    np.random.seed(0)
    b, _ = SMOTE().fit_resample(X, y)
    return {"counts": (counts(y1), counts(y2)), "np seed repeats": sums(a) == sums(b)}


def sample_indices_select_other_array():
    """sample_indices_ selects the rows of weights, ids and images."""
    import pandas as pd
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    ids = pd.Series(np.arange(len(X)) * 10)
    rus = RandomUnderSampler(random_state=0)
    X_res, y_res = rus.fit_resample(X, y)
    idx = rus.sample_indices_
    return {
        "kind": idx.dtype.kind,
        "n": len(idx),
        "distinct": len(set(idx.tolist())),
        "aligned X": bool((X[idx] == X_res).all()),
        "aligned y": bool((y[idx] == y_res).all()),
        "ids": int(ids.iloc[idx].sum()),
        "sorted sum": int(np.sort(idx).sum()),
    }


def sample_indices_shuffled_in_place():
    """np.random.shuffle(rus.sample_indices_), then rows selected."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = frame()
    rus = RandomUnderSampler(random_state=0)
    rus.fit_resample(X, y)
    np.random.seed(0)
    np.random.shuffle(rus.sample_indices_)
    X_s, y_s = X.iloc[rus.sample_indices_], y.iloc[rus.sample_indices_]
    return {"counts": counts(y_s), "sums": sums(X_s)}


def sample_indices_of_cleaning():
    """Removed rows found as the complement of sample_indices_."""
    from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks

    X, y = blobs()
    out = {}
    for sampler in (TomekLinks(), EditedNearestNeighbours(n_neighbors=5, kind_sel="mode")):
        sampler.fit_resample(X, y)
        removed = np.setdiff1d(np.arange(len(X)), sampler.sample_indices_)
        out[type(sampler).__name__] = (
            len(removed),
            np.unique(y[removed]).tolist(),
            int(removed.sum()),
        )
    return out


def sample_indices_of_over_sampler():
    """How often each row was drawn by RandomOverSampler."""
    from imblearn.over_sampling import RandomOverSampler

    X, y = blobs()
    ros = RandomOverSampler(random_state=0)
    ros.fit_resample(X, y)
    times = np.bincount(ros.sample_indices_, minlength=len(X))
    return {
        "n": len(ros.sample_indices_),
        "all at least once": bool((times >= 1).all()),
        "majority once": bool((times[y == 0] == 1).all()),
        "most": int(times.max()),
    }


def smote_has_no_sample_indices():
    """Client code asks hasattr(sampler, 'sample_indices_') before it uses it."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import NearMiss

    X, y = blobs()
    out = {}
    for sampler in (SMOTE(random_state=0), NearMiss()):
        sampler.fit_resample(X, y)
        out[type(sampler).__name__] = hasattr(sampler, "sample_indices_")
    return out


def feature_names_and_n_features():
    """n_features_in_, feature_names_in_ and get_feature_names_out."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    sm = SMOTE(random_state=0)
    sm.fit_resample(X, y)
    return {
        "n": int(sm.n_features_in_),
        "in": [str(c) for c in sm.feature_names_in_],
        "out": [str(c) for c in sm.get_feature_names_out()],
        "type": type(sm.feature_names_in_).__name__,
    }


def neighbour_attributes():
    """nn_k_ and nn_ after fit, asked for neighbours."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import EditedNearestNeighbours

    X, y = blobs()
    sm = SMOTE(random_state=0, k_neighbors=4)
    sm.fit_resample(X, y)
    enn = EditedNearestNeighbours(n_neighbors=3)
    enn.fit_resample(X, y)
    return {
        "k": int(sm.nn_k_.n_neighbors),
        "class": type(sm.nn_k_).__name__,
        "enn": int(enn.nn_.n_neighbors),
        "has kneighbors": hasattr(enn.nn_, "kneighbors"),
    }


def combine_parts_after_fit():
    """smote_, enn_ and tomek_ after fit of the combined methods."""
    from imblearn.combine import SMOTEENN, SMOTETomek

    X, y = blobs()
    se, st = SMOTEENN(random_state=0), SMOTETomek(random_state=0)
    se.fit_resample(X, y)
    st.fit_resample(X, y)
    return {
        "smote_": type(se.smote_).__name__,
        "enn_": type(se.enn_).__name__,
        "tomek_": type(st.tomek_).__name__,
        "k": se.smote_.k_neighbors,
        "strategy": (se.enn_.sampling_strategy, st.tomek_.sampling_strategy),
    }


def combine_with_own_parts():
    """SMOTEENN(smote=SMOTE(k_neighbors=3), enn=ENN('majority')), SMOTETomek(tomek=...)."""
    from imblearn.combine import SMOTEENN, SMOTETomek
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks

    X, y = blobs()
    se = SMOTEENN(
        smote=SMOTE(k_neighbors=3, random_state=0),
        enn=EditedNearestNeighbours(sampling_strategy="majority"),
    )
    st = SMOTETomek(
        smote=SMOTE(sampling_strategy=0.7, random_state=0),
        tomek=TomekLinks(sampling_strategy="majority"),
        random_state=0,
    )
    a, ya = se.fit_resample(X, y)
    b, yb = st.fit_resample(X, y)
    return {"se": (counts(ya), sums(a)), "st": (counts(yb), sums(b))}


def combine_with_strategy():
    """SMOTEENN(sampling_strategy=0.6) and SMOTETomek(sampling_strategy='minority')."""
    from imblearn.combine import SMOTEENN, SMOTETomek

    X, y = blobs()
    a, ya = SMOTEENN(sampling_strategy=0.6, random_state=0).fit_resample(X, y)
    b, yb = SMOTETomek(sampling_strategy="minority", random_state=0).fit_resample(X, y)
    return {"se": (counts(ya), sums(a)), "st": (counts(yb), sums(b))}


def combine_on_frame():
    """SMOTEENN on a frame and Series: names, index and missing values."""
    import pandas as pd
    from imblearn.combine import SMOTEENN
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_train, _, y_train, _ = train_test_split(X, y, random_state=3)
    X_res, y_res = SMOTEENN(random_state=0).fit_resample(X_train, y_train)
    df = pd.concat([X_res, y_res], axis=1)
    return {
        "shape": df.shape,
        "missing": int(df.isna().sum().sum()),
        "columns": list(df.columns),
        "sums": sums(X_res),
    }


def smote_neighbors_object():
    """k_neighbors=NearestNeighbors(n_neighbors=6, n_jobs=1)."""
    from imblearn.over_sampling import SMOTE
    from sklearn.neighbors import NearestNeighbors

    X, y = blobs()
    X_res, y_res = SMOTE(
        k_neighbors=NearestNeighbors(n_neighbors=6, n_jobs=1), random_state=0
    ).fit_resample(X, y)
    X_int, _ = SMOTE(k_neighbors=5, random_state=0).fit_resample(X, y)
    return {"counts": counts(y_res), "same as 5": sums(X_res) == sums(X_int), "sums": sums(X_res)}


def smote_manhattan_neighbors():
    """Another metric through a neighbour object."""
    from imblearn.over_sampling import SMOTE
    from sklearn.neighbors import NearestNeighbors

    X, y = blobs()
    X_res, y_res = SMOTE(
        k_neighbors=NearestNeighbors(n_neighbors=6, metric="manhattan"), random_state=0
    ).fit_resample(X, y)
    return {"counts": counts(y_res), "sums": sums(X_res)}


def under_neighbors_objects():
    """Neighbour objects for NearMiss and ENN."""
    from imblearn.under_sampling import EditedNearestNeighbours, NearMiss
    from sklearn.neighbors import NearestNeighbors

    X, y = blobs()
    nm = NearMiss(version=1, n_neighbors=NearestNeighbors(n_neighbors=3))
    a, ya = nm.fit_resample(X, y)
    enn = EditedNearestNeighbours(n_neighbors=NearestNeighbors(n_neighbors=4))
    b, yb = enn.fit_resample(X, y)
    return {"nm": (counts(ya), sums(a)), "enn": (counts(yb), sums(b))}


def borderline_kinds_and_danger():
    """Both kinds of BorderlineSMOTE and in_danger_indices."""
    from imblearn.over_sampling import BorderlineSMOTE

    X, y = blobs()
    out = {}
    for kind in ["borderline-1", "borderline-2"]:
        sm = BorderlineSMOTE(kind=kind, random_state=0, m_neighbors=10)
        X_res, y_res = sm.fit_resample(X, y)
        danger = sm.in_danger_indices
        out[kind] = (
            counts(y_res),
            sorted(int(k) for k in danger),
            len(danger[1]),
            bool((y[danger[1]] == 1).all()),
        )
    return out


def kmeans_smote_fallback():
    """KMeansSMOTE, and SMOTE when it finds no cluster (no cluster may pass the threshold)."""
    from imblearn.over_sampling import SMOTE, KMeansSMOTE

    X, y = blobs(300, (0.93, 0.07), shift=0.3)
    try:
        X_res, y_res = KMeansSMOTE(random_state=0, cluster_balance_threshold=0.9).fit_resample(X, y)
        used = "kmeans"
    except (RuntimeError, ValueError):
        X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
        used = "smote"
    return {
        "used": used,
        "balanced": abs(counts(y_res)[0] - counts(y_res)[1]) <= 10,
        "kept": contains(X_res, X),
    }


def kmeans_smote_estimator():
    """KMeansSMOTE with a KMeans object and a low threshold; kmeans_estimator_ afterwards."""
    from imblearn.over_sampling import KMeansSMOTE
    from sklearn.cluster import KMeans

    X, y = blobs(300, (0.8, 0.2), shift=3)
    sm = KMeansSMOTE(
        kmeans_estimator=KMeans(n_clusters=4, n_init=3, random_state=0),
        cluster_balance_threshold=0.1,
        random_state=0,
    )
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "balanced": abs(counts(y_res)[0] - counts(y_res)[1]) <= 10,
        "centers": sm.kmeans_estimator_.cluster_centers_.shape,
        "kept": contains(X_res, X),
    }


def svm_smote_estimator():
    """SVMSMOTE(svm_estimator=SVC()) and its fitted machine."""
    from imblearn.over_sampling import SVMSMOTE
    from sklearn.svm import SVC

    X, y = blobs()
    sm = SVMSMOTE(svm_estimator=SVC(kernel="linear"), random_state=0)
    X_res, y_res = sm.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "svm_estimator_": type(sm.svm_estimator_).__name__,
        "kernel": sm.svm_estimator_.kernel,
        "kept": contains(X_res, X),
    }


def adasyn_try_except():
    """ADASYN, and the data as they are when it cannot make rows."""
    from imblearn.over_sampling import ADASYN

    X, y = blobs()
    far, y_far = blobs(200, (0.8, 0.2), shift=50)
    out = {}
    for name, (A, b) in {"near": (X, y), "far": (far, y_far)}.items():
        try:
            A_res, b_res = ADASYN(random_state=0, n_neighbors=5).fit_resample(A, b)
            c = counts(b_res)
            out[name] = ("resampled", abs(c[0] - c[1]) <= 20, contains(A_res, A))
        except (ValueError, RuntimeError):
            out[name] = ("as it is", len(b))
    return out


def cluster_centroids_hard():
    """ClusterCentroids with KMeans and voting='hard': rows of the data; voting_ and estimator_."""
    from imblearn.under_sampling import ClusterCentroids
    from sklearn.cluster import KMeans

    X, y = blobs(200, (0.8, 0.2))
    cc = ClusterCentroids(estimator=KMeans(n_init=1, random_state=0), voting="hard", random_state=0)
    X_res, y_res = cc.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "rows of the data": contains(X, X_res),
        "voting_": cc.voting_,
        "estimator_": type(cc.estimator_).__name__,
    }


def cluster_centroids_minibatch():
    """ClusterCentroids with MiniBatchKMeans, soft voting."""
    from imblearn.under_sampling import ClusterCentroids
    from sklearn.cluster import MiniBatchKMeans

    X, y = blobs(200, (0.8, 0.2))
    cc = ClusterCentroids(estimator=MiniBatchKMeans(n_init=1, random_state=0), random_state=42)
    X_res, y_res = cc.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "voting_": cc.voting_,
        "minority kept": contains(X_res, X[y == 1]),
    }


def nearmiss_three_classes():
    """NearMiss on three classes: counts and own rows."""
    from imblearn.under_sampling import NearMiss

    X, y = three_classes()
    nm = NearMiss(version=3, n_neighbors_ver3=3)
    X_res, y_res = nm.fit_resample(X, y)
    nm1 = NearMiss(version=1).fit_resample(X, y)
    return {
        "v1": counts(nm1[1]),
        "own": own_labels(X_res, y_res, X, y),
        "rows of the data": contains(X, X_res),
        "minority": counts(y_res)[2],
    }


def repeated_enn_iterations():
    """n_iter_ of RepeatedEditedNearestNeighbours."""
    from imblearn.under_sampling import RepeatedEditedNearestNeighbours

    X, y = blobs()
    renn = RepeatedEditedNearestNeighbours(max_iter=50)
    X_res, y_res = renn.fit_resample(X, y)
    return {"n_iter_": int(renn.n_iter_), "counts": counts(y_res), "sums": sums(X_res)}


def undersampling_with_replacement():
    """RandomUnderSampler(replacement=True)."""
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    rus = RandomUnderSampler(replacement=True, random_state=0)
    X_res, y_res = rus.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "own": own_labels(X_res, y_res, X, y),
        "n": len(rus.sample_indices_),
    }


def inputs_not_changed():
    """X and y are the same after fit_resample."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import TomekLinks

    X, y = frame()
    X0, y0 = X.copy(), y.copy()
    SMOTE(random_state=0).fit_resample(X, y)
    TomekLinks().fit_resample(X, y)
    return {"X": bool(X.equals(X0)), "y": bool(y.equals(y0))}


def result_can_be_changed():
    """The returned arrays are changed in place afterwards."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler

    X, y = blobs()
    out = []
    for sampler in (SMOTE(random_state=0), RandomUnderSampler(random_state=0)):
        X_res, y_res = sampler.fit_resample(X, y)
        X_res[:, 0] = 0
        y_res[y_res == 1] = 2
        out.append((float(X_res[:, 0].sum()), counts(y_res)))
    return {"out": out, "input": float(np.abs(X[:, 0]).sum()) > 0}


def shuffle_after_resampling():
    """sklearn.utils.shuffle on the result, then a split and a model."""
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import train_test_split
    from sklearn.utils import shuffle

    X, y = frame()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    X_s, y_s = shuffle(X_res, y_res, random_state=0)
    X_a, X_b, y_a, y_b = train_test_split(X_s, y_s, test_size=0.25, random_state=0, stratify=y_s)
    return {"aligned": bool((X_s.index == y_s.index).all()), "a": counts(y_a), "b": counts(y_b)}


# ---------------------------------------------------------------- pipelines and model selection


def imb_pipeline_cross_val_score():
    """Pipeline with scaler, SMOTE and a model, in cross_val_score (alias ImbPipeline)."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline as ImbPipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.preprocessing import StandardScaler

    X, y = frame()
    pipe = ImbPipeline(
        [
            ("scaler", StandardScaler()),
            ("smote", SMOTE(random_state=42)),
            ("clf", LogisticRegression()),
        ]
    )
    scores = cross_val_score(
        pipe, X, y, cv=StratifiedKFold(5, shuffle=True, random_state=42), scoring="roc_auc"
    )
    return {"n": len(scores), "auc": round(float(scores.mean()), 2)}


def make_pipeline_step_names():
    """Names that make_pipeline gives, pipeline[-1], named_steps, len and indexing by name."""
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X, y = blobs()
    pipe = make_pipeline(StandardScaler(), RandomUnderSampler(random_state=0), LogisticRegression())
    pipe.fit(X, y)
    return {
        "names": list(pipe.named_steps),
        "last": type(pipe[-1]).__name__,
        "len": len(pipe),
        "by name": type(pipe["randomundersampler"]).__name__,
        "attr": type(pipe.named_steps.standardscaler).__name__,
        "coef": pipe[-1].coef_.shape,
        "indices": len(pipe["randomundersampler"].sample_indices_),
    }


def pipeline_is_sklearn_pipeline():
    """isinstance checks of the pipeline, and class names of the steps."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline as SkPipeline

    pipe = Pipeline([("sm", SMOTE()), ("lr", LogisticRegression())])
    return {
        "isinstance": isinstance(pipe, SkPipeline),
        "name": type(pipe).__name__,
        "steps": [(n, type(s).__name__) for n, s in pipe.steps],
    }


def sklearn_pipeline_with_smote_fails():
    """The well known error: a sampler inside scikit-learn's own Pipeline."""
    from imblearn.over_sampling import SMOTE
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    X, y = blobs()
    try:
        Pipeline([("sm", SMOTE()), ("lr", LogisticRegression())]).fit(X, y)
        return {"error": "none"}
    except TypeError:
        return {"error": "TypeError"}


def grid_search_step_params():
    """GridSearchCV over smote__k_neighbors and clf__C."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    X, y = blobs()
    pipe = Pipeline([("smote", SMOTE(random_state=0)), ("clf", LogisticRegression())])
    grid = GridSearchCV(
        pipe, {"smote__k_neighbors": [3, 5], "clf__C": [0.1, 1.0]}, scoring="f1", cv=3
    )
    grid.fit(X, y)
    best = grid.best_estimator_.named_steps["smote"]
    return {
        "keys": sorted(grid.best_params_),
        "n": len(grid.cv_results_["params"]),
        "score": round(float(grid.best_score_), 2),
        "best is fitted": hasattr(best, "sampling_strategy_"),
        "k consistent": best.k_neighbors == grid.best_params_["smote__k_neighbors"],
    }


def grid_search_over_samplers():
    """The sampler itself is searched, with 'passthrough' as one value."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    X, y = blobs()
    pipe = Pipeline([("sampler", SMOTE()), ("clf", LogisticRegression())])
    grid = GridSearchCV(
        pipe,
        {
            "sampler": [
                "passthrough",
                SMOTE(random_state=0),
                RandomOverSampler(random_state=0),
                RandomUnderSampler(random_state=0),
            ]
        },
        scoring="balanced_accuracy",
        cv=3,
    ).fit(X, y)
    return {
        "scores": [round(float(v), 2) for v in grid.cv_results_["mean_test_score"]],
        "passthrough not best": grid.best_params_["sampler"] != "passthrough",
    }


def random_search_with_distribution():
    """RandomizedSearchCV with scipy distributions on the sampler's parameters."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from scipy.stats import randint, uniform
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RandomizedSearchCV

    X, y = blobs()
    search = RandomizedSearchCV(
        make_pipeline(SMOTE(random_state=0), LogisticRegression()),
        {"smote__k_neighbors": randint(2, 8), "smote__sampling_strategy": uniform(0.5, 0.5)},
        n_iter=4,
        cv=3,
        random_state=0,
        scoring="roc_auc",
    ).fit(X, y)
    return {
        "params": sorted(search.best_params_),
        "auc": round(float(search.best_score_), 2),
        "tried k": [int(p["smote__k_neighbors"]) for p in search.cv_results_["params"]],
    }


def cross_validate_many_metrics():
    """cross_validate with several scorers and return_estimator."""
    from imblearn.metrics import geometric_mean_score
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import make_scorer
    from sklearn.model_selection import cross_validate

    X, y = blobs()
    scoring = {"f1": "f1", "gmean": make_scorer(geometric_mean_score), "bal": "balanced_accuracy"}
    res = cross_validate(
        make_pipeline(SMOTE(random_state=0), LogisticRegression()),
        X,
        y,
        cv=4,
        scoring=scoring,
        return_estimator=True,
    )
    return {
        "keys": sorted(res),
        "gmean": round(float(res["test_gmean"].mean()), 2),
        "f1": round(float(res["test_f1"].mean()), 2),
        "steps": len(res["estimator"][0].steps),
    }


def stratified_kfold_loop():
    """A hand written loop: SMOTE on every training fold only."""
    from imblearn.over_sampling import SMOTE
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import recall_score
    from sklearn.model_selection import StratifiedKFold

    X, y = frame()
    recalls, sizes = [], []
    for train_idx, test_idx in StratifiedKFold(n_splits=4, shuffle=True, random_state=1).split(
        X, y
    ):
        X_tr, y_tr = SMOTE(random_state=1).fit_resample(X.iloc[train_idx], y.iloc[train_idx])
        model = LogisticRegression().fit(X_tr, y_tr)
        recalls.append(recall_score(y.iloc[test_idx], model.predict(X.iloc[test_idx])))
        sizes.append(len(X_tr))
    return {"recall": round(float(np.mean(recalls)), 2), "sizes": sizes}


def pipeline_predict_does_not_resample():
    """Predictions have as many rows as the test set; predict_proba and roc_auc_score."""
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import train_test_split

    X, y = frame()
    X_tr, X_te, y_tr, y_te = train_test_split(X, y, random_state=0, stratify=y)
    pipe = Pipeline([("u", RandomUnderSampler(random_state=0)), ("m", LogisticRegression())]).fit(
        X_tr, y_tr
    )
    proba = pipe.predict_proba(X_te)
    return {
        "n": len(pipe.predict(X_te)),
        "proba": proba.shape,
        "auc": round(float(roc_auc_score(y_te, proba[:, 1])), 2),
        "classes": [int(c) for c in pipe.classes_],
        "names": [str(c) for c in pipe.feature_names_in_],
        "decision": pipe.decision_function(X_te).shape,
    }


def column_transformer_pipeline():
    """Mixed table through ColumnTransformer, SMOTE and a forest; names of the features afterwards."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline as SkPipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    df = customers()
    df.loc[df.index[::9], "income"] = np.nan
    num = SkPipeline([("imp", SimpleImputer()), ("sc", StandardScaler())])
    pre = ColumnTransformer(
        [
            ("num", num, ["age", "income"]),
            ("cat", OneHotEncoder(sparse_output=False), ["city", "plan", "is_member"]),
        ]
    )
    pipe = Pipeline(
        [
            ("pre", pre),
            ("smote", SMOTE(random_state=0)),
            ("rf", RandomForestClassifier(n_estimators=10, random_state=0)),
        ]
    )
    pipe.fit(df.drop(columns="churn"), df["churn"])
    names = pipe.named_steps["pre"].get_feature_names_out()
    return {
        "n": len(pipe.named_steps["rf"].feature_importances_) == len(names),
        "first": str(names[0]),
        "good": bool(pipe.score(df.drop(columns="churn"), df["churn"]) > 0.8),
    }


def pipeline_fit_resample():
    """A pipeline that ends in a sampler: fit_resample of the whole, and of pipe[:-1]."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X, y = blobs()
    pipe = Pipeline(
        [("sc", StandardScaler()), ("sm", SMOTE(random_state=0)), ("lr", LogisticRegression())]
    )
    pipe.fit(X, y)
    X_res, y_res = pipe[:-1].fit_resample(X, y)
    X_only, y_only = Pipeline(pipe.steps[:2]).fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "same": sums(X_res) == sums(X_only),
        "sums": sums(X_res),
        "type": type(pipe[:-1]).__name__,
    }


def pipeline_set_output_pandas():
    """set_output(transform='pandas') on a pipeline; SMOTE sees a frame."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    X, y = frame()
    pipe = Pipeline(
        [("sc", StandardScaler()), ("sm", SMOTE(random_state=0)), ("lr", LogisticRegression())]
    )
    pipe.set_output(transform="pandas")
    pipe.fit(X, y)
    return {
        "smote": [str(c) for c in pipe["sm"].feature_names_in_],
        "lr": [str(c) for c in pipe["lr"].feature_names_in_],
        "out": [str(c) for c in pipe[:-1].get_feature_names_out()],
    }


def pipeline_memory_cache():
    """memory= with a folder that is removed afterwards."""
    import shutil
    import tempfile

    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    X, y = blobs()
    folder = tempfile.mkdtemp()
    try:
        pipe = make_pipeline(
            PCA(n_components=3), SMOTE(random_state=0), LogisticRegression(), memory=folder
        )
        grid = GridSearchCV(
            pipe, {"logisticregression__C": [0.1, 1, 10]}, cv=3, scoring="roc_auc"
        ).fit(X, y)
        score = round(float(grid.best_score_), 2)
    finally:
        shutil.rmtree(folder)
    return {"auc": score, "fitted": hasattr(grid.best_estimator_["smote"], "sampling_strategy_")}


def pipeline_set_params_swap():
    """Steps replaced with set_params; a sampler switched off with 'passthrough' and None."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    pipe = Pipeline([("s", SMOTE(random_state=0)), ("lr", LogisticRegression())])
    shares = []
    for step in [SMOTE(random_state=0), RandomUnderSampler(random_state=0), "passthrough", None]:
        pipe.set_params(s=step)
        shares.append(round(float(pipe.fit(X, y).predict(X).mean()), 2))
    return {"shares": shares}


def pipeline_get_params_names():
    """Names in get_params(), as listed before a grid search."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression

    pipe = Pipeline([("smote", SMOTE(k_neighbors=7)), ("lr", LogisticRegression())])
    params = pipe.get_params()
    return {
        "smote": sorted(k for k in params if k.startswith("smote")),
        "value": params["smote__k_neighbors"],
        "top": sorted(k for k in params if "__" not in k),
    }


def pipeline_two_samplers_and_selection():
    """Over- and under-sampling with feature selection between them."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import TomekLinks
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.linear_model import LogisticRegression

    X, y = blobs(n_features=8)
    pipe = Pipeline(
        [
            ("sm", SMOTE(random_state=0)),
            ("kbest", SelectKBest(f_classif, k=3)),
            ("tl", TomekLinks()),
            ("lr", LogisticRegression()),
        ]
    )
    pipe.fit(X, y)
    return {
        "support": int(pipe["kbest"].get_support().sum()),
        "coef": pipe["lr"].coef_.shape,
        "score": round(float(pipe.score(X, y)), 2),
    }


def calibrated_pipeline():
    """CalibratedClassifierCV around a pipeline with under-sampling."""
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    cal = CalibratedClassifierCV(
        make_pipeline(RandomUnderSampler(random_state=0), LogisticRegression()),
        cv=3,
        method="sigmoid",
    ).fit(X, y)
    proba = cal.predict_proba(X)[:, 1]
    return {"n": len(cal.calibrated_classifiers_), "mean": round(float(proba.mean()), 2)}


def stacking_and_voting_around_pipelines():
    """StackingClassifier and VotingClassifier made of pipelines."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.ensemble import StackingClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    X, y = blobs()
    models = [
        ("a", make_pipeline(SMOTE(random_state=0), LogisticRegression())),
        ("b", make_pipeline(RandomUnderSampler(random_state=0), GaussianNB())),
    ]
    vote = VotingClassifier(models, voting="soft").fit(X, y)
    stack = StackingClassifier(models, final_estimator=LogisticRegression(), cv=3).fit(X, y)
    return {
        "vote": round(float(vote.score(X, y)), 2),
        "stack": round(float(stack.score(X, y)), 2),
        "names": list(vote.named_estimators_),
    }


def inspection_of_pipeline():
    """permutation_importance and partial_dependence of a fitted pipeline."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.inspection import partial_dependence, permutation_importance
    from sklearn.linear_model import LogisticRegression

    X, y = frame()
    pipe = make_pipeline(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    imp = permutation_importance(pipe, X, y, n_repeats=2, random_state=0)
    pd_result = partial_dependence(pipe, X, features=["V1"], grid_resolution=5)
    return {
        "imp": imp.importances_mean.shape,
        "pd": pd_result["average"].shape,
        "rising": bool(pd_result["average"][0, -1] > pd_result["average"][0, 0]),
    }


def learning_and_threshold_tools():
    """learning_curve, cross_val_predict and TunedThresholdClassifierCV with a pipeline."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import (
        TunedThresholdClassifierCV,
        cross_val_predict,
        learning_curve,
    )

    X, y = blobs()
    pipe = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    sizes, train, test = learning_curve(pipe, X, y, cv=3, train_sizes=[0.5, 1.0], scoring="roc_auc")
    pred = cross_val_predict(pipe, X, y, cv=3, method="predict_proba")
    tuned = TunedThresholdClassifierCV(pipe, cv=3, scoring="f1").fit(X, y)
    return {
        "sizes": [int(s) for s in sizes],
        "test": test.shape,
        "proba": pred.shape,
        "threshold": 0.0 < float(tuned.best_threshold_) < 1.0,
    }


def recursive_elimination_with_pipeline():
    """RFE with importance_getter through the pipeline's last step."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline
    from sklearn.feature_selection import RFECV
    from sklearn.linear_model import LogisticRegression

    X, y = blobs(n_features=5)
    pipe = Pipeline([("sm", SMOTE(random_state=0)), ("lr", LogisticRegression())])
    rfe = RFECV(pipe, importance_getter="named_steps.lr.coef_", cv=3, min_features_to_select=2).fit(
        X, y
    )
    return {"at least two": int(rfe.n_features_) >= 2, "ranking": rfe.ranking_.shape}


def fit_params_of_pipeline():
    """lr__sample_weight is refused by length or passed to a step after the last sampler."""
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    pipe = Pipeline([("u", RandomUnderSampler(random_state=0)), ("lr", LogisticRegression())])
    n = 2 * int((y == 1).sum())
    pipe.fit(X, y, lr__sample_weight=np.ones(n))
    try:
        pipe.fit(X, y, lr__sample_weight=np.ones(len(y)))
        error = "none"
    except ValueError:
        error = "ValueError"
    return {"n": n, "error": error}


def not_fitted_pipeline():
    """predict before fit: NotFittedError is caught."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.exceptions import NotFittedError
    from sklearn.linear_model import LogisticRegression

    X, _ = blobs()
    try:
        make_pipeline(SMOTE(), LogisticRegression()).predict(X)
        return {"error": "none"}
    except NotFittedError:
        return {"error": "NotFittedError"}


def joblib_dump_pipeline():
    """joblib.dump and load of a fitted pipeline; the same predictions."""
    import io

    import joblib
    from imblearn.combine import SMOTETomek
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import MinMaxScaler

    X, y = frame()
    pipe = make_pipeline(MinMaxScaler(), SMOTETomek(random_state=0), LogisticRegression()).fit(X, y)
    buffer = io.BytesIO()
    joblib.dump(pipe, buffer)
    buffer.seek(0)
    back = joblib.load(buffer)
    return {
        "same": bool((back.predict(X) == pipe.predict(X)).all()),
        "share": round(float(pipe.predict(X).mean()), 2),
    }


def finds_samplers_in_pipeline():
    """A tool looks for samplers among steps: hasattr, and isinstance of SamplerMixin."""
    from imblearn.base import SamplerMixin
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import TomekLinks
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    pipe = make_pipeline(StandardScaler(), SMOTE(), TomekLinks(), LogisticRegression())
    return {
        "hasattr": [hasattr(s, "fit_resample") for _, s in pipe.steps],
        "mixin": [isinstance(s, SamplerMixin) for _, s in pipe.steps],
    }


def base_class_checks():
    """isinstance of a sampler with the base classes of its family."""
    import imblearn
    from imblearn.over_sampling import SMOTE, BorderlineSMOTE
    from imblearn.over_sampling.base import BaseOverSampler
    from imblearn.under_sampling import NearMiss, TomekLinks
    from imblearn.under_sampling.base import BaseCleaningSampler, BaseUnderSampler

    return {
        "over": isinstance(SMOTE(), BaseOverSampler),
        "under": isinstance(NearMiss(), BaseUnderSampler),
        "cleaning": isinstance(TomekLinks(), BaseCleaningSampler),
        "sampler": isinstance(SMOTE(), imblearn.base.BaseSampler),
        "subclass": issubclass(BorderlineSMOTE, SMOTE),
        "not under": isinstance(SMOTE(), BaseUnderSampler),
    }


def instance_hardness_cv():
    """InstanceHardnessCV as cv= of cross_validate."""
    from imblearn.model_selection import InstanceHardnessCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_validate

    X, y = blobs()
    cv = InstanceHardnessCV(LogisticRegression(), n_splits=4)
    res = cross_validate(LogisticRegression(), X, y, cv=cv)
    sizes = sorted(len(test) for _, test in cv.split(X, y))
    return {
        "n": cv.get_n_splits(),
        "scores": len(res["test_score"]),
        "sizes": sizes,
        "mean": round(float(res["test_score"].mean()), 2),
    }


def table_of_models_and_samplers():
    """Models times samplers, a table of scores as blog posts show it."""
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import NearMiss, RandomUnderSampler
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.naive_bayes import GaussianNB

    X, y = blobs()
    rows = []
    for model in (LogisticRegression(), GaussianNB()):
        for sampler in (SMOTE(random_state=0), RandomUnderSampler(random_state=0), NearMiss()):
            score = cross_val_score(
                make_pipeline(sampler, model), X, y, cv=3, scoring="balanced_accuracy"
            ).mean()
            rows.append((type(model).__name__, type(sampler).__name__, round(float(score), 2)))
    table = pd.DataFrame(rows, columns=["model", "sampler", "score"]).pivot(
        index="model", columns="sampler", values="score"
    )
    return {"table": {c: table[c].to_dict() for c in table.columns}}


# ---------------------------------------------------------------- ensembles


def balanced_random_forest_basic():
    """BalancedRandomForestClassifier with its importances and trees."""
    from imblearn.ensemble import BalancedRandomForestClassifier
    from sklearn.ensemble import RandomForestClassifier

    X, y = frame()
    brf = BalancedRandomForestClassifier(
        n_estimators=20, sampling_strategy="all", replacement=True, bootstrap=False, random_state=0
    )
    brf.fit(X, y)
    return {
        "trees": len(brf.estimators_),
        "tree": type(brf.estimators_[0]).__name__,
        "importances": (
            brf.feature_importances_.shape,
            round(float(brf.feature_importances_.sum()), 6),
        ),
        "classes": [int(c) for c in brf.classes_],
        "good": bool(brf.score(X, y) > 0.8),
        "is forest": isinstance(brf, RandomForestClassifier),
        "depth": int(brf.estimators_[0].get_depth()) > 0,
        "names": [str(c) for c in brf.feature_names_in_],
    }


def balanced_random_forest_apply():
    """apply, decision_path, predict_log_proba of the forest."""
    from imblearn.ensemble import BalancedRandomForestClassifier

    X, y = blobs()
    brf = BalancedRandomForestClassifier(n_estimators=7, random_state=0).fit(X, y)
    path, ptr = brf.decision_path(X[:10])
    return {
        "apply": brf.apply(X).shape,
        "path rows": path.shape[0],
        "ptr": ptr.shape,
        "log": brf.predict_log_proba(X).shape,
        "proba one": bool(np.allclose(brf.predict_proba(X).sum(axis=1), 1)),
    }


def balanced_random_forest_oob_and_weights():
    """oob_score_ with bootstrap=True, class_weight, warm_start and more trees."""
    from imblearn.ensemble import BalancedRandomForestClassifier

    X, y = blobs()
    oob = BalancedRandomForestClassifier(
        n_estimators=40,
        bootstrap=True,
        replacement=False,
        sampling_strategy="auto",
        oob_score=True,
        class_weight="balanced",
        random_state=0,
    ).fit(X, y)
    warm = BalancedRandomForestClassifier(n_estimators=5, warm_start=True, random_state=0).fit(X, y)
    warm.set_params(n_estimators=9).fit(X, y)
    return {
        "oob": 0.6 < float(oob.oob_score_) <= 1.0,
        "oob shape": oob.oob_decision_function_.shape,
        "trees": len(warm.estimators_),
    }


def balanced_random_forest_old_kernel_params():
    """Parameters that kernels copy from RandomForestClassifier."""
    from imblearn.ensemble import BalancedRandomForestClassifier

    X, y = blobs()
    brf = BalancedRandomForestClassifier(
        n_estimators=10,
        criterion="entropy",
        max_depth=4,
        min_samples_split=4,
        min_samples_leaf=2,
        max_features="sqrt",
        min_impurity_decrease=0.0,
        min_weight_fraction_leaf=0.0,
        max_leaf_nodes=10,
        n_jobs=1,
        verbose=0,
        random_state=0,
    ).fit(X, y)
    return {
        "depth": max(int(t.get_depth()) for t in brf.estimators_) <= 4,
        "n": len(brf.estimators_),
        "samplers": len(brf.samplers_),
        "pipelines": len(brf.pipelines_),
    }


def balanced_random_forest_export_text():
    """export_text of one tree, and a sorted Series of importances."""
    import pandas as pd
    from imblearn.ensemble import BalancedRandomForestClassifier
    from sklearn.tree import export_text

    X, y = frame()
    brf = BalancedRandomForestClassifier(n_estimators=5, max_depth=2, random_state=0).fit(X, y)
    text = export_text(brf.estimators_[0], feature_names=list(X.columns))
    imp = pd.Series(brf.feature_importances_, index=X.columns).sort_values(ascending=False)
    return {
        "text": "class:" in text,
        "names": sorted(imp.index),
        "positive": bool((imp >= 0).all()),
    }


def balanced_bagging_basic():
    """BalancedBaggingClassifier with a tree, as in the documentation."""
    from imblearn.ensemble import BalancedBaggingClassifier
    from sklearn.tree import DecisionTreeClassifier

    X, y = blobs()
    bbc = BalancedBaggingClassifier(
        estimator=DecisionTreeClassifier(),
        sampling_strategy="auto",
        replacement=False,
        n_estimators=8,
        random_state=0,
    )
    bbc.fit(X, y)
    return {
        "n": len(bbc.estimators_),
        "last step": type(bbc.estimators_[0][-1]).__name__,
        "first step": type(bbc.estimators_[0][0]).__name__,
        "steps": [name for name, _ in bbc.estimators_[0].steps],
        "proba": bbc.predict_proba(X).shape,
        "good": bool(bbc.score(X, y) > 0.8),
    }


def balanced_bagging_attributes():
    """estimators_samples_, estimators_features_ and oob_score_."""
    from imblearn.ensemble import BalancedBaggingClassifier

    X, y = blobs()
    bbc = BalancedBaggingClassifier(
        n_estimators=20, max_features=0.5, oob_score=True, random_state=0
    ).fit(X, y)
    return {
        "samples": (len(bbc.estimators_samples_), bbc.estimators_samples_[0].dtype.kind),
        "features": sorted({len(f) for f in bbc.estimators_features_}),
        "oob": 0.6 < float(bbc.oob_score_) <= 1.0,
        "classes": [int(c) for c in bbc.classes_],
        "mean importance": np.mean([e[-1].feature_importances_.sum() for e in bbc.estimators_])
        .round(6)
        .item()
        <= 1.000001,
    }


def balanced_bagging_with_samplers():
    """BalancedBaggingClassifier(sampler=...) with several samplers."""
    from imblearn.ensemble import BalancedBaggingClassifier
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.under_sampling import NearMiss, RandomUnderSampler
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    out = {}
    for sampler in (
        SMOTE(k_neighbors=3),
        RandomOverSampler(),
        RandomUnderSampler(replacement=True),
        NearMiss(),
    ):
        bbc = BalancedBaggingClassifier(
            estimator=LogisticRegression(), sampler=sampler, n_estimators=4, random_state=0
        ).fit(X, y)
        out[type(sampler).__name__] = (
            type(bbc.sampler_).__name__,
            len(bbc.estimators_),
            bool(bbc.score(X, y) > 0.7),
        )
    return out


def balanced_bagging_roughly_balanced():
    """The documentation's roughly balanced bagging: FunctionSampler inside."""
    from imblearn import FunctionSampler
    from imblearn.ensemble import BalancedBaggingClassifier
    from sklearn.tree import DecisionTreeClassifier

    def roughly_balanced(X, y):
        rng = np.random.RandomState(0)
        minority = np.flatnonzero(y == 1)
        majority = rng.choice(np.flatnonzero(y == 0), size=len(minority))
        idx = np.hstack((minority, majority))
        return X[idx], y[idx]

    X, y = blobs()
    rbb = BalancedBaggingClassifier(
        estimator=DecisionTreeClassifier(),
        sampler=FunctionSampler(func=roughly_balanced),
        n_estimators=5,
        random_state=0,
    )
    rbb.fit(X, y)
    return {"n": len(rbb.estimators_), "good": bool(rbb.score(X, y) > 0.7)}


def easy_ensemble_basic():
    """EasyEnsembleClassifier: AdaBoost inside, positional n_estimators."""
    from imblearn.ensemble import EasyEnsembleClassifier
    from sklearn.ensemble import AdaBoostClassifier

    X, y = blobs()
    eec = EasyEnsembleClassifier(
        4, estimator=AdaBoostClassifier(n_estimators=5), random_state=0, warm_start=False, verbose=0
    ).fit(X, y)
    return {
        "n": len(eec.estimators_),
        "inner": type(eec.estimators_[0][-1]).__name__,
        "good": bool(eec.score(X, y) > 0.7),
        "proba": eec.predict_proba(X).shape,
        "log": eec.predict_log_proba(X).shape,
    }


def easy_ensemble_default_estimator_frame():
    """EasyEnsembleClassifier on a frame with text labels."""
    from imblearn.ensemble import EasyEnsembleClassifier
    from sklearn.metrics import balanced_accuracy_score

    X, y = frame()
    y = y.map({0: "low_risk", 1: "high_risk"})
    eec = EasyEnsembleClassifier(n_estimators=3, random_state=1).fit(X, y)
    pred = eec.predict(X)
    return {
        "labels": sorted({str(p) for p in pred}),
        "good": bool(balanced_accuracy_score(y, pred) > 0.8),
        "classes": [str(c) for c in eec.classes_],
        "n features": int(eec.n_features_in_),
    }


def rusboost_basic():
    """RUSBoostClassifier: weights, errors, staged_predict, importances."""
    from imblearn.ensemble import RUSBoostClassifier
    from sklearn.tree import DecisionTreeClassifier

    X, y = blobs()
    rb = RUSBoostClassifier(
        estimator=DecisionTreeClassifier(max_depth=2),
        n_estimators=10,
        learning_rate=0.5,
        random_state=0,
    ).fit(X, y)
    stages = list(rb.staged_predict(X))
    return {
        "weights": len(rb.estimator_weights_) > 0,
        "errors": len(rb.estimator_errors_) > 0,
        "stages": len(stages) == len(rb.estimators_),
        "importances": rb.feature_importances_.shape,
        "good": bool(rb.score(X, y) > 0.7),
        "decision": rb.decision_function(X).shape,
        "samplers": len(rb.samplers_) == len(rb.estimators_),
    }


def rusboost_algorithm_samme():
    """RUSBoostClassifier(algorithm='SAMME') of older code."""
    from imblearn.ensemble import RUSBoostClassifier

    X, y = blobs()
    rb = RUSBoostClassifier(n_estimators=5, algorithm="SAMME", random_state=0).fit(X, y)
    return {"proba": rb.predict_proba(X).shape, "good": bool(rb.score(X, y) > 0.6)}


def ensembles_in_loop_with_cv():
    """The four ensembles compared in cross_val_score."""
    from imblearn.ensemble import (
        BalancedBaggingClassifier,
        BalancedRandomForestClassifier,
        EasyEnsembleClassifier,
        RUSBoostClassifier,
    )
    from sklearn.model_selection import cross_val_score

    X, y = blobs(240, (0.8, 0.2))
    models = [
        BalancedBaggingClassifier(n_estimators=4, random_state=0),
        BalancedRandomForestClassifier(n_estimators=8, random_state=0),
        EasyEnsembleClassifier(n_estimators=2, random_state=0),
        RUSBoostClassifier(n_estimators=5, random_state=0),
    ]
    return {
        type(m).__name__: bool(
            cross_val_score(m, X, y, cv=3, scoring="balanced_accuracy").mean() > 0.7
        )
        for m in models
    }


def ensembles_get_params_names():
    """Parameter names of the ensembles, for a search space."""
    from imblearn.ensemble import (
        BalancedBaggingClassifier,
        BalancedRandomForestClassifier,
        EasyEnsembleClassifier,
        RUSBoostClassifier,
    )

    return {
        c.__name__: sorted(c().get_params(deep=False))
        for c in (
            BalancedBaggingClassifier,
            BalancedRandomForestClassifier,
            EasyEnsembleClassifier,
            RUSBoostClassifier,
        )
    }


def ensemble_grid_search_inner_params():
    """estimator__max_depth of BalancedBagging in a grid; three classes."""
    from imblearn.ensemble import BalancedBaggingClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    X, y = three_classes(["a", "b", "c"])
    grid = GridSearchCV(
        BalancedBaggingClassifier(
            DecisionTreeClassifier(random_state=0), n_estimators=4, random_state=0
        ),
        {"estimator__max_depth": [2, 4], "n_estimators": [3, 5]},
        cv=3,
    ).fit(X, y)
    return {
        "keys": sorted(grid.best_params_),
        "proba": grid.predict_proba(X).shape,
        "classes": [str(c) for c in grid.classes_],
    }


def ensemble_sample_weight_and_pickle():
    """BalancedRandomForest: fit with sample_weight, pickled, same predictions; same seed twice."""
    import pickle

    from imblearn.ensemble import BalancedRandomForestClassifier

    X, y = blobs()
    brf = BalancedRandomForestClassifier(n_estimators=6, random_state=0).fit(
        X, y, sample_weight=np.ones(len(y))
    )
    again = BalancedRandomForestClassifier(n_estimators=6, random_state=0).fit(
        X, y, sample_weight=np.ones(len(y))
    )
    back = pickle.loads(pickle.dumps(brf))
    return {
        "pickle": bool((back.predict(X) == brf.predict(X)).all()),
        "seed": bool(np.allclose(again.predict_proba(X), brf.predict_proba(X))),
    }


# ---------------------------------------------------------------- metrics

Y_TRUE = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
Y_PRED = [0, 0, 0, 0, 1, 2, 1, 1, 0, 2, 2, 1]


def classification_report_imbalanced_text():
    """The printed report, word by word."""
    from imblearn.metrics import classification_report_imbalanced

    text = classification_report_imbalanced(Y_TRUE, Y_PRED, target_names=["a", "b", "c"])
    return {"words": text.split(), "type": type(text).__name__}


def classification_report_imbalanced_dict():
    """output_dict=True made into a frame."""
    import pandas as pd
    from imblearn.metrics import classification_report_imbalanced

    report = classification_report_imbalanced(np.array(Y_TRUE), np.array(Y_PRED), output_dict=True)
    per_class = pd.DataFrame({k: v for k, v in report.items() if isinstance(v, dict)}).T
    return {
        "keys": sorted(str(k) for k in report),
        "columns": list(per_class.columns),
        "geo": [round(float(v), 6) for v in per_class["geo"]],
        "iba": [round(float(v), 6) for v in per_class["iba"]],
        "avg": {k: round(float(v), 6) for k, v in report.items() if str(k).startswith("avg")},
        "support": int(report["total_support"]),
    }


def classification_report_after_smote():
    """The report on a test set with text labels after SMOTE training."""
    from imblearn.metrics import classification_report_imbalanced
    from imblearn.over_sampling import SMOTE
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    X, y = frame()
    y = y.map({0: "low_risk", 1: "high_risk"})
    X_tr, X_te, y_tr, y_te = train_test_split(X, y, random_state=1)
    X_res, y_res = SMOTE(random_state=1, sampling_strategy="auto").fit_resample(X_tr, y_tr)
    pred = LogisticRegression(random_state=1).fit(X_res, y_res).predict(X_te)
    return {"report": classification_report_imbalanced(y_te, pred).split()}


def geometric_mean_averages():
    """geometric_mean_score with every average and correction."""
    from imblearn.metrics import geometric_mean_score

    out = {
        str(a): np.round(geometric_mean_score(Y_TRUE, Y_PRED, average=a), 6).tolist()
        for a in ["multiclass", "macro", "weighted", "micro", None]
    }
    out["correction"] = round(
        float(geometric_mean_score([0, 0, 1, 2], [0, 0, 1, 1], correction=0.001)), 6
    )
    out["binary"] = round(float(geometric_mean_score([0, 0, 0, 1, 1], [0, 1, 0, 1, 0])), 6)
    out["pos label"] = round(
        float(
            geometric_mean_score(
                ["n", "n", "y", "y"], ["n", "y", "y", "y"], average="binary", pos_label="y"
            )
        ),
        6,
    )
    return out


def sensitivity_and_specificity():
    """sensitivity_specificity_support, sensitivity_score and specificity_score."""
    from imblearn.metrics import (
        sensitivity_score,
        sensitivity_specificity_support,
        specificity_score,
    )

    sen, spe, sup = sensitivity_specificity_support(Y_TRUE, Y_PRED)
    macro = sensitivity_specificity_support(Y_TRUE, Y_PRED, average="macro")
    b_true, b_pred = [0, 0, 0, 1, 1], [0, 1, 0, 1, 1]
    return {
        "sen": np.round(sen, 6).tolist(),
        "spe": np.round(spe, 6).tolist(),
        "sup": np.asarray(sup).tolist(),
        "macro": [None if v is None else round(float(v), 6) for v in macro],
        "binary": (
            round(float(sensitivity_score(b_true, b_pred)), 6),
            round(float(specificity_score(b_true, b_pred)), 6),
        ),
        "weighted": round(float(specificity_score(Y_TRUE, Y_PRED, average="weighted")), 6),
    }


def index_balanced_accuracy():
    """make_index_balanced_accuracy around two scores."""
    from imblearn.metrics import geometric_mean_score, make_index_balanced_accuracy
    from sklearn.metrics import accuracy_score

    y_true, y_pred = [1, 1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 1, 1, 0]
    iba = make_index_balanced_accuracy(alpha=0.1, squared=True)(geometric_mean_score)
    iba2 = make_index_balanced_accuracy(alpha=0.5, squared=False)(accuracy_score)
    return {
        "gmean": round(float(iba(y_true, y_pred)), 6),
        "acc": round(float(iba2(y_true, y_pred)), 6),
        "name": iba.__name__,
        "multi": np.round(iba(Y_TRUE, Y_PRED, average=None), 6).tolist(),
    }


def ordinal_error():
    """macro_averaged_mean_absolute_error for ordered classes."""
    from imblearn.metrics import macro_averaged_mean_absolute_error

    return {
        "mamae": round(float(macro_averaged_mean_absolute_error(Y_TRUE, Y_PRED)), 6),
        "weighted": round(
            float(
                macro_averaged_mean_absolute_error(
                    Y_TRUE, Y_PRED, sample_weight=[1.0 + (i % 3) for i in range(12)]
                )
            ),
            6,
        ),
    }


def scorers_in_grid_search():
    """make_scorer with gmean and specificity, refit on one of them."""
    from imblearn.metrics import geometric_mean_score, specificity_score
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import make_scorer
    from sklearn.model_selection import GridSearchCV

    X, y = blobs()
    scoring = {
        "gm": make_scorer(geometric_mean_score, average="binary"),
        "spec": make_scorer(specificity_score),
    }
    grid = GridSearchCV(
        make_pipeline(SMOTE(random_state=0), LogisticRegression()),
        {"logisticregression__C": [0.01, 1]},
        scoring=scoring,
        refit="gm",
        cv=3,
    ).fit(X, y)
    return {
        "gm": [round(float(v), 2) for v in grid.cv_results_["mean_test_gm"]],
        "spec": [round(float(v), 2) for v in grid.cv_results_["mean_test_spec"]],
    }


def value_difference_metric():
    """ValueDifferenceMetric with an OrdinalEncoder: shape, zero diagonal, symmetry."""
    from imblearn.metrics.pairwise import ValueDifferenceMetric
    from sklearn.preprocessing import OrdinalEncoder

    X = np.array(["green"] * 10 + ["red"] * 10 + ["blue"] * 10).reshape(-1, 1)
    y = ["apple"] * 8 + ["not apple"] * 5 + ["apple"] * 7 + ["not apple"] * 9 + ["apple"]
    enc = OrdinalEncoder(dtype=np.int32)
    vdm = ValueDifferenceMetric().fit(enc.fit_transform(X), np.array(y))
    d = vdm.pairwise(enc.transform(np.array([["green"], ["red"], ["blue"]])))
    return {"distances": np.round(d, 6).tolist()}


# ---------------------------------------------------------------- datasets, FunctionSampler, utilities


def make_imbalance_dict():
    """make_imbalance on iris with a dict."""
    from imblearn.datasets import make_imbalance
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True, as_frame=True)
    X_imb, y_imb = make_imbalance(X, y, sampling_strategy={0: 50, 1: 37, 2: 16}, random_state=0)
    return {
        "counts": counts(y_imb),
        "columns": list(X_imb.columns),
        "type": (type(X_imb).__name__, type(y_imb).__name__),
    }


def make_imbalance_callable():
    """make_imbalance with a function and keyword arguments."""
    from imblearn.datasets import make_imbalance

    def ratio_func(y, multiplier, minority_class):
        stats = Counter(y)
        return {minority_class: int(multiplier * stats[minority_class])}

    X, y = blobs(400, (0.5, 0.5))
    X_imb, y_imb = make_imbalance(
        X, y, sampling_strategy=ratio_func, random_state=0, multiplier=0.3, minority_class=1
    )
    return {"counts": counts(y_imb), "rows of the data": contains(X, X_imb)}


def fetch_datasets_guarded():
    """fetch_datasets in try/except: no network is needed to import it."""
    from imblearn.datasets import fetch_datasets

    try:
        fetch_datasets(filter_data=("no such name",))
    except Exception:
        pass
    return {"callable": callable(fetch_datasets)}


def function_sampler_outliers():
    """FunctionSampler that drops outliers with IsolationForest, before a model."""
    from imblearn import FunctionSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.ensemble import IsolationForest
    from sklearn.linear_model import LogisticRegression

    def outlier_rejection(X, y):
        model = IsolationForest(n_estimators=20, contamination=0.1, random_state=0).fit(X)
        keep = model.predict(X) == 1
        return X[keep], y[keep]

    X, y = blobs()
    reject = FunctionSampler(func=outlier_rejection)
    X_in, y_in = reject.fit_resample(X, y)
    pipe = make_pipeline(FunctionSampler(func=outlier_rejection), LogisticRegression()).fit(X, y)
    return {
        "n": len(y_in),
        "rows of the data": contains(X, X_in),
        "sums": sums(X_in),
        "score": round(float(pipe.score(X, y)), 2),
    }


def function_sampler_kw_args():
    """FunctionSampler with kw_args, and the identity without func."""
    from imblearn import FunctionSampler
    from imblearn.under_sampling import RandomUnderSampler

    def func(X, y, sampling_strategy, random_state):
        return RandomUnderSampler(
            sampling_strategy=sampling_strategy, random_state=random_state
        ).fit_resample(X, y)

    X, y = blobs()
    X_res, y_res = FunctionSampler(
        func=func, kw_args={"sampling_strategy": "auto", "random_state": 0}
    ).fit_resample(X, y)
    X_id, _ = FunctionSampler().fit_resample(X, y)
    return {"counts": counts(y_res), "sums": sums(X_res), "identity": bool((X_id == X).all())}


def function_sampler_without_validation():
    """validate=False: the function gets the frame itself and drops rows with missing values."""
    from imblearn import FunctionSampler

    seen = []

    def drop_missing(X, y):
        seen.append(type(X).__name__)
        keep = X.notna().all(axis=1)
        return X[keep], y[keep]

    df = customers()
    df.loc[df.index[:20], "city"] = None
    X_res, y_res = FunctionSampler(func=drop_missing, validate=False).fit_resample(
        df.drop(columns="churn"), df["churn"]
    )
    return {
        "seen": seen,
        "n": len(X_res),
        "missing": int(X_res["city"].isna().sum()),
        "index": X_res.index.tolist() == y_res.index.tolist() == list(range(20, 300)),
    }


def function_sampler_regression_target():
    """validate=False with a continuous target in a regression pipeline."""
    from imblearn import FunctionSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LinearRegression

    def drop_extremes(X, y):
        low, high = np.quantile(y, [0.05, 0.95])
        keep = (y > low) & (y < high)
        return X[keep], y[keep]

    X, _ = blobs()
    y = X @ np.array([1.0, 2.0, 0.0, -1.0])
    pipe = make_pipeline(
        FunctionSampler(func=drop_extremes, validate=False), LinearRegression()
    ).fit(X, y)
    return {"r2": round(float(pipe.score(X, y)), 6), "coef": np.round(pipe[-1].coef_, 6).tolist()}


def utils_check_sampling_strategy():
    """check_sampling_strategy called directly."""
    from imblearn.utils import check_sampling_strategy

    _, y = three_classes()
    return {
        "over": strategy(check_sampling_strategy("auto", y, "over-sampling")),
        "under": strategy(check_sampling_strategy("not minority", y, "under-sampling")),
        "dict": strategy(check_sampling_strategy({2: 100}, y, "over-sampling")),
        "clean keys": sorted(int(k) for k in check_sampling_strategy([0, 1], y, "clean-sampling")),
        "float": strategy(
            check_sampling_strategy(0.5, np.repeat([0, 1], [100, 20]), "over-sampling")
        ),
    }


def utils_check_neighbors_and_target():
    """check_neighbors_object and check_target_type."""
    from imblearn.utils import check_neighbors_object, check_target_type
    from sklearn.neighbors import NearestNeighbors

    a = check_neighbors_object("k_neighbors", 5, additional_neighbor=1)
    mine = NearestNeighbors(n_neighbors=3)
    b = check_neighbors_object("k_neighbors", mine)
    y, one_vs_all = check_target_type(np.eye(3, dtype=int), indicate_one_vs_all=True)
    return {
        "a": (type(a).__name__, int(a.n_neighbors)),
        "b": (int(b.n_neighbors), b is mine),
        "y": y.tolist(),
        "one vs all": bool(one_vs_all),
        "plain": check_target_type(np.array([0, 1, 1])).tolist(),
    }


def version_and_show_versions():
    """__version__ compared with a minimum, and show_versions printed."""
    import contextlib
    import io

    import imblearn

    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        imblearn.show_versions()
    return {
        "str": isinstance(imblearn.__version__, str),
        "parts": len(imblearn.__version__.split(".")) >= 2,
        "text": "numpy" in buffer.getvalue() and "python" in buffer.getvalue().lower(),
    }


def minimum_version_guard():
    """A notebook's guard that asks for version 0.8 or later."""
    import imblearn

    major, minor = (int(p) for p in imblearn.__version__.split(".")[:2])
    return {"recent enough": (major, minor) >= (0, 8)}


# ---------------------------------------------------------------- samplers written by others


def third_party_over_sampler():
    """A sampler that subclasses BaseOverSampler: copies with noise."""
    from imblearn.over_sampling.base import BaseOverSampler
    from sklearn.utils import check_random_state

    class JitterOverSampler(BaseOverSampler):
        def __init__(self, *, sampling_strategy="auto", random_state=None, sigma=0.1):
            super().__init__(sampling_strategy=sampling_strategy)
            self.random_state = random_state
            self.sigma = sigma

        def _fit_resample(self, X, y):
            rng = check_random_state(self.random_state)
            X_parts, y_parts = [X.copy()], [y.copy()]
            for label, n_samples in self.sampling_strategy_.items():
                if n_samples == 0:
                    continue
                idx = rng.choice(np.flatnonzero(y == label), size=n_samples)
                X_parts.append(X[idx] + rng.normal(0, self.sigma, size=(n_samples, X.shape[1])))
                y_parts.append(np.full(n_samples, label, dtype=y.dtype))
            return np.vstack(X_parts), np.concatenate(y_parts)

    X, y = frame()
    sampler = JitterOverSampler(random_state=0)
    X_res, y_res = sampler.fit_resample(X, y)
    labels = y.map({0: "no", 1: "yes"})
    _, y_text = JitterOverSampler(random_state=0, sampling_strategy=0.5).fit_resample(
        X.to_numpy(), labels.to_numpy()
    )
    return {
        "counts": counts(y_res),
        "type": (type(X_res).__name__, y_res.name),
        "columns": list(X_res.columns),
        "strategy_": strategy(sampler.sampling_strategy_),
        "n": int(sampler.n_features_in_),
        "sums": sums(X_res),
        "text": counts(y_text),
        "params": sorted(sampler.get_params()),
    }


def third_party_under_sampler():
    """A sampler that subclasses BaseUnderSampler: rows nearest to the class mean."""
    from imblearn.under_sampling.base import BaseUnderSampler

    class CentralUnderSampler(BaseUnderSampler):
        def __init__(self, *, sampling_strategy="auto"):
            super().__init__(sampling_strategy=sampling_strategy)

        def _fit_resample(self, X, y):
            keep = []
            for label in np.unique(y):
                idx = np.flatnonzero(y == label)
                if label in self.sampling_strategy_.keys():
                    dist = ((X[idx] - X[idx].mean(axis=0)) ** 2).sum(axis=1)
                    idx = idx[np.argsort(dist)[: self.sampling_strategy_[label]]]
                keep.append(idx)
            self.sample_indices_ = np.concatenate(keep)
            return X[self.sample_indices_], y[self.sample_indices_]

    X, y = three_classes(["a", "b", "c"])
    sampler = CentralUnderSampler()
    X_res, y_res = sampler.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "sums": sums(X_res),
        "own": own_labels(X_res, y_res, X, y),
        "indices": len(sampler.sample_indices_),
    }


def third_party_cleaning_sampler():
    """A sampler that subclasses BaseCleaningSampler: removes far rows of the given classes."""
    from imblearn.under_sampling.base import BaseCleaningSampler

    class FarRowRemover(BaseCleaningSampler):
        def __init__(self, *, sampling_strategy="auto", limit=2.0):
            super().__init__(sampling_strategy=sampling_strategy)
            self.limit = limit

        def _fit_resample(self, X, y):
            keep = np.ones(len(y), dtype=bool)
            for label in self.sampling_strategy_:
                mask = y == label
                z = (X - X[mask].mean(axis=0)) / X[mask].std(axis=0)
                keep &= ~(mask & (np.abs(z) > self.limit).any(axis=1))
            return X[keep], y[keep]

    X, y = blobs()
    a, ya = FarRowRemover().fit_resample(X, y)
    b, yb = FarRowRemover(sampling_strategy=[0, 1]).fit_resample(X, y)
    return {"auto": (counts(ya), sums(a)), "list": (counts(yb), sums(b))}


def third_party_base_sampler():
    """A sampler that subclasses imblearn.base.BaseSampler with its own _sampling_type."""
    import imblearn.base

    class EveryNth(imblearn.base.BaseSampler):
        _sampling_type = "bypass"
        _parameter_constraints: dict = {}

        def __init__(self, step=2):
            super().__init__()
            self.step = step

        def _fit_resample(self, X, y):
            return X[:: self.step], y[:: self.step]

    X, y = frame()
    X_res, y_res = EveryNth(step=4).fit_resample(X, y)
    return {
        "n": len(X_res),
        "counts": counts(y_res),
        "type": type(X_res).__name__,
        "sums": sums(X_res),
        "repr": repr(EveryNth(step=4)),
    }


def third_party_in_pipeline_and_search():
    """A sampler of one's own in a pipeline, a grid search and clone."""
    from imblearn.over_sampling.base import BaseOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.utils import check_random_state

    class CopyOverSampler(BaseOverSampler):
        def __init__(self, sampling_strategy="auto", random_state=None):
            super().__init__(sampling_strategy=sampling_strategy)
            self.random_state = random_state

        def _fit_resample(self, X, y):
            rng = check_random_state(self.random_state)
            idx = [np.arange(len(y))]
            for label, n in self.sampling_strategy_.items():
                idx.append(rng.choice(np.flatnonzero(y == label), size=n))
            idx = np.concatenate(idx)
            return X[idx], y[idx]

    X, y = blobs()
    grid = GridSearchCV(
        make_pipeline(CopyOverSampler(random_state=0), LogisticRegression()),
        {"copyoversampler__sampling_strategy": [0.4, 0.8, "auto"]},
        scoring="balanced_accuracy",
        cv=3,
    ).fit(X, y)
    return {
        "keys": list(grid.best_params_),
        "scores": [round(float(v), 2) for v in grid.cv_results_["mean_test_score"]],
    }


def third_party_in_balanced_bagging():
    """A sampler of one's own in BalancedBaggingClassifier(sampler=...)."""
    from imblearn.ensemble import BalancedBaggingClassifier
    from imblearn.under_sampling.base import BaseUnderSampler
    from sklearn.tree import DecisionTreeClassifier
    from sklearn.utils import check_random_state

    class PlainUnderSampler(BaseUnderSampler):
        def __init__(self, *, sampling_strategy="auto", random_state=None):
            super().__init__(sampling_strategy=sampling_strategy)
            self.random_state = random_state

        def _fit_resample(self, X, y):
            rng = check_random_state(self.random_state)
            keep = []
            for label in np.unique(y):
                idx = np.flatnonzero(y == label)
                if label in self.sampling_strategy_:
                    idx = rng.choice(idx, size=self.sampling_strategy_[label], replace=False)
                keep.append(idx)
            keep = np.concatenate(keep)
            return X[keep], y[keep]

    X, y = blobs()
    bbc = BalancedBaggingClassifier(
        estimator=DecisionTreeClassifier(max_depth=3),
        sampler=PlainUnderSampler(),
        n_estimators=5,
        random_state=0,
    ).fit(X, y)
    return {
        "sampler_": type(bbc.sampler_).__name__,
        "n": len(bbc.estimators_),
        "good": bool(bbc.score(X, y) > 0.7),
        "step": type(bbc.estimators_[0][0]).__name__,
    }


def third_party_bad_target():
    """The base class checks the target: one class raises ValueError before _fit_resample."""
    from imblearn.over_sampling.base import BaseOverSampler

    called = []

    class Recorder(BaseOverSampler):
        def _fit_resample(self, X, y):
            called.append(X.shape)
            return X, y

    X, y = blobs()
    try:
        Recorder().fit_resample(X, np.zeros(len(X), dtype=int))
        error = "none"
    except ValueError:
        error = "ValueError"
    Recorder().fit_resample(X.tolist(), y.tolist())
    return {"error": error, "called": called}


def smote_subclass_public_override():
    """A subclass of SMOTE that overrides fit_resample: falls back for tiny classes."""
    from imblearn.over_sampling import SMOTE, RandomOverSampler

    class SafeSMOTE(SMOTE):
        def fit_resample(self, X, y):
            if min(Counter(y).values()) <= self.k_neighbors:
                return RandomOverSampler(random_state=self.random_state).fit_resample(X, y)
            return super().fit_resample(X, y)

    X, y = blobs(200, (0.98, 0.02))
    A, b = blobs()
    r1, s1 = SafeSMOTE(random_state=0).fit_resample(X, y)
    r2, s2 = SafeSMOTE(random_state=0).fit_resample(A, b)
    return {
        "tiny": (counts(s1), sums(r1)),
        "usual": (counts(s2), sums(r2)),
        "repr": repr(SafeSMOTE(random_state=0)),
    }


def duck_typed_sampler_in_pipeline():
    """A class with fit_resample only, no base class of the package, inside the pipeline."""
    from imblearn.pipeline import Pipeline
    from sklearn.base import BaseEstimator
    from sklearn.linear_model import LogisticRegression

    class DropDuplicatesSampler(BaseEstimator):
        def fit_resample(self, X, y):
            _, idx = np.unique(X, axis=0, return_index=True)
            return X[idx], y[idx]

    X, y = blobs()
    X2, y2 = np.vstack([X, X[:50]]), np.concatenate([y, y[:50]])
    pipe = Pipeline([("dd", DropDuplicatesSampler()), ("lr", LogisticRegression())]).fit(X2, y2)
    X_res, y_res = pipe[:-1].fit_resample(X2, y2)
    return {"n": len(X_res), "counts": counts(y_res), "score": round(float(pipe.score(X, y)), 2)}


# ---------------------------------------------------------------- wrappers of projects


def balancer_class_of_project():
    """A project's Balancer(BaseEstimator) that stores a sampler and delegates."""
    from imblearn.over_sampling import SMOTE
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.base import BaseEstimator, clone

    class Balancer(BaseEstimator):
        def __init__(self, sampler=None):
            self.sampler = sampler

        def fit_resample(self, X, y):
            self.sampler_ = (
                clone(self.sampler) if self.sampler is not None else SMOTE(random_state=0)
            )
            return self.sampler_.fit_resample(X, y)

    X, y = blobs()
    a, ya = Balancer().fit_resample(X, y)
    b = Balancer(RandomUnderSampler(random_state=0)).set_params(sampler__sampling_strategy=0.5)
    _, yb = b.fit_resample(X, y)
    return {"smote": (counts(ya), sums(a)), "rus": counts(yb), "params": sorted(b.get_params())}


def handle_imbalance_function():
    """A utility with method names as strings, frames in and out."""
    import pandas as pd

    def handle_imbalance(df, target, method="smote", seed=42):
        from imblearn.combine import SMOTEENN
        from imblearn.over_sampling import SMOTE, RandomOverSampler
        from imblearn.under_sampling import RandomUnderSampler

        methods = {
            "smote": SMOTE,
            "over": RandomOverSampler,
            "under": RandomUnderSampler,
            "smoteenn": SMOTEENN,
        }
        X, y = df.drop(columns=[target]), df[target]
        X_res, y_res = methods[method](random_state=seed).fit_resample(X, y)
        out = pd.DataFrame(X_res, columns=X.columns)
        out[target] = y_res
        return out

    X, y = frame()
    df = pd.concat([X, y], axis=1).sample(frac=0.8, random_state=0)
    out = {}
    for method in ["smote", "over", "under", "smoteenn"]:
        res = handle_imbalance(df, "Class", method)
        out[method] = (
            counts(res["Class"]),
            int(res.isna().sum().sum()),
            sums(res[X.columns]),
            own_labels(res[X.columns], res["Class"], df[X.columns], df["Class"]),
        )
    return out


def synthetic_rows_only():
    """New rows separated from old ones by a merge with an indicator."""
    from imblearn.over_sampling import SMOTE

    X, y = frame()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X, y)
    res = X_res.assign(Class=y_res)
    merged = res.merge(X, how="left", on=list(X.columns), indicator=True)
    new = merged[merged["_merge"] == "left_only"]
    return {
        "new": len(new),
        "classes": sorted(new["Class"].unique().tolist()),
        "sums": sums(new[X.columns]),
    }


def undersample_in_batches():
    """Several balanced subsets with different seeds, averaged models."""
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.linear_model import LogisticRegression

    X, y = blobs()
    probas = []
    for seed in range(5):
        X_s, y_s = RandomUnderSampler(random_state=seed).fit_resample(X, y)
        probas.append(LogisticRegression().fit(X_s, y_s).predict_proba(X)[:, 1])
    mean = np.mean(probas, axis=0)
    return {
        "mean": round(float(mean.mean()), 2),
        "recall": round(float((mean[y == 1] > 0.5).mean()), 2),
    }


def smote_to_torch_style_batches():
    """Resampled float32 arrays cut into batches for a neural network."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    X_res, y_res = SMOTE(random_state=0).fit_resample(X.astype("float32"), y.astype("int64"))
    batches = [(X_res[i : i + 64], y_res[i : i + 64]) for i in range(0, len(X_res), 64)]
    return {
        "n": len(batches),
        "rows": sum(len(b) for b, _ in batches),
        "contiguous": bool(X_res.flags["C_CONTIGUOUS"]),
        "writeable": bool(X_res.flags["WRITEABLE"]),
        "dtypes": (str(X_res.dtype), str(y_res.dtype)),
    }


def custom_config_roundtrip_json():
    """get_params written as JSON and read to make the sampler again."""
    import json

    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    text = json.dumps(
        SMOTE(random_state=3, k_neighbors=4, sampling_strategy=0.9).get_params(), sort_keys=True
    )
    X_res, y_res = SMOTE(**json.loads(text)).fit_resample(X, y)
    return {"text": text, "counts": counts(y_res), "sums": sums(X_res)}


def smote_positional_sampling_strategy():
    """SMOTE(0.7) is tried by position; a TypeError is answered with the keyword."""
    from imblearn.over_sampling import SMOTE

    X, y = blobs()
    try:
        sm = SMOTE(0.7)
        way = "position"
    except TypeError:
        sm = SMOTE(sampling_strategy=0.7)
        way = "keyword"
    return {"way": way, "counts": counts(sm.fit_resample(X, y)[1])}


def three_class_chain_with_counts():
    """Under-sampling the large class and over-sampling the small one, three text classes."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler

    X, y = three_classes(["neg", "neu", "pos"])
    chain = make_pipeline(
        RandomUnderSampler(sampling_strategy={"neg": 100}, random_state=0),
        SMOTE(sampling_strategy={"pos": 80}, random_state=0),
    )
    X_res, y_res = chain.fit_resample(X, y)
    return {
        "counts": counts(y_res),
        "shape": X_res.shape,
        "minority kept": contains(X_res, X[y == "pos"]),
        "own": own_labels(X_res, y_res, X, y),
    }


def neural_network_one_hot_after_smote():
    """SMOTE on class numbers, then LabelBinarizer on y_res."""
    from imblearn.over_sampling import SMOTE
    from sklearn.preprocessing import LabelBinarizer

    X, y = three_classes(["a", "b", "c"])
    _, y_res = SMOTE(random_state=0).fit_resample(X, y)
    Y = LabelBinarizer().fit_transform(y_res)
    return {"shape": Y.shape, "sums": Y.sum(axis=0).tolist()}


# ---------------------------------------------------------------- the list

_HELPERS = {
    "blobs",
    "frame",
    "customers",
    "three_classes",
    "texts",
    "plain",
    "counts",
    "strategy",
    "row_keys",
    "sums",
    "contains",
    "own_labels",
}
USAGES = {
    name: value
    for name, value in list(globals().items())
    if getattr(value, "__module__", None) == __name__ and callable(value) and name not in _HELPERS
}
