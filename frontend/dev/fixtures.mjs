/** Made-up data of a realistic shape: word problems with four models, tickets, experiments. */
import { holm, mcnemar, pairDifference, stream, wilson } from "./statistics.mjs";

const NOW = Date.now();
const at = (minutesAgo) => new Date(NOW - minutesAgo * 60_000).toISOString();
const PEOPLE = ["Mira", "Tomas", "Ada", "Kofi", "Lena", "Ravi"];
const GOODS = ["pears", "notebooks", "tickets", "tiles", "candles", "stamps"];

export const task = {
  id: "task_words",
  name: "grade-school-maths",
  version: 2,
  description: "Word problems whose answer is one number.",
  digest: "5f0c1e2ab94477d0c1c5b9b1b0f1a9c0d3",
  created_at: at(3000),
  definition: {
    name: "grade-school-maths",
    output_format: "text",
    extract: { kind: "regex", pattern: "A:\\s*(.+)", group: 1, which: "last" },
    gold: { field: "answer" },
    matcher: { kind: "numeric", tolerance: 0 },
    prompt: "{{question}}",
  },
};

const ticketTask = {
  ...task,
  id: "task_tickets",
  name: "support-tickets",
  version: 1,
  description: "Sorts a ticket into one of six categories.",
  digest: "91bb0c7712de450f9a8e",
};
export const tasks = [task, ticketTask];

export const datasets = [
  {
    id: "ds_words",
    name: "gsm8k",
    version: 1,
    digest: "c3a98f0e21d7b6509e11f07a42d9",
    size: 1319,
    created_at: at(3100),
  },
  {
    id: "ds_tickets",
    name: "tickets",
    version: 3,
    digest: "07be55a9914c2d3f8810aa21b3e0",
    size: 120,
    created_at: at(900),
  },
];

export const recordings = [
  {
    id: "rec_words",
    name: "model_solutions.jsonl",
    digest: "aa10ff3321",
    size: 2_481_220,
    created_at: at(3100),
    models: ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"].map(
      (name) => ({ name, answers: 1319 }),
    ),
  },
];

export const datapoints = Array.from({ length: 1319 }, (_, index) => {
  const first = 3 + ((index * 7) % 40);
  const second = 2 + ((index * 13) % 9);
  const who = PEOPLE[index % PEOPLE.length];
  const what = GOODS[(index * 5) % GOODS.length];
  return {
    id: `q-${String(index + 1).padStart(4, "0")}`,
    inputs: {
      question: `${who} packs ${first} boxes with ${second} ${what} in each and gives ${second} ${what} away. How many ${what} are left?`,
    },
    ground_truth: { answer: String(first * second - second) },
    metadata: { split: "test" },
  };
});

/** Pass vectors with 286, 515, 458 and 742 passes; the last two differ on 76 and 360 items. */
function passVectors() {
  const n = datapoints.length;
  const random = stream(7);
  const order = Array.from({ length: n }, (_, index) => [random(), index])
    .sort((a, b) => a[0] - b[0])
    .map(([, index]) => index);
  const large = new Array(n).fill(false);
  const verified = new Array(n).fill(false);
  order.forEach((index, place) => {
    large[index] = place < 382 || (place >= 742 && place < 818);
    verified[index] = place < 742;
  });
  const pick = (wanted, bias) => {
    const weights = order.map((index, place) => [random() * (place < 742 ? bias : 1), index]);
    const chosen = new Set(
      weights
        .sort((a, b) => a[0] - b[0])
        .slice(0, wanted)
        .map(([, i]) => i),
    );
    return Array.from({ length: n }, (_, index) => chosen.has(index));
  };
  return {
    "6b_finetuning": pick(286, 0.35),
    "6b_verification": pick(515, 0.4),
    "175b_finetuning": large,
    "175b_verification": verified,
  };
}

const passes = passVectors();
const names = Object.keys(passes);
const PRICES = {
  "6b_finetuning": 0.00021,
  "6b_verification": 0.0019,
  "175b_finetuning": 0.0046,
  "175b_verification": null,
};
const LATENCY = {
  "6b_finetuning": 0.8,
  "6b_verification": 2.4,
  "175b_finetuning": 2.1,
  "175b_verification": 6.3,
};
const score = (name, passed, reason) => ({
  name,
  status: "scored",
  value: passed ? 1 : 0,
  label: null,
  passed,
  reason,
  details: {},
});

