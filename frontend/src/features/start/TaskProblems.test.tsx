import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { show } from "../../../tests/render";
import { TaskProblems } from "./TaskProblems";

it("names the line and the key and shows the line itself", async () => {
  const verdict = {
    valid: false,
    errors: [{ message: "unknown key", line: 2, column: 1, key: "matchr" }],
    definition: null,
  };
  await show(<TaskProblems verdict={verdict} text={"name: x\nmatchr: y"} />);
  expect(screen.getByText("Line 2, matchr:")).toBeVisible();
  expect(screen.getByText("matchr: y")).toBeVisible();
});

it("says that a valid task is valid", async () => {
  await show(<TaskProblems verdict={{ valid: true, errors: [], definition: {} }} text="" />);
  expect(screen.getByRole("status")).toHaveTextContent("The task is valid.");
});
