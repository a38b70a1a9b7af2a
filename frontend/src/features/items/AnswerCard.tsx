import { Link } from "@tanstack/react-router";
import type { ItemView, ScoreView } from "@/api/types";
import { CopyAction } from "@/components/ui/CopyAction";
import { TextDiff } from "@/components/ui/TextDiff";
import { ValueView } from "@/components/ui/ValueView";
import { Verdict } from "@/components/ui/Verdict";
import { count, duration, money } from "@/lib/format";
import { copiedText, outputText } from "@/lib/values";
import { ScoreText } from "./ScoreText";
import classes from "./items.module.css";

interface Props {
  name: string;
  answer: ItemView | undefined;
  /** Another answer's output to mark the differences from. */
  against?: unknown;
  /** Whether a link leads to it in its run, where that is not what the page shows. */
  toRun?: boolean;
}

/** One candidate's answer: what it said, how it was judged and why, what it took. */
export function AnswerCard({ name, answer, against, toRun = false }: Props) {
  return (
    <article className={classes.card} aria-label={`Answer of ${name}`}>
      <header className={classes.cardHead}>
        <h3 className={classes.cardName} title={name}>
          {name}
        </h3>
        <Verdict passed={answer?.passed} status={answer?.status} wordy />
        {answer && answer.output !== null && (
          <CopyAction text={copiedText(answer.output)} label={`the output of ${name}`} />
        )}
      </header>
      {answer === undefined ? (
        <p className="muted">There is no stored answer.</p>
      ) : (
        <>
          <div className={classes.output}>
            {against === undefined ? (
              <ValueView value={answer.output} />
            ) : (
              <TextDiff from={outputText(against)} to={outputText(answer.output)} />
            )}
          </div>
          {answer.error && <p className={classes.error}>{answer.error}</p>}
          <Scores scores={answer.scores} />
          <Facts answer={answer} />
          {answer.session_id !== null && (
            <Link to="/sessions/$id" params={{ id: answer.session_id }} className={classes.trace}>
              Open the trace
            </Link>
          )}
          {toRun && (
            <Link
              to="/runs/$id"
              params={{ id: answer.run_id }}
              search={{ item: `${answer.repeat}:${answer.datapoint_id}` }}
              className={classes.trace}
            >
              Open in its run
            </Link>
          )}
        </>
      )}
    </article>
  );
}

function Scores({ scores }: { scores: readonly ScoreView[] }) {
  if (scores.length === 0) return null;
  return (
    <ul className={classes.scores} aria-label="Scores">
      {scores.map((score) => (
        <li key={`${score.name}|${eventOf(score) ?? ""}`}>
          <span className={classes.scoreName}>
            {score.name.replaceAll("_", " ")}
            {doubled(score, scores) && <span className="muted"> of {eventOf(score)}</span>}
          </span>
          <span className={classes.scoreValue}>
            <ScoreText score={score} />
          </span>
          {score.reason && <span className={classes.reason}>{score.reason}</span>}
        </li>
      ))}
    </ul>
  );
}

/** The event that carries a score, where it names one. */
function eventOf({ details }: ScoreView): string | null {
  const { event_name: name, event_type: type } = details;
  if (typeof name !== "string") return null;
  return type === "session" ? "the session" : name;
}

/** Whether another event of the item has a score of the same name. */
function doubled(score: ScoreView, scores: readonly ScoreView[]): boolean {
  return eventOf(score) !== null && scores.filter(({ name }) => name === score.name).length > 1;
}

function Facts({ answer }: { answer: ItemView }) {
  const tokens =
    answer.input_tokens === null && answer.output_tokens === null
      ? null
      : `${count(answer.input_tokens)} in, ${count(answer.output_tokens)} out`;
  const facts: [string, string | null][] = [
    ["Tokens", tokens],
    ["Cost", answer.cost_usd === null ? null : `${money(answer.cost_usd)} (${answer.cost_source})`],
    [
      "Latency",
      answer.cached
        ? "from the cache"
        : answer.latency_seconds === null
          ? null
          : duration(answer.latency_seconds),
    ],
    ["Finish", answer.finish_reason],
    ["Attempts", answer.attempts > 1 ? String(answer.attempts) : null],
  ];
  const known = facts.filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return (
    <dl className={classes.facts}>
      {known.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
