import classes from "./TrendChart.module.css";

const WIDTH = 120;
const HEIGHT = 26;
const PAD = 3;

/** The last pass rates as a small line; its scale is the whole range of all the lines. */
export function Sparkline({ rates, low }: { rates: readonly (number | null)[]; low: number }) {
  const step = rates.length > 1 ? (WIDTH - 2 * PAD) / (rates.length - 1) : 0;
  const y = (rate: number) => HEIGHT - PAD - ((rate - low) / (1 - low || 1)) * (HEIGHT - 2 * PAD);
  const known = rates.flatMap((rate, place) =>
    rate === null ? [] : [{ left: PAD + place * step, top: y(rate) }],
  );
  const last = known.at(-1);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true" className={classes.spark}>
      <polyline points={known.map(({ left, top }) => `${left},${top}`).join(" ")} />
      {last && <circle cx={last.left} cy={last.top} r={2.5} />}
    </svg>
  );
}
