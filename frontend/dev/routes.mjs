/** What the development double answers, path by path. */
import * as data from "./fixtures.mjs";
import { mcnemar, pairDifference, wilson } from "./statistics.mjs";

const ok = (body, status = 200) => ({ status, body });
const missing = (what) =>
  ok(
    {
      type: "about:blank",
      title: "Not found",
      status: 404,
      detail: `There is no ${what}.`,
      code: "not_found",
    },
    404,
  );

function paged(rows, query) {
  const page = Number(query.page ?? 1);
  const limit = Number(query.limit ?? 50);
  return { items: rows.slice((page - 1) * limit, page * limit), page, limit, total: rows.length };
}

function sorted(rows, sort = "-created_at") {
  const key = sort.replace(/^-/, "");
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => sign * (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0));
}

const contains = (text, part) => !part || text.toLowerCase().includes(part.toLowerCase());
const bare = (spec) => spec.slice(spec.lastIndexOf("#") + 1);

function rowsOf(models, query, keep = () => true) {
  const rows = [];
  data.datapoints.forEach((datapoint, index) => {
    if (!contains(datapoint.inputs.question + datapoint.id, query.search) || !keep(index)) return;
    if (query.datapoint_id && ![query.datapoint_id].flat().includes(datapoint.id)) return;
    const answers = models.map((name) => data.answer(name, index));
    const looked = query.model
      ? answers.filter((one) => one.run_id === `run_${bare(query.model)}`)
      : answers;
    if (query.status && !looked.some((one) => one.status === query.status)) return;
    const wanted = { passed: true, not_passed: false }[query.verdict];
    if (wanted !== undefined && !looked.some((one) => one.passed === wanted)) return;
    if (query.passed && !looked.some((one) => String(one.passed) === query.passed)) return;
    rows.push({ datapoint, repeat: 0, answers });
  });
  return rows;
}

/** A run's items: those of one model, under the run's own id. */
function runRows(id, query) {
  const name = id.startsWith("run_")
    ? id.slice(4)
    : id.endsWith("0")
      ? "175b_verification"
      : "175b_finetuning";
  const rows = rowsOf([name], query).map((row) => ({
    ...row,
    answers: row.answers.map((one) => ({ ...one, run_id: id })),
  }));
  const slowest = query.sort === "-item.latency_seconds";
  const latency = (row) => row.answers[0].latency_seconds;
  return slowest ? rows.sort((a, b) => latency(b) - latency(a)) : rows;
}

const models = (ended) =>
  data.names.map((name, index) => ({
    model: `recorded:rec_words#${name}`,
    planned: 1319,
    ended: Math.min(1319, Math.round((ended / 4) * (1.15 - index * 0.1))),
    passed: Math.round(ended / 11),
    counts: { scored: Math.round(ended / 4), failed: index },
  }));

function progress(ended, status = "running") {
  const share = ended / 5276;
  return {
    status,
    planned: 5276,
    ended,
    percent: share * 100,
    cost_usd: (8.85 * share).toFixed(4),
    elapsed_seconds: 120 * share,
    remaining_seconds: 120 * (1 - share),
    models: models(ended),
  };
}

function events({ request, response }) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  let ended = 1904;
  let sequence = 1;
  const timer = setInterval(() => {
    ended = Math.min(5276, ended + 23);
    response.write(
      `id: ${sequence}\nevent: ${ended === 5276 ? "finished" : "progress"}\ndata: ${JSON.stringify(progress(ended))}\n\n`,
    );
    sequence += 1;
  }, 700);
  request.on("close", () => clearInterval(timer));
}

const findEvaluation = (id) => data.evaluations.find((one) => one.id === id);
const findRun = (id) => data.allRuns.find((one) => one.run_id === id);

