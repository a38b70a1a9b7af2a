import classes from "./StatusPill.module.css";

const TONES: Record<string, string> = {
  completed: "good",
  ready: "good",
  running: "live",
  pending: "wait",
  failed: "bad",
  cancelled: "off",
};

/** Where a run stands: a word with a mark that does not rely on colour alone. */
export function StatusPill({ status }: { status: string }) {
  return (
    <span className={classes.pill} data-tone={TONES[status] ?? "off"}>
      <span className={classes.mark} aria-hidden="true" />
      {status}
    </span>
  );
}
