/** Errors of the API: what happened, and what to do about it. */

interface ProblemBody {
  title?: string;
  detail?: unknown;
  code?: string;
}

/** An answer the server gave as a problem (application/problem+json). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly code: string | null = null,
  ) {
    super(detail);
  }
}

/** No answer at all: the server is not there or the network is down. */
export class UnreachableProblem extends Error {
  override readonly name = "UnreachableProblem";
}

function detailText(detail: unknown): string {
  if (typeof detail === "string") return detail;
  if (detail === undefined || detail === null) return "";
  return JSON.stringify(detail);
}

/** Builds the problem for a refused request from whatever body came back. */
export function problemFrom(status: number, body: unknown): ApiProblem {
  const known: ProblemBody = typeof body === "object" && body !== null ? body : {};
  const title = known.title ?? `The server answered ${status}`;
  const detail = detailText(known.detail) || (typeof body === "string" ? body.slice(0, 400) : "");
  return new ApiProblem(status, title, detail, known.code ?? null);
}

export interface Explanation {
  title: string;
  detail: string;
  advice: string;
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return "Sign in with a key that may do this, then retry.";
  if (status === 404) return "It may have been deleted. The lists show what exists.";
  if (status === 409) return "Something else changed it first. Reload to see how it stands now.";
  if (status === 413) return "Send a smaller file, or use the assay command for large data.";
  if (status === 422 || status === 400) return "Correct what is named above and send it again.";
  if (status === 429) return "Wait a moment, then retry.";
  return "Retry. If it happens again, the server's log has the details.";
}

/** Says in words what any caught value means to the reader. */
export function explain(error: unknown): Explanation {
  if (error instanceof UnreachableProblem) {
    return {
      title: "The server does not answer",
      detail: error.message,
      advice: "Check that “assay up” is running, then retry.",
    };
  }
  if (error instanceof ApiProblem) {
    return { title: error.title, detail: error.message, advice: adviceFor(error.status) };
  }
  return {
    title: "This page ran into a fault of its own",
    detail: error instanceof Error ? error.message : String(error),
    advice: "Reload the page.",
  };
}
