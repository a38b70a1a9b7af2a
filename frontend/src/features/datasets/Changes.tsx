import { useState } from "react";
import { Button } from "@mantine/core";
import type { DatasetDiff, FieldChange } from "@/api/types";
import { TextDiff } from "@/components/ui/TextDiff";
import { count, plural } from "@/lib/format";
import { plainText } from "@/lib/values";
import classes from "./datasets.module.css";

const FIRST = 50;

/** What was added, removed and changed between two versions, field by field. */
export function Changes({ diff }: { diff: DatasetDiff }) {
  const { added, removed, changed, unchanged, reordered } = diff;
  const parts = [
    `${count(added.length)} added`,
    `${count(removed.length)} removed`,
    `${count(changed.length)} changed`,
    `${count(unchanged)} unchanged`,
  ];
  return (
    <div className={classes.changes}>
      <p className={classes.sum}>
        {parts.join(", ")}
        {reordered ? "; their order differs." : "."}
      </p>
      <Ids label="Added" mark="+" ids={added} />
      <Ids label="Removed" mark="−" ids={removed} />
      {changed.length > 0 && (
        <section aria-label="Changed datapoints">
          <h3 className={classes.label}>Changed</h3>
          <Limited items={changed}>
            {(datapoint) => (
              <li key={datapoint.id} className={classes.changed}>
                <span className="mono">{datapoint.id}</span>
                <dl className={classes.fields}>
                  {datapoint.fields.map((field) => (
                    <Field key={field.path} field={field} />
                  ))}
                </dl>
              </li>
            )}
          </Limited>
        </section>
      )}
    </div>
  );
}

function Field({ field }: { field: FieldChange }) {
  return (
    <div>
      <dt>
        {field.path} <span className="muted">{field.kind}</span>
      </dt>
      <dd>
        <TextDiff
          from={field.kind === "added" ? "" : plainText(field.old)}
          to={field.kind === "removed" ? "" : plainText(field.new)}
        />
      </dd>
    </div>
  );
}

function Ids({ label, mark, ids }: { label: string; mark: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <section aria-label={`${label} datapoints`}>
      <h3 className={classes.label}>{label}</h3>
      <Limited items={ids}>
        {(id) => (
          <li key={id} className={classes.id} data-mark={mark}>
            <span aria-hidden="true">{mark}</span> <span className="mono">{id}</span>
          </li>
        )}
      </Limited>
    </section>
  );
}

interface LimitedProps<T> {
  items: readonly T[];
  children: (item: T) => React.ReactNode;
}

/** The first of a list, and all of it when asked. */
function Limited<T>({ items, children }: LimitedProps<T>) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, FIRST);
  return (
    <>
      <ul className={classes.list}>{shown.map(children)}</ul>
      {shown.length < items.length && (
        <Button variant="default" size="xs" onClick={() => setAll(true)}>
          Show all {plural(items.length, "datapoint")}
        </Button>
      )}
    </>
  );
}
