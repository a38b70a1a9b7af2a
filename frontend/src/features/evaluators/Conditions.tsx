import { ActionIcon, Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { CrossIcon, PlusIcon } from "@/components/ui/icons";
import { filtersOf, isOfSessions, VALUELESS, type Row } from "./draft";
import { FIELDS, OPERATORS } from "./kinds";
import classes from "./evaluators.module.css";

interface Props {
  rows: readonly Row[];
  onRows: (rows: Row[]) => void;
}

/** Which events are scored: those that meet every condition. */
export function Conditions({ rows, onRows }: Props) {
  const set = (at: number, change: Partial<Row>) =>
    onRows(rows.map((row, index) => (index === at ? { ...row, ...change } : row)));
  return (
    <fieldset className={classes.group}>
      <legend>Events</legend>
      {rows.map((row, index) => (
        <div key={index} className={classes.condition}>
          <Autocomplete
            aria-label={`Field of condition ${index + 1}`}
            placeholder="event_type"
            data={FIELDS}
            value={row.field}
            onChange={(field) => set(index, { field })}
          />
          <Select
            aria-label={`Comparison of condition ${index + 1}`}
            data={OPERATORS}
            value={row.operator}
            allowDeselect={false}
            onChange={(operator) => set(index, { operator: operator ?? row.operator })}
          />
          {VALUELESS.includes(row.operator) ? (
            <span className={classes.value} />
          ) : (
            <TextInput
              className={classes.value}
              aria-label={`Value of condition ${index + 1}`}
              value={row.value}
              onChange={(event) =>
                set(index, { value: event.currentTarget.value, type: undefined })
              }
            />
          )}
          <ActionIcon
            className={classes.drop}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Drop condition ${index + 1}`}
            onClick={() => onRows(rows.filter((_, at) => at !== index))}
          >
            <CrossIcon />
          </ActionIcon>
        </div>
      ))}
      <div className={classes.actions}>
        <Button
          variant="default"
          size="xs"
          leftSection={<PlusIcon />}
          onClick={() => onRows([...rows, { field: "", operator: "is", value: "" }])}
        >
          Add a condition
        </Button>
        <span className={classes.fine}>
          {isOfSessions(filtersOf(rows))
            ? "Sessions alone are scored, as no condition speaks of event_type or event_name."
            : "Events that meet every condition are scored."}
        </span>
      </div>
    </fieldset>
  );
}
