/** The little arithmetic that the development double needs to look like the real thing. */

const Z = 1.959963984540054;

export function wilson(passed, n) {
  if (n === 0) return null;
  const rate = passed / n;
  const spread = Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n));
  const centre = rate + (Z * Z) / (2 * n);
  const scale = 1 + (Z * Z) / n;
  return [(centre - spread) / scale, (centre + spread) / scale];
}

function logChoose(n, k) {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}

/** McNemar's mid-p over the discordant pairs. */
export function mcnemar(aOnly, bOnly) {
  const n = aOnly + bOnly;
  if (n === 0) return 1;
  const least = Math.min(aOnly, bOnly);
  let tail = 0;
  for (let k = 0; k < least; k += 1) tail += Math.exp(logChoose(n, k) - n * Math.LN2);
  const point = Math.exp(logChoose(n, least) - n * Math.LN2);
  return Math.min(1, 2 * tail + point);
}

export function pairDifference(aOnly, bOnly, n) {
  const difference = (aOnly - bOnly) / n;
  const error = Math.sqrt(aOnly + bOnly - (aOnly - bOnly) ** 2 / n) / n;
  return { difference, interval: [difference - Z * error, difference + Z * error] };
}

export function holm(ps) {
  const order = ps.map((_, index) => index).sort((a, b) => ps[a] - ps[b]);
  const adjusted = [];
  let floor = 0;
  order.forEach((index, rank) => {
    floor = Math.max(floor, Math.min(1, (ps.length - rank) * ps[index]));
    adjusted[index] = floor;
  });
  return adjusted;
}

/** A repeatable stream of numbers in [0, 1). */
export function stream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
