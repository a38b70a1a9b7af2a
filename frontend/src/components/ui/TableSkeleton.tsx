import { Skeleton } from "@mantine/core";

/** Rows that are on their way. */
export function TableSkeleton({ rows }: { rows: number }) {
  return (
    <div
      role="status"
      aria-label="Loading"
      style={{ padding: "8px 18px 18px", display: "grid", gap: 12 }}
    >
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={30} radius="sm" />
      ))}
    </div>
  );
}
