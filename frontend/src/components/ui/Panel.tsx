import { useId, type ReactNode } from "react";
import classes from "./Panel.module.css";

interface Props {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Whether the content reaches the panel's edges, as tables do. */
  flush?: boolean;
}

/** A titled section on its own surface. */
export function Panel({ title, note, actions, children, flush = false }: Props) {
  const id = useId();
  return (
    <section className="surface" aria-labelledby={id}>
      <header className={classes.head}>
        <div className={classes.words}>
          <h2 id={id} className={classes.title}>
            {title}
          </h2>
          {note && <p className={classes.note}>{note}</p>}
        </div>
        {actions}
      </header>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
