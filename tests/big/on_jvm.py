"""Run by test_spark.py: prints a hash of the rows that Spark on a JVM gives for each sampler."""

from __future__ import annotations

import json
import sys


def main(source: str) -> None:
    from big_tables import digest
    from pyspark.sql import SparkSession

    from poise import (
        SMOTE,
        EditedNearestNeighbours,
        RandomUnderSampler,
        TomekLinks,
        big,
    )
    from poise.big.engines import spark

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    frame = session.read.parquet(source)
    samplers = {
        "TomekLinks": TomekLinks(),
        "EditedNearestNeighbours": EditedNearestNeighbours(),
        "RandomUnderSampler": RandomUnderSampler(random_state=0),
        "from a file": SMOTE(random_state=0),
    }
    found = {}
    for name, sampler in samplers.items():
        if name == "from a file":
            spark._MAX_BYTES_IN_PLAN = 1000  # larger kernels are sent as files
        rows = big.resample(frame, sampler, target="y", id="id").frame.toArrow()
        found[name] = digest(rows)
    session.stop()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
