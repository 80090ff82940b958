"""
A sampler of your own
=====================

How do you write, test and compare a resampling method that Poise does not have? A method is one function in a class of
twenty lines, and then works like every other sampler; for a quick idea, a function is enough.
"""

# %%
# The idea
# --------
# SMOTE starts from every rare row, also from one that stands alone among common rows, and draws a line to a rare
# row that may be far away. If that row has a wrong label, SMOTE repeats the mistake. So: start only from rare rows
# with another rare row among their nearest rows, and stay on the first part of the line.
#
# The table has two moons that touch. Six rows of the common class have the wrong label.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

import poise
from poise import SMOTE, FunctionSampler, make_pipeline
from poise.base import SeedNeighborPairs, SmoteFamily, among, fitted, in_class, parameter, sampler
from poise.testing import check_resampler

rng = np.random.default_rng(0)
rows, label = make_moons((982, 94), noise=0.2, random_state=0)
wrong = rng.choice(np.flatnonzero((label == 0) & (rows[:, 1] > 0.3)), 6, replace=False)
label[wrong] = 1
print(
    f"{(label == 1).sum()} rare rows among {len(label):,}, {len(wrong)} of them with a wrong label"
)

# %%
# The class
# ---------
# New rows lie between seed rows and neighbours, so the class is one of the ``SmoteFamily``. It says which rows may be
# seeds, and which neighbours they have (``pairs``), and how far a new row is from its seed (``gaps``). The base class
# counts the rows to add, draws at random, and handles containers, missing values and categories.


@sampler
class CautiousSMOTE(SmoteFamily):
    """SMOTE that skips rows without a row of their class nearby, and stays near its seed rows."""

    k_neighbors: int = parameter(default=5)
    reach: float = parameter(default=0.5)
    n_skipped_: dict = fitted()
    looks_at = "all rows"

    def pairs(self, problem, code):
        """Return the seed rows, and the function that finds their neighbours."""
        members = problem.labels.members(code)
        near = among(problem, None, self.k_neighbors)(members)
        has_company = ((near >= 0) & (problem.labels.codes[near] == code)).any(axis=1)
        seeds = members[has_company] if has_company.any() else members
        skipped = problem.found.setdefault("n_skipped_", {})
        skipped[problem.labels.classes[code]] = len(members) - len(seeds)
        return SeedNeighborPairs(seeds, in_class(problem, code, self.k_neighbors), self.k_neighbors)

    def gaps(self, uniforms):
        """Return positions between the seed row (0) and its partner (1)."""
        return self.reach * uniforms


cautious = CautiousSMOTE(random_state=0)
_ = cautious.fit_resample(rows, label)
lineage = cautious.plan_.lineage()
print("rare rows that no new row starts from:", cautious.n_skipped_[1])
print(
    "with a wrong label among them:", len(set(wrong) - set(lineage.seed[lineage.origin != "kept"]))
)
print(f"largest gap: {np.nanmax(lineage.gap):.2f}")

# %%
# Does it obey the rules?
# -----------------------
# ``check_resampler`` runs the checks that every sampler of Poise passes: the input is unchanged, kept rows are
# equal to input rows, counts are exact, lineage is right, one seed gives one result for any number of threads, the
# same rows come from ``poise.big``, and the object can be cloned and pickled. By default it tries every container
# that is installed.

check_resampler(cautious, containers=["numpy float64", "lists", "pandas"])
print("all checks passed")

# %%
# A mistake is found and named. With a reach of 1.5, new rows may lie beyond the partner, which a method must declare:

try:
    check_resampler(CautiousSMOTE(reach=1.5), containers=["numpy float64"])
except (AssertionError, ValueError) as error:
    print(f"{type(error).__name__}: {error}")

# %%
# A quick idea: a function
# ------------------------
# Without a class: ``FunctionSampler`` takes any function of X and y that returns row numbers, a mask, a plan, or
# new X and y. This one keeps every third common row.


def every_third(X, y):
    """Return a mask: all rare rows, and every third of the others."""
    return (y == 1) | (np.arange(len(X)) % 3 == 0)


thinned = FunctionSampler(every_third)
print("rows that are left:", np.bincount(thinned.fit_resample(rows, label)[1]).tolist())

# %%
# What they do to the table
# -------------------------
# Blue: common rows. Orange: rare ones; those with the wrong label are circled. Light orange: new rows.

approaches = {"SMOTE": SMOTE(random_state=0), "cautious SMOTE": cautious, "every third": thinned}
figure, panels = plt.subplots(2, 2, figsize=(9, 7), sharex=True, sharey=True, layout="constrained")
for axes, (name, method) in zip(panels.flat, {"as it is": None, **approaches}.items(), strict=True):
    X, y = (rows, label) if method is None else method.fit_resample(rows, label)
    is_new = np.arange(len(X)) >= len(rows)
    axes.scatter(*X[~is_new & (y == 0)].T, s=7, color="#4a90bd", linewidths=0)
    axes.scatter(*X[is_new].T, s=8, color="#f6b26b", linewidths=0)
    axes.scatter(*X[~is_new & (y == 1)].T, s=14, color="#c2410c", linewidths=0)
    axes.scatter(*rows[wrong].T, s=70, facecolors="none", edgecolors="black", linewidths=0.9)
    common, rare = np.bincount(y)
    axes.set_title(f"{name}: {common} common, {rare} rare rows", fontsize=11)
for axes in panels[1]:
    axes.set_xlabel("first column")
for axes in panels[:, 0]:
    axes.set_ylabel("second column")

# %%
# In a pipeline
# -------------
# A pipeline resamples in ``fit`` alone, so every fold is tested on real rows. The mean over twenty folds, with the
# standard deviation between folds, which is too large to judge a difference by eye:

folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
for name, method in {"as it is": "passthrough", **approaches}.items():
    model = make_pipeline(method, KNeighborsClassifier(15))
    scores = cross_val_score(model, rows, label, cv=folds, scoring="average_precision")
    print(f"{name:<15} average precision {scores.mean():.3f} (sd {scores.std():.3f})")

# %%
# Is it better?
# -------------
# ``poise.compare`` takes samplers of your own by a name of your choice, and gives each difference from the table as
# it is an interval and a verdict.

compared = poise.compare(
    rows,
    label,
    approaches=approaches,
    estimators=["logistic", "k-nn"],
    n_repeats=4,
    n_jobs=1,
    progress=False,
)
print(compared.advice[0])
compared.verdicts("pandas").query("metric == 'average_precision'")[
    ["estimator", "approach", "value", "baseline", "gain", "low", "high", "verdict"]
].round(3)

# %%
# Points are expected gains. Thick lines are 95 % intervals that also use what such methods did on other tables;
# thin lines are those of these data alone. In the grey band a difference does not matter.

figure, axes = plt.subplots(figsize=(8, 3.8), layout="constrained")
axes = compared.plot("forest", axes=axes)

# %%
# So what?
# --------
# The class does what it was made for: SMOTE draws new rows towards wrong labels, the cautious class draws none from
# them. Whether a model gains is another question. Here none does: the differences of the logistic regression are
# practically zero, and in these folds nearest neighbours lose average precision from new rows of either kind. Wrong
# labels are also in the test folds, as they would be in yours.
#
# :doc:`/own_method` lists the base classes and what a method may declare; :doc:`example_02_all_methods` draws the
# methods that Poise has.
