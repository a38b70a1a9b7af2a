import { CopyAction } from "./CopyAction";
import classes from "./CopyLine.module.css";

/** A command line to copy. */
export function CopyLine({ text, label = "command" }: { text: string; label?: string }) {
  return (
    <span className={classes.line}>
      <code className={classes.text}>{text}</code>
      <CopyAction text={text} label={label} />
    </span>
  );
}
