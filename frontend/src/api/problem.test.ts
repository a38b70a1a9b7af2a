import { expect, it } from "vitest";
import { explain, problemFrom, UnreachableProblem } from "./problem";

it("tells what happened in the server's own words", () => {
  const problem = problemFrom(404, { title: "Not found", detail: "There is no run x." });
  expect(explain(problem)).toMatchObject({ title: "Not found", detail: "There is no run x." });
});

it("copes with an answer that is no problem document", () => {
  expect(explain(problemFrom(502, "<html>bad gateway</html>")).title).toBe(
    "The server answered 502",
  );
});

it("says what to start when nobody answers", () => {
  expect(explain(new UnreachableProblem("refused")).advice).toContain("assay up");
});
