"""An Optuna search over methods by name and their ratio, in folds that keep customers together."""

import numpy as np
import optuna
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score

import poise

X, y = make_classification(3000, weights=[0.95], random_state=0)
customers, folds = np.arange(3000) // 3, StratifiedGroupKFold(5)


def value(trial: optuna.Trial) -> float:
    """Return the mean AUC of a method with a ratio of the classes."""
    name = trial.suggest_categorical("method", ["smote", "random-under", "random-over"])
    sampler = poise.make_sampler(name, 0, sampling_strategy=trial.suggest_float("ratio", 0.1, 1.0))
    model = poise.make_pipeline(sampler, LogisticRegression())
    return cross_val_score(model, X, y, groups=customers, cv=folds, scoring="roc_auc").mean()


study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(value, n_trials=15)
print(study.best_params)
