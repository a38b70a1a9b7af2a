import { CheckIcon, CrossIcon } from "./icons";
import classes from "./Verdict.module.css";

interface Props {
  passed: boolean | null | undefined;
  status: string | undefined;
  /** Whether the word is shown beside the mark. */
  wordy?: boolean;
}

/** What became of one answer, as a mark that differs in shape, colour and word. */
export function Verdict({ passed, status, wordy = false }: Props) {
  const { tone, word, mark } = look(passed, status);
  return (
    <span className={classes.verdict} data-tone={tone}>
      {mark === null ? (
        <span className={classes.word}>{word}</span>
      ) : (
        <>
          <span className={classes.mark}>{mark}</span>
          <span className={wordy ? classes.word : "visually-hidden"}>{word}</span>
        </>
      )}
    </span>
  );
}

function look(passed: boolean | null | undefined, status: string | undefined) {
  if (status === undefined) return { tone: "none", word: "no answer yet", mark: null };
  if (status !== "scored") return { tone: status, word: status.replaceAll("_", " "), mark: null };
  if (passed === true) return { tone: "passed", word: "passed", mark: <CheckIcon /> };
  if (passed === false) return { tone: "missed", word: "not passed", mark: <CrossIcon /> };
  return { tone: "none", word: "no verdict", mark: null };
}
