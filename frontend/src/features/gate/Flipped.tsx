import { Button } from "@mantine/core";
import { useState } from "react";
import type { CaseOutcome, FlippedCase } from "@/api/types";
import { OutputSide } from "@/components/ui/OutputSide";
import { Segments } from "@/components/ui/Segments";
import { TextDiff } from "@/components/ui/TextDiff";
import { outputText, preview } from "@/lib/values";
import { outcomeText } from "./reports";
import classes from "./Report.module.css";

const FIRST = 20;

interface Props {
  cases: readonly FlippedCase[];
  evalType: string;
}

/** The cases whose verdict is another than in the baseline, both outputs side by side. */
export function Flipped({ cases, evalType }: Props) {
  const [way, setWay] = useState("");
  const [most, setMost] = useState(FIRST);
  const worse = cases.filter(({ change }) => change === "worse").length;
  const shown = cases.filter(({ change }) => way === "" || change === way);
  return (
    <section aria-label={`Flipped cases of ${evalType}`} className={classes.flipped}>
      <Segments
        label={`Which flipped cases of ${evalType}`}
        value={way}
        options={[
          { value: "", label: `All flipped ${cases.length}` },
          { value: "worse", label: `▼ Worse ${worse}` },
          { value: "better", label: `▲ Better ${cases.length - worse}` },
        ]}
        onChange={setWay}
      />
      <ul className={classes.cases}>
        {shown.slice(0, most).map((one) => (
          <Case key={one.case_id} one={one} />
        ))}
      </ul>
      {shown.length > most && (
        <Button variant="default" size="xs" onClick={() => setMost(most + 100)}>
          Show more of the {shown.length}
        </Button>
      )}
    </section>
  );
}

function Case({ one }: { one: FlippedCase }) {
  const [from, to] = [outputText(one.baseline.output), outputText(one.current.output)];
  return (
    <li className={classes.case}>
      <div className={classes.about}>
        <span className="mono">{one.case_id}</span>
        <span className={classes.change} data-change={one.change}>
          {one.change === "worse" ? "▼ worse" : "▲ better"}
        </span>
        <span className={classes.asked}>{preview(one.input, 300)}</span>
        {one.expected !== null && one.expected !== undefined && (
          <span className={classes.asked}>
            <span className="muted">Expected</span> {preview(one.expected, 200)}
          </span>
        )}
      </div>
      <Side label="Baseline" id={one.case_id} outcome={one.baseline}>
        <TextDiff from={from} to={to} side="from" />
      </Side>
      <Side label="Current" id={one.case_id} outcome={one.current}>
        <TextDiff from={from} to={to} side="to" />
      </Side>
    </li>
  );
}

interface SideProps {
  label: string;
  id: string;
  outcome: CaseOutcome;
  children: React.ReactNode;
}

function Side({ label, id, outcome, children }: SideProps) {
  return (
    <OutputSide
      label={label}
      name={`${label} of ${id}`}
      mark={
        <span className={classes.outcome} data-bad={outcome.passed === 0}>
          {outcomeText(outcome)}
        </span>
      }
      notes={[outcome.reason, outcome.trace_id && `Trace ${outcome.trace_id}`]}
    >
      {children}
    </OutputSide>
  );
}
