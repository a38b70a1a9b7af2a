import { Button, Menu } from "@mantine/core";
import { exportAddress } from "@/api/queries/evaluations";
import { DownloadIcon } from "@/components/ui/icons";

const FORMATS = [
  { format: "csv", label: "CSV, one line per item" },
  { format: "json", label: "JSON, the whole report" },
  { format: "markdown", label: "Markdown, for a message" },
] as const;

/** Downloads of the results. */
export function ExportMenu({ id }: { id: string }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<DownloadIcon />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map(({ format, label }) => (
          <Menu.Item key={format} component="a" href={exportAddress(id, format)} download>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
