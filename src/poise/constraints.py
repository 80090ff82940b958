"""Rules that new rows keep: sums, order, one-hot columns and ranges.

Pass them to any sampler that makes new values. The rows of X are checked first; a new row that breaks a
rule is repaired, and no other row changes.

>>> import pandas as pd
>>> from poise.constraints import Sum
>>> from poise.over_sampling import SMOTE
>>> X = pd.DataFrame({"a": [0, 1, 2, 5, 7, 9], "b": [3, 3, 4, 2, 6, 1]})
>>> X["total"] = X["a"] + X["b"]
>>> smote = SMOTE(k_neighbors=1, constraints=[Sum("total", ["a", "b"])], random_state=0)
>>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 0, 1, 1])
>>> bool((X_new["a"] + X_new["b"] == X_new["total"]).all())
True
"""

from poise.core.plan.constraints import Between, LessEqual, OneHot, Sum

__all__ = ["Between", "LessEqual", "OneHot", "Sum"]
