import type { ReactNode } from "react";
import classes from "./PageHeader.module.css";

interface Props {
  title: string;
  eyebrow?: ReactNode;
  facts?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page: where one is, what it is called, what is known, what can be done. */
export function PageHeader({ title, eyebrow, facts, actions }: Props) {
  return (
    <header className={classes.header}>
      <title>{`${title} · Assay`}</title>
      <div className={classes.words}>
        {eyebrow && <div className={classes.eyebrow}>{eyebrow}</div>}
        <h1 className={classes.title}>{title}</h1>
        {facts && <div className={classes.facts}>{facts}</div>}
      </div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}

/** One labelled fact in a page header. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className={classes.fact}>
      <span className={classes.label}>{label}</span>
      <span className={classes.value}>{children}</span>
    </span>
  );
}
