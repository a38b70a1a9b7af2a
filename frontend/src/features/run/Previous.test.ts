import { describe, expect, it } from "vitest";
import type { ListedRun, RunObject } from "@/api/types";
import { previousOf } from "./Previous";

const run = (run_id: string, name: string, created_at: string) =>
  ({ run_id, name, created_at }) as ListedRun;

describe("the run before", () => {
  const now = run("c", "agent", "2026-03-03T00:00:00Z") as RunObject;

  it("is the latest earlier one of the same name", () => {
    const runs = [
      run("d", "agent", "2026-03-04T00:00:00Z"),
      run("c", "agent", "2026-03-03T00:00:00Z"),
      run("x", "agent two", "2026-03-02T12:00:00Z"),
      run("a", "agent", "2026-03-01T00:00:00Z"),
      run("b", "agent", "2026-03-02T00:00:00Z"),
    ];
    expect(previousOf(now, runs)?.run_id).toBe("b");
  });

  it("is nothing where the name is new", () => {
    expect(previousOf(now, [run("x", "other", "2026-03-01T00:00:00Z")])).toBeUndefined();
  });
});
