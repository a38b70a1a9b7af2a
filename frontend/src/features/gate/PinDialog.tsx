import { pinBaseline } from "@/api/queries/gate";
import type { EvalRun } from "@/api/types";
import { percent } from "@/lib/format";
import { ReasonDialog } from "./ReasonDialog";

interface Props {
  run: EvalRun;
  opened: boolean;
  onClose: () => void;
}

/** Names a run as what its eval type is measured by from now on, for a reason. */
export function PinDialog({ run, opened, onClose }: Props) {
  return (
    <ReasonDialog
      title="Pin as baseline"
      action="Pin it"
      act={(reason) => pinBaseline({ run_id: run.run_id, reason })}
      opened={opened}
      onClose={onClose}
    >
      Runs of <b>{run.eval_type}</b> will be measured by this one, with{" "}
      {percent(run.point?.pass_rate)}, until it is unpinned. That keeps a slow decline from going
      unnoticed.
    </ReasonDialog>
  );
}
