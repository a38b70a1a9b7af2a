import { Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { libraryKeys, libraryQueries, uploadDataset } from "@/api/queries/library";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { plural } from "@/lib/format";
import classes from "./StartPage.module.css";
import { UploadButton } from "@/components/ui/UploadButton";

interface Props {
  value: string | null;
  onChange: (id: string | null) => void;
}

/** Chooses a stored dataset version or uploads a new one. */
export function DatasetStep({ value, onChange }: Props) {
  const queries = useQueryClient();
  const datasets = useQuery(libraryQueries.datasets({ page: 1, limit: 100 }));
  const upload = useMutation({
    mutationFn: uploadDataset,
    onSuccess: async (dataset) => {
      await queries.invalidateQueries({ queryKey: libraryKeys.datasets });
      onChange(dataset.id);
    },
  });
  const options = (datasets.data?.items ?? []).map((dataset) => ({
    value: dataset.id,
    label: `${dataset.name}, version ${dataset.version}, ${plural(dataset.size, "datapoint")}`,
  }));
  return (
    <>
      <div className={classes.row}>
        <Select
          aria-label="Dataset"
          className={classes.grow}
          placeholder={options.length > 0 ? "Choose a dataset" : "No dataset is stored yet"}
          data={options}
          value={value}
          onChange={onChange}
          searchable
          nothingFoundMessage="No dataset of this name"
        />
        <UploadButton
          label="Upload JSONL"
          accept=".jsonl,.json,.csv"
          loading={upload.isPending}
          onFile={(file) => upload.mutate(file)}
        />
      </div>
      {datasets.isError && (
        <ProblemNote error={datasets.error} onRetry={() => void datasets.refetch()} compact />
      )}
      {upload.isError && <ProblemNote error={upload.error} compact />}
    </>
  );
}
