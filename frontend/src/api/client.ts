/** The typed client: generated paths, one way to turn an answer into a value or a problem. */
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { problemFrom, UnreachableProblem } from "./problem";

export const api = createClient<paths>({ baseUrl: window.location.origin });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Resolves to the answer's data, or throws what went wrong as a problem. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new UnreachableProblem(cause instanceof Error ? cause.message : String(cause));
  }
  if (!settled.response.ok) throw problemFrom(settled.response.status, settled.error);
  return settled.data as NonNullable<T>;
}

/** A fresh key, so that a create that is sent twice happens once. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Posts a form with a file; the generated client knows only JSON bodies. */
export async function postForm<T>(path: string, form: FormData): Promise<T> {
  const headers = { "Idempotency-Key": idempotencyKey(), Accept: "application/json" };
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", body: form, headers });
  } catch (cause) {
    throw new UnreachableProblem(cause instanceof Error ? cause.message : String(cause));
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemFrom(response.status, body);
  return body as T;
}
