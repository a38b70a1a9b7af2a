import { versionText } from "./timeline";
import classes from "./gate.module.css";

/** Where each alias of a prompt points. */
export function Aliases({ aliases }: { aliases: Record<string, number> }) {
  const entries = Object.entries(aliases).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return <span className="muted">none</span>;
  return (
    <span className={classes.aliases}>
      {entries.map(([alias, version]) => (
        <span key={alias} className={classes.alias} data-alias={alias}>
          {alias} → {versionText(version)}
        </span>
      ))}
    </span>
  );
}
