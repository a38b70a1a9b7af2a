import { useReachable } from "@/api/reach";
import classes from "./Frame.module.css";

/** Says that the server stopped answering, and goes away by itself when it is back. */
export function ReachBanner() {
  const reachable = useReachable();
  return (
    <div role="status" aria-live="polite">
      {!reachable && (
        <p className={classes.banner}>
          The server does not answer. What is shown may be old; trying again every few seconds.
        </p>
      )}
    </div>
  );
}
