import { describe, expect, it } from "vitest";
import { show } from "../../../tests/render";
import { TextDiff } from "./TextDiff";

describe("a text beside another", () => {
  it("marks what went and what came", async () => {
    const { container } = await show(<TextDiff from="leaves at 9:50" to="leaves at 10:15" />);
    expect(container.querySelector("del")?.textContent).toContain("9");
    expect(container.querySelector("ins")?.textContent).toContain("10");
  });

  it("leaves out what the other side alone has", async () => {
    const { container } = await show(<TextDiff from="one two" to="one three" side="from" />);
    expect(container.querySelector("pre")?.textContent).toBe("one two");
    expect(container.querySelector("ins")).toBeNull();
  });

  it("shows a very long text as it is", async () => {
    const { container } = await show(<TextDiff from={"a ".repeat(5000)} to="b" />);
    expect(container.querySelector("ins")).toBeNull();
    expect(container.querySelector("pre")?.textContent).toBe("b");
  });
});
