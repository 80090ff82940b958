// The page: a field of points, controls, what two decisions find, and the code that does the same.
import { CannotDo, METHODS, applied, rareLabel } from "./resampling.js";
import { MODELS, decided, outOfFold, thresholdFor } from "./models.js";
import { MOST_POINTS, STARTS, addressOf, pythonOf, readAddress, readPasted, startingTable } from "./state.js";

const page = document.getElementById("playground-app");
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const field = part("field");
const ink = field.getContext("2d");

let { settings, table: given } = readAddress(location.hash);
let table = given ?? startingTable(settings.start);
let isChanged = Boolean(given);
let tool = "drag";
let held = -1; // the point that is dragged
let waiting = null; // where it goes at the next frame
let cross = null; // the place of the keyboard's cross, in coordinates of the table
let rareName = "rare";
let scored = null; // out-of-fold probabilities: {plain, resampled}
let timer = 0;

// --- the view: coordinates of the table to pixels ---

let view = { left: 0, bottom: 0, width: 1, height: 1 };

function fitView() {
  view = { left: -0.05, bottom: -0.05, width: 1.1, height: 1.1 };
  if (table.x.length < 2) return;
  const [[x0, x1], [y0, y1]] = [table.x, table.y].map((values) => [Math.min(...values), Math.max(...values)]);
  const isInside = Math.min(x0, y0) > -0.05 && Math.max(x1, y1) < 1.05;
  const isTiny = Math.max(x1 - x0, y1 - y0) < 0.05;
  if (isTiny || !isInside) {
    const [w, h] = [x1 - x0 || 1, y1 - y0 || 1];
    view = { left: x0 - w / 15, bottom: y0 - h / 15, width: (w * 17) / 15, height: (h * 17) / 15 };
  }
}

let side = field.clientWidth; // read once a drawing: it makes the browser lay the page out
const middle = () => toTable(field.clientWidth / 2, field.clientHeight / 2);
const toPixels = (x, y) => [((x - view.left) / view.width) * side, (1 - (y - view.bottom) / view.height) * side];
const toTable = (px, py) => [
  short(view.left + (px / field.clientWidth) * view.width, view.width),
  short(view.bottom + (1 - py / field.clientHeight) * view.height, view.height),
];
/** A coordinate with the decimals that can be seen: a thousandth of the view. */
function short(value, width) {
  const decimals = Math.min(15, Math.max(0, 3 - Math.floor(Math.log10(width))));
  return Number(value.toFixed(decimals));
}

function nearestPoint(px, py, within = 14) {
  let [best, least] = [-1, within * within];
  table.x.forEach((x, i) => {
    const [qx, qy] = toPixels(x, table.y[i]);
    const d2 = (qx - px) ** 2 + (qy - py) ** 2;
    if (d2 < least) [best, least] = [i, d2];
  });
  return best;
}

// --- what is computed ---

const optionsOf = () => ({ k: settings.k, ratio: settings.ratio, seed: settings.seed });
const planOf = (rows) => METHODS[settings.method].run(rows, optionsOf());

const changesNothing = ({ made, removed }) => !made.length && !removed.length;

/** A plan for a part of the rows: with too few of them the part stays as it is. */
function planOfPart(rows) {
  try {
    return planOf(rows);
  } catch (error) {
    if (error instanceof CannotDo) return METHODS.none.run();
    throw error;
  }
}

let shown = null; // {plan, plain, resampled}: what the field shows

function compute() {
  const message = part("message");
  try {
    const plan = planOf(table);
    const fit = MODELS[settings.model].fit;
    const plain = fit(table);
    shown = { plan, plain, resampled: changesNothing(plan) ? plain : fit(applied(table, plan)) };
    message.textContent = plan.note;
  } catch (error) {
    if (!(error instanceof CannotDo)) throw error;
    shown = null;
    message.textContent = error.message;
  }
}