function overview(run) {
  const passed = Math.round(run.summary.pass_rate * 400);
  const metric = (key, aggregate) => ({
    metric_name: key,
    metric_type: "CLIENT_SIDE",
    event_name: run.candidate ?? "",
    event_type: "chain",
    key,
    aggregate,
    interval: wilson(Math.round(aggregate * 400), 400),
    count: 400,
    errors: 0,
    passed: Math.round(aggregate * 400),
    failed: 400 - Math.round(aggregate * 400),
    lowest: 0,
    highest: 1,
    boolean: key === "exact",
    labels: {},
    higher_is_better: true,
  });
  return {
    items: 400,
    missing: 0,
    verdicts: { passed, not_passed: 400 - passed },
    metrics: [metric("exact", run.summary.pass_rate), metric("closeness", 0.81)],
  };
}

function comparison(newer, older) {
  const ids = data.datapoints.slice(0, 400).map((one) => one.id);
  const metric = (name, improved, degraded, oldAggregate, newAggregate) => ({
    metric_name: name,
    metric_type: "CLIENT_SIDE",
    event_name: newer.candidate ?? "",
    event_type: "chain",
    higher_is_better: true,
    old_aggregate: oldAggregate,
    new_aggregate: newAggregate,
    found_count: 400,
    improved_count: improved,
    degraded_count: degraded,
    same_count: 400 - improved - degraded,
    improved: ids.slice(0, improved),
    degraded: ids.slice(improved, improved + degraded),
    same: ids.slice(improved + degraded),
    significance: {
      test: "McNemar mid-p",
      p_value: mcnemar(improved, degraded),
      p_value_adjusted: Math.min(1, 2 * mcnemar(improved, degraded)),
      ...pairDifference(improved, degraded, 400),
      n: 400,
      needed: improved - degraded > 15 ? null : 2150,
    },
  });
  return {
    metrics: [metric("exact", 38, 13, 0.7925, 0.855), metric("closeness", 22, 19, 0.803, 0.81)],
    commonDatapoints: ids,
    old_run: older,
    new_run: newer,
  };
}

const list =
  (rows) =>
  ({ query }) =>
    ok(
      paged(
        rows.filter((row) => contains(row.name, query.search)),
        query,
      ),
    );
const one =
  (rows, what) =>
  ({ params: [id] }) => {
    const row = rows.find((each) => each.id === id);
    return row ? ok(row) : missing(`${what} ${id}`);
  };

function validate({ body }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bad = text.includes("matchr");
  return ok({
    valid: !bad,
    errors: bad
      ? [{ message: "unknown key; did you mean matcher?", line: 9, column: 1, key: "matchr" }]
      : [],
    definition: bad ? null : data.task.definition,
  });
}

