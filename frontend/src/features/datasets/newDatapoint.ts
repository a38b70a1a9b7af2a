/** A datapoint as somebody types it: parts of JSON text. */
import type { NewDatapoint } from "@/api/types";
import { typedObject } from "@/lib/values";

export interface Typed {
  id: string;
  inputs: string;
  groundTruth: string;
  metadata: string;
}

export const EMPTY: Typed = { id: "", inputs: "", groundTruth: "", metadata: "" };

export type Faults = Partial<Record<keyof Typed, string>>;

/** The datapoint that was typed, or what is wrong with each part. */
export function readDatapoint(typed: Typed): { datapoint: NewDatapoint | null; faults: Faults } {
  const inputs = typedObject(typed.inputs);
  const groundTruth = typedObject(typed.groundTruth);
  const metadata = typedObject(typed.metadata);
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
