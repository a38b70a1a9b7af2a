import { Button } from "@mantine/core";
import { explain } from "@/api/problem";
import classes from "./ProblemNote.module.css";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
  compact?: boolean;
  /** Whether it is all that the page shows. */
  main?: boolean;
}

/** An error as what happened and what to do, with a way to try again. */
export function ProblemNote({ error, onRetry, compact = false, main = false }: Props) {
  const { title, detail, advice } = explain(error);
  const Title = main ? "h1" : "p";
  return (
    <div className={classes.note} role="alert" data-compact={compact}>
      {main && <title>{`${title} · Assay`}</title>}
      <Title className={classes.title}>{title}</Title>
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
