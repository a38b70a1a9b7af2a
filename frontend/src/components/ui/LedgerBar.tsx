import { Tooltip } from "@mantine/core";
import { count } from "@/lib/format";
import { ledgerParts, ledgerText, type Ledger, type Part } from "@/lib/ledger";
import classes from "./LedgerBar.module.css";

/** What became of every planned item, as one stacked bar; the tooltip has the figures. */
export function LedgerBar({ ledger }: { ledger: Ledger }) {
  const parts = ledgerParts(ledger);
  const label = `Of ${count(ledger.planned)} planned: ${ledgerText(parts) || "none ended"}`;
  return (
    <Tooltip label={<LedgerList parts={parts} planned={ledger.planned} />}>
      <span className={classes.bar} role="img" aria-label={label} tabIndex={0}>
        {parts.map((part) => (
          <span
            key={part.key}
            className={classes.part}
            data-part={part.key}
            style={{ flexGrow: part.amount, background: `var(--part-${part.colour})` }}
          />
        ))}
      </span>
    </Tooltip>
  );
}

function LedgerList({ parts, planned }: { parts: readonly Part[]; planned: number }) {
  return (
    <span className={classes.list}>
      {parts.map((part) => (
        <span key={part.key} className={classes.line}>
          <Swatch colour={part.colour} />
          <span>{part.label}</span>
          <span>{count(part.amount)}</span>
        </span>
      ))}
      <span className={classes.line}>
        <span />
        <span>planned</span>
        <span>{count(planned)}</span>
      </span>
    </span>
  );
}

function Swatch({ colour }: { colour: string }) {
  return (
    <span
      className={classes.swatch}
      style={{ background: `var(--part-${colour})` }}
      aria-hidden="true"
    />
  );
}

/** What the colours mean, for the statuses that occur in the shown ledgers. */
export function LedgerLegend({ ledgers }: { ledgers: readonly Ledger[] }) {
  const seen = new Map<string, Part>();
  ledgers.flatMap(ledgerParts).forEach((part) => seen.set(part.key, part));
  return (
    <ul className={classes.legend} aria-label="Ledger colours">
      {[...seen.values()].map((part) => (
        <li key={part.key}>
          <Swatch colour={part.colour} />
          {part.label}
        </li>
      ))}
    </ul>
  );
}
