import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { gateKeys, gateQueries, startSuite } from "@/api/queries/gate";
import type { GateSetup, SuiteRun } from "@/api/types";
import { CopyLine } from "@/components/ui/CopyLine";
import { EmptyState } from "@/components/ui/EmptyState";
import { Panel } from "@/components/ui/Panel";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { plural } from "@/lib/format";
import { GateAnswer, GatePlace } from "./GatePlace";
import { SuiteRunPanel } from "./SuiteRunPanel";
import gate from "./gate.module.css";
import classes from "./Suites.module.css";

const LOOK_MS = 5_000;

/** Starts suites and shows how far they are; the core suite of a new version turns up here. */
export function SuitesPage() {
  const setup = useQuery(gateQueries.setup());
  return (
    <GatePlace title="Suites">
      <GateAnswer query={setup} rows={4}>
        {(data) => <Suites setup={data} />}
      </GateAnswer>
    </GatePlace>
  );
}

function Suites({ setup }: { setup: GateSetup }) {
  const queries = useQueryClient();
  const runs = useQuery({ ...gateQueries.suites(), refetchInterval: LOOK_MS });
  const start = useMutation({
    mutationFn: startSuite,
    onSuccess: (run) => {
      queries.setQueryData<SuiteRun[]>(gateKeys.suites, (known = []) => [run, ...known]);
      return queries.invalidateQueries({ queryKey: gateKeys.suites });
    },
  });
  const suites = Object.entries(setup.suites);
  return (
    <>
      {start.isError && <ProblemNote error={start.error} compact />}
      {suites.length === 0 && (
        <div className="surface">
          <EmptyState title="No suites are declared">
            <p>
              Name some eval types in {setup.source ?? "assay.toml"} as{" "}
              <code>gate.suites.core</code> and <code>gate.suites.full</code>.
            </p>
          </EmptyState>
        </div>
      )}
      <div className={classes.suites}>
        {suites.map(([name, members]) => (
          <Panel
            key={name}
            title={name}
            note={plural(members.length, "eval type")}
            actions={
              <Button
                size="xs"
                loading={start.isPending}
                onClick={() => start.mutate({ suite: name })}
              >
                Start {name}
              </Button>
            }
          >
            <p className={classes.members}>{members.join(", ")}</p>
          </Panel>
        ))}
        <Single
          names={setup.runnable}
          busy={start.isPending}
          onStart={(evalType) => start.mutate({ evalType })}
        />
      </div>
      {runs.isError && <ProblemNote error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data?.length === 0 && (
        <div className="surface">
          <EmptyState title="Nothing was started since the server began">
            <p>
              What earlier suites came to is under Trends. From a terminal:{" "}
              <CopyLine text="assay run-evals --suite core" />
            </p>
          </EmptyState>
        </div>
      )}
      {runs.data?.map((run) => (
        <SuiteRunPanel key={run.id} run={run} />
      ))}
    </>
  );
}

interface SingleProps {
  names: string[];
  busy: boolean;
  onStart: (name: string) => void;
}

function Single({ names, busy, onStart }: SingleProps) {
  const [name, setName] = useState<string | null>(null);
  if (names.length === 0) return null;
  return (
    <Panel title="One eval type" note="Outside of any suite.">
      <div className={gate.tools}>
        <Select
          aria-label="Eval type"
          placeholder="Which one?"
          data={names}
          value={name}
          onChange={setName}
          searchable
          w={190}
        />
        <Button
          variant="default"
          loading={busy}
          disabled={name === null}
          onClick={() => name !== null && onStart(name)}
        >
          Start
        </Button>
      </div>
    </Panel>
  );
}
