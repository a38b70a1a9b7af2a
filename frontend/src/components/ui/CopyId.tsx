import { UnstyledButton } from "@mantine/core";
import { shortId } from "@/lib/format";
import classes from "./CopyId.module.css";
import { CheckIcon, CopyIcon } from "./icons";
import { useCopy } from "./useCopy";

/** An id that is copied whole by a click, however little of it is shown. */
export function CopyId({ id, length = 8 }: { id: string; length?: number }) {
  const { copied, copy } = useCopy(id);
  const shown = shortId(id, length);
  return (
    <UnstyledButton
      className={classes.id}
      onClick={copy}
      title={id}
      aria-label={copied ? "Copied" : `Copy the id ${shown}`}
    >
      <span>{shown}</span>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </UnstyledButton>
  );
}
