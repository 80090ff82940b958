// Two models for the playground, and their scores on rows that they were not fitted on.
import { RandomState, applied, rareLabel } from "./resampling.js";

const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values, centre) => Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) || 1;

/** Columns of a standardised point: those of a straight line, or of a curve with squares. */
const COLUMNS = {
  line: (u, v) => [1, u, v],
  curve: (u, v) => [1, u, v, u * u, u * v, v * v],
};

/** Logistic regression on standardised columns with a ridge of 1 (scikit-learn's C=1), by Newton's method. */
function logistic(table, shape) {
  const [mx, my] = [mean(table.x), mean(table.y)];
  const [sx, sy] = [spread(table.x, mx), spread(table.y, my)];
  const columns = (x, y) => COLUMNS[shape]((x - mx) / sx, (y - my) / sy);
  const rare = rareLabel(table);
  const size = columns(0, 0).length;
  const n = table.label.length;
  const rows = new Float64Array(n * size);
  for (let i = 0; i < n; i++) rows.set(columns(table.x[i], table.y[i]), i * size);
  const weights = new Float64Array(size);
  for (let turn = 0; turn < 25; turn++) {
    const gradient = new Float64Array(size);
    const curvature = Array.from({ length: size }, () => new Float64Array(size));
    for (let i = 0, row = 0; i < n; i++, row += size) {
      let z = 0;
      for (let a = 0; a < size; a++) z += weights[a] * rows[row + a];
      const p = sigmoid(z);
      const error = p - (table.label[i] === rare);
      const slope = p * (1 - p);
      for (let a = 0; a < size; a++) {
        gradient[a] += error * rows[row + a];
        for (let b = 0; b <= a; b++) curvature[a][b] += slope * rows[row + a] * rows[row + b];
      }
    }
    for (let a = 0; a < size; a++) {
      gradient[a] += a ? weights[a] : 0;
      curvature[a][a] += a ? 1 : 1e-9;
      for (let b = 0; b < a; b++) curvature[b][a] = curvature[a][b];
    }
    const step = solved(curvature, gradient);
    let largest = 0;
    for (let a = 0; a < size; a++) {
      weights[a] -= step[a];
      largest = Math.max(largest, Math.abs(step[a]));
    }
    if (largest < 1e-8) break;
  }
  return (x, y) => {
    const row = columns(x, y);
    let z = 0;
    for (let a = 0; a < size; a++) z += weights[a] * row[a];
    return sigmoid(z);
  };
}

/** Gaussian elimination with the largest pivot. */
function solved(matrix, right) {
  const size = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let a = 0; a < size; a++) {
    let pivot = a;
    for (let b = a + 1; b < size; b++) if (Math.abs(rows[b][a]) > Math.abs(rows[pivot][a])) pivot = b;
    [rows[a], rows[pivot]] = [rows[pivot], rows[a]];
    for (let b = a + 1; b < size; b++) {
      const factor = rows[b][a] / rows[a][a];
      for (let c = a; c <= size; c++) rows[b][c] -= factor * rows[a][c];
    }
  }
  const found = new Float64Array(size);
  for (let a = size - 1; a >= 0; a--) {
    let value = rows[a][size];
    for (let b = a + 1; b < size; b++) value -= rows[a][b] * found[b];
    found[a] = value / rows[a][a];
  }
  return found;
}

const VOTERS = 15;

