import { diffWordsWithSpace } from "diff";
import { useMemo } from "react";
import { LongText } from "./LongText";
import classes from "./TextDiff.module.css";

/** Longer texts are shown as they are: marking them would hold up the page. */
const MOST = 8_000;

interface Props {
  from: string;
  to: string;
  /** Both in one text, or only what one side has. */
  side?: "both" | "from" | "to";
}

/** A text with what differs from another marked word by word. */
export function TextDiff({ from, to, side = "both" }: Props) {
  const parts = useMemo(
    () => (from.length + to.length > MOST ? null : diffWordsWithSpace(from, to)),
    [from, to],
  );
  if (parts === null)
    return <LongText className={classes.diff} text={side === "from" ? from : to} />;
  return (
    <pre className={classes.diff} dir="auto">
      {parts.map((part, index) => {
        if (part.added) return side === "from" ? null : <ins key={index}>{part.value}</ins>;
        if (part.removed) return side === "to" ? null : <del key={index}>{part.value}</del>;
        return <span key={index}>{part.value}</span>;
      })}
    </pre>
  );
}