export function answer(name, index) {
  const point = datapoints[index];
  const passed = passes[name][index];
  const right = point.ground_truth.answer;
  const [boxes, each] = point.inputs.question.match(/\d+/g);
  const given = passed ? right : String(Number(right) + Number(each));
  const output = passed
    ? `There are ${boxes} x ${each} = ${boxes * each} at first.\nAfter giving ${each} away, ${boxes * each} - ${each} = ${right} are left.\nA: ${right}`
    : `There are ${boxes} x ${each} = ${boxes * each} in the boxes.\nA: ${given}`;
  return {
    run_id: `run_${name}`,
    datapoint_id: point.id,
    repeat: 0,
    session_id: "ses_short",
    status: "scored",
    passed,
    output,
    error: null,
    scores: [
      score(
        "numeric",
        passed,
        passed ? `${given} equals ${right}` : `read out “${given}”, expected “${right}”`,
      ),
    ],
    input_tokens: 84,
    output_tokens: passed ? 61 : 38,
    cost_usd: PRICES[name] === null ? null : String(PRICES[name]),
    cost_source: PRICES[name] === null ? "unknown" : "billed",
    latency_seconds: LATENCY[name] * (0.8 + ((index * 37) % 40) / 100),
    finish_reason: "stop",
    attempts: 1,
    cached: false,
  };
}

function summary(name, overrides = {}) {
  const passed = passes[name].filter(Boolean).length;
  const cost = PRICES[name];
  return {
    model: `recorded:rec_words#${name}`,
    run_id: `run_${name}`,
    rank: 1,
    planned: 1319,
    scored: 1319,
    failed: 0,
    truncated: 0,
    refused: 0,
    unparseable: 0,
    judge_error: 0,
    skipped: 0,
    answered: 1319,
    passed,
    pass_rate: passed / 1319,
    interval: wilson(passed, 1319),
    metrics: { accuracy: passed / 1319 },
    metric_details: { accuracy: { value: passed / 1319, n: 1319, interval: wilson(passed, 1319) } },
    cost_usd: cost === null ? null : (cost * 1319).toFixed(4),
    cost_known: cost === null ? 0 : 1319,
    cost_source: cost === null ? "unknown" : "billed",
    cost_per_1000_usd: cost === null ? null : (cost * 1000).toFixed(4),
    input_tokens: 84 * 1319,
    output_tokens: 52 * 1319,
    latency: {
      p50_seconds: LATENCY[name],
      p95_seconds: LATENCY[name] * 1.2,
      p99_seconds: LATENCY[name] * 1.3,
      n: 1319,
    },
    tied_with_leader: false,
    on_pareto_front: name !== "175b_finetuning" && cost !== null,
    stop_reason: null,
    ...overrides,
  };
}

function comparisons() {
  const pairs = [];
  for (let i = names.length - 1; i > 0; i -= 1) {
    for (let j = i - 1; j >= 0; j -= 1) pairs.push([names[i], names[j]]);
  }
  const counted = pairs.map(([a, b]) => {
    const cells = { a_only: 0, b_only: 0, both: 0, neither: 0 };
    datapoints.forEach((_, index) => (cells[outcome(a, b, index)] += 1));
    return { a, b, cells, p: mcnemar(cells.a_only, cells.b_only) };
  });
  const adjusted = holm(counted.map(({ p }) => p));
  return counted.map(({ a, b, cells, p }, index) => ({
    a: `recorded:rec_words#${a}`,
    b: `recorded:rec_words#${b}`,
    ...cells,
    ...pairDifference(cells.a_only, cells.b_only, 1319),
    p_value: p,
    p_value_adjusted: adjusted[index],
    test: "McNemar mid-p",
    needed: p < 0.05 ? null : 4100,
  }));
}

export function outcome(a, b, index) {
  const [first, second] = [passes[a][index], passes[b][index]];
  if (first && second) return "both";
  if (!first && !second) return "neither";
  return first ? "a_only" : "b_only";
}

