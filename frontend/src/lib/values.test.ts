import { expect, it } from "vitest";
import { plainText, preview, withoutEmpty } from "./values";

it("shows the only field of an object as it is", () => {
  expect(preview({ question: "2 + 2?" })).toBe("2 + 2?");
  expect(preview({ a: 1, b: "x\n y", c: [0] })).toBe("a: 1 · b: x y · c: [0]");
  expect(preview({})).toBe("{}");
});

it("looks at no more of megabytes than the line shows", () => {
  expect(preview({ a: "x".repeat(5_000_000), b: 1 }, 10)).toBe("a: xxxxxxx…");
});

it("keeps markup as text", () => {
  expect(plainText("<img onerror=alert(1)>")).toBe("<img onerror=alert(1)>");
});

it("keeps false and zero when it leaves out what is empty", () => {
  expect(withoutEmpty({ a: 0, b: false, c: null, d: "", e: {}, f: { g: [] } })).toEqual({
    a: 0,
    b: false,
  });
});
