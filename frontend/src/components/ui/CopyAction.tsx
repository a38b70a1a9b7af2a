import { ActionIcon } from "@mantine/core";
import { CheckIcon, CopyIcon } from "./icons";
import { useCopy } from "./useCopy";

/** Copies a text by a click; the label says of what. */
export function CopyAction({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      onClick={copy}
      aria-label={copied ? "Copied" : `Copy ${label}`}
    >
      {copied ? <CheckIcon /> : <CopyIcon />}
    </ActionIcon>
  );
}
