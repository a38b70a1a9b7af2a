/** What became of everything that was planned, as parts that add up. */

export interface Ledger {
  planned: number;
  passed: number;
  scored: number;
  failed: number;
  truncated: number;
  refused: number;
  unparseable: number;
  judge_error: number;
  skipped: number;
}

export interface Part {
  key: string;
  label: string;
  amount: number;
  colour: string;
}

/** The ledger's parts in reading order; scored ones are split by their verdict. */
export function ledgerParts(ledger: Ledger): Part[] {
  const passed = Math.min(ledger.passed, ledger.scored);
  const parts: Part[] = [
    { key: "passed", label: "scored, passed", amount: passed, colour: "passed" },
    {
      key: "missed",
      label: "scored, not passed",
      amount: ledger.scored - passed,
      colour: "missed",
    },
    { key: "truncated", label: "truncated", amount: ledger.truncated, colour: "truncated" },
    { key: "refused", label: "refused", amount: ledger.refused, colour: "refused" },
    { key: "unparseable", label: "unparseable", amount: ledger.unparseable, colour: "unparseable" },
    { key: "failed", label: "failed", amount: ledger.failed, colour: "failed" },
    { key: "judge_error", label: "judge error", amount: ledger.judge_error, colour: "judge-error" },
    { key: "skipped", label: "skipped", amount: ledger.skipped, colour: "skipped" },
  ];
  return parts.filter(({ amount }) => amount > 0);
}

/** The parts as words, such as "742 scored, passed; 577 scored, not passed". */
export function ledgerText(parts: readonly Part[]): string {
  return parts.map(({ amount, label }) => `${amount.toLocaleString("en-US")} ${label}`).join("; ");
}
