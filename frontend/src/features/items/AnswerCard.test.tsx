import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { ItemView } from "@/api/types";
import { show } from "../../../tests/render";
import { AnswerCard } from "./AnswerCard";

const answer: ItemView = {
  run_id: "r",
  datapoint_id: "q-1",
  repeat: 0,
  session_id: null,
  status: "scored",
  passed: false,
  output: "<img src=x onerror=alert(1)> A: 12",
  error: null,
  scores: [
    {
      name: "numeric",
      status: "scored",
      value: 0,
      label: null,
      passed: false,
      reason: "expected 14, got 12",
      details: {},
    },
  ],
  input_tokens: 10,
  output_tokens: 0,
  cost_usd: "0",
  cost_source: "billed",
  latency_seconds: 0,
  finish_reason: "stop",
  attempts: 1,
  cached: false,
};

it("shows a stored output as text, never as markup", async () => {
  const { container } = await show(<AnswerCard name="m" answer={answer} />);
  expect(screen.getByText(/onerror=alert/)).toBeVisible();
  expect(container.querySelector("img")).toBeNull();
});

it("shows the reason and keeps zeros apart from what is missing", async () => {
  await show(<AnswerCard name="m" answer={answer} />);
  expect(screen.getByText("expected 14, got 12")).toBeVisible();
  expect(screen.getByText("10 in, 0 out")).toBeVisible();
  expect(screen.getByText("$0 (billed)")).toBeVisible();
  expect(screen.getByText("0 ms")).toBeVisible();
});

it("says of a verdict that it failed, not zero", async () => {
  await show(<AnswerCard name="m" answer={answer} />);
  expect(screen.getByRole("list", { name: "Scores" })).toHaveTextContent("not passed");
});

it("marks what differs from another answer", async () => {
  const { container } = await show(
    <AnswerCard name="m" answer={{ ...answer, output: "A: 12" }} against="A: 14" />,
  );
  expect(container.querySelector("ins")?.textContent).toBe("12");
  expect(container.querySelector("del")?.textContent).toBe("14");
});

it("marks differences in what it shows, not in the JSON around it", async () => {
  const { container } = await show(
    <AnswerCard name="m" answer={{ ...answer, output: { a: "12" } }} against={{ a: "14" }} />,
  );
  expect(container.querySelector("pre")?.textContent).toBe("1412");
});

it("says so where there is no answer", async () => {
  await show(<AnswerCard name="m" answer={undefined} />);
  expect(screen.getByText("There is no stored answer.")).toBeVisible();
});
