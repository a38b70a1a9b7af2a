import classes from "./Meter.module.css";

interface Props {
  value: number;
  max: number;
  label: string;
  size?: "thin" | "thick";
}

/** A progress bar that says what it counts. */
export function Meter({ value, max, label, size = "thin" }: Props) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <span
      className={classes.meter}
      data-size={size}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(value, max)}
    >
      <span className={classes.fill} style={{ width: `${share * 100}%` }} />
    </span>
  );
}
