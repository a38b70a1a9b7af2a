import { CopyLine } from "@/components/ui/CopyLine";
import { EmptyState } from "@/components/ui/EmptyState";
import { Link } from "@tanstack/react-router";

/** What to do when the list is empty: loosen the filter, or run something. */
export function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState title="No run matches these filters">
        <p>
          Search for less of the name, or <Link to="/runs">show all runs</Link>.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing has been run yet">
      <p>
        <Link to="/evaluations/new">Start an evaluation here</Link>, look at the demo, or run one
        from a terminal:
      </p>
      <CopyLine text="assay demo" />
      <CopyLine text="assay bench run TASK.yaml --dataset DATA.jsonl --models recorded:ANSWERS.jsonl#NAME" />
      <p>Experiments appear here as soon as a script calls evaluate():</p>
      <CopyLine text="python -c 'from assay import evaluate; help(evaluate)'" />
    </EmptyState>
  );
}
