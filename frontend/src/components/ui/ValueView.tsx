import { entriesOf, plainText } from "@/lib/values";
import { LongText } from "./LongText";
import classes from "./ValueView.module.css";

/**
 * Any stored value, always as text: an object's fields by name, the rest as it is.
 *
 * The only field of an object stands without its name, unless ``named``.
 */
export function ValueView({ value, named = false }: { value: unknown; named?: boolean }) {
  const entries = entriesOf(value);
  if (entries === null) return <LongText className={classes.text} text={plainText(value)} />;
  if (entries.length === 0) return <span className="muted">empty</span>;
  if (entries.length === 1 && !named) {
    return <LongText className={classes.text} text={plainText(entries[0]?.[1])} />;
  }
  return (
    <dl className={classes.fields} data-named={named}>
      {entries.map(([name, field]) => (
        <div key={name} data-nested={named && entriesOf(field) !== null}>
          <dt className={classes.name}>{name}</dt>
          <dd className={classes.field}>
            {named ? (
              <ValueView value={field} named />
            ) : (
              <LongText className={classes.text} text={plainText(field)} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