/** Scores by cross-validation, a fold at a time, when nothing has changed for a moment. */
function score() {
  clearTimeout(timer);
  page.setAttribute("aria-busy", "true");
  const models = { plain: METHODS.none.run, resampled: planOfPart };
  const runs = shown ? Object.entries(models).map(([name, plan]) => [name, outOfFold(table, settings.model, plan)]) : [];
  const found = {};
  const next = () => {
    if (!runs.length) {
      scored = shown ? found : null;
      page.removeAttribute("aria-busy");
      report();
      return;
    }
    const { value, done } = runs[0][1].next();
    if (done) found[runs.shift()[0]] = value;
    timer = setTimeout(next, 0);
  };
  timer = setTimeout(next, 120);
}

function update({ points = false, model = true } = {}) {
  if (points) isChanged = true;
  if (model) {
    compute();
    score();
  } else {
    report();
  }
  draw();
  remember();
}

let remembering = 0;
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(write, 200);
}
function write() {
  const address = addressOf(settings, table, isChanged);
  history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  part("code").textContent = pythonOf(settings, table);
}
window.addEventListener("pagehide", write);

// --- the field ---

const colour = (name) => getComputedStyle(page).getPropertyValue(`--${name}`).trim();

function draw() {
  side = field.clientWidth;
  const scale = window.devicePixelRatio || 1;
  const size = Math.round(side * scale);
  if (field.width !== size) [field.width, field.height] = [size, size];
  ink.setTransform(scale, 0, 0, scale, 0, 0);
  ink.clearRect(0, 0, side, side);
  if (shown) {
    drawSide(shown.resampled, 0.5);
    drawPlan(shown.plan);
  }
  const gone = new Set(shown?.plan.removed ?? []);
  const rare = rareLabel(table);
  for (const label of [1 - rare, rare]) {
    ink.fillStyle = colour(label === rare ? "rare" : "common");
    const radius = label === rare ? 3.6 : 2.6;
    ink.beginPath();
    table.x.forEach((x, i) => {
      if (table.label[i] !== label || gone.has(i)) return;
      const [px, py] = toPixels(x, table.y[i]);
      ink.moveTo(px + radius, py);
      ink.arc(px, py, radius, 0, 2 * Math.PI);
    });
    ink.fill();
  }
  ink.strokeStyle = colour("removed");
  ink.lineWidth = 1.6;
  ink.beginPath();
  for (const row of gone) {
    const [px, py] = toPixels(table.x[row], table.y[row]);
    ink.moveTo(px - 4, py - 4);
    ink.lineTo(px + 4, py + 4);
    ink.moveTo(px + 4, py - 4);
    ink.lineTo(px - 4, py + 4);
  }
  ink.stroke();
  if (shown) {
    drawLine(shown.resampled, 0.5, colour("line"), []);
    drawLine(shown.plain, settings.threshold, colour("text"), [7, 5]);
  }
  if (cross && document.activeElement === field) drawCross();
}

function drawPlan({ made, links = [] }) {
  ink.strokeStyle = colour("segment");
  ink.lineWidth = 0.7;
  ink.beginPath();
  // Many new rows lie on the same segment, which is drawn once.
  const segments = new Map(made.map(({ seed, partner }) => [seed * MOST_POINTS + partner, [seed, partner]]));
  for (const [a, b] of [...segments.values(), ...links]) {
    ink.moveTo(...toPixels(table.x[a], table.y[a]));
    ink.lineTo(...toPixels(table.x[b], table.y[b]));
  }
  ink.stroke();
  ink.fillStyle = colour("new");
  ink.beginPath();
  for (const { seed, partner, gap } of made) {
    const x = table.x[seed] + gap * (table.x[partner] - table.x[seed]);
    const y = table.y[seed] + gap * (table.y[partner] - table.y[seed]);
    const [px, py] = toPixels(x, y);
    ink.rect(px - 1.6, py - 1.6, 3.2, 3.2); // much faster than a circle, and as small
  }
  ink.fill();
}

const cellsNow = () => (settings.model === "neighbours" && held >= 0 ? 24 : 44);

function gridOf(proba, n) {
  const values = [];
  for (let j = 0; j <= n; j++) {
    for (let i = 0; i <= n; i++) values.push(proba(view.left + (i / n) * view.width, view.bottom + (j / n) * view.height));
  }
  return { n, values, view };
}

const grids = new WeakMap(); // of each model, as long as it is shown
function grid(proba) {
  const [n, kept] = [cellsNow(), grids.get(proba)];
  if (kept?.n === n && kept.view === view) return kept;
  const made = gridOf(proba, n);
  grids.set(proba, made);
  return made;
}

