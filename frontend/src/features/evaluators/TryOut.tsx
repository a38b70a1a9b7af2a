import { Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { evaluatorQueries, tryOut, type TriedOut } from "@/api/queries/evaluators";
import { eventOf, SCORES_KEY, type Fields } from "@/api/events";
import { CodeArea } from "@/components/ui/CodeArea";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Verdict } from "@/components/ui/Verdict";
import { dateTime } from "@/lib/format";
import { plainText, preview, typedObject, withoutEmpty } from "@/lib/values";
import { bodyOf, samplesOf, type Draft } from "./draft";
import classes from "./evaluators.module.css";

const PARTS = [
  "event_name",
  "event_type",
  "error",
  "inputs",
  "outputs",
  "config",
  "metadata",
  "metrics",
  "feedback",
];
const EXAMPLE = JSON.stringify(
  { event_type: "session", inputs: { question: "2 + 2?" }, outputs: { answer: "4" } },
  null,
  2,
);

/** What the evaluator, as it stands in the form, says of one event. */
export function TryOut({ draft }: { draft: Draft }) {
  const [rows] = useDebouncedValue(draft.rows, 400);
  const samples = useQuery(evaluatorQueries.samples(samplesOf(rows)));
  const [typed, setTyped] = useState<string | null>(null);
  const [place, setPlace] = useState(0);
  const { body } = bodyOf(draft);
  const found = samples.data ?? [];
  const sample = found[place];
  const text = typed ?? (sample ? JSON.stringify(partsOf(sample), null, 2) : EXAMPLE);
  const event = typedObject(text);
  const ready =
    body !== null && typeof event === "object" && event !== null
      ? { metric: { ...body, name: body.name || draft.kind }, event }
      : null;
  const attempt = useMutation({ mutationFn: tryOut });
  // What was said of another event or another form of the evaluator is not shown.
  const current = JSON.stringify(attempt.variables) === JSON.stringify(ready);
  const options = found.map((one, index) => ({ value: String(index), label: labelOf(one) }));
  if (draft.kind === "human") return null;
  return (
    <Panel title="Try it on an event" note="As it stands in the form; nothing is stored.">
      <div className={classes.form}>
        <Select
          label="A stored event that meets the conditions"
          placeholder={options.length > 0 ? "Choose one, or type below" : "There is none yet"}
          data={options}
          value={typed === null && sample ? String(place) : null}
          allowDeselect={false}
          onChange={(value) => {
            setPlace(Number(value));
            setTyped(null);
          }}
        />
        <CodeArea
          label="Event, as JSON"
          minRows={6}
          value={text}
          error={typeof event === "string" ? event : undefined}
          onText={setTyped}
        />
        {current && attempt.isError && <ProblemNote error={attempt.error} compact />}
        {current && attempt.data && <Outcome answer={attempt.data} />}
        <Button
          variant="default"
          loading={attempt.isPending}
          disabled={ready === null}
          onClick={() => ready && attempt.mutate(ready)}
        >
          Try it
        </Button>
      </div>
    </Panel>
  );
}

function Outcome({ answer }: { answer: TriedOut }) {
  return (
    <div className={classes.outcome} role="status">
      <Verdict passed={answer.passed} status={answer.status ?? "scored"} wordy />
      {typeof answer.result !== "boolean" && answer.result !== null && (
        <strong>{plainText(answer.result)}</strong>
      )}
      {answer.explanation && <p>{answer.explanation}</p>}
    </div>
  );
}

function labelOf(raw: Fields): string {
  const { name, start, outputs, error } = eventOf(raw);
  const when = start === null ? "" : `${dateTime(new Date(start).toISOString())} · `;
  return `${when}${name} · ${preview(error ?? outputs, 60)}`;
}

/** What an evaluator can look at, without what is empty. */
function partsOf(raw: Fields): unknown {
  const { metadata } = eventOf(raw);
  const shown: Fields = { ...raw, metadata: { ...metadata, [SCORES_KEY]: null } };
  return withoutEmpty(Object.fromEntries(PARTS.map((name) => [name, shown[name]])));
}
