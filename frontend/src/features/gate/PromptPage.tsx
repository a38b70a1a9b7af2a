import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { gateQueries } from "@/api/queries/gate";
import type { ShownPrompt } from "@/api/types";
import { PlusIcon } from "@/components/ui/icons";
import { Panel } from "@/components/ui/Panel";
import { Aliases } from "./Aliases";
import { AuditHistory } from "./AuditHistory";
import { GateAnswer, GatePlace } from "./GatePlace";
import { NewVersion } from "./NewVersion";
import { PromoteDialog } from "./PromoteDialog";
import { PromptVersions } from "./PromptVersions";
import { PromptText } from "./PromptText";
import { RollbackDialog } from "./RollbackDialog";

const route = getRouteApi("/gate/prompts/$name");
const LIVE_MS = 5_000;

/** One prompt: its versions, what changed between them, and who moved its aliases. */
export function PromptPage() {
  const { name } = route.useParams();
  const prompt = useQuery({
    ...gateQueries.prompt(name),
    refetchInterval: (query) => (isBusy(query.state.data) ? LIVE_MS : false),
  });
  return (
    <GatePlace
      title={name}
      eyebrow={<Link to="/gate/prompts">Prompts</Link>}
      facts={prompt.data && <Aliases aliases={prompt.data.aliases} />}
      actions={prompt.data && <Actions prompt={prompt.data} />}
    >
      <GateAnswer query={prompt}>
        {(data) => (
          <>
            <PromptVersions prompt={data} />
            <PromptText prompt={data} />
            <Panel
              title="Audit"
              note="Every move of an alias, as the ledger has it; nothing here can be changed."
              flush
            >
              <AuditHistory history={data.audit} />
            </Panel>
          </>
        )}
      </GateAnswer>
    </GatePlace>
  );
}

/** Whether the core suite of a version is still to come or going on. */
function isBusy(prompt: ShownPrompt | undefined): boolean {
  return (prompt?.versions ?? []).some(({ core_suite: mark }) =>
    ["pending", "running"].includes(mark?.state ?? ""),
  );
}

function Actions({ prompt }: { prompt: ShownPrompt }) {
  const [dialog, setDialog] = useState<"promote" | "rollback" | "version" | null>(null);
  const close = () => setDialog(null);
  return (
    <>
      <Button variant="default" leftSection={<PlusIcon />} onClick={() => setDialog("version")}>
        New version
      </Button>
      <Button
        variant="default"
        disabled={Object.keys(prompt.aliases).length === 0}
        onClick={() => setDialog("rollback")}
      >
        Roll back…
      </Button>
      <Button disabled={prompt.versions.length === 0} onClick={() => setDialog("promote")}>
        Promote…
      </Button>
      <NewVersion prompt={prompt} opened={dialog === "version"} onClose={close} />
      <RollbackDialog prompt={prompt} opened={dialog === "rollback"} onClose={close} />
      <PromoteDialog prompt={prompt} opened={dialog === "promote"} onClose={close} />
    </>
  );
}
