/** A queue's questions as somebody types them, one per line. */
import type { QueueField } from "@/api/types";

const RANGE = /^(-?\d+(?:\.\d+)?)\s*(?:-|–|\.\.)\s*(-?\d+(?:\.\d+)?)$/;

/** ``name`` asks for a verdict, ``name: a, b`` for a choice, ``name: 1-5`` for a number. */
export function readQuestions(text: string): QueueField[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(questionOf);
}

function questionOf(line: string): QueueField {
  const colon = line.indexOf(":");
  const name = (colon < 0 ? line : line.slice(0, colon)).trim();
  const rest = colon < 0 ? "" : line.slice(colon + 1).trim();
  const plain = { name, options: [], required: true };
  if (rest === "") return { ...plain, type: "boolean" };
  const [, low, high] = RANGE.exec(rest) ?? [];
  if (low !== undefined && high !== undefined) {
    return { ...plain, type: "number", min: Number(low), max: Number(high) };
  }
  const options = rest
    .split(",")
    .map((option) => option.trim())
    .filter((option) => option !== "");
  return { ...plain, type: "category", options };
}
