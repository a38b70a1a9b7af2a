import { useQuery } from "@tanstack/react-query";
import { reviewQueries } from "@/api/queries/reviews";
import { dateTime } from "@/lib/format";
import { plainText } from "@/lib/values";
import classes from "./reviews.module.css";

/** What people said of an event, the newest first. */
export function Annotations({ eventId }: { eventId: string }) {
  const annotations = useQuery(reviewQueries.annotations(eventId));
  if (!annotations.data || annotations.data.length === 0) return null;
  return (
    <section className={classes.annotations} aria-label="Annotations">
      <h3>Annotations</h3>
      <ul>
        {annotations.data.map((one) => (
          <li key={one.id} data-latest={one.latest}>
            <strong>{one.name}</strong> {valueText(one.value)}
            {one.comment && <>: {one.comment}</>}{" "}
            <span className="muted">
              {one.author}, {dateTime(one.at)}
              {!one.latest && ", replaced since"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function valueText(value: boolean | number | string): string {
  if (typeof value === "boolean") return value ? "pass" : "fail";
  return plainText(value);
}
