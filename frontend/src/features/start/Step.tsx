import { useId, type ReactNode } from "react";
import { CheckIcon } from "@/components/ui/icons";
import classes from "./StartPage.module.css";

interface Props {
  number: number;
  title: string;
  note: string;
  done: boolean;
  children: ReactNode;
}

/** One numbered part of the form; the number turns into a tick once it is settled. */
export function Step({ number, title, note, done, children }: Props) {
  const id = useId();
  return (
    <section className={classes.step} aria-labelledby={id}>
      <span className={classes.number} data-done={done} aria-hidden="true">
        {done ? <CheckIcon /> : number}
      </span>
      <div className={classes.words}>
        <h2 id={id} className={classes.title}>
          {title}
        </h2>
        <p className={classes.note}>{note}</p>
      </div>
      <div className={classes.body}>{children}</div>
    </section>
  );
}
