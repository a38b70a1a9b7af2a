/** The gate: timelines, regressions, prompts and their promotion. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import type { components } from "../generated/schema";
import type { AuditRecord, PinnedBaseline, PromotionAnswer, SuiteRun } from "../types";

type Bodies = components["schemas"];

export const gateKeys = {
  all: ["gate"] as const,
  check: ["gate", "check"] as const,
  suites: ["gate", "suites"] as const,
  suite: (id: string) => ["gate", "suites", id] as const,
  prompts: ["gate", "prompts"] as const,
  prompt: (name: string) => ["gate", "prompts", name] as const,
  baselines: ["gate", "baselines"] as const,
};

export interface CheckFilter {
  evalType?: string | undefined;
  runId?: string | undefined;
  requireEvidence?: boolean | undefined;
}

export interface GateQuestion {
  version?: number | undefined;
  fromAlias?: string | undefined;
  toAlias: string;
}

export const gateQueries = {
  setup: () =>
    queryOptions({
      queryKey: [...gateKeys.all, "setup"],
      queryFn: ({ signal }) => unwrap(api.GET("/api/gate", { signal })),
    }),
  trends: (limit: number) =>
    queryOptions({
      queryKey: [...gateKeys.all, "trends", limit],
      placeholderData: keepPreviousData,
      queryFn: async ({ signal }) => {
        const params = { query: { limit } };
        return (await unwrap(api.GET("/api/gate/trends", { params, signal }))).summaries;
      },
    }),
  check: ({ evalType, runId, requireEvidence }: CheckFilter) =>
    queryOptions({
      queryKey: [...gateKeys.check, evalType, runId, requireEvidence],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }) => {
        const query = { eval_type: evalType, run_id: runId, require_evidence: requireEvidence };
        return unwrap(api.GET("/api/gate/check", { params: { query }, signal }));
      },
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: [...gateKeys.all, "run", id],
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/gate/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
    }),
  cases: (id: string) =>
    queryOptions({
      queryKey: [...gateKeys.all, "run", id, "cases"],
      queryFn: async ({ signal }) => {
        const params = { path: { run_id: id } };
        return await unwrap(api.GET("/api/gate/runs/{run_id}/cases", { params, signal }));
      },
    }),
  baselines: () =>
    queryOptions({
      queryKey: gateKeys.baselines,
      queryFn: async ({ signal }) =>
        (await unwrap(api.GET("/api/gate/baselines", { signal }))).baselines,
    }),
  suites: () =>
    queryOptions({
      queryKey: gateKeys.suites,
      queryFn: async ({ signal }) =>
        (await unwrap(api.GET("/api/gate/suites/runs", { signal }))).runs,
    }),
  prompts: () =>
    queryOptions({
      queryKey: gateKeys.prompts,
      queryFn: async ({ signal }) =>
        (await unwrap(api.GET("/api/gate/prompts", { signal }))).prompts,
    }),
  prompt: (name: string) =>
    queryOptions({
      queryKey: gateKeys.prompt(name),
      queryFn: ({ signal }) =>
        unwrap(api.GET("/api/gate/prompts/{name}", { params: { path: { name } }, signal })),
    }),
  question: (name: string, { version, fromAlias, toAlias }: GateQuestion) =>
    queryOptions({
      queryKey: [...gateKeys.prompt(name), "gate", version, fromAlias, toAlias],
      staleTime: 0,
      queryFn: ({ signal }) => {
        const query = { version, from_alias: fromAlias, to_alias: toAlias };
        const params = { path: { name }, query };
        return unwrap(api.GET("/api/gate/prompts/{name}/gate", { params, signal }));
      },
    }),
  previous: (name: string, alias: string) =>
    queryOptions({
      queryKey: [...gateKeys.prompt(name), "previous", alias],
      staleTime: 0,
      queryFn: ({ signal }) => {
        const params = { path: { name }, query: { alias } };
        return unwrap(api.GET("/api/gate/prompts/{name}/previous", { params, signal }));
      },
    }),
};

/** Moves an alias to a version if the gate says yes, or in spite of it. */
export function promote(name: string, body: Bodies["PromoteBody"]): Promise<PromotionAnswer> {
  return unwrap(api.POST("/api/gate/prompts/{name}/promote", { params: { path: { name } }, body }));
}

/** Takes an alias back to the version it had before. */
export function rollBack(name: string, body: Bodies["RollbackBody"]): Promise<AuditRecord> {
  return unwrap(
    api.POST("/api/gate/prompts/{name}/rollback", { params: { path: { name } }, body }),
  );
}

/** Stores a new version of a prompt, a new prompt if there is none of that name. */
export function registerVersion(name: string, body: Bodies["VersionBody"]) {
  return unwrap(
    api.POST("/api/gate/prompts/{name}/versions", { params: { path: { name } }, body }),
  );
}

/** Makes a run the baseline of its eval type. */
export function pinBaseline(body: Bodies["PinBody"]): Promise<PinnedBaseline> {
  return unwrap(api.POST("/api/gate/baselines", { body }));
}

/** Lets the newest complete run be the baseline again. */
export function unpinBaseline(evalType: string, reason: string): Promise<PinnedBaseline> {
  const params = { path: { eval_type: evalType }, query: { reason } };
  return unwrap(api.DELETE("/api/gate/baselines/{eval_type}", { params }));
}

/** Starts every eval type of a suite, or a single one. */
export function startSuite(what: { suite: string } | { evalType: string }): Promise<SuiteRun> {
  const body = { prompts: {} };
  if ("suite" in what) {
    const params = { path: { suite: what.suite } };
    return unwrap(api.POST("/api/gate/suites/{suite}/runs", { params, body }));
  }
  const params = { path: { eval_type: what.evalType } };
  return unwrap(api.POST("/api/gate/eval-types/{eval_type}/runs", { params, body }));
}

/** Asks a suite to end; what was begun is closed in the ledger. */
export function cancelSuite(id: string): Promise<SuiteRun> {
  const params = { path: { suite_run_id: id } };
  return unwrap(api.POST("/api/gate/suites/runs/{suite_run_id}/cancel", { params }));
}
