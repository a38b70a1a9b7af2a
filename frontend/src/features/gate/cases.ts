/** Which cases of a run are shown. */
import type { EvalCase } from "@/api/types";
import { plainText } from "@/lib/values";

/** The failed ones, those that ended in an error, or all; an error is never a fail. */
export function casesShown(
  cases: readonly EvalCase[],
  show: "failed" | "errors" | undefined,
  search = "",
): EvalCase[] {
  const wanted = search.toLowerCase();
  return cases.filter((one) => {
    if (show === "failed" && (one.error || one.passed !== false)) return false;
    if (show === "errors" && !one.error) return false;
    return wanted === "" || textOf(one).includes(wanted);
  });
}

function textOf({ case_id: id, input, output, error, reason }: EvalCase): string {
  return [id, plainText(input), plainText(output), error ?? "", reason ?? ""]
    .join("\n")
    .toLowerCase();
}
