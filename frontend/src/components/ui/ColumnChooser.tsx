import { Button, Checkbox, Popover } from "@mantine/core";
import classes from "./ColumnChooser.module.css";

interface Props {
  /** Every column there is to choose from, by its name. */
  names: readonly string[];
  chosen: readonly string[];
  onChoose: (names: string[] | null) => void;
}

/** Which metrics have a column; the choice can be undone. */
export function ColumnChooser({ names, chosen, onChoose }: Props) {
  if (names.length === 0) return null;
  const toggle = (name: string) =>
    onChoose(
      chosen.includes(name)
        ? chosen.filter((one) => one !== name)
        : names.filter((one) => one === name || chosen.includes(one)),
    );
  return (
    <Popover position="bottom-end" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="xs" className={classes.button}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <fieldset className={classes.list}>
          <legend className={classes.legend}>Metrics shown as columns</legend>
          {names.map((name) => (
            <Checkbox
              key={name}
              size="xs"
              label={name}
              checked={chosen.includes(name)}
              onChange={() => toggle(name)}
            />
          ))}
        </fieldset>
        <Button variant="subtle" size="compact-xs" mt={10} onClick={() => onChoose(null)}>
          Back to the usual ones
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
