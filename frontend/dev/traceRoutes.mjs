/** What the development double answers about traces, managed datasets and reviews. */
import { datapoints } from "./fixtures.mjs";
import * as data from "./traces.mjs";

const ok = (body, status = 200) => ({ status, body });
const missing = (what) =>
  ok({ title: "Not found", status: 404, detail: `There is no ${what}.`, code: "not_found" }, 404);
const part = (rows, { page = 1, limit = 50 }) => rows.slice((page - 1) * limit, page * limit);

function search({ body }) {
  const wanted = (body.filters ?? []).find(({ field }) => field === "event_name")?.value ?? "";
  const found = data.sessions.filter(({ event_name: name }) => name.includes(wanted));
  const events = found.map((one) => ({ ...one, children: [] }));
  return ok({ events, totalEvents: events.length, count: events.length });
}

const done = { ...data.item, state: "completed" };
const answered = () => ok({ item: done, progress: data.queue.progress });

export const traceRoutes = [
  ["POST", /^\/v1\/events\/search$/, search],
  [
    "GET",
    /^\/v1\/session\/([^/]+)\/traces$/,
    ({ params: [id] }) => {
      const trace = data.traceOf(id);
      return trace ? ok(trace) : missing(`session ${id}`);
    },
  ],
  [
    "GET",
    /^\/v1\/events\/([^/]+)\/annotations$/,
    ({ params: [id] }) =>
      ok({ event_id: id, annotations: id === "ses_short" ? [data.annotation] : [] }),
  ],
  ["GET", /^\/v1\/datasets$/, () => ok({ datasets: [data.managed], page: 1, limit: 25, total: 1 })],
  [
    "GET",
    /^\/v1\/datasets\/([^/]+)$/,
    ({ params: [id] }) => (id === data.managed.id ? ok(data.managed) : missing(`dataset ${id}`)),
  ],
  [
    "GET",
    /^\/v1\/datasets\/([^/]+)\/versions$/,
    ({ params: [id] }) => ok({ dataset_id: id, versions: data.versions }),
  ],
  ["GET", /^\/v1\/datasets\/[^/]+\/diff$/, () => ok(data.diff)],
  [
    "GET",
    /^\/v1\/datasets\/[^/]+\/datapoints$/,
    ({ query }) => ok({ datapoints: part(datapoints, query), total: datapoints.length }),
  ],
  [
    "POST",
    /^\/v1\/datasets\/[^/]+\/datapoints$/,
    () => ok({ inserted: true, datapoint_ids: ["q-new"], version_id: "ver_4", version: 4 }),
  ],
  [
    "GET",
    /^\/v1\/metrics$/,
    () => ok({ metrics: data.evaluators.slice(0, 1), page: 1, limit: 25, total: 1 }),
  ],
  [
    "GET",
    /^\/v1\/metrics\/([^/]+)$/,
    ({ params: [id] }) =>
      id === "met_polite" ? ok(data.evaluators[0]) : missing(`evaluator ${id}`),
  ],
  [
    "GET",
    /^\/v1\/metrics\/([^/]+)\/versions$/,
    ({ params: [id] }) => ok({ metric_id: id, versions: data.evaluators }),
  ],
  ["GET", /^\/v1\/queues$/, () => ok({ queues: [data.queue], page: 1, limit: 25, total: 1 })],
  [
    "GET",
    /^\/v1\/queues\/([^/]+)$/,
    ({ params: [id] }) =>
      id === data.queue.id ? ok({ queue: data.queue, message: "" }) : missing(`queue ${id}`),
  ],
  ["GET", /^\/v1\/queues\/[^/]+\/agreement$/, () => ok(data.agreement)],
  [
    "POST",
    /^\/v1\/queues\/[^/]+\/claim$/,
    () => ok({ item: data.item, event: { ...data.sessions[0], children: [] } }),
  ],
  ["POST", /^\/v1\/queues\/[^/]+\/items\/[^/]+\/(?:complete|skip|release)$/, answered],
];
