import numpy as np
from numpy.typing import NDArray

def paths() -> list[str]: ...
def blend(
    values: NDArray[np.floating],
    seeds: NDArray[np.int64],
    partners: NDArray[np.int64],
    gaps: NDArray[np.float64],
    reaches: NDArray[np.float64] | None,
    out: NDArray[np.floating],
    n_threads: int,
) -> None: ...
def blend_sparse(
    starts: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.floating],
    n_columns: int,
    seeds: NDArray[np.int64],
    partners: NDArray[np.int64],
    gaps: NDArray[np.float64],
    reaches: NDArray[np.float64] | None,
    out_starts: NDArray[np.int64],
    out_columns: NDArray[np.int64],
    out_values: NDArray[np.floating],
) -> int: ...

class Index:
    def __init__(
        self,
        values: NDArray[np.float64],
        n_threads: int,
        n_nominal: int = 0,
        mismatch: float = 0.0,
        is_partial: bool = False,
        path: str = "",
        picked: NDArray[np.int64] | None = None,
    ) -> None: ...
    def nearest(
        self,
        queries: NDArray[np.float64],
        excluded: NDArray[np.int64] | None,
        radii: NDArray[np.float64] | None,
        rows: NDArray[np.int64],
        distances: NDArray[np.float64],
        most_leaves: int,
        n_threads: int,
    ) -> tuple[int, int, int, int]: ...
    def kth(
        self,
        queries: NDArray[np.float64],
        k: int,
        excluded: NDArray[np.int64] | None,
        radii: NDArray[np.float64] | None,
        distances: NDArray[np.float64],
        most_leaves: int,
        n_threads: int,
        picked: NDArray[np.int64] | None = None,
    ) -> tuple[int, int, int, int]: ...
    def count_within(
        self,
        queries: NDArray[np.float64],
        excluded: NDArray[np.int64] | None,
        radii: NDArray[np.float64],
        stop: int,
        counts: NDArray[np.int64],
        n_threads: int,
        picked: NDArray[np.int64] | None = None,
    ) -> tuple[int, int, int, int]: ...

class SparseIndex:
    def __init__(
        self,
        starts: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: NDArray[np.float64],
        n_columns: int,
    ) -> None: ...
    def nearest(
        self,
        starts: NDArray[np.int64],
        columns: NDArray[np.int64],
        values: NDArray[np.float64],
        excluded: NDArray[np.int64] | None,
        rows: NDArray[np.int64],
        distances: NDArray[np.float64],
        n_threads: int,
    ) -> None: ...
