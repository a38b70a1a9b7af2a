import { expect, it } from "vitest";
import { runs } from "@/routes/search";
import { numberOf, pageOf, parseSearch, stringifySearch } from "./search";

it("reads back what it wrote, also ids that look like numbers", () => {
  const search = { new: "12e5", old: "007", q: "a & b = ü" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

it("leaves empty values out of the address", () => {
  expect(stringifySearch({ q: "", page: undefined })).toBe("");
});

it("takes the first page for anything that is no page", () => {
  expect([pageOf("3"), pageOf("-1"), pageOf("x"), pageOf("1.5"), pageOf(undefined)]).toEqual([
    3, 1, 1, 1, 1,
  ]);
});

it("drops filters that the runs list does not know", () => {
  expect(runs({ kind: "nonsense", status: "running", sort: "rm -rf", page: "2" })).toEqual({
    q: undefined,
    kind: undefined,
    status: "running",
    sort: undefined,
    page: 2,
  });
});

it("reads a number from an address, also one that was read before", () => {
  expect([numberOf("0.5"), numberOf(0.5), numberOf("0")]).toEqual([0.5, 0.5, 0]);
  expect([numberOf(""), numberOf("x"), numberOf(undefined), numberOf("1e999")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
