import { Button, FileButton } from "@mantine/core";
import { UploadIcon } from "./icons";

interface Props {
  label: string;
  accept: string;
  loading: boolean;
  onFile: (file: File) => void;
}

/** A button that asks for one file. */
export function UploadButton({ label, accept, loading, onFile }: Props) {
  return (
    <FileButton
      accept={accept}
      onChange={(file) => file && onFile(file)}
      inputProps={{ "aria-label": label }}
    >
      {(props) => (
        <Button variant="default" leftSection={<UploadIcon />} loading={loading} {...props}>
          {label}
        </Button>
      )}
    </FileButton>
  );
}
