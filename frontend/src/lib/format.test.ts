import { describe, expect, it } from "vitest";
import {
  change,
  figure,
  ago,
  duration,
  intervalText,
  modelName,
  money,
  percent,
  points,
  pValue,
  shortId,
  signed,
} from "./format";

it("tells ids of one minute apart", () => {
  const ids = ["01a2004f-6784-76d3-8be1-1072d9d13057", "01a2004f-6a59-7ac3-a4c7-53a6cb9fb5eb"];
  expect(ids.map((id) => shortId(id, 8))).toEqual(["…d9d13057", "…cb9fb5eb"]);
  expect(shortId("EXT-04fafa07cdec55fa", 8)).toBe("EXT-04fa…");
});

describe("figures as the page writes them", () => {
  it("writes a ratio as a percentage with one decimal", () => {
    expect(percent(742 / 1319)).toBe("56.3\u2009%");
  });

  it("tells zero from what is not known", () => {
    expect(percent(0)).toBe("0.0\u2009%");
    expect(percent(null)).toBe("–");
    expect(money("0")).toBe("$0");
    expect(money(null)).toBe("–");
    expect(duration(0)).toBe("0 ms");
    expect([9.997, 59.97, 119.999].map(duration)).toEqual(["10.0 s", "1 min 00 s", "2 min 00 s"]);
  });

  it("keeps the significant digits of small sums", () => {
    expect(money("0.000839")).toBe("$0.000839");
    expect(money("0.005")).toBe("$0.005");
    expect(money("0.0391")).toBe("$0.0391");
    expect(money("8.8505")).toBe("$8.85");
    expect(money("12345.6")).toBe("$12,346");
  });

  it("uses a true minus sign", () => {
    expect(signed(-0.5, 1)).toBe("−0.5");
    expect(signed(-0.0001, 2)).toBe("0.00");
    expect(points(0.2153)).toBe("+21.5\u2009pp");
    expect(intervalText([-0.042, 0.111])).toBe("[−4.2, 11.1]");
  });

  it("never writes a small p as zero", () => {
    expect(pValue(1e-30)).toBe("< 0.0001");
    expect(pValue(0.0034)).toBe("0.0034");
    expect(pValue(0.383)).toBe("0.383");
  });

  it("reads durations at the scale of a person", () => {
    expect(duration(0.045)).toBe("45 ms");
    expect(duration(14.2)).toBe("14.2 s");
    expect(duration(75)).toBe("1 min 15 s");
    expect(duration(3725)).toBe("1 h 02 min");
  });

  it("names a model without its provider and recording", () => {
    expect(modelName("recorded:answers.jsonl#175b_verification")).toBe("175b_verification");
    expect(modelName("openai:gpt-4o")).toBe("gpt-4o");
    expect(modelName("atlas-large")).toBe("atlas-large");
  });

  it("says how long ago a moment was", () => {
    const now = new Date("2026-03-01T12:00:00Z");
    expect(ago("2026-03-01T11:59:50Z", now)).toBe("just now");
    expect(ago("2026-03-01T11:18:00Z", now)).toBe("42 min ago");
    expect(ago("2026-02-27T12:00:00Z", now)).toBe("2 d ago");
  });
});

it("never rounds a small figure or a small change to nothing", () => {
  expect([figure(0.00052), figure(0.5), figure(0), figure(0.009)]).toEqual([
    "0.00052",
    "0.500",
    "0.000",
    "0.009",
  ]);
  expect([change(-0.00031), change(0.2), change(0)]).toEqual(["−0.00031", "+0.200", "0.000"]);
});
