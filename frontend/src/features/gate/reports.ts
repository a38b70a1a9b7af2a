/** The words around a check; everything here is pure. */
import type {
  Accounting,
  CaseOutcome,
  CheckResult,
  EvidenceDetails,
  GateVerdict,
  RegressionReport,
} from "@/api/types";
import { count, NONE, pValue, plural, signed, testName } from "@/lib/format";

/** From what stops a change to what says nothing against it. */
export const SEVERITY = [
  "REGRESSION",
  "WARNING",
  "IMPROVED",
  "PASS",
] as const satisfies GateVerdict[];

/** The reports with the worst verdict first, and among them those with evidence. */
export function bySeverity(reports: readonly RegressionReport[]): RegressionReport[] {
  const rank = (report: RegressionReport) =>
    10 * SEVERITY.indexOf(report.verdict) + (report.evidence === "worse" ? 0 : 1);
  return [...reports].sort((a, b) => rank(a) - rank(b) || a.delta_pp - b.delta_pp);
}

/** The answer of a whole check in a sentence. */
export function sentenceOf(result: CheckResult): string {
  const gating = result.reports.filter((report) => report.gating);
  const below = gating.filter((report) => report.verdict === "REGRESSION");
  const proven = gating.filter((report) => report.evidence === "worse");
  const names = (reports: readonly RegressionReport[]) =>
    reports.map((report) => report.eval_type).join(", ");
  const verdict =
    below.length > 0
      ? `${plural(below.length, "eval type")} below the threshold: ${names(below)}.`
      : "No eval type is below its threshold.";
  const evidence =
    proven.length > 0
      ? ` The cases prove a fall of ${names(proven)}.`
      : " No fall is proven by the cases.";
  return verdict + evidence;
}

/** A difference in percentage points as the gate gives it. */
export function pp(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : `${signed(value, 1)} pp`;
}

/** Where every trial went, in words; what is 0 is left out. */
export function accountText(accounting: Accounting | null | undefined): string {
  if (!accounting) return "no per-case table";
  const { expected, passed, failed, errors, missing } = accounting;
  const parts = [`${count(passed)} passed`];
  if (failed > 0) parts.push(`${count(failed)} failed`);
  if (errors > 0) parts.push(plural(errors, "error"));
  if (missing > 0) parts.push(`${count(missing)} missing`);
  return `${count(expected)} expected: ${parts.join(", ")}`;
}

/** The test behind a finding; nothing where none could be made. */
export function testText(details: EvidenceDetails): string | null {
  if (details.test === null || details.p_value === null) return null;
  const adjusted = details.adjusted_p_value;
  const family = details.suites_in_family ?? 1;
  const holm =
    adjusted !== null && family > 1
      ? `, ${pValue(adjusted)} after Holm over ${family} eval types`
      : "";
  return `${testName(details.test)}, p of “not worse” ${pValue(details.p_value)}${holm}`;
}

/** What would decide where nothing is decided. */
export function neededText(details: EvidenceDetails): string | null {
  const parts: string[] = [];
  if (details.repeats_needed !== null) parts.push(plural(details.repeats_needed, "repeat"));
  if (details.cases_needed !== null) parts.push(plural(details.cases_needed, "case"));
  return parts.length === 0 ? null : `about ${parts.join(" per case, or ")}`;
}

/** What one case came to over its repeats. */
export function outcomeText({ passed, failed, errors }: CaseOutcome): string {
  const trials = passed + failed + errors;
  if (trials === 0) return "not run";
  if (trials === 1) return passed ? "passed" : failed ? "failed" : "error";
  const error = errors > 0 ? `, ${plural(errors, "error")}` : "";
  return `${passed} of ${trials} passed${error}`;
}
