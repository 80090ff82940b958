// The five methods of the playground, on points in the plane. Each returns the plan that Poise makes with the same
// random_state: tests/site/test_playground_methods.py compares them on random tables with duplicates.
//
// A table is {x, y, label}: two arrays of numbers, and an array of 0 (common) and 1 (rare).

/** numpy's RandomState for a whole number from 0 to 2^32 - 1: the generator MT19937 of Matsumoto and Nishimura (1998). */
export class RandomState {
  constructor(seed) {
    this.key = new Uint32Array(624);
    let word = seed >>> 0;
    for (let i = 0; i < 624; i++) {
      this.key[i] = word;
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i + 1) >>> 0;
    }
    this.place = 624;
  }

  word() {
    if (this.place === 624) {
      const key = this.key;
      for (let i = 0; i < 624; i++) {
        const mixed = (key[i] & 0x80000000) | (key[(i + 1) % 624] & 0x7fffffff);
        key[i] = key[(i + 397) % 624] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      }
      this.place = 0;
    }
    let word = this.key[this.place++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** Numbers from [0, 1) with 53 random bits. */
  uniform(size) {
    return Float64Array.from({ length: size }, () => ((this.word() >>> 5) * 67108864 + (this.word() >>> 6)) / 9007199254740992);
  }

  /** Whole numbers below n: bits of a word, drawn again while they are n or more. */
  below(n, size) {
    const mask = n > 1 ? 2 ** (32 - Math.clz32(n - 1)) - 1 : 0;
    const drawn = () => {
      if (!mask) return 0;
      for (;;) {
        const number = (this.word() & mask) >>> 0;
        if (number < n) return number;
      }
    };
    return Array.from({ length: size }, drawn);
  }
}

/** What cannot be done, with the way out; shown to the reader. */
export class CannotDo extends Error {}

const distance2 = (table, a, b) => {
  const dx = table.x[a] - table.x[b];
  const dy = table.y[a] - table.y[b];
  return dx * dx + dy * dy;
};

/** Finds the k nearest other rows among some rows, ordered by distance and then row number. */
export class Neighbours {
  constructor(table, rows) {
    this.table = table;
    this.rows = Int32Array.from(rows).sort((a, b) => table.x[a] - table.x[b] || a - b);
    this.place = new Int32Array(table.x.length).fill(-1);
    this.rows.forEach((row, place) => (this.place[row] = place));
  }

  /** Row numbers of the k nearest rows other than `row`; fewer if there are not as many. */
  nearest(row, k) {
    const found = new Int32Array(k);
    const far = new Float64Array(k);
    let n = 0;
    this.visit(row, (other, d2) => {
      if (n === k && (d2 > far[k - 1] || (d2 === far[k - 1] && other > found[k - 1]))) return far[k - 1];
      let place = n < k ? n++ : k - 1;
      while (place > 0 && (far[place - 1] > d2 || (far[place - 1] === d2 && found[place - 1] > other))) {
        far[place] = far[place - 1];
        found[place] = found[place - 1];
        place--;
      }
      far[place] = d2;
      found[place] = other;
      return n === k ? far[k - 1] : Infinity;
    });
    return Array.from(found.subarray(0, n));
  }

  /** Calls `see(other, distance)` from the middle outwards, until no row can be as near as the limit that it returns. */
  visit(row, see) {
    const { x } = this.table;
    let right = this.place[row];
    if (right < 0) {
      let end = this.rows.length;
      right = 0;
      while (right < end) {
        const middle = (right + end) >> 1;
        if (x[this.rows[middle]] < x[row]) right = middle + 1;
        else end = middle;
      }
    }
    let left = right - 1;
    let limit = Infinity;
    while (left >= 0 || right < this.rows.length) {
      const toLeft = left >= 0 ? x[row] - x[this.rows[left]] : Infinity;
      const toRight = right < this.rows.length ? x[this.rows[right]] - x[row] : Infinity;
      const step = Math.min(toLeft, toRight);
      if (step * step > limit) return;
      const other = toLeft <= toRight ? this.rows[left--] : this.rows[right++];
      if (other !== row) limit = see(other, distance2(this.table, row, other));
    }
  }

  /** The squared distance to the nearest other row; Infinity if there is none. */
  nearestDistance(row) {
    let least = Infinity;
    this.visit(row, (_, d2) => (least = Math.min(least, d2)));
    return least;
  }
}

const range = (n) => Array.from({ length: n }, (_, i) => i);
const membersOf = (table, label) => range(table.label.length).filter((row) => table.label[row] === label);

/** The label of the class with fewer rows; of two equally rare ones the one that sorts last. */
export function rareLabel(table) {
  return 2 * membersOf(table, 1).length <= table.label.length ? 1 : 0;
}

/** The class that cleaning methods leave alone: the smallest, or the first of two equal ones. */
const spared = (table) => (2 * membersOf(table, 1).length < table.label.length ? 1 : 0);

/** How many rows are added, for a ratio of the rare to the common class. */
function rowsToAdd(table, rare, ratio) {
  const n = membersOf(table, rare).length;
  const target = Math.floor(ratio * (table.label.length - n) + 1e-9);
  if (target < n) {
    const has = (n / (table.label.length - n)).toFixed(2);
    throw new CannotDo(`The rare class has a ratio of ${has} already. Choose a larger ratio, or draw more common points.`);
  }
  return target - n;
}

function checkEnough(table, rare, k, name) {
  const n = membersOf(table, rare).length;
  if (n <= k) {
    throw new CannotDo(`${name} needs more than ${k} rare points to find ${k} neighbours of each; there are ${n}. Choose a smaller k, or draw more.`);
  }
}

function checkTable(table) {
  for (const label of [0, 1]) {
    if (!table.label.includes(label)) {
      throw new CannotDo(`There are no ${label ? "rare" : "common"} points. Draw some: a method needs both classes.`);
    }
  }
}

/** New rows between seeds and neighbours: all pairs are drawn first, then all gaps. */
function drawPairs(table, members, seeds, k, n, random) {
  const choice = random.below(seeds.length * k, n);
  const own = new Neighbours(table, members);
  const near = new Map();
  const gap = random.uniform(n);
  return choice.map((number, i) => {
    const seed = seeds[Math.floor(number / k)];
    if (!near.has(seed)) near.set(seed, own.nearest(seed, k));
    return { seed, partner: near.get(seed)[number % k], gap: gap[i] };
  });
}

const plan = (made, removed, note = "") => ({ made, removed, note });

/** What over-samplers share: the rare class grows by n rows, if it is large enough and not of that size already. */
function grown(table, k, ratio, name, grow) {
  checkTable(table);
  const rare = rareLabel(table);
  const n = rowsToAdd(table, rare, ratio);
  if (!n) return plan([], [], "The classes have that ratio already.");
  checkEnough(table, rare, k, name);
  return grow(rare, n);
}

/** Chawla et al. (2002). */
export function smote(table, { k = 5, ratio = 1, seed = 0 } = {}) {
  return grown(table, k, ratio, "SMOTE", (rare, n) => {
    const members = membersOf(table, rare);
    return plan(drawPairs(table, members, members, k, n, new RandomState(seed)), []);
  });
}

/** Han et al. (2005), borderline-1: seeds have at least half, but not only, common rows among their m nearest. */
export function borderlineSmote(table, { k = 5, ratio = 1, seed = 0, m = 10 } = {}) {
  return grown(table, k, ratio, "Borderline-SMOTE", (rare, n) => {
    if (table.label.length <= m) {
      throw new CannotDo(`Borderline-SMOTE looks at ${m} neighbours of each rare point; there are ${table.label.length} points. Draw more.`);
    }
    const members = membersOf(table, rare);
    const all = new Neighbours(table, range(table.label.length));
    const danger = members.filter((row) => {
      const enemies = all.nearest(row, m).filter((other) => table.label[other] !== rare).length;
      return 2 * enemies >= m && enemies < m;
    });
    if (!danger.length) {
      return plan([], [], "No rare point is at the border, so no row is added: each has mostly rare neighbours, or only common ones.");
    }
    return plan(drawPairs(table, members, danger, k, n, new RandomState(seed)), []);
  });
}

/** He et al. (2008): a seed gets rows in proportion to the common rows among its k nearest. */
export function adasyn(table, { k = 5, ratio = 1, seed = 0 } = {}) {
  return grown(table, k, ratio, "ADASYN", (rare, n) => {
    const members = membersOf(table, rare);
    const all = new Neighbours(table, range(table.label.length));
    const enemies = members.map((row) => all.nearest(row, k).filter((other) => table.label[other] !== rare).length);
    if (!enemies.some(Boolean)) {
      return plan([], [], "No rare point has a common one among its nearest neighbours, so no row is added.");
    }
    const amounts = byShares(n, enemies);
    const random = new RandomState(seed);
    const choice = random.below(k, n);
    const gap = random.uniform(n);
    const own = new Neighbours(table, members);
    const made = [];
    members.forEach((row, i) => {
      if (!amounts[i]) return;
      const near = own.nearest(row, k);
      for (let j = 0; j < amounts[i]; j++) made.push({ seed: row, partner: near[choice[made.length]], gap: gap[made.length] });
    });
    return plan(made, []);
  });
}

/** Divides n in proportion to shares into whole numbers, by the largest remainders; of equal ones the first is rounded up. */
function byShares(n, shares) {
  const total = shares.reduce((a, b) => a + b);
  const exact = shares.map((share) => n * (share / total));
  const whole = exact.map((number) => Math.floor(number + 1e-9));
  const left = n - whole.reduce((a, b) => a + b);
  const order = range(shares.length).sort((a, b) => whole[a] - exact[a] - (whole[b] - exact[b]) || a - b);
  for (const place of order.slice(0, left)) whole[place] += 1;
  return whole;
}

/** Tomek (1976): pairs of rows of different classes with no third row strictly nearer to either; their common rows go. */
export function tomekLinks(table) {
  checkTable(table);
  const rare = spared(table);
  const all = new Neighbours(table, range(table.label.length));
  const nearest = new Map();
  const near = (row) => {
    if (!nearest.has(row)) nearest.set(row, all.nearestDistance(row));
    return nearest.get(row);
  };
  const common = new Neighbours(table, membersOf(table, 1 - rare));
  const removed = new Set();
  const links = [];
  for (const row of membersOf(table, rare)) {
    const least = near(row);
    common.visit(row, (other, d2) => {
      if (d2 === least && near(other) === d2) {
        removed.add(other);
        links.push([row, other]);
      }
      return least;
    });
  }
  return { ...plan([], [...removed].sort((a, b) => a - b)), links };
}

/** Wilson (1972): a common row stays if k rows of its class are strictly nearer than the nearest rare row. */
export function editedNearestNeighbours(table, { k = 3 } = {}) {
  checkTable(table);
  const rare = spared(table);
  const n = table.label.length;
  if (n <= k) {
    throw new CannotDo(`Edited nearest neighbours looks at ${k} neighbours of each point; there are ${n} points. Choose a smaller k, or draw more.`);
  }
  const rareRows = new Neighbours(table, membersOf(table, rare));
  const members = membersOf(table, 1 - rare);
  const own = new Neighbours(table, members);
  const removed = members.filter((row) => {
    const enemy = rareRows.nearestDistance(row);
    let nearer = 0;
    own.visit(row, (_, d2) => {
      if (d2 < enemy) nearer++;
      return nearer >= k ? -1 : enemy;
    });
    return nearer < k;
  });
  return plan([], removed);
}

export const METHODS = {
  none: { title: "nothing", run: () => plan([], []), parameters: [] },
  smote: { title: "SMOTE", run: smote, parameters: ["k", "ratio"], python: "SMOTE", neighbours: "k_neighbors" },
  borderline: { title: "Borderline-SMOTE", run: borderlineSmote, parameters: ["k", "ratio"], python: "BorderlineSMOTE", neighbours: "k_neighbors" },
  adasyn: { title: "ADASYN", run: adasyn, parameters: ["k", "ratio"], python: "ADASYN", neighbours: "n_neighbors" },
  tomek: { title: "Tomek links", run: tomekLinks, parameters: [], python: "TomekLinks" },
  enn: { title: "edited nearest neighbours", run: editedNearestNeighbours, parameters: ["k"], python: "EditedNearestNeighbours", neighbours: "n_neighbors" },
};

/** The table after a plan: kept rows in their order, then new ones. */
export function applied(table, { made, removed }) {
  const gone = new Set(removed);
  const kept = range(table.label.length).filter((row) => !gone.has(row));
  const rare = rareLabel(table);
  const between = (values) => (row) => values[row.seed] + row.gap * (values[row.partner] - values[row.seed]);
  return {
    x: [...kept.map((row) => table.x[row]), ...made.map(between(table.x))],
    y: [...kept.map((row) => table.y[row]), ...made.map(between(table.y))],
    label: [...kept.map((row) => table.label[row]), ...made.map(() => rare)],
  };
}
