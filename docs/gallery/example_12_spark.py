"""
Resample on Spark
=================

How do you balance a table that lives on Spark, and does Spark give the rows that you would get in
memory? The driver of this page talks to a Spark Connect server that needs no Java.
"""

# %%
# A server
# --------
# pysail is a Spark Connect server in one Python package (``pip install "poise[spark-client]" pysail``), so this
# page runs anywhere. On a cluster, the session is ``SparkSession.builder.remote("sc://host:15002").getOrCreate()``,
# or the one that your notebook has, and everything below stays as it is.

import os

os.environ["RUST_LOG"] = "error"  # before pysail is loaded: no log of every request

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from poise import SMOTE, RandomUnderSampler, big

server = SparkConnectServer()
server.start(background=True)
host, port = server.listening_address
spark = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()

# %%
# The table
# ---------
# Payments of four days. Frauds are more frequent on the last day.

n_rows = 80_000
rng = np.random.default_rng(0)
day = rng.integers(1, 5, n_rows)
fraud = rng.random(n_rows) < np.array([0, 0.004, 0.006, 0.005, 0.02])[day]
table = pa.table(
    {
        "row": np.arange(n_rows),
        "day": [f"day {number}" for number in day],
        "amount": rng.gamma(2.0, 50.0, n_rows) + 80 * fraud,
        "hour": rng.integers(0, 24, n_rows),
        "country": rng.choice(["de", "fr", "pl"], n_rows, p=[0.6, 0.3, 0.1]),
        "fraud": fraud,
    }
)
payments = spark.createDataFrame(table).repartition(6)
before = payments.groupBy("day", "fraud").count().toArrow().to_pandas()
before.pivot_table(index="day", columns="fraud", values="count", aggfunc="sum")

# %%
# Ask first
# ---------
# ``explain`` counts the classes, and says how often Spark will read the table and what the driver holds in memory:
# the rows of the class that grows, and nothing of the others. ``id`` is required, because the rows of a DataFrame
# have no order; ``day`` is carried along: it is not a feature, and a new row has that of its seed row.

job = {"target": "fraud", "id": "row", "carry_columns": ["day"], "memory": "1GB"}
needs = big.explain(payments, SMOTE(random_state=0), **job)
print(needs)

# %%
# Resample
# --------
# The result is a DataFrame. The new rows are made by the workers when Spark computes it.

result = big.resample(payments, SMOTE(random_state=0), **job)
print("before:", result.counts_before)
print("after: ", result.counts_after)
result.frame.filter("_new").orderBy("amount").limit(5).toArrow().to_pandas()

# %%
# The same rows as in memory?
# ---------------------------
# Here the table fits into memory, so this can be tried: the same call with the Arrow table, and with the DataFrame
# in one partition and in eleven.


def sorted_rows(found):
    """Return rows in one order, because those of a DataFrame have none."""
    columns = [*table.column_names, "_new"]
    return found.select(columns).to_pandas().sort_values(columns, ignore_index=True)


in_memory = sorted_rows(big.resample(table, SMOTE(random_state=0), **job).reader().read_all())
for n_partitions in (1, 11):
    again = big.resample(payments.repartition(n_partitions), SMOTE(random_state=0), **job)
    pd.testing.assert_frame_equal(sorted_rows(again.frame.toArrow()), in_memory, check_exact=True)
    print(f"{n_partitions} partitions: {len(in_memory):,} rows, all equal to those in memory")

# %%
# They are also the rows of ``fit_resample``:

features = table.drop_columns(["row", "day", "fraud"])
X_new, y_new = SMOTE(random_state=0).fit_resample(features, table["fraud"])
amounts = np.sort(X_new["amount"].to_numpy()), in_memory["amount"].sort_values().to_numpy()
print("all amounts are equal:", bool(np.array_equal(*amounts)))

# %%
# What has changed
# ----------------
# SMOTE balances the classes of the whole table. The new frauds are where the frauds were: the last day gets most of
# them.

after = result.frame.groupBy("day", "fraud", "_new").count().toArrow().to_pandas()
days = sorted(set(before["day"]))


def counts(frame, condition):
    """Return the counts of some rows, by day."""
    return frame.query(condition).set_index("day")["count"].reindex(days, fill_value=0).to_numpy()


figure, panels = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
place = np.arange(len(days))
for axes, frame, title in zip(panels, (before, after), ("before", "after SMOTE"), strict=True):
    real = frame if "_new" not in frame else frame.query("not _new")
    frauds = counts(real, "fraud")
    axes.bar(
        place - 0.2, counts(real, "not fraud"), 0.38, color="#4a90bd", label="payments in order"
    )
    axes.bar(place + 0.2, frauds, 0.38, color="#c2410c", label="frauds")
    if "_new" in frame:
        new = counts(frame, "_new")
        axes.bar(place + 0.2, new, 0.38, bottom=frauds, color="#f6b26b", label="new frauds")
        frauds = frauds + new
    for x, height in zip(place + 0.2, frauds, strict=True):
        axes.annotate(f"{height:,}", (x, height), ha="center", va="bottom", fontsize=9)
    axes.set_title(title)
    axes.set_xticks(place, days)
panels[0].set_ylabel("rows")
legend = panels[1].legend(loc="upper left", fontsize=9)

# %%
# Or leave rows out
# -----------------
# Most tables on Spark are large because of the common class. A ``rate`` keeps a random share of it, with weights
# that make up for the rest. Whether a row stays depends on its id and the seed alone, so one more day changes
# nothing about earlier ones.

few = big.resample(payments, RandomUnderSampler(random_state=0), rate=0.05, **job)
kept = few.frame.groupBy("fraud").agg(
    sf.count("*").alias("rows"), sf.sum("sample_weight").alias("sum of weights")
)
kept.orderBy("fraud").toArrow().to_pandas()

# %%
# Rows in memory
# --------------
# The driver holds the rows of the class that grows. More payments in order are more new rows, and no more memory:

for size in (10_000, 20_000, 40_000, 80_000):
    some = payments.filter(sf.col("fraud") | (sf.col("row") < size))
    needs = big.explain(some, SMOTE(random_state=0), **job)
    print(f"{some.count():>6,} rows: {needs.rows_in_memory} in memory, {needs.rows_made:,} to make")

# %%
# Stop
# ----
# Here the result would be written: ``result.frame.write.partitionBy("day").parquet(path)``. Then the session and
# the server end.

spark.stop()
server.stop()

# %%
# So what?
# --------
# The call is the one for files, ``poise.big.resample``, and the rows are those of memory. What a cluster's workers
# need, which types Spark changes, and what happens if a DataFrame gives other rows each time it is computed is in
# :doc:`/big`. Whether you should resample at all is better asked on a sample in memory: :doc:`/compare`.
