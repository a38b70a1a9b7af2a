import { describe, expect, it } from "vitest";
import type { RegressionReport } from "@/api/types";
import { accountText, bySeverity, neededText, outcomeText, sentenceOf, testText } from "./reports";

const DETAILS = {
  test: "mcnemar-mid-p",
  p_value: 0.02,
  adjusted_p_value: 0.2,
  suites_in_family: 10,
  repeats_needed: 3,
  cases_needed: 120,
} as RegressionReport["evidence_details"];

function report(changes: Partial<RegressionReport>): RegressionReport {
  return {
    eval_type: "tone",
    verdict: "PASS",
    evidence: "inconclusive",
    delta_pp: 0,
    gating: true,
    ...changes,
  } as RegressionReport;
}

function check(reports: RegressionReport[]) {
  return sentenceOf({
    reports,
    has_regressions: false,
    skipped: [],
    inconclusive: false,
    counts: {},
    warnings: [],
  });
}

describe("a check in words", () => {
  it("puts the worst verdict first, and proof before suspicion", () => {
    const sorted = bySeverity([
      report({ eval_type: "a" }),
      report({ eval_type: "b", verdict: "REGRESSION" }),
      report({ eval_type: "c", verdict: "WARNING" }),
      report({ eval_type: "d", verdict: "REGRESSION", evidence: "worse" }),
    ]);
    expect(sorted.map(({ eval_type: name }) => name)).toEqual(["d", "b", "c", "a"]);
  });

  it("tells a verdict from its proof", () => {
    expect(check([report({ verdict: "REGRESSION" })])).toBe(
      "1 eval type below the threshold: tone. No fall is proven by the cases.",
    );
    expect(check([report({ evidence: "worse" })])).toBe(
      "No eval type is below its threshold. The cases prove a fall of tone.",
    );
  });

  it("leaves out of the answer what does not gate", () => {
    expect(check([report({ verdict: "REGRESSION", gating: false })])).toMatch(/^No eval type/);
  });

  it("accounts for every case and names no zero", () => {
    const accounting = { expected: 12, passed: 8, failed: 1, errors: 3, missing: 0 };
    expect(accountText(accounting)).toBe("12 expected: 8 passed, 1 failed, 3 errors");
    expect(accountText(null)).toBe("no per-case table");
  });

  it("says the test, and what is left of it after Holm", () => {
    expect(testText(DETAILS)).toContain("0.200 after Holm over 10 eval types");
    expect(testText({ ...DETAILS, test: null })).toBeNull();
  });

  it("says what would decide", () => {
    expect(neededText(DETAILS)).toBe("about 3 repeats per case, or 120 cases");
    expect(neededText({ ...DETAILS, repeats_needed: null, cases_needed: null })).toBeNull();
  });

  it("never calls an error a fail", () => {
    const outcome = {
      passed: 0,
      failed: 0,
      errors: 1,
      output: null,
      reason: null,
      trace_id: null,
      score: null,
    };
    expect(outcomeText(outcome)).toBe("error");
    expect(outcomeText({ ...outcome, passed: 2, failed: 1 })).toBe("2 of 4 passed, 1 error");
  });
});
