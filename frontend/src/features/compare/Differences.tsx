import { DataTable, type Column } from "@/components/ui/DataTable";
import { Panel } from "@/components/ui/Panel";
import { ValueView } from "@/components/ui/ValueView";
import type { RunComparison } from "@/api/types";
import { differences, type Difference } from "./differences";

/** What was set otherwise in the two runs; what the change may come from. */
export function Differences({ comparison }: { comparison: RunComparison }) {
  const rows = differences(comparison.old_run, comparison.new_run);
  if (rows.length === 0) return null;
  return (
    <Panel title="Settings that differ" note="Metadata and configuration of the two runs." flush>
      <DataTable
        caption="Old and new settings"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ path }) => path}
        minWidth={520}
      />
    </Panel>
  );
}

const COLUMNS: Column<Difference>[] = [
  { key: "path", header: "Setting", width: "26%", cell: ({ path }) => <strong>{path}</strong> },
  { key: "old", header: "Old", width: "37%", cell: ({ older }) => <ValueView value={older} /> },
  { key: "new", header: "New", width: "37%", cell: ({ newer }) => <ValueView value={newer} /> },
];
