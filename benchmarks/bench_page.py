"""The pages with the results of run.py: benchmarks/results/bench.md, and a sentence of the README."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator
from typing import Any

START = "- A native kernel finds exact neighbours"
# Peers of searches, as the README names them.
NAMES = {
    "pykdtree": "pykdtree",
    "scipy cKDTree": "SciPy",
    "faiss flat": "faiss",
    "scikit-learn-intelex": "scikit-learn-intelex",
}


def wrapped(text: str, width: int = 120, indent: str = "") -> str:
    """Return a paragraph in lines, the further ones indented."""
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def as_markdown(report: dict[str, Any]) -> str:
    """Return the report as a page."""
    peak = report["limits"]["multiply_adds_per_second"]
    lines = [
        "# Benchmarks",
        "",
        f"{report['machine']['processor']}, {report['machine']['threads']} threads unless a work says one, "
        f"{', '.join(f'{k} {v}' for k, v in report['machine']['versions'].items())}. "
        "Medians of up to five runs, or of more where they take milliseconds, each peer in its own process; the "
        "ratio is the peer's time over Poise's, with the least and greatest that the runs allow. Made by "
        "`make bench`. Memory is by how much its peak rises during the runs. Some methods make "
        "other rows than the peer on purpose; docs/methods.md names them.",
        "",
        f"A float32 matrix product reaches {peak / 1e9:.0f} G multiply-adds per second here, a "
        f"copy {report['limits']['bytes_copied_per_second'] / 1e9:.0f} GB per second.",
        "",
        "| work | Poise | peer | its time | ratio | spread | required | results equal | memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        for peer, found in row["peers"].items():
            if peer != "byte loop":
                lines.append(
                    f"| {row['name']} | {row['poise']:.4f} s | {peer} | {cells(row, found)} |"
                )
    lines += [*of_mixed(report["rows"]), *of_products(report["rows"])]
    lines += [*of_growth(report["growth"]), *of_threads(report["threads"])]
    return "\n".join(line if line.startswith("|") else wrapped(line) for line in lines) + "\n"


def cells(row: dict[str, Any], found: dict[str, Any]) -> str:
    """Return what the main table says of a peer."""
    if "error" in found:
        return f"{found['error']} | | | | | "
    low, high = found["spread"]
    equal = "" if found["equal"] is None else f"{found['equal']:.2%}"
    if "bytes" in found:
        equal = f"pickle {row['bytes'] / 1e3:,.0f} kB, its {found['bytes'] / 1e3:,.0f} kB"
    asked = f"{found['least']}x" if found["least"] else ""
    memory = ""
    if "peak_mb" in found and "peak_mb" in row:
        memory = f"{row['peak_mb']:,.0f} MB, its {found['peak_mb']:,.0f} MB"
    return f"{found['seconds']:.4f} s | **{found['ratio']:.1f}x** | {low:.1f}-{high:.1f} | {asked} | {equal} | {memory}"


def of_mixed(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of mixed tables: Poise's time over that of the byte loop."""
    lines = [
        "",
        "## Mixed tables",
        "",
        "Poise's time relative to a loop that compares the category codes of all pairs of rows as bytes "
        "(benchmarks/byte_loop.c), measured in turns in one run, with the least and greatest that the runs allow. "
        "The loop does not compare numbers, nor columns of more than 255 categories.",
        "",
        "| work | Poise | the loop | times the loop | spread | at most | results equal |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        found = row["peers"].get("byte loop")
        if found is None:
            continue
        if "error" in found:
            lines.append(f"| {row['name']} | {row['poise']:.3f} s | {found['error']} | | | | |")
            continue
        low, high = found["spread"]
        asked = f"{found['most']:g}x" if found["most"] else ""
        equal = "" if found["equal"] is None else f"{found['equal']:.2%}"
        lines.append(
            f"| {row['name']} | {row['poise']:.3f} s | {found['seconds']:.3f} s | **{1 / found['ratio']:.2f}x** | "
            f"{1 / high:.2f}-{1 / low:.2f} | {asked} | {equal} |"
        )
    return lines


def of_products(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table of searches relative to a matrix product of the same shape."""
    lines = [
        "",
        "## Against the machine's limit",
        "",
        "Half the pairs times columns per second, relative to the multiply-adds per second of a float32 "
        "matrix product of the same shape and threads in the same run: above 100 % if the tree skips rows. "
        "Half of them, because the distance of two rows is needed once.",
        "",
        "| work | half the pairs per second | the product | share |",
        "|---|---|---|---|",
    ]
    for row in rows:
        if "product_per_second" in row:
            rate, product = row["half_pairs_per_second"], row["product_per_second"]
            lines.append(
                f"| {row['name']} | {rate / 1e9:.1f} G | {product / 1e9:.1f} G | {rate / product:.0%} |"
            )
    return lines


def of_growth(growth: list[dict[str, Any]]) -> list[str]:
    """Return the table of slopes."""
    lines = [
        "",
        "## Growth with the number of rows",
        "",
        "Slope of log time on log n: 1 is linear, 2 is all pairs.",
        "",
        "| work | rows | slope |",
        "|---|---|---|",
    ]
    for row in growth:
        name = row["name"].removeprefix("growth, ")
        sizes = f"{row['sizes'][0]:,} to {row['sizes'][-1]:,}"
        lines.append(f"| {name} | {sizes} | {row['slope']:.2f} |")
    return lines


def of_threads(threads: list[dict[str, Any]]) -> list[str]:
    """Return the table of gains from further threads."""
    lines = [
        "",
        "## Gain from further threads",
        "",
        "Times with `n_jobs` of 1, 2 and as many as there are cores, and how many times as fast each is as the one "
        "before it, with the least and greatest that the runs allow.",
        "",
        "| work | times | gain |",
        "|---|---|---|",
    ]
    for row in threads:
        name = row["name"].removeprefix("threads, ")
        times = ", ".join(
            f"{n}: {s:.3f} s" for n, s in zip(row["jobs"], row["seconds"], strict=True)
        )
        gains = ", ".join(
            f"{n}: {gain:.2f}x ({low:.2f}-{high:.2f})"
            for n, gain, (low, high) in zip(
                row["jobs"][1:], row["gains"], row["spreads"], strict=True
            )
        )
        lines.append(f"| {name} | {times} | {gains} |")
    return lines


def measured_against(
    report: dict[str, Any], work: str, peers: Collection[str]
) -> Iterator[tuple[float, str, str]]:
    """Yield ratio, work and peer, over all works whose name starts so, or does not (with "not ")."""
    for row in report["rows"]:
        if row["name"].startswith(work.removeprefix("not ")) != work.startswith("not "):
            for peer, found in row["peers"].items():
                if peer in peers and "ratio" in found:
                    yield found["ratio"], row["name"], peer


def ratios(report: dict[str, Any], work: str, *peers: str) -> list[float]:
    """Return the ratios to some peers over some works; see `measured_against`."""
    return [ratio for ratio, _, _ in measured_against(report, work, peers)]


def between(found: list[float]) -> str:
    """Return the least and greatest ratio: two digits below 10, and whole numbers above."""
    low, high = (f"{x:.0f}" if x >= 9.95 else f"{x:.1f}" for x in (min(found), max(found)))
    return f"{low} to {high} times"


def least_of(report: dict[str, Any], peers: list[str]) -> str:
    """Return the shape and the peer of the least ratio of the searches."""
    _, name, peer = min(measured_against(report, "5 nearest", peers))
    return f"{name.split(', ')[-1]} against {NAMES[peer]}"


def readme_item(report: dict[str, Any]) -> str:
    """Return the README's item on speed, from the stored results."""
    sklearn = ratios(report, "5 nearest", "scikit-learn auto")
    measured = [peer for peer in NAMES if ratios(report, "5 nearest", peer)]
    others = ratios(report, "5 nearest", *measured)
    *first, last = [NAMES[peer] for peer in measured]
    methods = ratios(report, "not 5 nearest", "imblearn")
    text = (
        f"{START}, with documented rules for ties: {between(sklearn)} as fast as scikit-learn's "
        f"search, from the least to the greatest of {len(sklearn)} tables, and {between(others)} as "
        f"fast as {', '.join(first)} and {last} (least: {least_of(report, measured)}); methods and ensembles are {between(methods)} as fast "
        "as imbalanced-learn's ([benchmarks](benchmarks/results/bench.md))."
    )
    return wrapped(text, 115, "  ") + "\n"


def with_readme_item(readme: str, report: dict[str, Any]) -> str:
    """Return the README with the item from the stored results."""
    pattern = rf"^{re.escape(START)}.*\n(?:  .*\n)*"
    if len(re.findall(pattern, readme, re.MULTILINE)) != 1:
        raise LookupError(f"The README needs one item that starts with {START!r}.")
    return re.sub(pattern, lambda _: readme_item(report), readme, flags=re.MULTILINE)
