"""
Rare texts: weights, copies, SMOTE, or a threshold?
===================================================

What helps a text classifier when one class is rare? Class weights, copies, SMOTE, a
calibrator and a threshold are compared on real texts, with intervals.
"""

# %%
# Real texts without a download
# -----------------------------
# The docstrings of NumPy, SciPy and scikit-learn are texts that are installed already. The task: find those of
# ``scipy.signal``. Only the first sixty words before the list of parameters are used, and the word "signal" is
# taken out, because it would give the label away.

import inspect
from importlib import import_module

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_predict, cross_validate

import poise
from poise import SMOTE, RandomOverSampler, make_pipeline
from poise.decisions import (
    ResampledClassifier,
    ReweightedClassifier,
    ThresholdClassifier,
    TunedThreshold,
)
from poise.metrics import calibration_fit

MODULES = {
    "numpy": "fft linalg ma polynomial random",
    "scipy": "cluster.hierarchy cluster.vq fft integrate interpolate io linalg ndimage optimize signal sparse "
    "spatial special stats",
    "sklearn": "cluster compose covariance datasets decomposition ensemble feature_extraction feature_selection "
    "gaussian_process linear_model manifold metrics mixture model_selection naive_bayes neighbors preprocessing svm",
}

module_of = {}
for package, names in MODULES.items():
    for module in [package, *(f"{package}.{name}" for name in names.split())]:
        for name, item in sorted(vars(import_module(module)).items()):
            text = (inspect.getdoc(item) or "") if callable(item) and name[0] != "_" else ""
            text = text.split("Parameters\n")[0].split(">>>")[0].lower().replace("signal", " ")
            if len(words := text.split()) > 8:
                module_of.setdefault(" ".join(words[:60]), module)
order = np.random.default_rng(0).permutation(len(module_of))  # they are sorted by module
texts = np.array(list(module_of))[order]
y = (np.array(list(module_of.values())) == "scipy.signal")[order].astype(int)
print(f"{len(y):,} texts, {y.sum()} of them from scipy.signal ({y.mean():.1%})")
print("One of them:", texts[y == 1][0][:100], "...")

# %%
# Treatments
# ----------
# Each is a pipeline from texts to a logistic regression, so words are counted, weights computed and rows made from
# the training part of each fold alone. TF-IDF rows are sparse, and stay so: SMOTE takes sparse matrices. The
# penalty of the regression, ``C=30``, is the same for all.


def pipeline(*steps):
    """Return a pipeline from texts to decisions."""
    return make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), *steps)


logistic = LogisticRegression(C=30, max_iter=1000)
treatments = {
    "as it is": pipeline(logistic),
    "calibrated (sigmoid)": pipeline(ResampledClassifier(None, logistic, calibrate="sigmoid")),
    "threshold tuned for F1": pipeline(ThresholdClassifier(TunedThreshold("f1"), logistic)),
    "class weights": pipeline(LogisticRegression(C=30, max_iter=1000, class_weight="balanced")),
    "class weights, taken back": pipeline(ReweightedClassifier(logistic)),
    "random over-sampling": pipeline(RandomOverSampler(random_state=0), logistic),
    "SMOTE": pipeline(SMOTE(random_state=0), logistic),
}

# %%
# Two repeats of five folds. Average precision judges the ranking, F1 the decisions (at 0.5, unless the threshold was
# tuned, which happens inside the training part), and log loss the probabilities (lower is better).

metrics = {"average_precision": "average precision", "f1": "F1", "neg_log_loss": "log loss"}
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
scores = {}
for name, model in treatments.items():
    result = cross_validate(model, texts, y, cv=folds, scoring=list(metrics))
    scores[name] = pd.DataFrame(
        {title: np.abs(result[f"test_{scorer}"]) for scorer, title in metrics.items()}
    )
pd.DataFrame({name: values.mean() for name, values in scores.items()}).T.round(3)

# %%
# Differences with intervals
# --------------------------
# Folds share training rows, so the standard error is that of Nadeau and Bengio (`2003
# <https://doi.org/10.1023/A:1024068626366>`__); the intervals are twice that wide on each side. Values to the right
# of the line are better; log loss has its sign turned for that.

figure, panels = plt.subplots(1, 3, figsize=(10, 3.6), sharey=True, layout="constrained")
names = list(treatments)[1:]
for axes, metric in zip(panels, metrics.values(), strict=True):
    sign = -1 if metric == "log loss" else 1
    for row, name in enumerate(names):
        gain = sign * (scores[name][metric] - scores["as it is"][metric])
        error = 2 * gain.std(ddof=1) * np.sqrt(1 / len(gain) + 1 / 4)
        clear = abs(gain.mean()) > error
        axes.errorbar(
            gain.mean(), row, xerr=error, fmt="o", capsize=3, color="#c2410c" if clear else "0.6"
        )
    axes.axvline(0, color="0.3", linewidth=1)
    axes.set(xlabel=f"gain in {metric}" + (" (lower by)" if sign < 0 else ""))
    axes.set_title(f"as it is: {scores['as it is'][metric].mean():.3f}", fontsize=10)
    axes.locator_params(axis="x", nbins=4)
    axes.grid(axis="x", alpha=0.3)
