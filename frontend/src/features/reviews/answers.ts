/** What a reviewer has answered so far, and what the keys mean for a queue's questions. */
import type { AnswerValue, GivenAnswer } from "@/api/queries/reviews";
import type { QueueField } from "@/api/types";

export type Answers = Record<string, AnswerValue | undefined>;

/** The place of the first question without an answer; the last one if all have one. */
export function openQuestion(fields: readonly QueueField[], answers: Answers): number {
  const open = fields.findIndex(({ name }) => answers[name] === undefined);
  return open < 0 ? Math.max(0, fields.length - 1) : open;
}

/**
 * What a key says to a question, undefined if it says nothing.
 *
 * ``y`` and ``n`` (or ``1`` and ``0``) decide a verdict, digits choose an option by its place,
 * and a digit gives a number where its range allows it.
 */
export function answerOf(field: QueueField, key: string): AnswerValue | undefined {
  const lowered = key.toLowerCase();
  if (field.type === "boolean") {
    if (lowered === "y" || key === "1") return true;
    return lowered === "n" || key === "0" ? false : undefined;
  }
  if (!/^[0-9]$/.test(key)) return undefined;
  const digit = Number(key);
  if (field.type === "category") return (field.options ?? [])[digit - 1];
  const low = field.min ?? -Infinity;
  const high = field.max ?? Infinity;
  return digit >= low && digit <= high ? digit : undefined;
}

/** Whether every question that needs an answer has one. */
export function isComplete(fields: readonly QueueField[], answers: Answers): boolean {
  return fields.every(({ name, required }) => !required || answers[name] !== undefined);
}

/** The answers as annotations; the comment goes with the first. */
export function annotationsOf(
  fields: readonly QueueField[],
  answers: Answers,
  comment: string,
): GivenAnswer[] {
  const said = comment.trim();
  const given = fields.flatMap(({ name }) => {
    const value = answers[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return given.map((each, index) => (index === 0 && said ? { ...each, comment: said } : each));
}
