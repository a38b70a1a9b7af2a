import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { EvalCase } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { SearchBox } from "@/components/ui/SearchBox";
import { Segments } from "@/components/ui/Segments";
import { Verdict } from "@/components/ui/Verdict";
import { count, duration, figure } from "@/lib/format";
import { preview } from "@/lib/values";
import { casesShown } from "./cases";
import gate from "./gate.module.css";
import classes from "./EvalRunPage.module.css";

const route = getRouteApi("/gate/runs/$id");
const FIRST = 100;

/** The per-case table of a run, with the failed and the broken ones in reach. */
export function EvalCases({ cases }: { cases: readonly EvalCase[] | null }) {
  const { show, q } = route.useSearch();
  const navigate = route.useNavigate();
  const [most, setMost] = useState(FIRST);
  if (cases === null) {
    return (
      <EmptyState title="This run logged no cases">
        <p>Whatever made it logged metrics only, so nothing can be said about single cases.</p>
      </EmptyState>
    );
  }
  const shown = casesShown(cases, show, q);
  const set = (change: { show?: typeof show; q?: string | undefined }) =>
    void navigate({ search: (search) => ({ ...search, ...change }), replace: true });
  return (
    <>
      <div className={`${gate.tools} ${classes.tools}`}>
        <SearchBox
          value={q ?? ""}
          label="Search the cases"
          onSearch={(text) => set({ q: text || undefined })}
        />
        <Segments
          label="Which cases"
          value={show ?? ""}
          options={[
            { value: "", label: `All ${count(cases.length)}` },
            { value: "failed", label: `Failed ${count(casesShown(cases, "failed").length)}` },
            { value: "errors", label: `Errors ${count(casesShown(cases, "errors").length)}` },
          ]}
          onChange={(value) => set({ show: (value || undefined) as typeof show })}
        />
      </div>
      {shown.length === 0 ? (
        <EmptyState title="No case matches">
          <p>Search for less, or show all of them.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Cases of the run"
          columns={columns(shown.some(({ repeat }) => repeat > 0))}
          rows={shown.slice(0, most)}
          rowKey={(row) => `${row.repeat} ${row.case_id}`}
          minWidth={860}
        />
      )}
      {shown.length > most && (
        <Button variant="default" size="xs" mx={18} my={12} onClick={() => setMost(most + 400)}>
          Show more of the {count(shown.length)}
        </Button>
      )}
    </>
  );
}

function columns(repeated: boolean): Column<EvalCase>[] {
  const repeat: Column<EvalCase>[] = repeated
    ? [{ key: "repeat", header: "Repeat", align: "end", cell: (row) => row.repeat + 1 }]
    : [];
  return [
    { key: "id", header: "Case", cell: (row) => <span className="mono">{row.case_id}</span> },
    ...repeat,
    {
      key: "verdict",
      header: "Verdict",
      cell: (row) => <Verdict passed={row.passed} status={row.error ? "error" : "scored"} wordy />,
    },
    { key: "input", header: "Input", className: classes.text, cell: (row) => preview(row.input) },
    {
      key: "output",
      header: "Output",
      className: classes.text,
      cell: (row) =>
        row.error ? <span className={classes.error}>{row.error}</span> : preview(row.output, 400),
    },
    {
      key: "expected",
      header: "Expected",
      className: classes.text,
      cell: (row) => preview(row.expected),
    },
    {
      key: "score",
      header: "Score",
      align: "end",
      cell: (row) => figure(row.score),
    },
    {
      key: "reason",
      header: "Reason",
      className: classes.text,
      cell: (row) => row.reason ?? <span className="muted">–</span>,
    },
    { key: "took", header: "Took", align: "end", cell: (row) => duration(row.latency_seconds) },
  ];
}
