import { Link, type LinkProps } from "@tanstack/react-router";
import classes from "./TabLinks.module.css";

interface Tab {
  label: string;
  count?: string;
  current: boolean;
  search: object;
}

interface Props extends Pick<LinkProps, "to" | "params"> {
  label: string;
  tabs: readonly Tab[];
}

/** Views of one thing, each with its own address. */
export function TabLinks({ label, tabs, to, params }: Props) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          {...({ to, params, search: tab.search } as LinkProps)}
          className={classes.tab}
          aria-current={tab.current ? "page" : undefined}
          data-current={tab.current}
          activeProps={{}}
          resetScroll={false}
        >
          {tab.label}
          {tab.count && <span className={classes.count}>{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