export function report(evaluation) {
  const sorted = [...names].sort((a, b) => summary(b).passed - summary(a).passed);
  const models = sorted.map((name, index) =>
    summary(name, { rank: index + 1, tied_with_leader: index === 0 }),
  );
  if (evaluation.id === "ev_tickets")
    Object.assign(models[3], {
      scored: 1190,
      truncated: 61,
      unparseable: 40,
      failed: 18,
      skipped: 10,
      answered: 1291,
    });
  return {
    format_version: 1,
    run_id: evaluation.id,
    name: evaluation.name,
    status: evaluation.status,
    task: evaluation.task.name,
    dataset: evaluation.dataset.name,
    dataset_digest: datasets[0].digest,
    datapoints: 1319,
    repeats: 1,
    created_at: evaluation.created_at,
    finished_at: evaluation.finished_at,
    duration_seconds: evaluation.finished_at ? 14.2 : null,
    leader: models[0].model,
    models,
    comparisons: comparisons(),
    warnings: ["175b_verification: no cost is known, so it is left out of every cost figure."],
  };
}

const specs = names.map((name) => `recorded:rec_words#${name}`);
const evaluation = (id, name, status, minutes, extra = {}) => ({
  id,
  name,
  status,
  task: { id: task.id, name: task.name },
  dataset: { id: "ds_words", name: "gsm8k", size: 1319 },
  models: specs,
  run_ids: names.map((name) => `run_${name}`),
  error: null,
  repeats: 1,
  created_at: at(minutes),
  updated_at: at(minutes),
  finished_at: status === "completed" ? at(minutes - 0.24) : null,
  planned: 5276,
  ended: 5276,
  passed: 2001,
  cost_usd: "8.8505",
  leader: specs[3],
  ...extra,
});

export const evaluations = [
  evaluation("ev_words", "GSM8K, four recorded models", "completed", 42),
  evaluation("ev_live", "GSM8K, second pass", "running", 2, {
    ended: 1904,
    passed: 700,
    cost_usd: "3.102",
    leader: null,
  }),
  evaluation("ev_tickets", "Support tickets, small models", "cancelled", 1500, {
    ended: 5100,
    passed: 1800,
  }),
];

const runNames = [
  "agent v7",
  "agent v6",
  "agent v6, longer context",
  "baseline prompt",
  "retrieval off",
];
export const runs = Array.from({ length: 64 }, (_, index) => {
  const n = 400;
  const passed = 352 - ((index * 17) % 90);
  return {
    id: `exp_${index}`,
    run_id: `exp_${index}`,
    name: index < 5 ? runNames[index] : `nightly ${String(64 - index).padStart(2, "0")}`,
    kind: "experiment",
    status: index === 6 ? "failed" : "completed",
    candidate: "my_agent",
    description: null,
    dataset_id: "EXT-9f31c0a4be77d210",
    evaluation_id: null,
    planned: n,
    repeats: 1,
    configuration: { temperature: 0.2, model: "small" },
    metadata: { branch: "main", commit: `a1b2c3${index}` },
    results: {},
    event_ids: [],
    created_at: at(30 + index * 187),
    updated_at: at(30 + index * 187),
    finished_at: at(29 + index * 187),
    stop_reason: index === 6 ? "abandoned after 5 failures in a row" : null,
    is_active: false,
    summary: {
      passed: index === 6 ? 12 : passed,
      ended: index === 6 ? 17 : n,
      pass_rate: index === 6 ? 12 / 17 : passed / n,
      metrics: { exact: { aggregate: passed / n, n }, closeness: { aggregate: 0.81, n } },
    },
  };
});
const benchRuns = names.map((name) => ({
  ...runs[0],
  id: `run_${name}`,
  run_id: `run_${name}`,
  name,
  kind: "bench",
  candidate: name,
  evaluation_id: "ev_words",
  planned: 1319,
  summary: {
    passed: passes[name].filter(Boolean).length,
    ended: 1319,
    pass_rate: passes[name].filter(Boolean).length / 1319,
    metrics: {},
  },
}));
export const allRuns = [...runs, ...benchRuns];
export { names };
