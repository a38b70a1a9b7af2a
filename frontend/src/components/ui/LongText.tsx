import { Button } from "@mantine/core";
import { useState } from "react";
import { count } from "@/lib/format";

/** Beyond this a text is folded: laying out megabytes holds up the page. */
const MOST = 20_000;

interface Props {
  text: string;
  className?: string | undefined;
  /** How many characters are shown at first. */
  most?: number | undefined;
}

/** A text as it is; of a very long one the beginning, and the rest when asked. */
export function LongText({ text, className, most = MOST }: Props) {
  const [whole, setWhole] = useState(false);
  const folded = !whole && text.length > most;
  return (
    <>
      <pre className={className} dir="auto">
        {folded ? `${text.slice(0, most)}…` : text}
      </pre>
      {folded && (
        <Button variant="default" size="compact-xs" onClick={() => setWhole(true)}>
          Show all {count(text.length)} characters
        </Button>
      )}
    </>
  );
}
