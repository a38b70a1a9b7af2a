/** What of a trace is unfolded, and how the keyboard moves through it. */
import { useMemo, useState, type KeyboardEvent } from "react";
import type { TraceEvent } from "@/api/events";
import { allEvents, ancestors, visibleRows, type TraceRow } from "./tree";

export interface Tree {
  rows: TraceRow[];
  events: TraceEvent[];
  index: number;
  select: (id: string) => void;
  toggle: (id: string) => void;
  expandAll: () => void;
  collapseAll: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

const PAGE = 12;

/** The tree's state; selecting an event unfolds everything above it. */
export function useTree(
  root: TraceEvent,
  selected: string | undefined,
  onSelect: (id: string) => void,
): Tree {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const events = useMemo(() => allEvents(root), [root]);
  const rows = useMemo(() => visibleRows(root, collapsed), [root, collapsed]);
  const index = Math.max(
    0,
    rows.findIndex(({ event }) => event.id === selected),
  );

  const select = (id: string) => {
    const above = ancestors(root, id);
    if (above.some((each) => collapsed.has(each))) {
      setCollapsed(new Set([...collapsed].filter((each) => !above.includes(each))));
    }
    onSelect(id);
  };
  const setExpanded = (id: string, expanded: boolean) => {
    const next = new Set(collapsed);
    if (expanded) next.delete(id);
    else next.add(id);
    setCollapsed(next);
  };
  const toggle = (id: string) => {
    const folding = !collapsed.has(id);
    setExpanded(id, !folding);
    if (folding && selected !== undefined && ancestors(root, selected).includes(id)) onSelect(id);
  };
  const inner = () => events.filter((event) => event.children.length > 0 && event !== root);

  const moveTo = (place: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, place))];
    if (row) onSelect(row.event.id);
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => moveTo(index + 1),
    ArrowUp: () => moveTo(index - 1),
    PageDown: () => moveTo(index + PAGE),
    PageUp: () => moveTo(index - PAGE),
    Home: () => moveTo(0),
    End: () => moveTo(rows.length - 1),
    ArrowRight: () => {
      const row = rows[index];
      if (row?.expanded === false) setExpanded(row.event.id, true);
      else if (row?.expanded) moveTo(index + 1);
    },
    ArrowLeft: () => {
      const row = rows[index];
      if (!row) return;
      if (row.expanded) setExpanded(row.event.id, false);
      else moveTo(parentOf(rows, index));
    },
    Enter: () => {
      const row = rows[index];
      if (row?.expanded !== undefined) toggle(row.event.id);
    },
    "*": () => setCollapsed(new Set()),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = keys[event.key];
    if (!act || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  return {
    rows,
    events,
    index,
    select,
    toggle,
    onKeyDown,
    expandAll: () => setCollapsed(new Set()),
    collapseAll: () => {
      setCollapsed(new Set(inner().map(({ id }) => id)));
      onSelect(root.id);
    },
  };
}

/** The row above that is one level up; the row itself at the root. */
function parentOf(rows: readonly TraceRow[], index: number): number {
  const level = rows[index]?.level ?? 1;
  for (let place = index - 1; place >= 0; place -= 1) {
    if ((rows[place]?.level ?? 1) < level) return place;
  }
  return index;
}
