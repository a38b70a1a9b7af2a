import type { EventKind } from "@/api/events";
import classes from "./trace.module.css";

const SHAPES: Record<EventKind, React.ReactNode> = {
  session: <circle cx="6" cy="6" r="3.6" />,
  chain: <path d="M2.2 6h7.6M6.6 3l3.2 3-3.2 3" />,
  tool: <rect x="2.6" y="2.6" width="6.8" height="6.8" rx="1" />,
  model: <path d="M6 1.8 10.2 6 6 10.2 1.8 6Z" />,
};

/** What kind of operation an event is: a shape and a colour; the word is said to all readers. */
export function KindMark({ kind, wordy = false }: { kind: EventKind; wordy?: boolean }) {
  return (
    <span className={classes.kind} data-kind={kind}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[kind]}
      </svg>
      <span className={wordy ? undefined : "visually-hidden"}>{kind}</span>
    </span>
  );
}
