/** In what the settings of two runs differ. */
import type { RunObject } from "@/api/types";
import { entriesOf } from "@/lib/values";

export interface Difference {
  path: string;
  older: unknown;
  newer: unknown;
}

type Described = Pick<
  RunObject,
  "candidate" | "dataset_id" | "dataset_version_id" | "repeats" | "metadata" | "configuration"
>;

/** Each field, however deep, that the two runs do not share; undefined where one has it not. */
export function differences(older: Described, newer: Described): Difference[] {
  const [before, after] = [leavesOf(older), leavesOf(newer)];
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .map((path) => ({ path, older: before.get(path), newer: after.get(path) }))
    .filter((one) => JSON.stringify(one.older) !== JSON.stringify(one.newer));
}

function leavesOf({ candidate, repeats, ...run }: Described): Map<string, unknown> {
  const leaves = new Map<string, unknown>([
    ["candidate", candidate],
    ["repeats", repeats],
    ["dataset", run.dataset_id ?? undefined],
    ["dataset version", run.dataset_version_id ?? undefined],
  ]);
  collect(run.metadata, "metadata", leaves);
  // Said by the dataset already.
  leaves.delete("metadata.offline_dataset_id");
  collect(run.configuration, "configuration", leaves);
  return leaves;
}

function collect(value: unknown, path: string, leaves: Map<string, unknown>) {
  const entries = entriesOf(value);
  if (entries === null) leaves.set(path, value);
  else for (const [name, field] of entries) collect(field, `${path}.${name}`, leaves);
}
