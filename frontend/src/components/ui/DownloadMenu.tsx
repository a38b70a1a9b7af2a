import { Button, Menu } from "@mantine/core";
import { DownloadIcon } from "./icons";

interface Props {
  label: string;
  files: readonly { label: string; address: string }[];
  size?: "xs" | "sm";
}

/** The same content as files of several formats. */
export function DownloadMenu({ label, files, size = "sm" }: Props) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size={size} leftSection={<DownloadIcon />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {files.map((file) => (
          <Menu.Item key={file.address} component="a" href={file.address} download>
            {file.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
