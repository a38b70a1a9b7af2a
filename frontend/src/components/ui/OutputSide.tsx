import type { ReactNode } from "react";
import classes from "./OutputSide.module.css";

interface Props {
  label: string;
  /** Whose output it is, for assistive technology. */
  name: string;
  /** How it was judged. */
  mark: ReactNode;
  /** The output; nothing where there is none. */
  children: ReactNode;
  /** Why, and what else is known. */
  notes: readonly (string | null | undefined)[];
  error?: string | null | undefined;
}

/** One of two outputs that stand beside each other, with its verdict and the reasons for it. */
export function OutputSide({ label, name, mark, children, notes, error }: Props) {
  return (
    <div className={classes.side} role="group" aria-label={name}>
      <header className={classes.head}>
        <span className="muted">{label}</span>
        {mark}
      </header>
      <div className={classes.output} tabIndex={0} role="region" aria-label={`${name}: output`}>
        {children}
      </div>
      {error && (
        <p className={classes.note} data-bad="true">
          {error}
        </p>
      )}
      {notes.map(
        (note) =>
          note && (
            <p key={note} className={classes.note}>
              {note}
            </p>
          ),
      )}
    </div>
  );
}
