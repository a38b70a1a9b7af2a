import { useQuery } from "@tanstack/react-query";
import { Button } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { evaluatorQueries } from "@/api/queries/evaluators";
import type { Evaluator } from "@/api/types";
import type { Column } from "@/components/ui/DataTable";
import { ListPage } from "@/components/ui/ListPage";
import { PlusIcon } from "@/components/ui/icons";
import { count, dateTime } from "@/lib/format";
import { arrivalText, eventsText, KINDS, thresholdText } from "./kinds";

const route = getRouteApi("/evaluators");
const LIMIT = 25;

/** The evaluators that live on the server and score what arrives. */
export function EvaluatorsPage() {
  const { q, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const evaluators = useQuery(evaluatorQueries.list({ search: q, page, limit: LIMIT }));
  return (
    <ListPage
      title="Evaluators"
      noun="evaluators"
      query={evaluators}
      columns={COLUMNS}
      rowKey={(evaluator) => evaluator.id}
      search={q}
      minWidth={900}
      actions={
        <Button
          variant="default"
          leftSection={<PlusIcon />}
          renderRoot={(props) => <Link to="/evaluators/new" {...props} />}
        >
          New evaluator
        </Button>
      }
      onSearch={(text) => void navigate({ search: { q: text || undefined }, replace: true })}
      onPage={(next) => void navigate({ search: { q, page: next } })}
      emptyTitle="No evaluator lives on this server yet"
      empty={
        <p>
          A pattern, a check, a JSON Schema or a judge scores every event that arrives, whoever
          sends it, and can be run over old runs. <Link to="/evaluators/new">Make one</Link>.
        </p>
      }
    />
  );
}

const COLUMNS: Column<Evaluator>[] = [
  {
    key: "name",
    header: "Name",
    cell: (evaluator) => (
      <Link to="/evaluators/$id" params={{ id: evaluator.id }}>
        {evaluator.name}
      </Link>
    ),
  },
  { key: "kind", header: "Kind", cell: ({ kind }) => KINDS[kind].label },
  {
    key: "target",
    header: "Looks at",
    cell: ({ kind, target }) => (kind === "composite" ? "metrics" : <code>{target}</code>),
  },
  { key: "events", header: "Events", cell: (evaluator) => eventsText(evaluator) },
  { key: "threshold", header: "Threshold", cell: (evaluator) => thresholdText(evaluator) },
  {
    key: "enabled",
    header: "What arrives",
    cell: (evaluator) => arrivalText(evaluator),
  },
  { key: "version", header: "Version", align: "end", cell: ({ version }) => count(version) },
  {
    key: "changed",
    header: "Changed",
    align: "end",
    cell: ({ updated_at }) => dateTime(updated_at),
  },
];
