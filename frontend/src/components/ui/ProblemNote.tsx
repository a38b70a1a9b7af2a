import { Button } from "@mantine/core";
import { explain } from "@/api/problem";
import classes from "./ProblemNote.module.css";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
  compact?: boolean;
}

/** An error as what happened and what to do, with a way to try again. */
export function ProblemNote({ error, onRetry, compact = false }: Props) {
  const { title, detail, advice } = explain(error);
  return (
    <div className={classes.note} role="alert" data-compact={compact}>
      <p className={classes.title}>{title}</p>
      {detail && <p className={classes.detail}>{detail}</p>}
      <p className={classes.advice}>{advice}</p>
      {onRetry && (
        <Button variant="default" size="xs" mt="sm" onClick={onRetry}>
          Retry
        </Button>
      )}
    </div>
  );
}
