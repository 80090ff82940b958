// What the page shows, in its address; tables to begin with; and tables that are pasted.
import { CannotDo, METHODS, RandomState } from "./resampling.js";
import { MODELS } from "./models.js";

export const MOST_POINTS = 2000;
const MOST_CHARACTERS = 200_000;

/** Coordinates of drawn points have three decimals, so that they are short in the address and in the code. */
const rounded = (value) => Math.round(value * 1000) / 1000;

/** Normal numbers by Box and Muller's method. */
function normal(random, centre, width, n) {
  const [radius, angle] = [random.uniform(n), random.uniform(n)];
  return Array.from(radius, (r, i) => rounded(centre + width * Math.sqrt(-2 * Math.log(1 - r)) * Math.cos(2 * Math.PI * angle[i])));
}

function cloud(random, label, n, [x, y], [width, height]) {
  return { x: normal(random, x, width, n), y: normal(random, y, height, n), label: Array(n).fill(label) };
}

function moon(random, label, n, sign) {
  const turn = random.uniform(n);
  const [dx, dy] = [normal(random, 0, 0.05, n), normal(random, 0, 0.05, n)];
  const [cx, cy] = sign > 0 ? [0.38, 0.42] : [0.62, 0.58];
  const x = Array.from(turn, (t, i) => rounded(cx + 0.24 * Math.cos(Math.PI * t) + dx[i]));
  const y = Array.from(turn, (t, i) => rounded(cy + sign * 0.26 * Math.sin(Math.PI * t) + dy[i]));
  return { x, y, label: Array(n).fill(label) };
}

const joined = (parts) => ({
  x: parts.flatMap((part) => part.x),
  y: parts.flatMap((part) => part.y),
  label: parts.flatMap((part) => part.label),
});

export const STARTS = {
  overlap: {
    title: "two clouds that overlap",
    make: (random) => joined([cloud(random, 0, 285, [0.42, 0.45], [0.15, 0.15]), cloud(random, 1, 35, [0.66, 0.66], [0.08, 0.08])]),
  },
  moons: {
    title: "two moons",
    make: (random) => joined([moon(random, 0, 260, 1), moon(random, 1, 40, -1)]),
  },
  islands: {
    title: "small islands and a stray point",
    make: (random) =>
      joined([
        cloud(random, 0, 280, [0.5, 0.5], [0.2, 0.2]),
        cloud(random, 1, 12, [0.2, 0.75], [0.025, 0.025]),
        cloud(random, 1, 12, [0.8, 0.3], [0.025, 0.025]),
        { x: [0.48], y: [0.5], label: [1] },
      ]),
  },
  many: {
    title: "2,000 points",
    make: (random) => joined([cloud(random, 0, 1850, [0.42, 0.45], [0.15, 0.15]), cloud(random, 1, 150, [0.66, 0.66], [0.09, 0.09])]),
  },
};

export const startingTable = (name) => STARTS[name].make(new RandomState(1));

export const DEFAULTS = { start: "overlap", method: "smote", k: 5, ratio: 1, seed: 0, model: "line", threshold: 0.5, missed: 10 };

const LIMITS = { k: [1, 15, 1], ratio: [0.1, 1, 0.05], seed: [0, 4294967295, 1], threshold: [0.01, 0.99, 0.01], missed: [1, 50, 1] };

/** The part of the address after #, for settings that differ from the defaults and points that were changed. */
export function addressOf(settings, table, isChanged) {
  const parts = Object.entries(DEFAULTS).flatMap(([name, value]) => (settings[name] === value ? [] : [[name, String(settings[name])]]));
  if (isChanged) parts.push(["points", table.label.map((label, i) => `${table.x[i]},${table.y[i]},${label}`).join(";")]);
  return parts.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3B", ";")}`).join("&");
}

/** Settings and points of an address; what is not valid in it is left at its default. */
export function readAddress(text) {
  const settings = { ...DEFAULTS };
  let table = null;
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  for (const [name, [low, high, step]] of Object.entries(LIMITS)) {
    const value = Number(parts.get(name));
    if (parts.get(name) && Number.isFinite(value)) {
      const whole = Math.round(Math.min(high, Math.max(low, value)) / step);
      settings[name] = Number((whole * step).toFixed(2));
    }
  }
  for (const [name, known] of [["start", STARTS], ["method", METHODS], ["model", MODELS]]) {
    if (Object.hasOwn(known, parts.get(name) ?? "")) settings[name] = parts.get(name);
  }
  if (parts.get("points")) {
    const rows = parts.get("points").split(";").slice(0, MOST_POINTS).map((row) => row.split(","));
    const isWhole = (row) => row.length === 3 && row.every((cell) => cell.trim() && Number.isFinite(Number(cell)));
    if (rows.every((row) => isWhole(row) && ["0", "1"].includes(row[2]))) {
      table = { x: rows.map((row) => Number(row[0])), y: rows.map((row) => Number(row[1])), label: rows.map((row) => Number(row[2])) };
    }
  }
  return { settings, table };
}

/** The cells of a line; a separator inside quotes belongs to the cell. */
function split(line, separator) {
  const cells = [""];
  let isQuoted = false;
  for (const sign of line) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (sign === separator && !isQuoted) cells.push("");
    else cells[cells.length - 1] += sign;
  }
  return cells.map((cell) => cell.trim());
}
const isNumber = (cell) => cell !== undefined && cell !== "" && Number.isFinite(Number(cell));