function drawSide(proba, threshold) {
  const { n, values } = grid(proba);
  const [w, h] = [side / n, side / n];
  ink.fillStyle = colour("side");
  ink.beginPath(); // one path, so that cells that touch are not painted twice
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const mean = (values[j * (n + 1) + i] + values[j * (n + 1) + i + 1] + values[(j + 1) * (n + 1) + i] + values[(j + 1) * (n + 1) + i + 1]) / 4;
      if (mean >= threshold) ink.rect(i * w, side - (j + 1) * h, w + 0.5, h + 0.5);
    }
  }
  ink.fill();
}

/** Marching squares: the line on which the probability equals the threshold. */
function drawLine(proba, threshold, style, dash) {
  const { n, values } = grid(proba);
  const [w, h] = [side / n, side / n];
  const at = (i, j) => values[j * (n + 1) + i] - threshold;
  ink.strokeStyle = style;
  ink.lineWidth = 2;
  ink.setLineDash(dash);
  ink.beginPath();
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const cuts = [];
      corners.forEach(([a, b], corner) => {
        const [c, d] = corners[(corner + 1) % 4];
        const [from, to] = [at(a, b), at(c, d)];
        if (from >= 0 !== to >= 0) {
          const t = from / (from - to);
          cuts.push([(a + t * (c - a)) * w, side - (b + t * (d - b)) * h]);
        }
      });
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) {
        ink.moveTo(...cuts[cut]);
        ink.lineTo(...cuts[cut + 1]);
      }
    }
  }
  ink.stroke();
  ink.setLineDash([]);
}

function drawCross() {
  const [px, py] = toPixels(...cross);
  ink.strokeStyle = colour("text");
  ink.lineWidth = 1.5;
  ink.strokeRect(px - 7, py - 7, 14, 14);
  ink.beginPath();
  ink.moveTo(px - 12, py);
  ink.lineTo(px + 12, py);
  ink.moveTo(px, py - 12);
  ink.lineTo(px, py + 12);
  ink.stroke();
}

// --- what is said ---

const ofHundred = (value) => (Number.isFinite(value) ? (100 * value).toFixed(0) : "none");

function report() {
  const isNone = settings.method === "none";
  const title = METHODS[settings.method].title;
  part("counts").textContent = shown
    ? `${table.label.length} points, ${table.label.filter((label) => label === rareLabel(table)).length} of them ${rareName}; ` +
      `${shown.plan.made.length} new, ${shown.plan.removed.length} removed.`
    : `${table.label.length} points.`;
  part("method-name").textContent = isNone ? "as it is" : title;
  part("threshold-name").textContent = settings.threshold.toFixed(2);
  for (const button of ["same", "cheapest"]) part(button).disabled = !scored;
  const lines = scored
    ? {
        before: decided(table, scored.plain, 0.5, settings.missed),
        moved: decided(table, scored.plain, settings.threshold, settings.missed),
        method: decided(table, scored.resampled, 0.5, settings.missed),
      }
    : {};
  for (const name of ["before", "moved", "method"]) {
    const found = lines[name];
    const cells = found ? [ofHundred(found.recall), ofHundred(1 - found.precision), found.cost.toFixed(1)] : ["", "", ""];
    part(`${name}-row`).querySelectorAll("td").forEach((cell, i) => (cell.textContent = cells[i]));
  }
  part("verdict").textContent = scored && !isNone ? verdict(lines, title) : "";
}

const FEWEST = 10; // points of the rare class, below which the figures are luck

function verdict({ before, moved, method }, title) {
  if (changesNothing(shown.plan)) return `${title} changes nothing here.`;
  if (before.events < FEWEST) return `With ${before.events} ${rareName} points these figures are luck. Draw at least ${FEWEST}.`;
  if (!method.hits) return `${title} finds none of the ${rareName} points.`;
  const difference = Math.abs(moved.recall - method.recall);
  if (settings.threshold === 0.5) {
    return (
      `At 0.5, ${title} finds ${ofHundred(method.recall)} of 100 ${rareName} points, the table as it is ${ofHundred(before.recall)}. ` +
      "Move the threshold of the table as it is, or press the first button, and see how much of the difference is left."
    );
  }
  if (difference > 0.05) return `The table as it is, at ${settings.threshold.toFixed(2)}, finds ${moved.recall > method.recall ? "more" : "fewer"} than ${title}.`;
  const more = 100 * (1 - moved.precision) - 100 * (1 - method.precision);
  const alarms = Math.abs(more) < 5 ? "about as many false alarms" : `${more > 0 ? "more" : "fewer"} false alarms`;
  return `The threshold ${settings.threshold.toFixed(2)} finds as many as ${title}, with ${alarms}, and makes no rows.`;
}

