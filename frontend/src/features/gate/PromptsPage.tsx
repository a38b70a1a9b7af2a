import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { gateQueries } from "@/api/queries/gate";
import type { ListedPrompt } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { PlusIcon } from "@/components/ui/icons";
import { Aliases } from "./Aliases";
import { GateAnswer, GatePlace } from "./GatePlace";
import { NewVersion } from "./NewVersion";
import { versionText } from "./timeline";

/** The prompts of the registry, and where their aliases point. */
export function PromptsPage() {
  const prompts = useQuery(gateQueries.prompts());
  const [adding, setAdding] = useState(false);
  return (
    <GatePlace
      title="Prompts"
      actions={
        prompts.data && (
          <>
            <Button variant="default" leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
              New prompt
            </Button>
            <NewVersion opened={adding} onClose={() => setAdding(false)} />
          </>
        )
      }
    >
      <GateAnswer query={prompts} rows={5}>
        {(found) => (
          <div className="surface">
            {found.length === 0 ? (
              <EmptyState title="No prompts registered">
                <p>
                  Register one here, with <code>assay prompts register</code>, or with any MLflow
                  client.
                </p>
              </EmptyState>
            ) : (
              <DataTable
                caption="Prompts"
                columns={COLUMNS}
                rows={found}
                rowKey={(prompt) => prompt.name}
                minWidth={520}
              />
            )}
          </div>
        )}
      </GateAnswer>
    </GatePlace>
  );
}

const COLUMNS: Column<ListedPrompt>[] = [
  {
    key: "name",
    header: "Prompt",
    cell: ({ name }) => (
      <Link to="/gate/prompts/$name" params={{ name }}>
        {name}
      </Link>
    ),
  },
  {
    key: "latest",
    header: "Latest",
    cell: ({ latest_version: latest }) => (latest === null ? "–" : versionText(latest)),
  },
  { key: "aliases", header: "Aliases", cell: ({ aliases }) => <Aliases aliases={aliases} /> },
  {
    key: "description",
    header: "Description",
    cell: ({ description }) => description || <span className="muted">–</span>,
  },
];
