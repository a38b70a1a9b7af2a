import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { show } from "../../../tests/render";
import { LongText } from "./LongText";

it("shows a text as it is", async () => {
  const { container } = await show(<LongText text={"a\n b"} />);
  expect(container.querySelector("pre")?.textContent).toBe("a\n b");
  expect(screen.queryByRole("button")).toBeNull();
});

it("folds megabytes until all of them are asked for", async () => {
  const text = "x".repeat(3_000_000);
  const { container } = await show(<LongText text={text} />);
  expect(container.querySelector("pre")?.textContent.length).toBe(20_001);
  await userEvent.click(screen.getByRole("button", { name: "Show all 3,000,000 characters" }));
  expect(container.querySelector("pre")?.textContent.length).toBe(3_000_000);
});
