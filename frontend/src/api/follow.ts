/** Progress over server-sent events. */

export type Connection = "idle" | "connecting" | "live" | "lost";

interface Listener<T> {
  onProgress: (progress: T) => void;
  onFinished: () => void;
  onConnection?: (connection: Connection) => void;
}

const RETRY_MS = 3_000;

/**
 * Follows a stream of progress until it is finished; returns what ends it before.
 *
 * The browser resumes by itself from the last event id after a short break; a stream that
 * was closed for good is opened again after a pause.
 */
export function follow<T>(address: string, listener: Listener<T>): () => void {
  const { onProgress, onFinished, onConnection = () => undefined } = listener;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const take = (event: MessageEvent<string>) => {
    onConnection("live");
    onProgress(JSON.parse(event.data) as T);
  };
  const finish = (event: MessageEvent<string>) => {
    take(event);
    source?.close();
    onFinished();
  };
  const open = () => {
    onConnection("connecting");
    source = new EventSource(address);
    source.onopen = () => onConnection("live");
    source.addEventListener("progress", take);
    source.addEventListener("finished", finish);
    source.onerror = () => {
      onConnection("lost");
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, RETRY_MS);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