export const routes = [
  ["GET", /^\/health\/live$/, () => ok({ status: "live" })],
  ["GET", /^\/health\/ready$/, () => ok({ status: "ready", checks: { database: "ok" } })],
  ["GET", /^\/api\/v1\/tasks$/, list(data.tasks)],
  ["POST", /^\/api\/v1\/tasks$/, () => ok(data.task, 201)],
  ["POST", /^\/api\/v1\/tasks\/validate$/, validate],
  ["GET", /^\/api\/v1\/tasks\/([^/]+)$/, one(data.tasks, "task")],
  ["GET", /^\/api\/v1\/datasets$/, list(data.datasets)],
  ["POST", /^\/api\/v1\/datasets$/, () => ok(data.datasets[0], 201)],
  ["GET", /^\/api\/v1\/datasets\/([^/]+)$/, one(data.datasets, "dataset")],
  [
    "GET",
    /^\/api\/v1\/datasets\/[^/]+\/datapoints$/,
    ({ query }) => ok(paged(data.datapoints, query)),
  ],
  ["GET", /^\/api\/v1\/recordings$/, list(data.recordings)],
  ["POST", /^\/api\/v1\/recordings$/, () => ok(data.recordings[0], 201)],
  [
    "GET",
    /^\/api\/v1\/models$/,
    ({ query }) =>
      ok({
        items: ["gpt-4o", "gpt-4o-mini", "o3"]
          .filter((name) => contains(name, query.search))
          .map((name) => ({
            spec: `openai:${name}`,
            provider: "openai",
            name,
            context_length: 128000,
            input_usd_per_million: "2.5",
            output_usd_per_million: "10",
          })),
      }),
  ],
  [
    "GET",
    /^\/api\/v1\/evaluations$/,
    ({ query }) =>
      ok(
        paged(
          sorted(data.evaluations, query.sort).filter(
            (row) =>
              contains(row.name, query.search) && (!query.status || row.status === query.status),
          ),
          query,
        ),
      ),
  ],
  ["POST", /^\/api\/v1\/evaluations$/, () => ok(data.evaluations[1], 202)],
  ["GET", /^\/api\/v1\/evaluations\/([^/]+)$/, one(data.evaluations, "evaluation")],
  [
    "GET",
    /^\/api\/v1\/evaluations\/([^/]+)\/report$/,
    ({ params: [id] }) =>
      findEvaluation(id) ? ok(data.report(findEvaluation(id))) : missing(`evaluation ${id}`),
  ],
  [
    "GET",
    /^\/api\/v1\/evaluations\/[^/]+\/items$/,
    ({ query }) => ok(paged(rowsOf(data.names, query), query)),
  ],
  [
    "GET",
    /^\/api\/v1\/evaluations\/[^/]+\/pairs$/,
    ({ query }) =>
      ok(
        paged(
          rowsOf(
            [bare(query.a), bare(query.b)],
            query,
            (index) =>
              !query.outcome || data.outcome(bare(query.a), bare(query.b), index) === query.outcome,
          ),
          query,
        ),
      ),
  ],
  ["GET", /^\/api\/v1\/evaluations\/[^/]+\/progress$/, () => ok(progress(1904))],
  ["GET", /^\/api\/v1\/evaluations\/[^/]+\/events$/, events],
  [
    "POST",
    /^\/api\/v1\/evaluations\/([^/]+)\/(?:cancel|resume)$/,
    ({ params: [id] }) => ok(findEvaluation(id), 202),
  ],
  [
    "GET",
    /^\/v1\/runs$/,
    ({ query }) => {
      const found = paged(
        sorted(data.allRuns, query.sort).filter(
          (row) =>
            contains(row.name, query.search) &&
            (query.run_ids ? query.run_ids.includes(row.run_id) : row.kind === "experiment") &&
            (!query.dataset_id || row.dataset_id === query.dataset_id) &&
            (!query.status || row.status === query.status),
        ),
        query,
      );
      return ok({
        evaluations: found.items,
        pagination: {
          page: found.page,
          limit: found.limit,
          total: found.total,
          total_pages: Math.ceil(found.total / found.limit),
          has_next: false,
          has_prev: false,
        },
      });
    },
  ],
  [
    "GET",
    /^\/v1\/runs\/([^/]+)$/,
    ({ params: [id] }) => (findRun(id) ? ok({ evaluation: findRun(id) }) : missing(`run ${id}`)),
  ],
  [
    "GET",
    /^\/v1\/runs\/([^/]+)\/overview$/,
    ({ params: [id] }) => (findRun(id) ? ok(overview(findRun(id))) : missing(`run ${id}`)),
  ],
  [
    "GET",
    /^\/v1\/runs\/([^/]+)\/items$/,
    ({ params: [id], query }) => ok(paged(runRows(id, query), query)),
  ],
  [
    "GET",
    /^\/v1\/runs\/[^/]+\/compare\/[^/]+\/groups$/,
    ({ query }) =>
      ok({
        fields: ["grade"],
        groups: query.field
          ? ["easy", "hard"].map((group, index) => ({
              metric: "exact",
              group,
              n: 200,
              old_aggregate: 0.5,
              new_aggregate: 0.6 + index / 10,
              difference: 0.1 + index / 10,
              interval: [0.05, 0.25],
              improved_count: 30 + index,
              degraded_count: 10,
              higher_is_better: true,
            }))
          : [],
      }),
  ],
  [
    "GET",
    /^\/v1\/runs\/([^/]+)\/compare-with\/([^/]+)$/,
    ({ params: [newer, older] }) =>
      findRun(newer) && findRun(older)
        ? ok(comparison(findRun(newer), findRun(older)))
        : missing("such pair of runs"),
  ],
];