/** The share of the rare class among the nearest rows: of equally distant ones, those first in the order of the table. */
function nearestVoters(table) {
  const rare = rareLabel(table);
  const n = table.label.length;
  const k = Math.min(VOTERS, n);
  // The field asks for many places, so this search stands alone: rows by x, and the nearest from the middle outwards.
  const order = Int32Array.from(table.label.keys()).sort((i, j) => table.x[i] - table.x[j] || i - j);
  const xs = Float64Array.from(order, (row) => table.x[row]);
  const ys = Float64Array.from(order, (row) => table.y[row]);
  const votes = Uint8Array.from(order, (row) => table.label[row] === rare);
  const far = new Float64Array(k);
  const near = new Int32Array(k); // places in the order by x
  return (x, y) => {
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle + 1;
      else high = middle;
    }
    let [left, right, count, limit] = [low - 1, low, 0, Infinity];
    while (left >= 0 || right < n) {
      const toLeft = left >= 0 ? x - xs[left] : Infinity;
      const toRight = right < n ? xs[right] - x : Infinity;
      const step = toLeft <= toRight ? toLeft : toRight;
      if (step * step > limit) break;
      const other = toLeft <= toRight ? left-- : right++;
      const dy = y - ys[other];
      const d2 = step * step + dy * dy;
      if (count === k && (d2 > limit || (d2 === limit && order[other] > order[near[k - 1]]))) continue;
      let place = count < k ? count++ : k - 1;
      while (place > 0 && (far[place - 1] > d2 || (far[place - 1] === d2 && order[near[place - 1]] > order[other]))) {
        far[place] = far[place - 1];
        near[place] = near[place - 1];
        place--;
      }
      far[place] = d2;
      near[place] = other;
      if (count === k) limit = far[k - 1];
    }
    let rares = 0;
    for (let i = 0; i < count; i++) rares += votes[near[i]];
    return rares / k;
  };
}

export const MODELS = {
  line: { title: "logistic regression, a line", fit: (table) => logistic(table, "line") },
  curve: { title: "logistic regression, a curve", fit: (table) => logistic(table, "curve") },
  neighbours: { title: `${VOTERS} nearest neighbours`, fit: nearestVoters },
};

const FOLDS = 5;
const some = (table, rows) => ({
  x: rows.map((row) => table.x[row]),
  y: rows.map((row) => table.y[row]),
  label: rows.map((row) => table.label[row]),
});

/** Folds in which each class has its share: a fixed shuffle of each class, dealt out in turn. */
function foldsOf(table) {
  const fold = new Int32Array(table.label.length);
  const random = new RandomState(0);
  for (const label of [0, 1]) {
    const rows = table.label.flatMap((own, row) => (own === label ? [row] : []));
    const keys = random.uniform(rows.length);
    const order = rows.map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
    order.forEach((i, place) => (fold[rows[i]] = place % FOLDS));
  }
  return fold;
}

/** Probabilities of the rare class of every row, by a model that was fitted, after resampling, on the other folds.
 *
 * A generator, one fold a step, so that the page can draw between them.
 */
export function* outOfFold(table, model, plan) {
  const fold = foldsOf(table);
  const rare = rareLabel(table);
  const found = new Float64Array(table.label.length);
  const all = [...table.label.keys()];
  for (let i = 0; i < FOLDS; i++) {
    const train = some(table, all.filter((row) => fold[row] !== i));
    const n = train.label.filter((label) => label === rare).length;
    // With few points a fold may have none of a class, or as many of both: then the probability is the share.
    const usable = n > 0 && n < train.label.length && rareLabel(train) === rare;
    const proba = usable ? MODELS[model].fit(applied(train, plan(train))) : () => n / train.label.length;
    for (const row of all) if (fold[row] === i) found[row] = proba(table.x[row], table.y[row]);
    yield i;
  }
  return found;
}

/** What decisions at a threshold find, and what they cost: `missed` is the cost of a missed event, a false alarm costs 1. */
export function decided(table, proba, threshold, missed) {
  const rare = rareLabel(table);
  let [hits, alarms, events] = [0, 0, 0];
  table.label.forEach((label, row) => {
    const isEvent = label === rare;
    const isAlarm = proba[row] >= threshold;
    events += isEvent;
    alarms += isAlarm;
    hits += isEvent && isAlarm;
  });
  const cost = (missed * (events - hits) + (alarms - hits)) / table.label.length;
  return { recall: hits / events, precision: alarms ? hits / alarms : NaN, alarms, hits, events, cost: 100 * cost };
}

/** The threshold on the slider with which as many events are found, with the fewest alarms; or with the lowest cost. */
export function thresholdFor(table, proba, missed, hits = null) {
  let best = null;
  for (let step = 99; step >= 1; step--) {
    const found = decided(table, proba, step / 100, missed);
    if (hits !== null && found.hits >= hits) return step / 100;
    if (hits === null && (!best || found.cost < best.cost)) best = { cost: found.cost, threshold: step / 100 };
  }
  return best ? best.threshold : 0.01;
}
