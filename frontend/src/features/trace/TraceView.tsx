import { Button, TextInput } from "@mantine/core";
import { useMemo, useState, type KeyboardEvent } from "react";
import type { TraceEvent } from "@/api/events";
import { SearchIcon } from "@/components/ui/icons";
import { plural } from "@/lib/format";
import { EventDetail } from "./EventDetail";
import { boundsOf, matching } from "./tree";
import { useTree, type Tree } from "./useTree";
import { Waterfall } from "./Waterfall";
import classes from "./trace.module.css";

interface Props {
  root: TraceEvent;
  selected: string | undefined;
  onSelect: (id: string) => void;
  /** Whether the detail lies below, as in a narrow place. */
  stacked?: boolean;
  detail?: (event: TraceEvent) => React.ReactNode;
}

const MOST = 620;
const LEAST = 180;

/** A whole trace: the waterfall, a search through it, and the selected event in full. */
export function TraceView({ root, selected, onSelect, stacked = false, detail }: Props) {
  const tree = useTree(root, selected ?? root.id, onSelect);
  const [words, setWords] = useState("");
  const found = useMemo(() => matching(tree.events, words), [tree.events, words]);
  const bounds = useMemo(() => boundsOf(tree.events), [tree.events]);
  const event = tree.events.find(({ id }) => id === selected) ?? root;
  const height = Math.min(stacked ? 340 : MOST, Math.max(LEAST, tree.rows.length * 30 + 46));
  return (
    <div className={`surface ${classes.view}`} data-stacked={stacked}>
      <section className={classes.left} aria-label="Waterfall">
        <Tools tree={tree} words={words} onWords={setWords} found={found} selected={event.id} />
        <Waterfall
          tree={tree}
          selected={event.id}
          found={new Set(found)}
          label={`Events of ${root.name}`}
          height={height}
        />
      </section>
      <div className={classes.right}>
        <EventDetail key={event.id} event={event} began={bounds?.start ?? null} />
        {detail?.(event)}
      </div>
    </div>
  );
}

interface ToolsProps {
  tree: Tree;
  words: string;
  onWords: (words: string) => void;
  found: readonly string[];
  selected: string;
}

function Tools({ tree, words, onWords, found, selected }: ToolsProps) {
  const place = found.indexOf(selected);
  const go = (step: number) => {
    const next = place < 0 ? (step > 0 ? 0 : found.length - 1) : place + step;
    const id = found[(next + found.length) % found.length];
    if (id !== undefined) tree.select(id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || found.length === 0) return;
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
  };
  return (
    <div className={classes.tools}>
      <TextInput
        type="search"
        size="xs"
        aria-label="Search in this trace"
        placeholder="Search in this trace"
        leftSection={<SearchIcon />}
        value={words}
        onChange={(event) => onWords(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        w={220}
      />
      <span role="status" className={classes.hits}>
        {words.trim() === ""
          ? plural(tree.events.length, "event")
          : found.length === 0
            ? "nothing found"
            : place >= 0
              ? `${place + 1} of ${found.length} found`
              : `${found.length} found; Enter goes there`}
      </span>
      <span className={classes.buttons}>
        <Button size="compact-xs" variant="default" onClick={tree.expandAll}>
          Expand all
        </Button>
        <Button size="compact-xs" variant="default" onClick={tree.collapseAll}>
          Collapse all
        </Button>
      </span>
    </div>
  );
}
