import { useState } from "react";
import {
  consumption,
  SCORES_KEY,
  scoresOf,
  type EventScore,
  type Fields,
  type TraceEvent,
} from "@/api/events";
import { CopyAction } from "@/components/ui/CopyAction";
import { LongText } from "@/components/ui/LongText";
import { Segments } from "@/components/ui/Segments";
import { ValueView } from "@/components/ui/ValueView";
import { Verdict } from "@/components/ui/Verdict";
import { count, figure, money } from "@/lib/format";
import { messagesOf, type Message } from "./messages";
import { KindMark } from "./KindMark";
import { milliseconds } from "./tree";
import classes from "./detail.module.css";

interface Props {
  event: TraceEvent;
  /** When the trace began, for the event's offset. */
  began: number | null;
}

const FORMS = [
  { value: "text", label: "Text" },
  { value: "json", label: "JSON" },
];

/** One event in full: what went in, what came out, how it was measured, all that is known. */
export function EventDetail({ event, began }: Props) {
  const [form, setForm] = useState("text");
  const parts: [string, Fields][] = [
    ["Inputs", event.inputs],
    ["Outputs", event.outputs],
    ["Metrics", event.metrics],
    ["Feedback", event.feedback],
    ["Configuration", event.config],
    ["Metadata and attributes", form === "json" ? event.metadata : withoutScores(event.metadata)],
    ["User", event.userProperties],
  ];
  const known = parts.filter(([, fields]) => Object.keys(fields).length > 0);
  return (
    <article className={classes.detail} aria-label={`Event ${event.name}`}>
      <header className={classes.head}>
        <div className={classes.titles}>
          <KindMark kind={event.kind} wordy />
          <h2 className={classes.title}>{event.name}</h2>
        </div>
        <Segments label="Form of values" value={form} options={FORMS} onChange={setForm} />
      </header>
      <EventFacts event={event} began={began} />
      {event.error !== null && (
        <section className={classes.error} aria-label="Error">
          <h3>Error</h3>
          <pre>{event.error}</pre>
        </section>
      )}
      {form === "text" && <Scores scores={scoresOf(event)} />}
      {known.length === 0 && <p className="muted">Nothing else was sent with this event.</p>}
      {known.map(([label, fields]) => (
        <Part key={label} label={label} fields={fields} json={form === "json"} />
      ))}
    </article>
  );
}

function withoutScores(metadata: Fields): Fields {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== SCORES_KEY));
}

/** What server-side evaluators and people said, each with its reason. */
function Scores({ scores }: { scores: readonly EventScore[] }) {
  if (scores.length === 0) return null;
  return (
    <section className={classes.part} aria-label="Scores">
      <h3>Scores</h3>
      <ul className={classes.scores}>
        {scores.map(({ name, value, passed, status, reason }) => (
          <li key={name}>
            <strong>{name}</strong>
            {passed === null && value !== null && status === "scored" ? (
              <span>{typeof value === "number" ? figure(value) : value}</span>
            ) : (
              <Verdict passed={passed} status={status} wordy />
            )}
            {reason && <p>{reason}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function EventFacts({ event, began }: Props) {
  const { inputTokens, outputTokens, costUsd } = consumption(event);
  const facts: [string, string | null][] = [
    ["Duration", event.durationMs === null ? null : milliseconds(event.durationMs)],
    [
      "Began after",
      event.start === null || began === null ? null : milliseconds(event.start - began),
    ],
    [
      "Tokens",
      inputTokens === null && outputTokens === null
        ? null
        : `${count(inputTokens)} in, ${count(outputTokens)} out`,
    ],
    ["Cost", costUsd === null ? null : money(costUsd)],
    ["Source", event.source],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Part({ label, fields, json }: { label: string; fields: Fields; json: boolean }) {
  const text = JSON.stringify(fields, null, 2);
  return (
    <section className={classes.part} aria-label={label}>
      <header className={classes.partHead}>
        <h3>{label}</h3>
        <CopyAction text={text} label={`${label.toLowerCase()} as JSON`} />
      </header>
      {json ? <LongText className={classes.json} text={text} /> : <Values fields={fields} />}
    </section>
  );
}

/** Chat messages as a conversation, everything else as named fields. */
function Values({ fields }: { fields: Fields }) {
  const single = messagesOf([fields]);
  if (single) return <Chat name="message" messages={single} />;
  const chats = Object.entries(fields).flatMap(([name, value]) => {
    const messages = messagesOf(value);
    return messages ? [[name, messages] as const] : [];
  });
  const spoken = new Set(chats.map(([name]) => name));
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !spoken.has(name)));
  return (
    <>
      {chats.map(([name, messages]) => (
        <Chat key={name} name={name} messages={messages} />
      ))}
      {Object.keys(rest).length > 0 && <ValueView value={rest} named />}
    </>
  );
}

function Chat({ name, messages }: { name: string; messages: readonly Message[] }) {
  return (
    <ol className={classes.chat} aria-label={name}>
      {messages.map((message, index) => (
        <li key={index}>
          <span className={classes.role}>{message.role}</span>
          <LongText className={classes.said} text={message.text} />
        </li>
      ))}
    </ol>
  );
}
