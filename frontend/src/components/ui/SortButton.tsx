import type { ReactNode } from "react";
import classes from "./DataTable.module.css";
import { SortIcon } from "./icons";

export interface Sort {
  key: string;
  descending: boolean;
}

interface Props {
  sortKey: string;
  sort: Sort | undefined;
  onSort: (sort: Sort) => void;
  children: ReactNode;
}

/** What a header says of its order to assistive technology. */
export function spokenOrder(sort: Sort | undefined, key: string) {
  if (sort?.key !== key) return "none";
  return sort.descending ? "descending" : "ascending";
}

/** A header that sorts by its column; the greatest come first, then the least. */
export function SortButton({ sortKey, sort, onSort, children }: Props) {
  const active = sort?.key === sortKey;
  return (
    <button
      type="button"
      className={classes.sort}
      data-active={active}
      onClick={() => onSort({ key: sortKey, descending: active ? !sort.descending : true })}
    >
      {children}
      <SortIcon direction={active ? (sort.descending ? "desc" : "asc") : null} />
    </button>
  );
}
