import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { claimNext, completeItem, releaseItem, reviewKeys, skipItem } from "@/api/queries/reviews";
import type { ReviewQueue } from "@/api/types";
import { EmptyState } from "@/components/ui/EmptyState";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { TableSkeleton } from "@/components/ui/TableSkeleton";
import { useStoredText } from "@/lib/stored";
import { annotationsOf, answerOf, isComplete, openQuestion, type Answers } from "./answers";
import { Question } from "./Question";
import { Subject } from "./Subject";
import classes from "./reviews.module.css";

/** Claims one item after the other and takes the answers to the queue's questions. */
export function Review({ queue }: { queue: ReviewQueue }) {
  const queries = useQueryClient();
  // Who the items are claimed by; the name in the field counts from the next claim or answer on.
  const [author, setAuthor] = useStoredText("reviewer");
  const [typed, setTyped] = useState(author);
  const name = typed.trim();
  const [answers, setAnswers] = useState<Answers>({});
  const [comment, setComment] = useState("");
  const key = [...reviewKeys.queue(queue.id), "next", author];
  const next = useQuery({
    queryKey: key,
    queryFn: () => claimNext(queue.id, author),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  const current = next.data;
  const eventId = current?.item.event_id ?? "";
  const goOn = async () => {
    setAnswers({});
    setComment("");
    const renamed = name !== author;
    if (renamed) setAuthor(name);
    await Promise.all([
      renamed ? undefined : next.refetch(),
      queries.invalidateQueries({ queryKey: reviewKeys.queue(queue.id), exact: true }),
      queries.invalidateQueries({ queryKey: [...reviewKeys.queue(queue.id), "agreement"] }),
    ]);
  };
  const complete = useMutation({
    mutationFn: async () => {
      await asReviewer(queue.id, eventId, { claimed: author, name });
      await completeItem(queue.id, eventId, annotationsOf(queue.fields, answers, comment), name);
    },
    onSuccess: goOn,
  });
  const skip = useMutation({
    mutationFn: async () => {
      await asReviewer(queue.id, eventId, { claimed: author, name });
      await skipItem(queue.id, eventId, name);
    },
    onSuccess: goOn,
  });
  const busy = complete.isPending || skip.isPending || next.isFetching;
  const ready = !busy && isComplete(queue.fields, answers);
  const active = openQuestion(queue.fields, answers);
  useKeys((pressed) => {
    if (!current || busy) return false;
    const field = queue.fields[active];
    const value = field && answerOf(field, pressed);
    if (field && value !== undefined) setAnswers({ ...answers, [field.name]: value });
    else if (pressed === "Enter" && ready) complete.mutate();
    else if (pressed === "s") skip.mutate();
    else if (pressed === "Backspace") setAnswers({});
    else return false;
    return true;
  });
  if (next.isError) {
    return (
      <div className={`surface ${classes.form}`}>
        <ProblemNote error={next.error} onRetry={() => void next.refetch()} />
        <Reviewer value={typed} onChange={setTyped} onDone={() => setAuthor(name)} />
      </div>
    );
  }
  if (next.isPending) return <TableSkeleton rows={6} />;
  if (!current) return <Done queue={queue} />;
  return (
    <div className={classes.review}>
      <Subject event={current.event} eventId={eventId} />
      <section className={`surface ${classes.form}`} aria-label="Your answers">
        {queue.description && <p className={classes.instructions}>{queue.description}</p>}
        {queue.fields.map((field, index) => (
          <Question
            key={field.name}
            field={field}
            value={answers[field.name]}
            active={index === active}
            onAnswer={(value) => setAnswers({ ...answers, [field.name]: value })}
          />
        ))}
        <Textarea
          label="Comment (optional)"
          value={comment}
          autosize
          minRows={2}
          maxRows={8}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Reviewer value={typed} onChange={setTyped} />
        {complete.isError && <ProblemNote error={complete.error} compact />}
        {skip.isError && <ProblemNote error={skip.error} compact />}
        <div className={classes.actions}>
          <Button disabled={!ready} loading={complete.isPending} onClick={() => complete.mutate()}>
            Save and next
          </Button>
          <Button variant="default" loading={skip.isPending} onClick={() => skip.mutate()}>
            Skip
          </Button>
        </div>
        <p className={classes.keys}>
          <kbd>Y</kbd> <kbd>N</kbd> <kbd>1</kbd>–<kbd>9</kbd> answer the marked question,{" "}
          <kbd>Enter</kbd> saves, <kbd>S</kbd> skips, <kbd>⌫</kbd> clears
        </p>
      </section>
    </div>
  );
}

/** Gives the item back where it was claimed under another name than that of the answer. */
async function asReviewer(
  queueId: string,
  eventId: string,
  { claimed, name }: { claimed: string; name: string },
) {
  if (claimed !== name) await releaseItem(queueId, eventId, claimed);
}

interface ReviewerProps {
  value: string;
  onChange: (name: string) => void;
  /** Takes the name at once, where there is nothing to save it with. */
  onDone?: () => void;
}

/** Who answers; remembered on this device. */
function Reviewer({ value, onChange, onDone }: ReviewerProps) {
  return (
    <form
      className={classes.reviewer}
      onSubmit={(event) => {
        event.preventDefault();
        onDone?.();
      }}
    >
      <TextInput
        label="Reviewer"
        description="Goes with every answer; remembered on this device."
        placeholder="Your name"
        maxLength={200}
        autoComplete="name"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {onDone && <Button type="submit">Go on under this name</Button>}
    </form>
  );
}

function Done({ queue }: { queue: ReviewQueue }) {
  const waiting = queue.progress.claimed > 0;
  return (
    <EmptyState title={queue.progress.total === 0 ? "The queue is empty" : "Nothing is left to do"}>
      <p>
        {queue.progress.total === 0
          ? "No stored event meets its filters yet; what arrives and does is put in."
          : waiting
            ? "The items that are open are with other reviewers for half an hour at most."
            : "Every item was answered or skipped."}{" "}
        <Link to="/reviews">All queues</Link>
      </p>
    </EmptyState>
  );
}

/** Hands on plain key presses that no field or button needs itself; ``true`` means taken. */
function useKeys(take: (key: string) => boolean) {
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest("input, textarea, select, [role=dialog]")) return;
      if (event.key === "Enter" && target?.closest("a, button")) return;
      if (latest.current(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
