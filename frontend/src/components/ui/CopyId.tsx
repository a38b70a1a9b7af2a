import { CopyButton, UnstyledButton } from "@mantine/core";
import classes from "./CopyId.module.css";
import { CheckIcon, CopyIcon } from "./icons";

/** An id that is copied whole by a click, however little of it is shown. */
export function CopyId({ id, length = 8 }: { id: string; length?: number }) {
  return (
    <CopyButton value={id} timeout={1500}>
      {({ copied, copy }) => (
        <UnstyledButton
          className={classes.id}
          onClick={copy}
          title={id}
          aria-label={copied ? "Copied" : `Copy the id ${id}`}
        >
          <span data-cut={id.length > length}>{id.slice(0, length)}</span>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
