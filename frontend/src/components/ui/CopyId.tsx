import { CopyButton, UnstyledButton } from "@mantine/core";
import { short } from "@/lib/format";
import classes from "./CopyId.module.css";
import { CheckIcon, CopyIcon } from "./icons";

/** An id that is copied whole by a click, however little of it is shown. */
export function CopyId({ id, length = 8 }: { id: string; length?: number }) {
  const shown = short(id, length);
  return (
    <CopyButton value={id} timeout={1500}>
      {({ copied, copy }) => (
        <UnstyledButton
          className={classes.id}
          onClick={copy}
          title={id}
          aria-label={copied ? "Copied" : `Copy the id ${shown}`}
        >
          <span>{shown}</span>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
