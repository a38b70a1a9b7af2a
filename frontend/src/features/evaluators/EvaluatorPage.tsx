import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { deleteEvaluator, evaluatorKeys, evaluatorQueries } from "@/api/queries/evaluators";
import type { Evaluator } from "@/api/types";
import { CopyId } from "@/components/ui/CopyId";
import { Fact, PageHeader } from "@/components/ui/PageHeader";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Waiting } from "@/components/ui/Waiting";
import { dateTime } from "@/lib/format";
import { draftOf, EMPTY } from "./draft";
import { EvaluatorForm } from "./EvaluatorForm";
import { EvaluatorVersions } from "./EvaluatorVersions";
import { arrivalText, KINDS, spentText } from "./kinds";
import { OldRuns } from "./OldRuns";
import { TryOut } from "./TryOut";
import classes from "./evaluators.module.css";

const route = getRouteApi("/evaluators/$id");

/** One evaluator: what it says, tried out, run over old runs, and its versions. */
export function EvaluatorPage() {
  const { id } = route.useParams();
  const evaluator = useQuery(evaluatorQueries.detail(id));
  if (!evaluator.data) return <Waiting query={evaluator} />;
  return <Stored key={`${id} ${evaluator.data.version}`} evaluator={evaluator.data} />;
}

function Stored({ evaluator }: { evaluator: Evaluator }) {
  const [draft, setDraft] = useState(() => draftOf(evaluator));
  return (
    <>
      <PageHeader
        title={evaluator.name}
        eyebrow={<Link to="/evaluators">Evaluators</Link>}
        facts={
          <>
            <Fact label="Kind">{KINDS[evaluator.kind].label}</Fact>
            <Fact label="Version">{evaluator.version}</Fact>
            <Fact label="What arrives">{arrivalText(evaluator)}</Fact>
            {evaluator.spent_today && <Fact label="Today">{spentText(evaluator.spent_today)}</Fact>}
            <Fact label="Changed">{dateTime(evaluator.updated_at)}</Fact>
            <Fact label="Evaluator">
              <CopyId id={evaluator.id} />
            </Fact>
          </>
        }
        actions={<Delete evaluator={evaluator} />}
      />
      <div className={classes.columns}>
        <EvaluatorForm stored={evaluator} draft={draft} onDraft={setDraft} />
        <div className={classes.side}>
          <TryOut draft={draft} />
          {evaluator.kind !== "human" && <OldRuns evaluator={evaluator} />}
        </div>
      </div>
      <EvaluatorVersions evaluator={evaluator} onTakeUp={(version) => setDraft(draftOf(version))} />
    </>
  );
}

/** Makes an evaluator; it can be tried out before it is stored. */
export function NewEvaluatorPage() {
  const [draft, setDraft] = useState(EMPTY);
  return (
    <>
      <PageHeader title="New evaluator" eyebrow={<Link to="/evaluators">Evaluators</Link>} />
      <div className={classes.columns}>
        <EvaluatorForm draft={draft} onDraft={setDraft} />
        <div className={classes.side}>
          <TryOut draft={draft} />
        </div>
      </div>
    </>
  );
}

function Delete({ evaluator }: { evaluator: Evaluator }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const forget = useMutation({
    mutationFn: () => deleteEvaluator(evaluator.id),
    onSuccess: async () => {
      await navigate({ to: "/evaluators" });
      queries.removeQueries({ queryKey: evaluatorKeys.detail(evaluator.id) });
      await queries.invalidateQueries({ queryKey: evaluatorKeys.all });
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Delete…
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Delete ${evaluator.name}`}>
        <div className={classes.form}>
          <p>It scores nothing from then on, and its versions are forgotten. Its scores stay.</p>
          {forget.isError && <ProblemNote error={forget.error} compact />}
          <Button color="rust" loading={forget.isPending} onClick={() => forget.mutate()}>
            Delete it
          </Button>
        </div>
      </Modal>
    </>
  );
}
