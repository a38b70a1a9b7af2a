import { Button, Popover, Select } from "@mantine/core";
import { useState } from "react";
import { metric as metricText } from "@/lib/format";
import { Bounds } from "./Bounds";
import classes from "./MetricRange.module.css";

export interface Range {
  metric?: string | undefined;
  min?: number | undefined;
  max?: number | undefined;
}

interface Props {
  /** What can be asked for: its name on the wire and what it is called. */
  metrics: readonly { value: string; label: string }[];
  range: Range;
  onRange: (range: Range) => void;
}

/** What a range asks for, in a few signs, such as ``exact ≥ 0.5``. */
export function rangeText({ metric, min, max }: Range, label = metric): string {
  if (metric === undefined) return "Metric is…";
  if (min !== undefined && max !== undefined) {
    return min === max
      ? `${label} = ${metricText(min)}`
      : `${metricText(min)} ≤ ${label} ≤ ${metricText(max)}`;
  }
  if (min !== undefined) return `${label} ≥ ${metricText(min)}`;
  return max === undefined ? `has ${label}` : `${label} ≤ ${metricText(max)}`;
}

/** Narrows a list to those whose number of one metric lies in a range. */
export function MetricRange({ metrics, range, onRange }: Props) {
  const [opened, setOpened] = useState(false);
  if (metrics.length === 0 && range.metric === undefined) return null;
  const label = metrics.find(({ value }) => value === range.metric)?.label;
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      withinPortal
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          className={classes.button}
          data-active={range.metric !== undefined}
          onClick={() => setOpened(!opened)}
        >
          {rangeText(range, label)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Form
          key={JSON.stringify(range)}
          metrics={metrics}
          range={range}
          onRange={(next) => {
            setOpened(false);
            onRange(next);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function Form({ metrics, range, onRange }: Props) {
  const [draft, setDraft] = useState(range);
  const metric = draft.metric ?? metrics[0]?.value;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        onRange({ ...draft, metric });
      }}
    >
      <Select
        label="Metric"
        size="xs"
        data={metrics}
        value={metric ?? null}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => setDraft({ ...draft, metric: value ?? undefined })}
      />
      <div className={classes.bounds}>
        <Bounds
          size="xs"
          low={draft.min}
          high={draft.max}
          labels={["At least", "At most"]}
          onBounds={({ low, high }) => setDraft({ ...draft, min: low, max: high })}
        />
      </div>
      <div className={classes.actions}>
        <Button type="submit" size="xs">
          Apply
        </Button>
        {range.metric !== undefined && (
          <Button variant="subtle" size="xs" onClick={() => onRange({})}>
            Any value
          </Button>
        )}
      </div>
    </form>
  );
}
