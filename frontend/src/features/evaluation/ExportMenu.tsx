import { exportAddress } from "@/api/queries/evaluations";
import { DownloadMenu } from "@/components/ui/DownloadMenu";

/** Downloads of the results. */
export function ExportMenu({ id }: { id: string }) {
  return (
    <DownloadMenu
      label="Export"
      files={[
        { label: "CSV, one line per item", address: exportAddress(id, "csv") },
        { label: "JSON, the whole report", address: exportAddress(id, "json") },
        { label: "Markdown, for a message", address: exportAddress(id, "markdown") },
      ]}
    />
  );
}
