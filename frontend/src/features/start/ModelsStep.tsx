import { Checkbox } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { libraryKeys, libraryQueries, uploadRecording } from "@/api/queries/library";
import type { RecordingView } from "@/api/types";
import { CrossIcon } from "@/components/ui/icons";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { modelName, plural } from "@/lib/format";
import { LiveModels } from "./LiveModels";
import classes from "./StartPage.module.css";
import { UploadButton } from "@/components/ui/UploadButton";

interface Props {
  value: string[];
  onChange: (models: string[]) => void;
}

/** Chooses models: from recorded answers, or live ones by provider and name. */
export function ModelsStep({ value, onChange }: Props) {
  const toggle = (spec: string) =>
    onChange(value.includes(spec) ? value.filter((one) => one !== spec) : [...value, spec]);
  return (
    <>
      {value.length > 0 && (
        <ul className={classes.chosen} aria-label="Chosen models">
          {value.map((spec) => (
            <li key={spec} title={spec}>
              {modelName(spec)}
              <button
                type="button"
                aria-label={`Remove ${modelName(spec)}`}
                onClick={() => toggle(spec)}
              >
                <CrossIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Recordings value={value} toggle={toggle} />
      <LiveModels value={value} toggle={toggle} />
    </>
  );
}

interface ChoiceProps {
  value: string[];
  toggle: (spec: string) => void;
}

function Recordings({ value, toggle }: ChoiceProps) {
  const queries = useQueryClient();
  const recordings = useQuery(libraryQueries.recordings());
  const upload = useMutation({
    mutationFn: uploadRecording,
    onSuccess: () => queries.invalidateQueries({ queryKey: libraryKeys.recordings }),
  });
  return (
    <fieldset className={classes.group}>
      <legend>Recorded answers</legend>
      {(recordings.data?.items ?? []).map((recording) => (
        <RecordingModels key={recording.id} recording={recording} value={value} toggle={toggle} />
      ))}
      {recordings.isError && (
        <ProblemNote error={recordings.error} onRetry={() => void recordings.refetch()} compact />
      )}
      <UploadButton
        label="Upload recorded answers"
        accept=".jsonl,.json"
        loading={upload.isPending}
        onFile={(file) => upload.mutate(file)}
      />
      {upload.isError && <ProblemNote error={upload.error} compact />}
    </fieldset>
  );
}

function RecordingModels({ recording, value, toggle }: ChoiceProps & { recording: RecordingView }) {
  return (
    <div>
      <p className={classes.file}>{recording.name}</p>
      <div className={classes.ticks}>
        {recording.models.map((model) => {
          const spec = `recorded:${recording.id}#${model.name}`;
          return (
            <Checkbox
              key={spec}
              size="sm"
              label={`${model.name} (${plural(model.answers, "answer")})`}
              checked={value.includes(spec)}
              onChange={() => toggle(spec)}
            />
          );
        })}
      </div>
    </div>
  );
}
