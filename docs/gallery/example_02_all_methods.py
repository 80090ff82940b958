"""
Every method, before and after
==============================

What does each sampler do to the same table? One hundred rare rows (orange) overlap with a thousand common ones (blue); new
rows are light orange, removed rows are grey crosses.
"""

# %%
# The table
# ---------
# Two moons that touch, with a few rows of the rare class far from the others.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

import poise

rng = np.random.default_rng(0)
rows, label = make_moons((1000, 100), noise=0.22, random_state=0)
rows[-6:] = rng.normal([-0.9, -0.6], 0.12, size=(6, 2))

# %%
# Two views of a resampling
# -------------------------
# ``Resampled.is_new`` says which output rows are new, and the plan's lineage says from which input row every kept row
# came; the input rows that do not occur there were removed.


def draw(axes, method, title):
    """Draw the rows that a method keeps, makes and removes."""
    result = poise.resample(rows, label, method=method, random_state=0)
    lineage = result.plan.lineage()
    kept = np.zeros(len(rows), dtype=bool)
    kept[lineage.seed[lineage.origin == "kept"]] = True
    common, rare = kept & (label == 0), kept & (label == 1)
    axes.scatter(*rows[~kept].T, marker="x", s=9, color="0.75", linewidths=0.7)
    axes.scatter(*rows[common].T, s=5, color="#4a90bd", linewidths=0)
    axes.scatter(*result.X[result.is_new & (result.y == 1)].T, s=5, color="#f6b26b", linewidths=0)
    axes.scatter(*result.X[result.is_new & (result.y == 0)].T, s=9, color="#123f5c", linewidths=0)
    axes.scatter(*rows[rare].T, s=8, color="#c2410c", linewidths=0)
    counts = np.bincount(result.y)
    axes.set_title(f"{title}\n{counts[0]:,} : {counts[1]:,}", fontsize=8)
    axes.set(xticks=[], yticks=[], xlim=(-1.8, 2.7), ylim=(-1.3, 1.8))


# %%
# All of them
# -----------
# SMOTE-NC and SMOTE-N need columns with categories, so they are not here. The figures above each picture are the rows of
# the common and of the rare class afterwards.

methods = [name for name in poise.METHODS if name not in ("smote-nc", "smote-n")]
figure, panels = plt.subplots(5, 5, figsize=(11, 10.5), layout="constrained")
for axes in panels.flat:
    axes.axis("off")
before = panels.flat[0]
before.axis("on")
before.scatter(*rows[label == 0].T, s=5, color="#4a90bd", linewidths=0)
before.scatter(*rows[label == 1].T, s=8, color="#c2410c", linewidths=0)
before.set_title("as it is\n1,000 : 100", fontsize=8)
before.set(xticks=[], yticks=[], xlim=(-1.8, 2.7), ylim=(-1.3, 1.8))
for axes, method in zip(panels.flat[1:], methods, strict=True):
    axes.axis("on")
    draw(axes, method, method)

# %%
# What to look for
# ----------------
# * **SMOTE** puts rows on lines between neighbours. The six stray rows on the left get a cloud of their own.
# * **Borderline-SMOTE**, **SVM-SMOTE**, **ADASYN** and **ProWSyn** make rows where the classes meet: right if the labels there
#   are right, wrong if they are noise.
# * **ROSE**, **MGS** and **polynom-fit-SMOTE** leave the lines: their rows are as spread out as a distribution, or
#   strung towards the mean.
# * The **cleaners** (Tomek links, edited nearest neighbours and their kin) remove common rows that are close to rare
#   ones, and do not balance anything.
# * **Random under-sampling** and **NearMiss** leave a hundred common rows; NearMiss leaves an odd hundred.
#
# None of these pictures says whether a model gets better: :doc:`example_01_blog_post` measures that.
