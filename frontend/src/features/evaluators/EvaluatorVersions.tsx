import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { evaluatorQueries } from "@/api/queries/evaluators";
import type { Evaluator } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { dateTime } from "@/lib/format";
import { changedParts } from "./draft";

interface Props {
  evaluator: Evaluator;
  onTakeUp: (version: Evaluator) => void;
}

/** Every version, what each changed, and the way back to one. */
export function EvaluatorVersions({ evaluator, onTakeUp }: Props) {
  const versions = useQuery(evaluatorQueries.versions(evaluator.id));
  return (
    <Panel title="Versions" note="Every score names the version that gave it." flush>
      {versions.isError && (
        <ProblemNote error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      {versions.isPending && <TableSkeleton rows={2} />}
      {versions.data && (
        <DataTable
          caption="Versions of the evaluator"
          columns={columns(evaluator, versions.data, onTakeUp)}
          rows={versions.data}
          rowKey={({ version }) => String(version)}
          minWidth={480}
        />
      )}
    </Panel>
  );
}

function columns(
  current: Evaluator,
  all: readonly Evaluator[],
  onTakeUp: Props["onTakeUp"],
): Column<Evaluator>[] {
  return [
    { key: "version", header: "Version", width: "90px", cell: ({ version }) => version },
    {
      key: "changed",
      header: "What changed",
      cell: (one) => {
        const older = all[all.indexOf(one) + 1];
        return older ? changedParts(one, older).join(", ") : "made";
      },
    },
    { key: "saved", header: "Saved", align: "end", cell: (one) => dateTime(one.updated_at) },
    {
      key: "take",
      header: <span className="visually-hidden">Take up</span>,
      align: "end",
      cell: (one) =>
        one.version === current.version ? (
          <span className="muted">current</span>
        ) : (
          <Button
            variant="default"
            size="compact-xs"
            aria-label={`Take up again: version ${one.version}`}
            onClick={() => onTakeUp(one)}
          >
            Take up again
          </Button>
        ),
    },
  ];
}
