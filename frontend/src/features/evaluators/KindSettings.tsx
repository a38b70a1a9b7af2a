import { Autocomplete, Checkbox, NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { libraryQueries } from "@/api/queries/library";
import type { EvaluatorKind } from "@/api/types";
import { Bounds } from "@/components/ui/Bounds";
import { CodeArea } from "@/components/ui/CodeArea";
import { Segments } from "@/components/ui/Segments";
import { RANGED, WORDLESS, type Settings } from "./draft";
import { CHECKS } from "./kinds";
import classes from "./evaluators.module.css";

interface Props {
  settings: Settings;
  onSettings: (settings: Settings) => void;
}

/** What the kind needs to know. */
export function KindSettings(props: Props & { kind: EvaluatorKind; fault: string | null }) {
  const { kind, settings, fault, onSettings } = props;
  const set = (change: Partial<Settings>) => onSettings({ ...settings, ...change });
  switch (kind) {
    case "regex":
      return (
        <>
          <TextInput
            label="Pattern"
            description="RE2: no look-around, no back-references; (?i) ignores case."
            required
            spellCheck={false}
            classNames={{ input: "mono" }}
            value={settings.pattern}
            onChange={(event) => set({ pattern: event.currentTarget.value })}
          />
          <Checkbox
            label="Passes when it is not found"
            checked={settings.absent}
            onChange={(event) => set({ absent: event.currentTarget.checked })}
          />
        </>
      );
    case "check":
      return <Check {...props} />;
    case "judge":
      return <Judge {...props} />;
    case "json_schema":
    case "composite":
    case "human": {
      const { label, example } = JSON_PARTS[kind];
      return (
        <CodeArea
          label={label}
          placeholder={example}
          required
          minRows={6}
          value={settings.json}
          error={settings.json === "" ? undefined : fault}
          onText={(json) => set({ json })}
        />
      );
    }
  }
}

const JSON_PARTS = {
  json_schema: {
    label: "JSON Schema (2020-12)",
    example: '{"type": "object", "required": ["answer"]}',
  },
  composite: {
    label: "Weights of other metrics, as JSON",
    example: '{"weights": {"exact": 2, "polite": 1}}',
  },
  human: { label: "What people are asked, as JSON", example: "{}" },
};

function Check({ settings, onSettings }: Props) {
  const set = (change: Partial<Settings>) => onSettings({ ...settings, ...change });
  const { check } = settings;
  return (
    <>
      <div className={classes.pair}>
        <Select
          label="It passes when the value"
          data={CHECKS}
          value={check}
          allowDeselect={false}
          onChange={(value) => set({ check: value ?? check })}
        />
        {!WORDLESS.includes(check) && (
          <TextInput
            label="What"
            required
            value={settings.value}
            onChange={(event) => set({ value: event.currentTarget.value })}
          />
        )}
      </div>
      {check === "one_of" && (
        <Textarea
          label="Values, one per line"
          required
          autosize
          minRows={3}
          value={settings.values}
          onChange={(event) => set({ values: event.currentTarget.value })}
        />
      )}
      {RANGED.includes(check) && <Range settings={settings} onSettings={onSettings} />}
      {check !== "not_empty" && !RANGED.includes(check) && (
        <Checkbox
          label="Upper and lower case are the same"
          checked={settings.ignoreCase}
          onChange={(event) => set({ ignoreCase: event.currentTarget.checked })}
        />
      )}
    </>
  );
}

function Range({ settings, onSettings }: Props) {
  return (
    <div className={classes.pair}>
      <Bounds
        low={settings.min}
        high={settings.max}
        labels={["At least", "At most"]}
        onBounds={({ low, high }) => onSettings({ ...settings, min: low, max: high })}
      />
    </div>
  );
}

/** What a judge may do in a day; beyond that it is not asked. */
function Limits({ settings, onSettings }: Props) {
  const common = { placeholder: "no limit", hideControls: true, min: 0, allowNegative: false };
  const read = (value: number | string) => (typeof value === "number" ? value : undefined);
  return (
    <div className={classes.pair}>
      <NumberInput
        label="Calls a day"
        description="At most; days are those of UTC."
        allowDecimal={false}
        value={settings.maxCalls ?? ""}
        onChange={(value) => onSettings({ ...settings, maxCalls: read(value) })}
        {...common}
      />
      <NumberInput
        label="US dollars a day"
        description="The last call may pass it."
        value={settings.maxUsd ?? ""}
        onChange={(value) => onSettings({ ...settings, maxUsd: read(value) })}
        {...common}
      />
    </div>
  );
}

const ANSWERS = [
  { value: "score", label: "A score" },
  { value: "verdict", label: "Pass or fail" },
  { value: "label", label: "A label" },
];

function Judge({ settings, onSettings }: Props) {
  const set = (change: Partial<Settings>) => onSettings({ ...settings, ...change });
  const [search] = useDebouncedValue(settings.model.trim(), 250);
  const models = useQuery({ ...libraryQueries.models(search), enabled: search.length > 1 });
  const specs = (models.data?.items ?? []).slice(0, 20).map(({ spec }) => spec);
  return (
    <>
      <Autocomplete
        label="Model"
        description="provider:model, or part of a name."
        required
        data={[...new Set(specs)]}
        filter={({ options }) => options}
        value={settings.model}
        onChange={(model) => set({ model })}
      />
      <Textarea
        label="Rubric"
        description="The judge sees the inputs, the value and the ground truth."
        required
        autosize
        minRows={4}
        maxRows={16}
        value={settings.rubric}
        onChange={(event) => set({ rubric: event.currentTarget.value })}
      />
      <div className={classes.row}>
        <span className={classes.label}>It answers with</span>
        <Segments
          label="It answers with"
          value={settings.answer}
          options={ANSWERS}
          onChange={(answer) => set({ answer })}
        />
      </div>
      {settings.answer === "score" && <Range settings={settings} onSettings={onSettings} />}
      {settings.answer === "label" && (
        <Textarea
          label="Labels, one per line"
          required
          autosize
          minRows={3}
          value={settings.labels}
          onChange={(event) => set({ labels: event.currentTarget.value })}
        />
      )}
      <Limits settings={settings} onSettings={onSettings} />
    </>
  );
}
