import { intervalText, percent } from "@/lib/format";
import { position, type Axis } from "@/lib/axis";
import classes from "./IntervalBar.module.css";

interface Props {
  value: number | null;
  interval: readonly number[] | null | undefined;
  axis: Axis;
  /** A range to show faintly behind, such as the leader's interval. */
  band?: readonly number[] | null;
  tone?: "accent" | "quiet";
}

/** A rate as a dot with its interval as a whisker, on an axis shared by the rows of a table. */
export function IntervalBar({ value, interval, axis, band, tone = "accent" }: Props) {
  if (value === null) return <span className="muted">not measured</span>;
  const [low, high] = interval ?? [];
  const label = `${percent(value)}${low === undefined ? "" : `, 95 % interval ${intervalText(interval)}`}`;
  return (
    <span className={classes.track} role="img" aria-label={label} data-tone={tone}>
      {axis.ticks.map((tick) => (
        <span key={tick} className={classes.grid} style={{ left: position(axis, tick) }} />
      ))}
      {band?.[0] !== undefined && band[1] !== undefined && (
        <span className={classes.band} style={span(axis, band[0], band[1])} />
      )}
      {low !== undefined && high !== undefined && (
        <span className={classes.whisker} style={span(axis, low, high)} />
      )}
      <span className={classes.dot} style={{ left: position(axis, value) }} />
    </span>
  );
}

function span(axis: Axis, low: number, high: number) {
  return { left: position(axis, low), right: `calc(100% - ${position(axis, high)})` };
}

/** The tick labels that belong above a column of interval bars. */
export function IntervalAxis({ axis }: { axis: Axis }) {
  return (
    <span className={classes.axis} aria-hidden="true">
      {axis.ticks.map((tick) => (
        <span key={tick} style={{ left: position(axis, tick) }}>
          {Math.round(tick * 100)}
        </span>
      ))}
    </span>
  );
}
