/** Made-up sessions, managed datasets and review queues for the development double. */
import { datapoints } from "./fixtures.mjs";

const BEGAN = Date.now() - 600_000;

function event(session, id, parent, name, type, start, duration, more = {}) {
  return {
    event_id: id,
    session_id: session,
    parent_id: parent,
    event_name: name,
    event_type: type,
    source: "evaluation",
    error: null,
    start_time: BEGAN + start,
    end_time: BEGAN + start + duration,
    duration,
    inputs: {},
    outputs: {},
    config: {},
    metadata: {},
    metrics: {},
    feedback: {},
    user_properties: {},
    run_id: "exp_0",
    datapoint_id: "q-0001",
    children: [],
    ...more,
  };
}

const usage = (input, output) => ({ usage: { input_tokens: input, output_tokens: output } });
const model = (session, id, parent, start) =>
  event(session, id, parent, "chat small-1", "model", start, 900, {
    inputs: {
      chat_history: [
        { role: "system", content: "Answer with one number." },
        { role: "user", content: datapoints[0].inputs.question },
      ],
    },
    outputs: { role: "assistant", content: "There are 2 left." },
    config: { model: "small-1", temperature: 0.2 },
    metadata: { ...usage(412, 31), cost: 0.00041 },
    metrics: { faithful: true },
  });

/** A session of ``steps`` steps, each with a model call and a tool call. */
function session(id, name, steps) {
  const children = Array.from({ length: steps }, (_, index) => {
    const start = 20 + index * 1300;
    const failed = index % 9 === 1;
    const step = `${id}-step-${index}`;
    return event(id, step, id, `step ${index + 1}`, "chain", start, 1250, {
      children: [
        model(id, `${step}-model`, step, start + 10),
        event(id, `${step}-tool`, step, "look up", "tool", start + 930, 280, {
          error: failed ? "TimeoutError: no answer within 250 ms" : null,
        }),
      ],
    });
  });
  return event(id, id, null, name, "session", 0, 40 + steps * 1300, {
    inputs: datapoints[0].inputs,
    outputs: { answer: "2" },
    feedback: { ground_truth: datapoints[0].ground_truth },
    children,
  });
}

export const sessions = [
  session("ses_short", "agent v7", 3),
  session("ses_long", "long planning session", 500),
];

const countOf = (one) => 1 + one.children.reduce((sum, child) => sum + countOf(child), 0);
export const traceOf = (id) => {
  const root = sessions.find((one) => one.event_id === id);
  return root && { session: root, events: countOf(root), models: 0 };
};

const at = (day) => `2026-03-0${day}T09:00:00Z`;
export const versions = [3, 2, 1].map((version) => ({
  id: `ver_${version}`,
  version,
  digest: `c3a98f0e21d7b650${version}`,
  size: 1316 + version,
  created_at: at(version),
  current: version === 3,
}));

export const managed = {
  id: "mds_words",
  name: "word problems",
  description: "Problems whose answer is one number.",
  metadata: {},
  datapoints: [],
  version_id: "ver_3",
  version: 3,
  digest: versions[0].digest,
  size: datapoints.length,
  created_at: at(1),
  updated_at: at(3),
};

export const diff = {
  dataset_id: managed.id,
  from_version: versions[1],
  to_version: versions[0],
  added: ["q-1318", "q-1319"],
  removed: ["q-0007"],
  changed: [
    {
      id: "q-0003",
      fields: [
        { path: "ground_truth.answer", kind: "changed", old: "36", new: "32" },
        { path: "metadata.checked", kind: "added", old: null, new: true },
      ],
    },
  ],
  unchanged: 1315,
  reordered: false,
};

const progress = { total: 20, pending: 14, claimed: 1, completed: 4, skipped: 1 };
export const queue = {
  id: "que_failed",
  name: "Failed answers",
  description: "Compare the answer with the ground truth.",
  filters: { filterArray: [] },
  fields: [
    { name: "correct", type: "boolean", options: [], min: null, max: null, required: true },
    { name: "tone", type: "category", options: ["kind", "cold"], required: true },
    { name: "helpfulness", type: "number", options: [], min: 1, max: 5, required: false },
  ].map((field) => ({ evaluator: null, ...field })),
  assignees: [],
  enabled: true,
  is_active: true,
  scope_type: "project",
  scope_id: "default",
  progress,
  created_at: at(2),
  updated_at: at(3),
};

export const item = {
  event_id: "ses_short",
  state: "claimed",
  assignee: "local",
  claimed_at: at(3),
  created_at: at(2),
  updated_at: at(3),
};

export const agreement = {
  queue_id: queue.id,
  with_evaluators: [
    { field: "correct", first: "people", second: "exact", n: 4, percent: 0.75, kappa: 0.5 },
  ],
  between_people: [],
};

export const annotation = {
  id: "ann_1",
  event_id: "ses_short",
  name: "correct",
  value: false,
  comment: "The answer leaves one box out.",
  author: "Mira",
  at: at(3),
  queue_id: queue.id,
  latest: true,
};

const polite = {
  id: "met_polite",
  name: "polite",
  kind: "regex",
  version: 2,
  settings: { pattern: "(?i)please", absent: false },
  target: "outputs.text",
  threshold: { min: 0.5, max: null },
  filters: {
    filterArray: [{ field: "source", operator: "is", value: "prod", type: "string" }],
  },
  enabled: true,
  description: "Whether the answer minds its manners.",
  created_at: new Date(BEGAN).toISOString(),
  updated_at: new Date(BEGAN).toISOString(),
};
export const evaluators = [
  polite,
  { ...polite, version: 1, settings: { pattern: "please", absent: false } },
];
