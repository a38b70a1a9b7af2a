import { ActionIcon, Drawer, Switch } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ItemRow, Paged } from "@/api/types";
import { CopyAction } from "@/components/ui/CopyAction";
import { LeftIcon, RightIcon } from "@/components/ui/icons";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Segments } from "@/components/ui/Segments";
import { ValueView } from "@/components/ui/ValueView";
import { copiedText, entriesOf } from "@/lib/values";
import { AnswerCard } from "./AnswerCard";
import { itemKey } from "./itemColumns";
import classes from "./items.module.css";

export interface Candidate {
  runId: string;
  name: string;
}

export interface Neighbours {
  /** Where in the list the item stands, such as ``3 of 120``. */
  place: string;
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
}

interface Props {
  item: string | undefined;
  candidates: readonly Candidate[];
  find: (matches: (row: ItemRow) => boolean) => ItemRow | undefined;
  fetchBy: (text: string, signal: AbortSignal) => Promise<Paged<ItemRow>>;
  onClose: () => void;
  /** How often each datapoint was run; more than once, the drawer leads from one to the next. */
  repeats?: number;
  onItem?: (item: string) => void;
  /** The ways to the items before and after it, where the list has them. */
  neighbours?: Neighbours | undefined;
}

/** One datapoint in full: inputs, ground truth, and every answer beside the others. */
export function ItemDrawer({
  item,
  candidates,
  find,
  fetchBy,
  onClose,
  repeats = 1,
  onItem,
  neighbours,
}: Props) {
  const datapointId = item?.slice(item.indexOf(":") + 1) ?? "";
  const near = item ? find((row) => itemKey(row) === item) : undefined;
  const fetched = useQuery({
    queryKey: ["item", ...candidates.map(({ runId }) => runId), item],
    queryFn: async ({ signal }) => {
      const page = await fetchBy(datapointId, signal);
      return page.items.find((row) => itemKey(row) === item) ?? null;
    },
    enabled: Boolean(item) && !near,
  });
  const row = near ?? fetched.data ?? undefined;
  return (
    <Drawer.Root
      opened={item !== undefined}
      onClose={onClose}
      position="right"
      size="min(1080px, 96vw)"
    >
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        <Drawer.Header role="presentation">
          <Drawer.Title className={classes.drawerTitle}>{datapointId}</Drawer.Title>
          {neighbours && <Steps {...neighbours} />}
          <Drawer.CloseButton aria-label="Close the item" />
        </Drawer.Header>
        <Drawer.Body>
          {fetched.isError && !row && (
            <ProblemNote error={fetched.error} onRetry={() => void fetched.refetch()} />
          )}
          {fetched.data === null && !row && (
            <p>No stored item has this id; it may have been filtered out or deleted.</p>
          )}
          {item !== undefined && repeats > 1 && onItem && (
            <Repeats item={item} repeats={repeats} onItem={onItem} />
          )}
          {row && <ItemView row={row} candidates={candidates} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The way through the list without closing the item. */
function Steps({ place, previous, next }: Neighbours) {
  // Whatever has the focus, as nothing is typed while an item is open.
  useHotkeys(
    [
      ["j", () => next?.()],
      ["k", () => previous?.()],
    ],
    [],
  );
  return (
    <div className={classes.steps}>
      <span className="muted" role="status">
        {place}
      </span>
      <ActionIcon
        variant="default"
        aria-label="Previous item"
        aria-keyshortcuts="k"
        title="Previous (K)"
        disabled={!previous}
        onClick={previous}
      >
        <LeftIcon />
      </ActionIcon>
      <ActionIcon
        variant="default"
        aria-label="Next item"
        aria-keyshortcuts="j"
        title="Next (J)"
        disabled={!next}
        onClick={next}
      >
        <RightIcon />
      </ActionIcon>
    </div>
  );
}

const MOST_REPEATS = 20;

function Repeats(props: { item: string; repeats: number; onItem: (item: string) => void }) {
  const { item, repeats, onItem } = props;
  const colon = item.indexOf(":");
  const options = Array.from({ length: Math.min(repeats, MOST_REPEATS) }, (_, index) => ({
    value: String(index),
    label: `Repeat ${index + 1}`,
  }));
  return (
    <div className={classes.repeats}>
      <Segments
        label="Repeat"
        value={item.slice(0, colon)}
        options={options}
        onChange={(repeat) => onItem(`${repeat}${item.slice(colon)}`)}
      />
    </div>
  );
}

function ItemView({ row, candidates }: { row: ItemRow; candidates: readonly Candidate[] }) {
  const [comparing, setComparing] = useState(false);
  const { datapoint, answers } = row;
  const shown = candidates.map((candidate) => ({
    ...candidate,
    answer: answers.find((one) => one.run_id === candidate.runId),
  }));
  const base = shown.find(({ answer }) => answer?.output !== null && answer !== undefined);
  const metadata = entriesOf(datapoint.metadata) ?? [];
  return (
    <div className={classes.view}>
      <div className={classes.source}>
        <section aria-label="Inputs">
          <Head label="Inputs" value={datapoint.inputs} />
          <ValueView value={datapoint.inputs} />
        </section>
        <section aria-label="Ground truth">
          <Head label="Ground truth" value={datapoint.ground_truth} />
          <ValueView value={datapoint.ground_truth} />
          {metadata.length > 0 && (
            <>
              <h3 className={classes.label}>Metadata</h3>
              <ValueView value={datapoint.metadata} named />
            </>
          )}
        </section>
      </div>
      {shown.length > 1 && (
        <Switch
          size="sm"
          label={`Mark what differs from ${base?.name ?? "the first answer"}`}
          checked={comparing}
          onChange={(event) => setComparing(event.currentTarget.checked)}
        />
      )}
      <div
        className={classes.answers}
        data-count={shown.length === 4 ? 2 : Math.min(3, shown.length)}
      >
        {shown.map(({ runId, name, answer }) => (
          <AnswerCard
            key={runId}
            name={name}
            answer={answer}
            toRun={shown.length > 1}
            against={comparing && base && base.runId !== runId ? base.answer?.output : undefined}
          />
        ))}
      </div>
    </div>
  );
}

function Head({ label, value }: { label: string; value: unknown }) {
  return (
    <header className={classes.sourceHead}>
      <h3 className={classes.label}>{label}</h3>
      {value !== null && <CopyAction text={copiedText(value)} label={label.toLowerCase()} />}
    </header>
  );
}
