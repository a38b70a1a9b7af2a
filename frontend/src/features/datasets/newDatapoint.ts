/** A datapoint as somebody types it: parts of JSON text. */
import type { NewDatapoint } from "@/api/types";
import { entriesOf } from "@/lib/values";

export interface Typed {
  id: string;
  inputs: string;
  groundTruth: string;
  metadata: string;
}

export const EMPTY: Typed = { id: "", inputs: "", groundTruth: "", metadata: "" };

export type Faults = Partial<Record<keyof Typed, string>>;

/** One part as an object; null where nothing was typed; a text says what is wrong. */
function part(text: string): Record<string, unknown> | null | string {
  if (text.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return `This is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const entries = entriesOf(value);
  return entries === null
    ? 'An object is needed, such as {"question": "…"}.'
    : Object.fromEntries(entries);
}

/** The datapoint that was typed, or what is wrong with each part. */
export function readDatapoint(typed: Typed): { datapoint: NewDatapoint | null; faults: Faults } {
  const inputs = part(typed.inputs);
  const groundTruth = part(typed.groundTruth);
  const metadata = part(typed.metadata);
  const faults: Faults = {};
  if (inputs === null) faults.inputs = "A datapoint needs inputs.";
  if (typeof inputs === "string") faults.inputs = inputs;
  if (typeof groundTruth === "string") faults.groundTruth = groundTruth;
  if (typeof metadata === "string") faults.metadata = metadata;
  if (Object.keys(faults).length > 0) return { datapoint: null, faults };
  return {
    datapoint: {
      ...(typed.id.trim() === "" ? {} : { id: typed.id.trim() }),
      inputs: inputs as Record<string, unknown>,
      ground_truth: groundTruth as Record<string, unknown> | null,
      metadata: metadata as Record<string, unknown> | null,
    },
    faults,
  };
}
