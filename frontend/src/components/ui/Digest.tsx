import { short } from "@/lib/format";

/** The beginning of a content's digest; all of it on hover. */
export function Digest({ of }: { of: string }) {
  return (
    <span className="mono" title={of}>
      {short(of)}
    </span>
  );
}
