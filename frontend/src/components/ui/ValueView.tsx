import { entriesOf, plainText } from "@/lib/values";
import classes from "./ValueView.module.css";

/** Any stored value, always as text: an object's fields by name, the rest as it is. */
export function ValueView({ value }: { value: unknown }) {
  const entries = entriesOf(value);
  if (entries === null) return <pre className={classes.text}>{plainText(value)}</pre>;
  if (entries.length === 0) return <span className="muted">empty</span>;
  if (entries.length === 1) {
    return <pre className={classes.text}>{plainText(entries[0]?.[1])}</pre>;
  }
  return (
    <dl className={classes.fields}>
      {entries.map(([name, field]) => (
        <div key={name}>
          <dt className={classes.name}>{name}</dt>
          <dd className={classes.field}>
            <pre className={classes.text}>{plainText(field)}</pre>
          </dd>
        </div>
      ))}
    </dl>
  );
}
