import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { consumption, type TraceEvent } from "@/api/events";
import { eventQueries } from "@/api/queries/events";
import { CopyLine } from "@/components/ui/CopyLine";
import type { Column } from "@/components/ui/DataTable";
import { FilterChip } from "@/components/ui/FilterChip";
import { ListPage } from "@/components/ui/ListPage";
import { Segments } from "@/components/ui/Segments";
import { milliseconds } from "@/features/trace/tree";
import { ago, count, dateTime } from "@/lib/format";
import { preview } from "@/lib/values";

const route = getRouteApi("/sessions");
const LIMIT = 50;
const KINDS = [
  { value: "", label: "All" },
  { value: "yes", label: "Failed" },
];

/** Every session that was sent, the newest first. */
export function SessionsPage() {
  const { q, page = 1, failed, run } = route.useSearch();
  const navigate = route.useNavigate();
  const sessions = useQuery(
    eventQueries.sessions({ search: q, failed: failed === "yes", runId: run, page, limit: LIMIT }),
  );
  return (
    <ListPage
      title="Sessions"
      noun="sessions"
      query={sessions}
      columns={COLUMNS}
      rowKey={(session) => session.id}
      search={q}
      minWidth={900}
      filtered={failed !== undefined || run !== undefined}
      filters={
        <>
          <Segments
            label="Outcome"
            value={failed ?? ""}
            options={KINDS}
            onChange={(value) =>
              void navigate({
                search: { q, run, failed: value === "yes" ? "yes" : undefined },
                replace: true,
              })
            }
          />
          {run !== undefined && (
            <FilterChip
              label="one run"
              onClear={() => void navigate({ search: { q, failed }, replace: true })}
            >
              of{" "}
              <Link to="/runs/$id" params={{ id: run }}>
                one run
              </Link>
            </FilterChip>
          )}
        </>
      }
      onSearch={(text) =>
        void navigate({ search: { q: text || undefined, failed, run }, replace: true })
      }
      onPage={(next) => void navigate({ search: { q, failed, run, page: next } })}
      emptyTitle="No session has been sent yet"
      empty={
        <>
          <p>
            Every datapoint of a traced experiment is a session. Any OpenTelemetry exporter can send
            here, too:
          </p>
          <CopyLine
            label="setting"
            text={`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${window.location.origin}/v1/traces`}
          />
        </>
      }
    />
  );
}

const COLUMNS: Column<TraceEvent>[] = [
  {
    key: "name",
    header: "Name",
    width: "24%",
    cell: (session) => (
      <Link to="/sessions/$id" params={{ id: session.sessionId }}>
        {session.name}
      </Link>
    ),
  },
  { key: "inputs", header: "Inputs", cell: (session) => preview(session.inputs, 90) },
  {
    key: "outcome",
    header: "Outputs",
    cell: (session) =>
      session.error === null ? (
        preview(session.outputs, 90)
      ) : (
        <span style={{ color: "var(--bad-ink)" }}>{preview(session.error, 90)}</span>
      ),
  },
  {
    key: "run",
    header: "Run",
    cell: (session) =>
      session.runId ? (
        <Link to="/runs/$id" params={{ id: session.runId }}>
          run
        </Link>
      ) : (
        <span className="muted">–</span>
      ),
  },
  {
    key: "tokens",
    header: "Tokens",
    align: "end",
    cell: (session) => {
      const { inputTokens, outputTokens } = consumption(session);
      return inputTokens === null && outputTokens === null
        ? "–"
        : count((inputTokens ?? 0) + (outputTokens ?? 0));
    },
  },
  {
    key: "took",
    header: "Duration",
    align: "end",
    cell: (session) => milliseconds(session.durationMs),
  },
  {
    key: "started",
    header: "Started",
    align: "end",
    cell: ({ start }) => {
      if (start === null) return "–";
      const moment = new Date(start).toISOString();
      return <span title={dateTime(moment)}>{ago(moment, new Date())}</span>;
    },
  },
];
