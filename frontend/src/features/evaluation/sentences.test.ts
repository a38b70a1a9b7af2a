import { expect, it } from "vitest";
import { model, pair, report } from "../../../tests/report";
import { comparisonOf, summarySentences, turned, verdictOf } from "./sentences";

it("says who leads and that the next is behind by more than chance", () => {
  const [lead, next] = summarySentences(
    report([model("v175", 742), model("f175", 458)], [pair("v175", "f175")]),
  );
  expect(lead).toBe("v175 leads with 56.3\u2009% [53.7, 58.9] of 1,319 answers passed.");
  expect(next).toContain("f175 follows with 34.7\u2009%");
  expect(next).toContain("21.5\u2009pp [18.7, 24.4] behind");
  expect(next).toContain("(McNemar mid-p, p < 0.0001)");
});

it("says who is tied with the leader and how many datapoints would tell", () => {
  const tied = model("b", 730, { tied_with_leader: true });
  const [, second] = summarySentences(
    report([model("a", 742), tied], [pair("b", "a", { p_value_adjusted: 0.4, needed: 9000 })]),
  );
  expect(second).toContain("cannot be told apart from it");
  expect(second).toContain("About 9,000 datapoints");
});

it("says that a running evaluation leads so far only", () => {
  const [lead] = summarySentences(report([model("a", 742)], [], { status: "running" }));
  expect(lead).toContain("leads so far with");
});

it("claims no leader where nothing was answered", () => {
  const nobody = report([model("a", 0, { pass_rate: null, interval: null })]);
  expect(summarySentences(nobody)[0]).toContain("no leader yet");
});

it("turns a comparison around without losing anything", () => {
  const there = pair("a", "b");
  expect(turned(turned(there))).toEqual(there);
  expect(comparisonOf(report([], [there]), "b", "a")?.a_only).toBe(76);
});

it("puts a verdict only where the adjusted p allows one", () => {
  expect(verdictOf(pair("a", "b"))).toBe("a is better");
  expect(verdictOf(turned(pair("a", "b")))).toBe("a is better");
  expect(verdictOf(pair("a", "b", { p_value_adjusted: 0.2, needed: 4000 }))).toBe(
    "Cannot be told apart; would need about 2,681 more datapoints",
  );
});
