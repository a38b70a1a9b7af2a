import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { show, violations } from "../../../tests/render";
import { model, pair, report } from "../../../tests/report";
import { Overview } from "./Overview";

const leader = model("large", 742, { cost_per_1000_usd: "31", cost_usd: "40.9", cost_known: 1319 });
const tied = model("close", 730, { tied_with_leader: true });
const short = model("short", 458, {
  rank: 3,
  scored: 1300,
  truncated: 9,
  failed: 10,
  answered: 1309,
});
const shown = report([leader, tied, short], [pair("large", "short")]);

it("ranks models with ties, figures and what became of the items", async () => {
  await show(<Overview report={shown} />);
  const table = await screen.findByRole("table", { name: "Models ranked by pass rate" });
  const rows = within(table).getAllByRole("row").slice(1);
  expect(rows.map((row) => within(row).getAllByRole("cell")[0]?.textContent)).toEqual([
    "1=",
    "1=",
    "3",
  ]);
  expect(within(table).getByText("tied with the leader")).toBeVisible();
  expect(
    within(table).getByRole("img", {
      name: "Of 1,319 planned: 458 scored, passed; 842 scored, not passed; 9 truncated; 10 failed",
    }),
  ).toBeVisible();
});

it("says that a cost is unknown instead of showing zero", async () => {
  await show(<Overview report={shown} />);
  const table = await screen.findByRole("table", { name: "Models ranked by pass rate" });
  expect(within(table).getAllByText("unknown")).toHaveLength(2);
  expect(within(table).queryByText("$0")).toBeNull();
});

it("leads from each cell of a pair to its items", async () => {
  await show(<Overview report={shown} />);
  const cell = await screen.findByRole("link", { name: "76 passed only by short" });
  expect(cell).toHaveAttribute("href", expect.stringContaining("outcome=b_only"));
});

it("breaks no accessibility rule", async () => {
  const { container } = await show(<Overview report={shown} />);
  await screen.findByText("Ranking");
  expect(await violations(container)).toEqual([]);
});