/** A pasted table: two columns of numbers and one of labels, with or without a head. Its text is never run or shown as HTML. */
export function readPasted(text) {
  if (text.length > MOST_CHARACTERS) {
    const megabytes = (text.length / 1e6).toFixed(1);
    throw new CannotDo(`That is ${megabytes} MB of text; this page takes up to ${MOST_POINTS.toLocaleString("en")} rows and 200,000 characters. Paste fewer, or run "poise compare" on the file.`);
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (!lines.length) throw new CannotDo("There is nothing to read. Paste lines such as 0.2,0.4,common.");
  const separator = [";", "\t", ","].find((mark) => lines.slice(0, 5).every((line) => line.includes(mark))) ?? ",";
  // With another separator, a comma inside a number is a decimal comma.
  const dotted = (cell, i, row) => (separator !== "," && i < row.length - 1 ? cell.replace(",", ".") : cell);
  const rows = lines.map((line) => split(line, separator).map(dotted));
  const hasHead = !isNumber(rows[0][0]) || !isNumber(rows[0][1]);
  const body = hasHead ? rows.slice(1) : rows;
  if (body.length > MOST_POINTS) {
    throw new CannotDo(`That is ${body.length.toLocaleString("en")} rows; this page takes up to ${MOST_POINTS.toLocaleString("en")}. Paste fewer, or run "poise compare" on the file.`);
  }
  body.forEach((row, i) => {
    const line = i + 1 + hasHead;
    const cells = `${row.length} cell${row.length === 1 ? "" : "s"}`;
    if (row.length < 3) throw new CannotDo(`Line ${line} has ${cells}; three are needed, separated by comma, semicolon or tab: two numbers and a label.`);
    if (row.length !== rows[0].length) throw new CannotDo(`Line ${line} has ${cells}, the first line ${rows[0].length}. Write decimals with a point, or separate cells by semicolons.`);
    if (!row.at(-1)) throw new CannotDo(`Line ${line} has no label in its last cell.`);
    const wrong = row.slice(0, 2).find((cell) => !isNumber(cell));
    if (wrong !== undefined) throw new CannotDo(`Line ${line}: "${wrong.slice(0, 40)}" is not a number. The first two columns must be numbers, the last one is the label.`);
  });
  const names = body.map((row) => row.at(-1));
  const labels = [...new Set(names)];
  if (labels.length !== 2) {
    throw new CannotDo(`The last column has ${labels.length} different value${labels.length === 1 ? "" : "s"}; two classes are needed.`);
  }
  const counts = labels.map((label) => names.filter((name) => name === label).length);
  const rare = labels[counts[1] <= counts[0] ? 1 : 0];
  return {
    table: { x: body.map((row) => Number(row[0])), y: body.map((row) => Number(row[1])), label: names.map((name) => Number(name === rare)) },
    rare,
  };
}

/** The Python code that does the same. */
export function pythonOf(settings, table) {
  const method = METHODS[settings.method];
  const given = [];
  if (method.parameters.includes("k")) given.push(`${method.neighbours}=${settings.k}`);
  if (method.parameters.includes("ratio")) given.push(`sampling_strategy=${pythonFloat(settings.ratio)}`, `random_state=${settings.seed}`);
  const call = method.python ? `${method.python}(${given.join(", ")})` : `"passthrough"`;
  const points = table.label.map((label, i) => `${table.x[i]},${table.y[i]},${label}`).join("\n");
  const models = {
    line: ["from sklearn.linear_model import LogisticRegression", "StandardScaler(), LogisticRegression()"],
    curve: ["from sklearn.linear_model import LogisticRegression", "StandardScaler(), PolynomialFeatures(include_bias=False), LogisticRegression()"],
    neighbours: ["from sklearn.neighbors import KNeighborsClassifier", "KNeighborsClassifier(15)"],
  };
  const [line, steps] = models[settings.model];
  const scaled = { line: "StandardScaler", curve: "PolynomialFeatures, StandardScaler" }[settings.model];
  return [
    "import io",
    "import numpy as np",
    line,
    ...(scaled ? [`from sklearn.preprocessing import ${scaled}`] : []),
    `from poise import ${method.python ? `${method.python}, ` : ""}make_pipeline`,
    "",
    "# x, y, and the label: 1 is the rare class",
    `points = np.loadtxt(io.StringIO("""\n${points}\n"""), delimiter=",", ndmin=2)`,
    "X, y = points[:, :2], points[:, 2].astype(int)",
    "",
    `sampler = ${call}`,
    ...(method.python ? ["X_new, y_new = sampler.fit_resample(X, y)"] : []),
    "",
    "# The solid line: resampled, decided at 0.5. The dashed one: as it is, decided at the threshold.",
    `resampled = make_pipeline(sampler, ${steps}).fit(X, y)`,
    `as_it_is = make_pipeline(${steps}).fit(X, y)`,
    `alarms = as_it_is.predict_proba(X)[:, 1] >= ${settings.threshold}`,
    "",
  ].join("\n");
}

const pythonFloat = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));
