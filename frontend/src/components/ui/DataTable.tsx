import type { ReactNode } from "react";
import classes from "./DataTable.module.css";
import { SortButton, spokenOrder, type Sort } from "./SortButton";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: "start" | "end";
  width?: string;
  /** The name under which the server sorts by this column. */
  sortKey?: string;
  /** What the header says to assistive technology when it shows no words. */
  label?: string;
  className?: string | undefined;
}

interface Props<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
  /** Marks a row, such as the leader. */
  rowTone?: (row: Row) => string | undefined;
  busy?: boolean;
  minWidth?: number;
}

/** Reads ``-created_at`` as newest first. */
export function parseSort(text: string): Sort {
  return text.startsWith("-")
    ? { key: text.slice(1), descending: true }
    : { key: text, descending: false };
}

export function sortText(sort: Sort): string {
  return sort.descending ? `-${sort.key}` : sort.key;
}

/** A dense table with a caption, sortable headers and rows that can be marked. */
export function DataTable<Row>(props: Props<Row>) {
  const { caption, columns, rows, rowKey, rowTone, busy = false, minWidth = 0 } = props;
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={caption}>
      <table className={classes.table} aria-busy={busy} style={{ minWidth }}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell
                key={column.key}
                column={column}
                sort={props.sort}
                onSort={props.onSort}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-tone={rowTone?.(row)}>
              {columns.map((column) => (
                <td key={column.key} data-align={column.align} className={column.className}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeaderProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const { sortKey, header, align, width, label } = column;
  const common = {
    scope: "col",
    "data-align": align,
    style: { width },
    "aria-label": label,
  } as const;
  if (!sortKey || !onSort) return <th {...common}>{header}</th>;
  return (
    <th {...common} aria-sort={spokenOrder(sort, sortKey)}>
      <SortButton sortKey={sortKey} sort={sort} onSort={onSort}>
        {header}
      </SortButton>
    </th>
  );
}
