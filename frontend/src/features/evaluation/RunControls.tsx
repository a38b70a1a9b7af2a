import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelEvaluation, evaluationKeys, resumeEvaluation } from "@/api/queries/evaluations";
import type { EvaluationView } from "@/api/types";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { isLive } from "./useEvaluation";

/** Stops a running evaluation, or goes on with one that ended early. */
export function RunControls({ evaluation }: { evaluation: EvaluationView }) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: evaluationKeys.all });
  const cancel = useMutation({ mutationFn: cancelEvaluation, onSuccess: refresh });
  const resume = useMutation({ mutationFn: resumeEvaluation, onSuccess: refresh });
  const failed = cancel.error ?? resume.error;
  const resumable = ["cancelled", "failed"].includes(evaluation.status);
  return (
    <>
      {isLive(evaluation.status) && (
        <Button
          variant="default"
          loading={cancel.isPending}
          onClick={() => cancel.mutate(evaluation.id)}
        >
          Cancel
        </Button>
      )}
      {resumable && (
        <Button loading={resume.isPending} onClick={() => resume.mutate(evaluation.id)}>
          Resume
        </Button>
      )}
      {failed && <ProblemNote error={failed} compact />}
    </>
  );
}
