"""The playground is played: with the mouse, the keyboard, addresses, and tables that do not belong there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browsers import serious, watched
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from tables import PLANS, expected, plan_of, samplers

from poise import make_pipeline

pytestmark = pytest.mark.browser
STATE = "document.getElementById('playground-app').state()"


@pytest.fixture
def page(browser: Any, home: str) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1280, "height": 1200})
    problems = watched(opened, home)
    opened.goto(f"{home}/playground.html")
    scored(opened)
    yield opened
    assert problems == []
    opened.close()


def state(page: Any) -> dict[str, Any]:
    return page.evaluate(STATE)


def scored(page: Any) -> None:
    """Wait for the figures of the table below the field."""
    page.wait_for_function(f"{STATE}.isScored || {STATE}.plan === null")
    page.wait_for_timeout(300)  # the address and the code follow a moment later


def part(page: Any, name: str) -> Any:
    return page.locator(f'[data-part="{name}"]')


def slide(page: Any, name: str, value: float) -> None:
    part(page, name).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )
    scored(page)


def cells(page: Any, row: str) -> list[float]:
    found = part(page, f"{row}-row").locator("td").all_inner_texts()
    return [float(text) if text != "none" else float("nan") for text in found]


def paste(page: Any, text: str) -> str:
    page.locator("summary", has_text="Paste a table").click()
    part(page, "paste").evaluate("(area, text) => { area.value = text; }", text)
    part(page, "read").click()
    return part(page, "paste-message").inner_text()


def test_plans_in_the_browser_are_those_of_the_library(page: Any) -> None:
    cases = expected()
    script = (
        "async (cases) => { const { METHODS, CannotDo } = await import('./_static/playground/resampling.js'); "
        f"return ({PLANS})(cases); }}"
    )
    for case, found in zip(cases, page.evaluate(script, cases), strict=True):
        assert found == case["plans"]


def shown_plan(page: Any) -> dict[str, Any]:
    plan = state(page)["plan"]
    columns = {name: [row[name] for row in plan["made"]] for name in ("seed", "partner", "gap")}
    return {**columns, "removed": plan["removed"]}


@pytest.mark.parametrize("method", ["smote", "borderline", "adasyn", "tomek", "enn"])
@pytest.mark.parametrize("start", ["overlap", "moons", "islands"])
def test_what_is_shown_is_the_plan_of_the_library(page: Any, method: str, start: str) -> None:
    part(page, "start").select_option(start)
    part(page, "method").select_option(method)
    slide(page, "k", 4)
    settings, table = state(page)["settings"], state(page)["table"]
    assert shown_plan(page) == plan_of(samplers({**table, **settings})[method], table)


@pytest.mark.parametrize("method", ["smote", "borderline", "adasyn", "tomek", "enn", "none"])
@pytest.mark.parametrize("model", ["line", "curve", "neighbours"])
def test_the_code_that_is_shown_does_the_same(page: Any, method: str, model: str) -> None:
    part(page, "method").select_option(method)
    part(page, "model").select_option(model)
    scored(page)
    names: dict[str, Any] = {}
    exec(part(page, "code").text_content(), names)  # the code of the page
    if method != "none":
        table = state(page)["table"]
        assert shown_plan(page) == plan_of(names["sampler"], table)
    assert names["resampled"].predict_proba(names["X"]).shape == (len(names["y"]), 2)


@pytest.mark.parametrize("model", ["line", "curve", "neighbours"])
def test_the_models_are_those_of_scikit_learn(page: Any, model: str) -> None:
    table = state(page)["table"]
    X, y = np.column_stack([table["x"], table["y"]]), np.array(table["label"])
    steps = [PolynomialFeatures(include_bias=False)] if model == "curve" else []
    fitted = make_pipeline(StandardScaler(), *steps, LogisticRegression(tol=1e-10))
    if model == "neighbours":
        fitted = KNeighborsClassifier(15)
    fitted.fit(X, y)
    found = page.evaluate(
        "async ([table, model]) => { const { MODELS } = await import('./_static/playground/models.js'); "
        "const proba = MODELS[model].fit(table); return table.x.map((x, i) => proba(x, table.y[i])); }",
        [table, model],
    )
    np.testing.assert_allclose(found, fitted.predict_proba(X)[:, 1], atol=1e-5)


def test_the_threshold_finds_what_smote_finds(page: Any) -> None:
    slide(page, "threshold", 0.5)
    assert cells(page, "before") == cells(page, "moved")
    assert cells(page, "method")[0] > cells(page, "before")[0] + 10
    part(page, "same").click()
    scored(page)
    recall, false, _ = cells(page, "moved")
    of_method, false_of_method, _ = cells(page, "method")
    assert recall >= of_method
    assert abs(false - false_of_method) < 10
    assert "finds as many as SMOTE" in part(page, "verdict").inner_text()


def test_the_lowest_cost_is_the_lowest_on_the_slider(page: Any) -> None:
    part(page, "cheapest").click()
    scored(page)
    least, chosen = cells(page, "moved")[2], state(page)["settings"]["threshold"]
    for threshold in np.arange(0.02, 0.99, 0.08):
        slide(page, "threshold", round(float(threshold), 2))
        assert cells(page, "moved")[2] >= least
    assert 0.01 <= chosen <= 0.99


def test_points_are_dragged_drawn_and_erased_with_the_mouse(page: Any) -> None:
    box = part(page, "field").bounding_box()
    before = state(page)["table"]

    def pixel(x: float, y: float) -> tuple[float, float]:
        share = (x + 0.05) / 1.1, 1 - (y + 0.05) / 1.1
        return box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"]

    alone = int(np.argmin(before["x"]))
    page.mouse.move(*pixel(before["x"][alone], before["y"][alone]))
    page.mouse.down()
    page.mouse.move(*pixel(0.1, 0.9), steps=4)
    page.mouse.up()
    scored(page)
    after = state(page)["table"]
    assert (after["x"][alone], after["y"][alone]) == pytest.approx((0.1, 0.9), abs=0.005)
    page.get_by_role("radio", name="draw rare").check()
    page.mouse.click(*pixel(0.05, 0.05))
    table = state(page)["table"]
    assert (table["x"][-1], table["y"][-1], table["label"][-1]) == pytest.approx(
        (0.05, 0.05, 1), abs=0.005
    )
    page.get_by_role("radio", name="erase").check()
    page.mouse.click(*pixel(0.05, 0.05))
    assert state(page)["table"] == after


def test_everything_can_be_done_with_the_keyboard(page: Any) -> None:
    n = len(state(page)["table"]["label"])
    part(page, "field").focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("r")
    page.keyboard.press("c")
    table = state(page)["table"]
    assert table["label"][-2:] == [1, 0]
    assert "Common point added at" in part(page, "said").inner_text()
    page.keyboard.press("Delete")
    assert len(state(page)["table"]["label"]) == n + 1
    page.keyboard.press("Enter")
    assert "taken" in part(page, "said").inner_text()
    before = state(page)["table"]
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    assert state(page)["table"] != before
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.part") == "start"


def test_the_address_shows_what_is_seen(page: Any, browser: Any, home: str) -> None:
    part(page, "method").select_option("adasyn")
    slide(page, "k", 7)
    slide(page, "ratio", 0.6)
    slide(page, "threshold", 0.21)
    part(page, "field").focus()
    page.keyboard.press("r")
    scored(page)
    page.wait_for_timeout(300)
    other = browser.new_page(viewport={"width": 1280, "height": 1200})
    other.goto(page.url)
    scored(other)
    assert state(other) == state(page)
    assert re.fullmatch(r"[\w=&.,;-]+", page.url.split("#")[1])
    other.close()


@pytest.mark.parametrize(
    "address",
    [
        "points=<script>alert(1)</script>",
        "k=1e9&ratio=-5&threshold=NaN&seed=-1&method=__proto__&model=constructor&start=toString",
        "points=1,2,3;4,5,6",
        "points=" + ";".join(["0.5,0.5,1"] * 5000),
    ],
)
def test_a_hostile_address_does_no_harm(browser: Any, home: str, address: str) -> None:
    page = browser.new_page()
    problems = watched(page, home)
    page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
    page.goto(f"{home}/playground.html#{address}")
    page.wait_for_timeout(800)
    found = state(page)
    assert 1 <= found["settings"]["k"] <= 15
    assert 0.1 <= found["settings"]["ratio"] <= 1
    assert len(found["table"]["label"]) <= 2000
    assert problems == []
    page.close()


GOOD = "income,age,churn\n" + "\n".join(
    f"{i % 7}.5,{20 + i},{'yes' if i % 5 == 0 else 'no'}" for i in range(60)
)


def test_a_table_is_pasted(page: Any) -> None:
    assert paste(page, GOOD) == "60 rows read."
    scored(page)
    table = state(page)["table"]
    assert sum(table["label"]) == 12
    assert table["y"][:3] == [20, 21, 22]
    assert "“yes”" in part(page, "counts").inner_text()
    assert shown_plan(page) == plan_of(
        samplers({**table, **state(page)["settings"]})["smote"], table
    )


def inked(page: Any, name: str) -> int:
    """Count the pixels of the field that have exactly a colour of the page."""
    return page.evaluate(
        """(name) => {
          const field = document.querySelector('[data-part="field"]');
          const colour = getComputedStyle(document.getElementById("playground-app")).getPropertyValue(`--${name}`).trim();
          const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
          const { data } = field.getContext("2d").getImageData(0, 0, field.width, field.height);
          let n = 0;
          for (let i = 0; i < data.length; i += 4) n += data[i] === r && data[i + 1] === g && data[i + 2] === b;
          return n;
        }""",
        name,
    )


def test_both_lines_are_drawn_and_the_dashed_one_follows_the_threshold(page: Any) -> None:
    pictures = []
    for threshold in (0.5, 0.1):
        slide(page, "threshold", threshold)
        assert inked(page, "line") > 100
        assert inked(page, "text") > 100
        pictures.append(part(page, "field").screenshot())
    assert pictures[0] != pictures[1]


def test_nothing_of_the_last_table_is_held(page: Any) -> None:
    part(page, "field").focus()
    page.keyboard.press("Enter")  # takes a point
    part(page, "clear").click()
    part(page, "field").focus()
    page.keyboard.press("ArrowUp")
    assert state(page)["table"] == {"x": [], "y": [], "label": []}
    page.keyboard.press("Shift+R")
    assert state(page)["table"]["label"] == [1]
    page.keyboard.press("Control+c")
    assert state(page)["table"]["label"] == [1]
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.keyboard.press("ArrowUp")
    assert state(page)["table"] == {"x": [], "y": [], "label": []}


def test_a_tiny_table_fills_the_field(page: Any) -> None:
    rows = [f"{i * 1e-6},{i % 7 * 1e-6},{'a' if i % 4 else 'b'}" for i in range(40)]
    assert paste(page, "\n".join(rows)) == "40 rows read."
    part(page, "field").focus()
    page.keyboard.press("r")
    table = state(page)["table"]
    assert 0 < table["x"][-1] < 40e-6


def test_quotes_hold_a_cell_together(page: Any) -> None:
    rows = [f'{i},{i % 4},"{"x, y" if i % 3 == 0 else "z"}"' for i in range(30)]
    assert paste(page, "\n".join(rows)) == "30 rows read."
    scored(page)
    assert "“x, y”" in part(page, "counts").inner_text()


def test_few_points_get_no_verdict(page: Any) -> None:
    paste(page, "\n".join(f"{i},{i % 3},{'a' if i < 20 else 'b'}" for i in range(27)))
    scored(page)
    assert "these figures are luck" in part(page, "verdict").inner_text()


def test_decimal_commas_are_read_where_another_separator_stands(page: Any) -> None:
    rows = [f"{i},5;{i % 4},25;{'a, b' if i % 3 == 0 else 'c'}" for i in range(30)]
    assert paste(page, "\n".join(rows)) == "30 rows read."
    table = state(page)["table"]
    assert (table["x"][1], table["y"][1]) == (1.5, 1.25)
    scored(page)
    assert "“a, b”" in part(page, "counts").inner_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is nothing to read"),
        ("1,2", "Line 1 has 2 cells"),
        ("a,b,c\n1,5,2,5,yes\n2,5,3,5,no", "Line 2 has 5 cells, the first line 3. Write decimals"),
        ("1,2,a\n2,3,\n3,4,b", "Line 2 has no label"),
        ("x,y,l\n1,abc,0\n2,3,1", 'Line 2: "abc" is not a number'),
        ("1,2,a\n2,3,a", "1 different value; two classes are needed"),
        ("1,2,a\n2,3,b\n4,5,c", "3 different values; two classes are needed"),
        ("\n".join("1,2,a" for _ in range(3000)), "3,000 rows; this page takes up to 2,000"),
        ("0.1,0.2,no\n" * 1_000_000, "11.0 MB of text; this page takes up to 2,000"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_lost(
    page: Any, text: str, message: str
) -> None:
    before = state(page)["table"]
    assert message in paste(page, text)
    assert state(page)["table"] == before


def test_names_of_columns_and_labels_are_never_run(page: Any) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    hostile = "<img src=x onerror=alert(1)>"
    rows = [f"{i},{i % 4},{hostile if i % 3 == 0 else 'b'}" for i in range(30)]
    assert paste(page, "\n".join([f"{hostile},y,label", *rows])) == "30 rows read."
    page.wait_for_timeout(300)
    assert page.locator(".playground img").count() == 0
    assert hostile[:30] in part(page, "counts").inner_text()


@pytest.mark.parametrize("what", ["clear", "one class"])
def test_without_points_the_page_says_what_to_do(page: Any, what: str) -> None:
    part(page, "clear").click()
    if what == "one class":
        part(page, "field").focus()
        for _ in range(3):
            page.keyboard.press("c")
    message = part(page, "message").inner_text()
    assert re.search(r"There are no (common|rare) points. Draw some", message)
    part(page, "reset").click()
    scored(page)
    assert part(page, "message").inner_text() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_accessible_with_all_parts_open(
    browser: Any, home: str, scheme: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 1200}, color_scheme=scheme)
    page.goto(f"{home}/playground.html#threshold=0.1")
    scored(page)
    for summary in page.locator(".playground summary").all():
        summary.click()
    assert serious(page) == []
    page.close()
