import { ActionIcon } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./FilterChip.module.css";
import { CrossIcon } from "./icons";

interface Props {
  /** What the list is narrowed to, for assistive technology. */
  label: string;
  children: ReactNode;
  onClear: () => void;
}

/** What a list is narrowed to that was chosen elsewhere, and the way out of it. */
export function FilterChip({ label, children, onClear }: Props) {
  return (
    <span className={classes.chip} role="group" aria-label={label}>
      <span className={classes.text}>{children}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={`Show more than ${label}`}
        onClick={onClear}
      >
        <CrossIcon />
      </ActionIcon>
    </span>
  );
}