const say = (text) => (part("said").textContent = text);

// --- points ---

/** Shows another table: nothing of the last one is held, named or pointed at any more. */
function replaceTable(next, { changed, called = "rare" }) {
  table = next;
  isChanged = changed;
  rareName = called;
  held = -1;
  waiting = null;
  cross = null;
  part("paste-message").textContent = "";
  fitView();
  showSettings();
  update();
}

function addPoint(x, y, label) {
  if (table.label.length >= MOST_POINTS) {
    part("message").textContent = `There are ${MOST_POINTS.toLocaleString("en")} points, the most that this page takes. Erase some first.`;
    return;
  }
  table = { x: [...table.x, x], y: [...table.y, y], label: [...table.label, label] };
  update({ points: true });
}

function removePoint(row) {
  held = -1;
  const rest = (values) => values.filter((_, i) => i !== row);
  table = { x: rest(table.x), y: rest(table.y), label: rest(table.label) };
  update({ points: true });
}

function movePoint(row, x, y) {
  if (row >= table.label.length) return;
  table.x[row] = x;
  table.y[row] = y;
  update({ points: true });
}

const place = (event) => {
  const box = field.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

field.addEventListener("pointerdown", (event) => {
  const [px, py] = place(event);
  const row = nearestPoint(px, py);
  if (tool === "drag") {
    held = row;
    if (row >= 0) field.setPointerCapture(event.pointerId);
  } else if (tool === "erase") {
    if (row >= 0) removePoint(row);
  } else {
    addPoint(...toTable(px, py), tool === "rare" ? 1 : 0);
  }
});
field.addEventListener("pointermove", (event) => {
  if (held < 0) return;
  const isQueued = Boolean(waiting);
  waiting = toTable(...place(event));
  if (!isQueued) {
    requestAnimationFrame(() => {
      if (held >= 0 && waiting) movePoint(held, ...waiting);
      waiting = null;
    });
  }
});
for (const name of ["pointerup", "pointercancel"]) {
  field.addEventListener(name, () => {
    held = -1;
    draw();
  });
}

// The keyboard: a cross that moves, and the same four tools.
field.addEventListener("focus", () => {
  cross ??= middle();
  draw();
});
field.addEventListener("blur", draw);
field.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own
  cross ??= middle();
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const step = event.shiftKey ? 10 : 2;
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const [px, py] = toPixels(...cross);
  if (moves[key]) {
    const [dx, dy] = moves[key];
    cross = toTable(
      Math.min(field.clientWidth, Math.max(0, px + dx * step)),
      Math.min(field.clientHeight, Math.max(0, py - dy * step)),
    );
    if (held >= 0) movePoint(held, ...cross);
    else draw();
    say(`${cross[0]}, ${cross[1]}`);
  } else if (key === "r" || key === "c") {
    addPoint(...cross, key === "r" ? 1 : 0);
    say(`${key === "r" ? "Rare" : "Common"} point added at ${cross[0]}, ${cross[1]}.`);
  } else if (key === "Delete" || key === "Backspace") {
    const row = nearestPoint(px, py, Infinity);
    if (row >= 0) removePoint(row);
    say(row >= 0 ? "The nearest point was erased." : "The field is empty.");
  } else if (key === "Enter") {
    held = held >= 0 ? -1 : nearestPoint(px, py, Infinity);
    if (held >= 0) cross = [table.x[held], table.y[held]];
    say(held >= 0 ? `Point at ${cross[0]}, ${cross[1]} taken; move it with the arrows, Enter drops it.` : "Dropped.");
    draw();
  } else {
    return;
  }
  event.preventDefault();
});

