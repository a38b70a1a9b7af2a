import { NumberInput } from "@mantine/core";
import type { AnswerValue } from "@/api/queries/reviews";
import type { QueueField } from "@/api/types";
import classes from "./reviews.module.css";

interface Props {
  field: QueueField;
  value: AnswerValue | undefined;
  /** Whether the keyboard answers this one now. */
  active: boolean;
  onAnswer: (value: AnswerValue | undefined) => void;
}

const VERDICTS = [
  { value: true, label: "Pass", keys: "Y" },
  { value: false, label: "Fail", keys: "N" },
];

/** One question of a queue, answered by a click or by the keys shown. */
export function Question({ field, value, active, onAnswer }: Props) {
  const choices =
    field.type === "boolean"
      ? VERDICTS
      : (field.options ?? []).map((option, index) => ({
          value: option,
          label: option,
          keys: index < 9 ? String(index + 1) : "",
        }));
  return (
    <fieldset className={classes.question} data-active={active}>
      <legend>
        {field.name.replaceAll("_", " ")}
        {!field.required && <span className="muted"> (optional)</span>}
      </legend>
      {field.type === "number" ? (
        <NumberInput
          aria-label={field.name}
          value={typeof value === "number" ? value : ""}
          min={field.min ?? undefined}
          max={field.max ?? undefined}
          size="sm"
          w={140}
          description={rangeText(field)}
          onChange={(next) => onAnswer(typeof next === "number" ? next : undefined)}
        />
      ) : (
        <div className={classes.choices}>
          {choices.map((choice) => (
            <button
              key={choice.label}
              type="button"
              className={classes.choice}
              aria-pressed={value === choice.value}
              onClick={() => onAnswer(choice.value)}
            >
              {choice.label}
              {choice.keys && <kbd>{choice.keys}</kbd>}
            </button>
          ))}
        </div>
      )}
    </fieldset>
  );
}

function rangeText({ min, max }: QueueField): string | undefined {
  if (typeof min === "number" && typeof max === "number") return `From ${min} to ${max}`;
  if (typeof min === "number") return `At least ${min}`;
  return typeof max === "number" ? `At most ${max}` : undefined;
}
