import { expect, it } from "vitest";
import { ledgerParts, ledgerText } from "./ledger";

const ledger = {
  planned: 100,
  scored: 80,
  passed: 60,
  failed: 4,
  truncated: 6,
  refused: 3,
  unparseable: 2,
  judge_error: 0,
  skipped: 5,
};

it("adds up to what was planned", () => {
  const sum = ledgerParts(ledger).reduce((total, part) => total + part.amount, 0);
  expect(sum).toBe(100);
});

it("names only what occurs", () => {
  expect(ledgerText(ledgerParts(ledger))).toBe(
    "60 scored, passed; 20 scored, not passed; 6 truncated; 3 refused; 2 unparseable; 4 failed; 5 skipped",
  );
});
