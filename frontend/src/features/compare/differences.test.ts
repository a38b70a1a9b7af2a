import { expect, it } from "vitest";
import { differences } from "./differences";

const run = {
  candidate: "agent",
  repeats: 1,
  dataset_id: "EXT-1",
  dataset_version_id: null,
  metadata: { git: { sha: "a", branch: "main" }, offline_dataset_id: "EXT-1" },
  configuration: { evaluators: ["exact"], temperature: 0 },
};

it("finds nothing between runs of the same settings, in whichever order they are written", () => {
  const other = { ...run, metadata: { git: { branch: "main", sha: "a" } } };
  expect(differences(run, other)).toEqual([]);
});

it("names each field that differs, however deep, and keeps zero apart from nothing", () => {
  const newer = {
    ...run,
    candidate: "agent 2",
    metadata: { git: { sha: "b", branch: "main" }, note: "x" },
    configuration: { evaluators: ["exact", "tone"] },
  };
  expect(differences(run, newer)).toEqual([
    { path: "candidate", older: "agent", newer: "agent 2" },
    { path: "metadata.git.sha", older: "a", newer: "b" },
    { path: "configuration.evaluators", older: ["exact"], newer: ["exact", "tone"] },
    { path: "configuration.temperature", older: 0, newer: undefined },
    { path: "metadata.note", older: undefined, newer: "x" },
  ]);
});
