import { Drawer, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ItemRow, Paged } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Segments } from "@/components/ui/Segments";
import { ValueView } from "@/components/ui/ValueView";
import { entriesOf } from "@/lib/values";
import { AnswerCard } from "./AnswerCard";
import { itemKey } from "./itemColumns";
import classes from "./items.module.css";

export interface Candidate {
  runId: string;
  name: string;
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
          <h3 className={classes.label}>Inputs</h3>
          <ValueView value={datapoint.inputs} />
        </section>
        <section aria-label="Ground truth">
          <h3 className={classes.label}>Ground truth</h3>
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
            against={comparing && base && base.runId !== runId ? base.answer?.output : undefined}
          />
        ))}
      </div>
    </div>
  );
}
