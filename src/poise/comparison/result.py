"""The result of `poise.compare`: values and verdicts, with advice, pictures, pages and a file format."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from poise.comparison.advice import advice_of
from poise.comparison.metrics import Key
from poise.comparison.pages import markdown_of, page_of, short_html_of
from poise.comparison.pictures import drawn
from poise.comparison.store import DAMAGE
from poise.comparison.stored import check_form
from poise.comparison.verdicts import Verdicts
from poise.core.errors import FileError
from poise.core.files import json_value, written
from poise.core.saved import FORMAT, format_entries, require_format
from poise.core.types import ComparedMetric, Picture
from poise.study.event_table import Floats


class Comparison(Verdicts):
    """What approaches to class imbalance give on one table, fold by fold; see `poise.compare`.

    Attributes
    ----------
    facts : dict
        About the table and the run: rows, events, folds, seconds, versions, random state.
    values : dict of Key to ndarray of shape (n_folds,)
        Each metric of each arm; NaN in folds without a value.
    described, status, pictures, smallest_differences
        See `poise.comparison.verdicts.Verdicts`.
    """

    @cached_property
    def advice(self) -> list[str]:
        """What to do, in sentences, the most important first."""
        return advice_of(self)

    def summary(self) -> str:
        """Return the event and the advice with its reasons, as text."""
        event, n_events, n_rows = (self.facts[name] for name in ("event", "n_events", "n_rows"))
        return "\n".join([f"The event is {event}: {n_events:,} of {n_rows:,} rows.", *self.advice])

    def plot(
        self, kind: Picture = "forest", metric: ComparedMetric | None = None, axes: Any = None
    ) -> Any:
        """Draw a picture.

        Parameters
        ----------
        kind : {"forest", "gain", "ratio", "pr", "reliability", "threshold"}, default="forest"
            Differences with intervals; where the gain comes from; and, for the first estimator: the gain
            against the share of an approach's changes (if `ratios` were compared), precision against
            recall, the reliability of probabilities, F1 against the threshold.
        metric : str, optional
            For the first three; by default "average_precision", and "f1" for the gain.
        axes : matplotlib.axes.Axes, optional

        Returns
        -------
        matplotlib.axes.Axes
        """
        return drawn(self, kind, metric, axes)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report as one self-contained page; write it to a file if a path is given.

        Parameters
        ----------
        path : str or Path, optional
            Replaced in one step, after the page is complete.

        Raises
        ------
        MissingDependencyError
            If jinja2 or matplotlib is not installed.
        """
        return written(page_of(self), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return advice and verdicts as Markdown; write them to a file if a path is given."""
        return written(markdown_of(self), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return everything as JSON, for `Comparison.from_json`; write it to a file if a path is given."""
        content = {
            **format_entries("comparison"),
            "facts": self.facts,
            "values": [[*key, json_value(values)] for key, values in self.values.items()],
            "described": [[*key, json_value(values)] for key, values in self.described.items()],
            "status": [[*arm, notes] for arm, notes in self.status.items()],
            "pictures": self.pictures,
            "smallest_differences": self.smallest_differences,
        }
        return written(json.dumps(content, allow_nan=False), path)

    @classmethod
    def from_json(cls, path: str | Path) -> Comparison:
        """Read a file that `to_json` wrote.

        Raises
        ------
        FileError
            If the file does not exist, does not hold a comparison, or is in another format, of
            another version of Poise.
        """
        try:
            content = json.loads(
                Path(path).read_text(encoding="utf-8"), parse_constant=_raise_value_error
            )
            if isinstance(content, dict) and {FORMAT, "values"} & content.keys():
                require_format(content, "comparison", repr(str(path)), "run poise.compare again")
            check_form(content)
            found = cls(
                content["facts"],
                _by_key(content["values"]),
                _by_key(content["described"]),
                {(estimator, approach): notes for estimator, approach, notes in content["status"]},
                content["pictures"],
                content["smallest_differences"],
            )
            markdown_of(found)
        except FileError:
            raise
        except OSError as error:
            raise FileError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
        except DAMAGE as error:
            raise FileError(
                f"{str(path)!r} does not hold a comparison, or is damaged. Pass a file that to_json wrote, or run "
                "poise.compare again."
            ) from error
        return found

    def __repr__(self) -> str:
        done, planned = self.facts["n_folds"], self.facts["n_planned"]
        n_arms = len(self.status)
        setups = f"event {self.facts['event']}, {n_arms} setups, {done} of {planned} folds"
        return f"<Comparison: {setups}; {self.advice[0]}>"

    def _repr_html_(self) -> str:
        return short_html_of(self)


def _raise_value_error(constant: str) -> None:
    """Raise ValueError for NaN and infinity, which `to_json` does not write."""
    raise ValueError(constant)


def _by_key(entries: list[list[Any]]) -> dict[Key, Floats]:
    return {Key(*key): np.array(numbers, dtype=float) for *key, numbers in entries}
