import { Link } from "@tanstack/react-router";
import type { AuditRecord } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { dateTime, plural } from "@/lib/format";
import { versionText } from "./timeline";

/** Who moved which alias, when and why, newest first. */
export function AuditHistory({ history }: { history: readonly AuditRecord[] }) {
  if (history.length === 0) {
    return (
      <EmptyState title="Nothing was promoted or rolled back yet">
        <p>Moves made by other tools leave no trace here: MLflow keeps no history of aliases.</p>
      </EmptyState>
    );
  }
  return (
    <DataTable
      caption="Moves of the aliases"
      columns={COLUMNS}
      rows={[...history].reverse()}
      rowKey={(record) => `${record.alias} ${record.id}`}
      minWidth={860}
    />
  );
}

const COLUMNS: Column<AuditRecord>[] = [
  { key: "when", header: "When", cell: ({ timestamp }) => dateTime(timestamp) },
  {
    key: "action",
    header: "Action",
    cell: ({ action, forced, state }) => (
      <>
        {action === "rollback" ? "rolled back" : action === "promote" ? "promoted" : action}
        {forced && <strong> (forced)</strong>}
        {state !== "done" && <span className="muted"> {state}</span>}
      </>
    ),
  },
  {
    key: "move",
    header: "Alias",
    cell: ({ alias, from_version: from, to_version: to }) => (
      <>
        {alias}: {versionText(from)} → {versionText(to)}
      </>
    ),
  },
  { key: "actor", header: "By", cell: ({ actor }) => actor },
  {
    key: "reason",
    header: "Reason",
    cell: ({ reason, note }) => (
      <>
        {reason}
        {note && <span className="muted"> ({note})</span>}
      </>
    ),
  },
  { key: "runs", header: "Justified by", cell: (entry) => <Runs ids={entry.justifying_run_ids} /> },
];

function Runs({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return <span className="muted">no run</span>;
  return (
    <details>
      <summary>{plural(ids.length, "run")}</summary>
      {ids.map((id) => (
        <div key={id}>
          <Link to="/gate/runs/$id" params={{ id }}>
            {id.slice(0, 12)}
          </Link>
        </div>
      ))}
    </details>
  );
}
