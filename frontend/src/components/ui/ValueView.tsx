import { entriesOf, plainText } from "@/lib/values";
import { LongText } from "./LongText";
import classes from "./ValueView.module.css";

interface Props {
  value: unknown;
  named?: boolean;
  /** How many characters of each text are shown at first, where there is little room. */
  most?: number;
}

/**
 * Any stored value, always as text: an object's fields by name, the rest as it is.
 *
 * The only field of an object stands without its name, unless ``named``.
 */
export function ValueView({ value, named = false, most }: Props) {
  const entries = entriesOf(value);
  if (entries === null)
    return <LongText className={classes.text} most={most} text={plainText(value)} />;
  if (entries.length === 0) return <span className="muted">empty</span>;
  if (entries.length === 1 && !named) {
    return <LongText className={classes.text} most={most} text={plainText(entries[0]?.[1])} />;
  }
  return (
    <dl className={classes.fields} data-named={named}>
      {entries.map(([name, field]) => (
        <div key={name} data-nested={named && entriesOf(field) !== null}>
          <dt className={classes.name}>{name}</dt>
          <dd className={classes.field}>
            {named ? (
              <ValueView value={field} named most={most} />
            ) : (
              <LongText className={classes.text} most={most} text={plainText(field)} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
