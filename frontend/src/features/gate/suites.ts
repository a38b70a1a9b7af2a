/** A suite run in words; everything here is pure. */
import type { SuiteRun } from "@/api/types";
import { dateTime } from "@/lib/format";
import { versionText } from "./timeline";

/** Whether something may still happen. */
export function isGoingOn({ status }: SuiteRun): boolean {
  return status === "pending" || status === "running";
}

/** What was run: the suite or the single type, and with which prompts. */
export function titleOf(run: SuiteRun): string {
  const what = run.suite ?? run.evals.map(({ eval_type: name }) => name).join(", ");
  const prompts = Object.entries(run.prompts).map(
    ([name, version]) => `${name} ${versionText(version)}`,
  );
  return prompts.length === 0 ? what : `${what} with ${prompts.join(", ")}`;
}

/** What was run, and when to the second: no two are called the same. */
export function nameOf(run: SuiteRun): string {
  return `${titleOf(run)}, ${dateTime(run.requested_at)}:${run.requested_at.slice(17, 19)}`;
}

/** How many passed, failed and gave no answer, so far. */
export function tally({ evals }: SuiteRun): string {
  const parts = (["PASS", "FAIL", "ERROR"] as const).flatMap((outcome) => {
    const amount = evals.filter(({ result }) => result?.outcome === outcome).length;
    const word = { PASS: "passed", FAIL: "failed", ERROR: "without an answer" }[outcome];
    return amount === 0 ? [] : [`${amount} ${word}`];
  });
  return parts.join(", ");
}
