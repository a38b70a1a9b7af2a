import { describe, expect, it } from "vitest";
import { consumption, eventOf, sessionOf, type TraceEvent } from "@/api/events";
import {
  allEvents,
  ancestors,
  barOf,
  boundsOf,
  matching,
  milliseconds,
  totalsOf,
  visibleRows,
} from "./tree";

function event(id: string, given: object = {}, children: object[] = []): TraceEvent {
  return eventOf({
    event_id: id,
    session_id: "s",
    event_name: id,
    event_type: "chain",
    ...given,
    children,
  });
}

const tree = event("s", { event_type: "session", start_time: 1000, end_time: 2000 }, [
  { event_id: "late", event_name: "late", start_time: 1600, duration: 200, error: "boom" },
  {
    event_id: "early",
    event_name: "early",
    event_type: "model",
    start_time: 1100,
    duration: 400,
    inputs: { question: "Where is the Harbour?" },
    metadata: { usage: { prompt_tokens: 12, completion_tokens: 3 }, cost: "0.002" },
    children: [{ event_id: "deep", event_name: "deep" }],
  },
]);

describe("the rows of a waterfall", () => {
  it("come in the order of time with their places among their siblings", () => {
    const rows = visibleRows(tree, new Set());
    expect(rows.map(({ event: { id }, level, position }) => [id, level, position])).toEqual([
      ["s", 1, 1],
      ["early", 2, 1],
      ["deep", 3, 1],
      ["late", 2, 2],
    ]);
  });

  it("leave out what is below a collapsed event", () => {
    const rows = visibleRows(tree, new Set(["early"]));
    expect(rows.map(({ event: { id }, expanded }) => [id, expanded])).toEqual([
      ["s", true],
      ["early", false],
      ["late", undefined],
    ]);
  });

  it("lie in time within the whole trace", () => {
    const events = allEvents(tree);
    const bounds = boundsOf(events);
    expect(bounds).toEqual({ start: 1000, end: 2000 });
    const early = events.find(({ id }) => id === "early");
    expect(early && bounds && barOf(early, bounds)).toEqual({ left: 0.1, width: 0.4 });
  });

  it("have no bounds where no event has a time", () => {
    expect(boundsOf([event("x")])).toBeNull();
  });
});

describe("a trace", () => {
  it("is searched through everything its events say, whatever the case", () => {
    expect(matching(allEvents(tree), "harbour")).toEqual(["early"]);
    expect(matching(allEvents(tree), "boom")).toEqual(["late"]);
    expect(matching(allEvents(tree), "  ")).toEqual([]);
  });

  it("knows the way from the root to an event", () => {
    expect(ancestors(tree, "deep")).toEqual(["s", "early"]);
    expect(ancestors(tree, "nobody")).toEqual([]);
  });

  it("sums the tokens and costs of its model calls", () => {
    expect(totalsOf(allEvents(tree))).toEqual({
      events: 4,
      errors: 1,
      models: 1,
      inputTokens: 12,
      outputTokens: 3,
      costUsd: 0.002,
    });
  });
});

describe("an event on the wire", () => {
  it("is read with whatever is missing left open", () => {
    const bare = sessionOf({ session: { event_id: "s", session_id: "s", inputs: "text" } });
    expect(bare).toMatchObject({ name: "unnamed", start: null, durationMs: null, error: null });
    expect(bare.inputs).toEqual({ value: "text" });
    expect(consumption(bare)).toEqual({ inputTokens: null, outputTokens: null, costUsd: null });
  });
});

it("reads a usage that was sent as its JSON", () => {
  const usage = '{"prompt_tokens": 74, "completion_tokens": 0}';
  const sent = consumption(event("m", { metadata: { usage } }));
  expect([sent.inputTokens, sent.outputTokens]).toEqual([74, 0]);
  expect(consumption(event("m", { metadata: { usage: "much" } })).inputTokens).toBeNull();
});

it("never says that a minute has sixty seconds or a second a thousand milliseconds", () => {
  expect([0.42, 12.3, 999.6, 1_200, 119_999].map(milliseconds)).toEqual([
    "0.42 ms",
    "12.3 ms",
    "1.00 s",
    "1.20 s",
    "2 min 00 s",
  ]);
});
