import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";
import { SortButton, spokenOrder, type Sort } from "./SortButton";
import classes from "./VirtualTable.module.css";

export interface VirtualColumn<Row> {
  key: string;
  header: ReactNode;
  /** A CSS grid track, such as ``minmax(120px, 1fr)``. */
  track: string;
  cell: (row: Row) => ReactNode;
  align?: "center" | "end";
  /** The name under which the server sorts by this column. */
  sortKey?: string;
}

interface Props<Row> {
  label: string;
  columns: readonly VirtualColumn<Row>[];
  total: number;
  at: (index: number) => Row | undefined;
  onRange: (range: { first: number; last: number }) => void;
  rowHeight?: number;
  minWidth?: number;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
  /** A row to bring into view. */
  reveal?: number | undefined;
  /** Whether other rows are on their way. */
  busy?: boolean;
}

const VIEW = 640;

/** A table that draws only the rows in view, however many there are. */
export function VirtualTable<Row>(props: Props<Row>) {
  const { label, columns, total, at, onRange, rowHeight = 44, minWidth = 0 } = props;
  const { reveal, busy = false } = props;
  const scroller = useRef<HTMLDivElement>(null);
  // Its functions are read during render only and handed to no memoised child.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialRect: { width: 800, height: VIEW },
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onRange({ first, last }), [first, last, onRange]);
  useEffect(() => {
    if (reveal !== undefined) virtual.scrollToIndex(reveal, { align: "auto" });
  }, [reveal, virtual]);
  const template = columns.map((column) => column.track).join(" ");
  const height = Math.min(VIEW, total * rowHeight + 40);
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      style={{ height }}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-busy={busy}
      tabIndex={0}
    >
      <div className={classes.head} role="rowgroup" style={{ minWidth }}>
        <div
          className={classes.row}
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template }}
        >
          {columns.map((column) => (
            <HeaderCell key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className={classes.body}
        style={{ height: virtual.getTotalSize(), minWidth }}
      >
        {shown.map(({ index, start }) => (
          <Line
            key={index}
            index={index}
            row={at(index)}
            columns={columns}
            style={{
              gridTemplateColumns: template,
              height: rowHeight,
              transform: `translateY(${start}px)`,
            }}
          />
        ))}
      </div>
    </div>
  );
}

interface HeaderProps<Row> {
  column: VirtualColumn<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const { align, header, sortKey } = column;
  const common = { role: "columnheader", "data-align": align } as const;
  if (!sortKey || !onSort) return <span {...common}>{header}</span>;
  return (
    <span {...common} aria-sort={spokenOrder(sort, sortKey)}>
      <SortButton sortKey={sortKey} sort={sort} onSort={onSort}>
        {header}
      </SortButton>
    </span>
  );
}

interface LineProps<Row> {
  index: number;
  row: Row | undefined;
  columns: readonly VirtualColumn<Row>[];
  style: React.CSSProperties;
}

function Line<Row>({ index, row, columns, style }: LineProps<Row>) {
  return (
    <div
      className={classes.row}
      data-body="true"
      role="row"
      aria-rowindex={index + 2}
      style={style}
    >
      {columns.map((column) => (
        <span key={column.key} role="cell" className={classes.cell} data-align={column.align}>
          {row === undefined ? <span className={classes.wait} /> : column.cell(row)}
        </span>
      ))}
    </div>
  );
}
