import { describe, expect, it } from "vitest";
import type { EvalCase, PromotionResult, ShownPrompt } from "@/api/types";
import { casesShown } from "./cases";
import { aliasesOf, chosenVersions, mayPromote, versionToPromote } from "./prompts";

const PROMPT = {
  prompt_name: "tone",
  aliases: { experiment: 2, production: 1, canary: 1 },
  versions: [{ version: 1 }, { version: 2 }, { version: 4 }],
} as unknown as ShownPrompt;

const ANSWER = { allowed: true, version: 2, from_version: 1 } as PromotionResult;

describe("the versions of a prompt", () => {
  it("compares the newest with the one before unless the address says otherwise", () => {
    const shown = (search: { from?: number; to?: number }) => {
      const { from, to } = chosenVersions(PROMPT, search);
      return [from?.version, to?.version];
    };
    expect(shown({})).toEqual([2, 4]);
    expect(shown({ from: 1, to: 2 })).toEqual([1, 2]);
    expect(shown({ to: 1 })).toEqual([undefined, 1]);
    expect(shown({ from: 9, to: 4 })).toEqual([undefined, 4]);
  });

  it("offers what is tried out for promotion, and the usual alias first", () => {
    expect(versionToPromote(PROMPT)).toBe(2);
    expect(versionToPromote({ ...PROMPT, aliases: {} })).toBe(4);
    expect(aliasesOf(PROMPT, "production")).toEqual(["production", "canary", "experiment"]);
  });

  it("promotes nothing before the gate answered, and nothing closed without force", () => {
    expect(mayPromote(undefined, true)).toBe(false);
    expect(mayPromote(ANSWER, false)).toBe(true);
    expect(mayPromote({ ...ANSWER, allowed: false }, false)).toBe(false);
    expect(mayPromote({ ...ANSWER, allowed: false }, true)).toBe(true);
    expect(mayPromote({ ...ANSWER, from_version: 2 }, true)).toBe(false);
  });
});

describe("the cases of a run", () => {
  const one = (case_id: string, changes: Partial<EvalCase>) =>
    ({ case_id, passed: true, error: null, input: "q", output: "a", ...changes }) as EvalCase;
  const cases = [
    one("a", {}),
    one("b", { passed: false }),
    one("c", { passed: null, error: "judge timed out" }),
    one("d", { passed: null }),
  ];
  const ids = (...args: [("failed" | "errors")?, string?]) =>
    casesShown(cases, args[0], args[1]).map(({ case_id: id }) => id);

  it("keeps failed ones and errors apart", () => {
    expect(ids()).toEqual(["a", "b", "c", "d"]);
    expect(ids("failed")).toEqual(["b"]);
    expect(ids("errors")).toEqual(["c"]);
  });

  it("finds a case by any of its words", () => {
    expect(ids(undefined, "TIMED")).toEqual(["c"]);
  });
});
