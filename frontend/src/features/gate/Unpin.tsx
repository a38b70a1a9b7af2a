import { Button } from "@mantine/core";
import { useState } from "react";
import { unpinBaseline } from "@/api/queries/gate";
import { ReasonDialog } from "./ReasonDialog";

/** Takes the pin of an eval type's baseline away, for a reason. */
export function Unpin({ evalType }: { evalType: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setOpened(true)}>
        Unpin
      </Button>
      <ReasonDialog
        title={`Unpin the baseline of ${evalType}`}
        action="Unpin it"
        act={(reason) => unpinBaseline(evalType, reason)}
        opened={opened}
        onClose={() => setOpened(false)}
      >
        Its newest complete run will be the baseline again.
      </ReasonDialog>
    </>
  );
}
