import { Panel } from "@/components/ui/Panel";
import { Meter } from "@/components/ui/Meter";
import type { Connection } from "@/api/follow";
import type { ModelProgress, ProgressView } from "@/api/types";
import { count, duration, modelName, money, percent } from "@/lib/format";
import classes from "./LivePanel.module.css";

interface Props {
  progress: ProgressView;
  connection: Connection;
}

/** How far a running evaluation is: as a whole, per model, in money and in time. */
export function LivePanel({ progress, connection }: Props) {
  const share = progress.planned > 0 ? progress.ended / progress.planned : 0;
  const tenth = Math.floor(share * 10) * 10;
  return (
    <Panel
      title="In progress"
      note={connection === "lost" ? "The live stream broke off; reconnecting." : undefined}
    >
      <p className="visually-hidden" role="status" aria-live="polite">
        {`${tenth} percent done`}
      </p>
      <div className={classes.whole}>
        <span className={classes.share}>{percent(share, 0)}</span>
        <Meter
          value={progress.ended}
          max={progress.planned}
          label="Whole evaluation"
          size="thick"
        />
        <dl className={classes.facts}>
          <Figure label="Ended" value={`${count(progress.ended)} of ${count(progress.planned)}`} />
          <Figure label="Cost so far" value={money(progress.cost_usd)} />
          <Figure label="Elapsed" value={duration(progress.elapsed_seconds)} />
          <Figure label="Remaining" value={remaining(progress.remaining_seconds)} />
        </dl>
      </div>
      <ul className={classes.models}>
        {progress.models.map((model) => (
          <ModelLine key={model.model} model={model} />
        ))}
      </ul>
    </Panel>
  );
}

function remaining(seconds: number | null): string {
  return seconds === null ? "not known yet" : `about ${duration(seconds)}`;
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function ModelLine({ model }: { model: ModelProgress }) {
  const name = modelName(model.model);
  return (
    <li className={classes.model}>
      <span className={classes.name} title={model.model}>
        {name}
      </span>
      <Meter value={model.ended} max={model.planned} label={name} />
      <span className={classes.amount}>
        {count(model.ended)} of {count(model.planned)}
      </span>
      <span className={classes.passed}>
        {model.ended > 0 ? `${count(model.passed)} passed` : "waiting"}
      </span>
    </li>
  );
}
