import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "@/api/problem";
import { EmptyState } from "@/components/ui/EmptyState";
import { PageHeader } from "@/components/ui/PageHeader";
import { ProblemNote } from "@/components/ui/ProblemNote";
import tabs from "@/components/ui/TabLinks.module.css";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import classes from "./gate.module.css";

const PLACES = [
  { to: "/gate", label: "Trends" },
  { to: "/gate/regressions", label: "Regressions" },
  { to: "/gate/prompts", label: "Prompts" },
  { to: "/gate/suites", label: "Suites" },
] as const;

interface Props {
  title: string;
  eyebrow?: ReactNode;
  facts?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** What the gate's pages share: where one is among them, and the head. */
export function GatePlace({ title, eyebrow, facts, actions, children }: Props) {
  return (
    <>
      <nav className={tabs.tabs} aria-label="Gate">
        {PLACES.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className={tabs.tab}
            activeOptions={{ exact: to === "/gate", includeSearch: false }}
            activeProps={{ "data-current": true }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <PageHeader title={title} eyebrow={eyebrow} facts={facts} actions={actions} />
      {children}
    </>
  );
}

/** Waits for an answer of the gate, and says in full why there is none. */
export function GateAnswer<T>({
  query,
  rows = 8,
  children,
}: {
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) {
    return <GateProblem error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <div className="surface">
      <TableSkeleton rows={rows} />
    </div>
  );
}

/** Why the gate gives no answer: not set up, a fault in its file, or a ledger out of reach. */
export function GateProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const code = error instanceof ApiProblem ? error.code : null;
  if (code === "gate_not_configured") {
    return (
      <div className="surface">
        <EmptyState title="No gate is set up here">
          <p>{error instanceof Error && error.message}</p>
          <pre className={classes.example} tabIndex={0} role="region" aria-label="An assay.toml">
            {EXAMPLE}
          </pre>
        </EmptyState>
      </div>
    );
  }
  if (code === "gate_misconfigured" || code === "ledger") {
    const title = code === "ledger" ? "The ledger gives no answer" : "The gate's file has faults";
    return (
      <div className={classes.fault} role="alert">
        <h2>{title}</h2>
        <pre className={classes.faults}>{error instanceof Error && error.message}</pre>
        <p className="muted">
          {code === "ledger"
            ? "Nothing is known until it answers; nothing can be promoted meanwhile."
            : "Correct the lines that are named; this page reads the file again by itself."}
        </p>
        <Button variant="default" size="xs" onClick={onRetry}>
          Retry
        </Button>
      </div>
    );
  }
  return <ProblemNote error={error} onRetry={onRetry} />;
}

const EXAMPLE = `[gate]
base_experiment = "shop"
tracking_uri = "sqlite:///mlflow.db"

[gate.suites]
core = ["quality"]
full = ["quality"]

[gate.eval_types.quality]
dataset = "datasets/quality.jsonl"
candidate = "shop.agent:answer"
scorers = ["exact_match"]`;