panels[0].set_yticks(range(len(names)), names)
panels[0].invert_yaxis()

# %%
# Orange: the interval excludes zero. Grey: it includes zero, or the metric cannot change.
#
# **Ranking**: all intervals of average precision include zero. **Decisions**: gains in F1 are a few hundredths at
# most, and some of their intervals include zero. **Probabilities**: weights, copies, SMOTE and the
# calibrator all lower log loss, by nearly the same amount. That SMOTE improves probabilities is unusual, and has a
# reason.
#
# Why it helps here
# -----------------
# With few events, thousands of words and a penalty, the plain regression is too cautious: on held-out rows, its
# mean probability is below the share of events. A positive bias means that the odds of events are predicted too
# low, and a slope above 1 that the probabilities are not extreme enough (:doc:`/decisions`). New rows counter that,
# and so do weights. A sigmoid calibrator corrects it directly, without new rows or weights.

held_out = {}
for name in ("as it is", "calibrated (sigmoid)", "SMOTE"):
    p = cross_val_predict(treatments[name], texts, y, cv=5, method="predict_proba")[:, 1]
    fit = calibration_fit(y, p)
    held_out[name] = {
        "mean probability": f"{p.mean():.3f}",
        "share of events": f"{y.mean():.3f}",
        "bias (log-odds)": f"{fit.in_the_large:+.2f} ± {2 * fit.in_the_large_error:.2f}",
        "slope": f"{fit.slope:.2f} ± {2 * fit.slope_error:.2f}",
    }
pd.DataFrame(held_out).T

# %%
# Which words decide
# ------------------
# The ten words that speak most for ``scipy.signal``, and the five that speak most against it, in the regression as
# it is and with class weights. Reading them is also the way to find a leak, such as the word "signal", had it
# stayed.

coefficients = {}
for name in ("as it is", "class weights"):
    model = treatments[name].fit(texts, y)
    coefficients[name] = pd.Series(model[-1].coef_[0], model[0].get_feature_names_out())
plain = coefficients["as it is"].sort_values()
words = [*plain.index[:5], *plain.index[-10:]]

figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
rows = np.arange(len(words))
axes.barh(rows, plain[words], color=np.where(plain[words] > 0, "#c2410c", "#4a90bd"), height=0.7)
axes.plot(
    coefficients["class weights"][words],
    rows,
    "D",
    color="0.2",
    markersize=5,
    label="class weights",
)
axes.set_yticks(rows, words)
axes.axvline(0, color="0.3", linewidth=1)
axes.set_xlabel("coefficient of the word (bars: as it is)")
axes.legend(loc="lower right")
axes.grid(axis="x", alpha=0.3)

# %%
# What a new row of SMOTE is
# --------------------------
# Not a text: a weighted mixture of the words of two texts, with more words than either. Nobody can read it, but a
# linear model does not need to.

vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2)
tfidf = vectorizer.fit_transform(texts)
result = poise.resample(tfidf, y, method="smote", random_state=0)
lineage, vocabulary = result.plan.lineage(), vectorizer.get_feature_names_out()
new = int(result.is_new.argmax())


def largest_words(row):
    """Return how many words a row has, and the largest of them."""
    values = row.toarray().ravel()
    return f"{(values > 0).sum():>3} words: {', '.join(vocabulary[np.argsort(-values)[:7]])}, ..."


print("seed row   ", largest_words(tfidf[[lineage.seed[new]]]))
print("partner row", largest_words(tfidf[[lineage.partner[new]]]))
print("new row    ", largest_words(result.X[[new]]), f"({lineage.gap[new]:.0%} of the way)")

# %%
# So what?
# --------
# For texts and a linear model, start with the plain model, look at the mean of its held-out probabilities, and
# calibrate it if that is wrong; then choose the threshold by what decisions cost. If you prefer a treatment of the
# classes, weights make no rows and are as good as SMOTE here. The two compared directly:

for metric in metrics.values():
    gain = scores["SMOTE"][metric] - scores["class weights, taken back"][metric]
    error = 2 * gain.std(ddof=1) * np.sqrt(1 / len(gain) + 1 / 4)
    print(f"SMOTE minus class weights taken back, {metric}: {gain.mean():+.4f} ± {error:.4f}")

# %%
# All intervals include zero. Other texts and models may differ: :doc:`/evidence` has generated texts, where the
# events are harder to find, and :doc:`/weights` says more about weights.
