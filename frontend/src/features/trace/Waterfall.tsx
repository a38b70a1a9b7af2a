import { useVirtualizer } from "@tanstack/react-virtual";
import { scaleLinear } from "d3-scale";
import { useEffect, useId, useMemo, useRef } from "react";
import { consumption, type TraceEvent } from "@/api/events";
import { count, money } from "@/lib/format";
import { barOf, boundsOf, milliseconds, type Span, type TraceRow } from "./tree";
import { KindMark } from "./KindMark";
import type { Tree } from "./useTree";
import classes from "./trace.module.css";

interface Props {
  tree: Tree;
  selected: string | undefined;
  found: ReadonlySet<string>;
  label: string;
  height: number;
}

const ROW = 30;

/** The events of a trace as a tree, with a bar for each on one axis of time. */
export function Waterfall({ tree, selected, found, label, height }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const bounds = useMemo(() => boundsOf(tree.events), [tree.events]);
  // Its functions are read during render only and handed to no memoised child.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: tree.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingStart: ROW,
    initialRect: { width: 800, height },
  });
  const { index } = tree;
  useEffect(() => {
    virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);
  const active = tree.rows[index];
  return (
    <div ref={scroller} className={classes.scroller} style={{ height }}>
      <div className={classes.axisRow} aria-hidden="true">
        <span>Event</span>
        <Axis bounds={bounds} />
        <span className={classes.end}>Duration</span>
        <span className={classes.end}>Tokens</span>
        <span className={classes.end}>Cost</span>
      </div>
      <div
        role="tree"
        aria-label={label}
        tabIndex={0}
        className={classes.tree}
        style={{ height: virtual.getTotalSize() }}
        aria-activedescendant={active && `${prefix}${active.event.id}`}
        onKeyDown={tree.onKeyDown}
      >
        {virtual.getVirtualItems().map(({ index: place, start }) => {
          const row = tree.rows[place];
          return (
            row && (
              <Row
                key={row.event.id}
                id={`${prefix}${row.event.id}`}
                row={row}
                bounds={bounds}
                selected={row.event.id === selected}
                found={found.has(row.event.id)}
                top={start}
                onSelect={tree.select}
                onToggle={tree.toggle}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** At most three round times, as more would not fit beside each other. */
function ticksOf(bounds: Span): number[] {
  const ticks = scaleLinear()
    .domain([0, bounds.end - bounds.start])
    .ticks(3);
  return ticks.length > 3 ? ticks.filter((_, index) => index % 2 === 0) : ticks;
}

function tickText(ms: number): string {
  if (ms === 0) return "0";
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

function Axis({ bounds }: { bounds: Span | null }) {
  if (!bounds) return <span>Time</span>;
  const whole = bounds.end - bounds.start;
  return (
    <span className={classes.axis}>
      {ticksOf(bounds).map((tick) => (
        <span
          key={tick}
          style={{ left: `${(tick / whole) * 100}%` }}
          data-last={tick / whole > 0.88}
        >
          {tickText(tick)}
        </span>
      ))}
    </span>
  );
}

/** From here on each level is indented by little, so that names stay readable; a number tells. */
const STEEP = 6;

/** How far a level stands in, in whole steps; it never takes the room of the name. */
export function indentOf(level: number): number {
  const steep = Math.min(level - 1, STEEP);
  return steep + Math.min(Math.max(0, level - 1 - STEEP), 20) * 0.1;
}

interface RowProps {
  id: string;
  row: TraceRow;
  bounds: Span | null;
  selected: boolean;
  found: boolean;
  top: number;
  onSelect: (id: string) => void;
  onToggle: (id: string) => void;
}

function Row({ id, row, bounds, selected, found, top, onSelect, onToggle }: RowProps) {
  const { event, level, position, siblings, expanded } = row;
  const { inputTokens, outputTokens, costUsd } = consumption(event);
  const tokens =
    inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0);
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={expanded}
      aria-selected={selected}
      className={classes.row}
      data-found={found}
      style={{ transform: `translateY(${top}px)`, height: ROW }}
      onClick={() => onSelect(event.id)}
    >
      <span
        className={classes.name}
        style={{ paddingLeft: `calc(${indentOf(level)} * var(--indent))` }}
      >
        <span
          className={classes.fold}
          data-expanded={expanded}
          aria-hidden="true"
          onClick={(click) => {
            if (expanded === undefined) return;
            click.stopPropagation();
            onToggle(event.id);
          }}
        />
        {level > STEEP + 1 && (
          <span className={classes.depth} title={`${level - 1} levels down`} aria-hidden="true">
            {level - 1}
          </span>
        )}
        <KindMark kind={event.kind} />
        <span className={classes.words} title={event.name}>
          {event.name}
        </span>
        {event.error !== null && <span className={classes.failed}>error</span>}
      </span>
      <Bar event={event} bounds={bounds} />
      <span className={classes.end}>{milliseconds(event.durationMs)}</span>
      <span className={classes.end}>{tokens === null ? "" : count(tokens)}</span>
      <span className={classes.end}>{costUsd === null ? "" : money(costUsd)}</span>
    </div>
  );
}

function Bar({ event, bounds }: { event: TraceEvent; bounds: Span | null }) {
  const bar = bounds && barOf(event, bounds);
  return (
    <span className={classes.track} aria-hidden="true">
      {bar && (
        <span
          className={classes.bar}
          data-kind={event.kind}
          data-failed={event.error !== null}
          style={{ left: `${bar.left * 100}%`, width: `max(3px, ${bar.width * 100}%)` }}
        />
      )}
    </span>
  );
}
