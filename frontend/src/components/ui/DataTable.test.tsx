import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { show, violations } from "../../../tests/render";
import { DataTable, parseSort, sortText, type Column } from "./DataTable";
import type { Sort } from "./SortButton";

interface Fruit {
  name: string;
}

const columns: Column<Fruit>[] = [
  { key: "name", header: "Name", sortKey: "name", cell: (fruit) => fruit.name },
];

function table(sort: Sort, onSort: (sort: Sort) => void) {
  return (
    <DataTable
      caption="Fruit"
      columns={columns}
      rows={[{ name: "pear" }]}
      rowKey={(fruit) => fruit.name}
      sort={sort}
      onSort={onSort}
    />
  );
}

it("tells assistive technology how it is sorted and turns the order by keyboard", async () => {
  const asked: Sort[] = [];
  const { container } = await show(table({ key: "name", descending: true }, (s) => asked.push(s)));
  expect(screen.getByRole("columnheader")).toHaveAttribute("aria-sort", "descending");
  screen.getByRole("button", { name: "Name" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(asked).toEqual([{ key: "name", descending: false }]);
  expect(await violations(container)).toEqual([]);
});

it("reads back the order it writes", () => {
  for (const text of ["name", "-created_at"]) expect(sortText(parseSort(text))).toBe(text);
});
