import type { ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface Props {
  title: string;
  children: ReactNode;
  /** Whether it is all that the page shows. */
  main?: boolean;
}

/** What to show when there is nothing yet: why, and what to do next. */
export function EmptyState({ title, children, main = false }: Props) {
  const Heading = main ? "h1" : "h2";
  return (
    <div className={classes.empty}>
      <svg width="44" height="28" viewBox="0 0 44 28" aria-hidden="true" className={classes.mark}>
        <path d="M2 6h40M2 14h40M2 22h40" stroke="var(--line-strong)" strokeDasharray="2 3" />
        <path d="M8 6h14M20 14h12M12 22h10" stroke="var(--ink-3)" strokeWidth="1.5" />
        <circle cx="15" cy="6" r="2.6" fill="var(--accent)" />
        <circle cx="26" cy="14" r="2.6" fill="var(--accent)" />
        <circle cx="17" cy="22" r="2.6" fill="var(--accent)" />
      </svg>
      <Heading className={classes.title}>{title}</Heading>
      <div className={classes.body}>{children}</div>
    </div>
  );
}
