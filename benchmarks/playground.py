"""How long the playground of the site takes for a frame while a point is dragged: python benchmarks/playground.py.

Opens the built site (make docs) in Chromium, drags a point of each table, and writes the medians and the 95th percentiles
of the milliseconds that each frame of the drag computes and draws to benchmarks/results/playground.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "site"))

from browsers import CHROMIUM, FLAGS, SITE, served  # noqa: E402  # after its folder is known

RESULT = ROOT / "benchmarks" / "results" / "playground.json"
FRAMES = 60
# A drag without the mouse: each step moves a point, computes the plan and the models, and draws, as one frame does.
DRAG = """
(frames) => {
  const app = document.getElementById("playground-app");
  return Array.from({ length: frames }, (_, i) => app.frame(i));
}
"""


def main() -> None:
    """Measure all methods and models on 2,000 points."""
    found = {}
    with served(SITE) as home, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        for model in ("line", "curve", "neighbours"):
            for method in ("none", "smote", "borderline", "adasyn", "tomek", "enn"):
                page.goto("about:blank")
                page.goto(f"{home}/playground.html#start=many&method={method}&model={model}")
                page.wait_for_selector("#playground-app[data-ready]")
                page.wait_for_timeout(1500)
                times = np.array(page.evaluate(DRAG, FRAMES))
                found[f"{method}, {model}"] = {
                    "median ms": round(float(np.median(times)), 1),
                    "95th percentile ms": round(float(np.quantile(times, 0.95)), 1),
                }
                print(f"{method}, {model}: {found[f'{method}, {model}']}", flush=True)
        browser.close()
    RESULT.write_text(
        json.dumps({"points": 2000, "frames": found}, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