// --- controls ---

function fill(select, entries, chosen) {
  select.replaceChildren(
    ...Object.entries(entries).map(([name, { title }]) => {
      const option = document.createElement("option");
      option.value = name;
      option.textContent = title;
      option.selected = name === chosen;
      return option;
    }),
  );
}

function showSettings() {
  fill(part("start"), STARTS, settings.start);
  fill(part("method"), METHODS, settings.method);
  fill(part("model"), MODELS, settings.model);
  for (const name of ["k", "ratio", "seed", "threshold", "missed"]) {
    part(name).value = settings[name];
    const output = page.querySelector(`[data-value="${name}"]`);
    if (output) output.textContent = settings[name];
  }
  const { parameters } = METHODS[settings.method];
  part("k").disabled = !parameters.includes("k");
  for (const name of ["ratio", "seed", "again"]) part(name).disabled = !parameters.includes("ratio");
}

function set(name, value, what) {
  settings[name] = value;
  showSettings();
  update(what);
}

for (const name of ["method", "model"]) part(name).addEventListener("change", (event) => set(name, event.target.value));
for (const name of ["k", "ratio"]) part(name).addEventListener("input", (event) => set(name, Number(event.target.value)));
for (const name of ["threshold", "missed"]) {
  part(name).addEventListener("input", (event) => set(name, Number(event.target.value), { model: false }));
}
part("seed").addEventListener("change", (event) => {
  const seed = Number(event.target.value);
  const isSeed = Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;
  part("message").textContent = "";
  if (isSeed) set("seed", seed);
  else {
    part("seed").value = settings.seed;
    part("message").textContent = "The random seed must be a whole number from 0 to 4294967295.";
  }
});
part("again").addEventListener("click", () => set("seed", (settings.seed + 1) % 2 ** 32));

function begin(name) {
  settings.start = name;
  replaceTable(startingTable(name), { changed: false });
}
part("start").addEventListener("change", (event) => begin(event.target.value));
part("reset").addEventListener("click", () => begin(settings.start));
part("clear").addEventListener("click", () => replaceTable({ x: [], y: [], label: [] }, { changed: true }));
page.querySelectorAll('input[name="tool"]').forEach((input) =>
  input.addEventListener("change", () => {
    tool = input.value;
    field.dataset.tool = tool;
  }),
);
part("same").addEventListener("click", () => {
  const { hits } = decided(table, scored.resampled, 0.5, settings.missed);
  set("threshold", thresholdFor(table, scored.plain, settings.missed, hits), { model: false });
});
part("cheapest").addEventListener("click", () => set("threshold", thresholdFor(table, scored.plain, settings.missed), { model: false }));

part("read").addEventListener("click", () => {
  const message = part("paste-message");
  try {
    const read = readPasted(part("paste").value);
    replaceTable(read.table, { changed: true, called: `“${read.rare.slice(0, 40)}”` });
    message.textContent = `${table.label.length} rows read.`;
  } catch (error) {
    if (!(error instanceof CannotDo)) throw error;
    message.textContent = error.message;
  }
});

async function copied(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Your browser does not allow that";
  }
  setTimeout(() => (button.textContent = before), 1500);
}
part("copy-code").addEventListener("click", (event) => copied(pythonOf(settings, table), event.target));
part("copy-link").addEventListener("click", (event) => {
  write();
  copied(location.href, event.target);
});

window.addEventListener("hashchange", () => {
  const read = readAddress(location.hash);
  settings = read.settings;
  replaceTable(read.table ?? startingTable(settings.start), { changed: Boolean(read.table) });
});
new ResizeObserver(draw).observe(field);
new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-mode"] });

fitView();
showSettings();
update();
write();
page.dataset.ready = "true";
page.frame = (i) => {
  // One step of a drag, and the milliseconds that it took: benchmarks/playground.py.
  const before = performance.now();
  held = 0;
  movePoint(0, 0.4 + 0.001 * i, 0.5 - 0.001 * i);
  const after = performance.now();
  held = -1;
  return after - before;
};
// For tests: what is shown, as plain values.
page.state = () => ({ settings: { ...settings }, table, plan: shown?.plan ?? null, isScored: Boolean(scored) && !page.hasAttribute("aria-busy") });
