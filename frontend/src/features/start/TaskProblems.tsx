import type { TaskProblem, TaskValidation } from "@/api/types";
import classes from "./StartPage.module.css";

/** What is wrong with a task, line by line, with the line itself. */
export function TaskProblems({ verdict, text }: { verdict: TaskValidation; text: string }) {
  if (verdict.valid) {
    return (
      <p className={classes.valid} role="status">
        The task is valid.
      </p>
    );
  }
  const lines = text.split("\n");
  return (
    <ul className={classes.problems} role="alert">
      {(verdict.errors ?? []).map((problem, index) => (
        <li key={index}>
          <span className={classes.where}>{whereText(problem)}</span>
          {problem.message}
          {lineOf(lines, problem) !== undefined && (
            <code className={classes.line}>{lineOf(lines, problem)}</code>
          )}
        </li>
      ))}
    </ul>
  );
}

function lineOf(lines: readonly string[], { line }: TaskProblem): string | undefined {
  return line === null || line === undefined ? undefined : lines[line - 1];
}

function whereText({ line, key }: TaskProblem): string {
  const parts = [line === null || line === undefined ? "" : `Line ${line}`, key ?? ""].filter(
    Boolean,
  );
  return parts.length > 0 ? `${parts.join(", ")}: ` : "";
}
