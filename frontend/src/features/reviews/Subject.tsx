import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TraceEvent } from "@/api/events";
import { eventQueries } from "@/api/queries/events";
import { EmptyState } from "@/components/ui/EmptyState";
import { EventDetail } from "@/features/trace/EventDetail";
import { KindMark } from "@/features/trace/KindMark";
import { allEvents, milliseconds, visibleRows } from "@/features/trace/tree";
import { plural } from "@/lib/format";
import classes from "./reviews.module.css";

const MOST = 14;
const NOTHING: ReadonlySet<string> = new Set();

/** What is being reviewed: the event in full, and the steps of its trace in short. */
export function Subject({ event, eventId }: { event: TraceEvent | null; eventId: string }) {
  if (!event) {
    return (
      <EmptyState title="This event is gone">
        <p>The event {eventId} was deleted after it came into the queue. Skip it.</p>
      </EmptyState>
    );
  }
  return (
    <div className="surface">
      <EventDetail key={event.id} event={event} began={null} />
      <Steps event={event} />
    </div>
  );
}

function Steps({ event }: { event: TraceEvent }) {
  const session = useQuery(eventQueries.session(event.sessionId));
  if (!session.data) return null;
  const total = allEvents(session.data).length;
  if (total < 2) return null;
  const rows = visibleRows(session.data, NOTHING).slice(0, MOST);
  return (
    <section className={classes.steps} aria-label="Steps of the trace">
      <header>
        <h3>{plural(total, "step")}</h3>
        <Link to="/sessions/$id" params={{ id: event.sessionId }} search={{ event: event.id }}>
          Open the trace
        </Link>
      </header>
      <ol>
        {rows.map(({ event: step, level }) => (
          <li key={step.id} style={{ paddingLeft: (level - 1) * 14 }}>
            <KindMark kind={step.kind} />
            <span className={classes.step} data-failed={step.error !== null}>
              {step.name}
              {step.error !== null && ", failed"}
            </span>
            <span className="muted">{milliseconds(step.durationMs)}</span>
          </li>
        ))}
      </ol>
      {total > MOST && <p className="muted">and {total - MOST} more</p>}
    </section>
  );
}
