import { NumberInput } from "@mantine/core";

interface Props {
  low: number | undefined;
  high: number | undefined;
  onBounds: (bounds: { low: number | undefined; high: number | undefined }) => void;
  labels: readonly [string, string];
  size?: "xs" | "sm";
}

const bound = (value: number | string) => (typeof value === "number" ? value : undefined);

/** The ends of a range, both of which may be open. */
export function Bounds({ low, high, onBounds, labels, size = "sm" }: Props) {
  const common = { size, placeholder: "no bound", hideControls: true };
  return (
    <>
      <NumberInput
        label={labels[0]}
        value={low ?? ""}
        onChange={(value) => onBounds({ low: bound(value), high })}
        {...common}
      />
      <NumberInput
        label={labels[1]}
        value={high ?? ""}
        onChange={(value) => onBounds({ low, high: bound(value) })}
        {...common}
      />
    </>
  );
}
