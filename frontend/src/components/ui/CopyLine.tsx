import { ActionIcon, CopyButton } from "@mantine/core";
import { CheckIcon, CopyIcon } from "./icons";
import classes from "./CopyLine.module.css";

/** A command line to copy. */
export function CopyLine({ text, label = "command" }: { text: string; label?: string }) {
  return (
    <span className={classes.line}>
      <code className={classes.text}>{text}</code>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={copy}
            aria-label={copied ? "Copied" : `Copy ${label}`}
          >
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
