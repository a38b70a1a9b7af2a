/** The 95 % normal quantile. */
const Z = 1.959963984540054;

/**
 * Wilson's score interval of a proportion, 95 %, for lists that carry counts alone.
 *
 * Reports carry the server's own interval; this one only draws whiskers where none came.
 * Source: E. B. Wilson, JASA 22 (1927). 742 of 1319 gives [0.53563, 0.5891].
 */
export function wilson(passed: number, n: number): [number, number] | null {
  if (n <= 0) return null;
  const rate = passed / n;
  const spread = Z * Math.sqrt((rate * (1 - rate)) / n + (Z * Z) / (4 * n * n));
  const centre = rate + (Z * Z) / (2 * n);
  const scale = 1 + (Z * Z) / n;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
