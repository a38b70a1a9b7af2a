import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/components/ui/EmptyState";

/** The answer to an address that leads nowhere. */
export function NotFound() {
  return (
    <EmptyState title="There is no page at this address" main>
      <title>Not found · Assay</title>
      <p>
        The link may be mistyped or out of date. <Link to="/runs">See all runs</Link>.
      </p>
    </EmptyState>
  );
}
