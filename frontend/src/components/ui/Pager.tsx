import { ActionIcon } from "@mantine/core";
import { count } from "@/lib/format";
import { LeftIcon, RightIcon } from "./icons";
import classes from "./Pager.module.css";

interface Props {
  page: number;
  limit: number;
  total: number;
  noun: string;
  onPage: (page: number) => void;
}

/** Which part of a list is shown, and the way to the next. */
export function Pager({ page, limit, total, noun, onPage }: Props) {
  const pages = Math.max(1, Math.ceil(total / limit));
  const first = total === 0 ? 0 : (page - 1) * limit + 1;
  return (
    <nav className={classes.pager} aria-label={`Pages of ${noun}`}>
      <span>
        {count(first)}–{count(Math.min(total, page * limit))} of {count(total)} {noun}
      </span>
      <span className={classes.buttons}>
        <ActionIcon
          variant="default"
          size="md"
          aria-label="Previous page"
          disabled={page <= 1}
          onClick={() => onPage(page - 1)}
        >
          <LeftIcon />
        </ActionIcon>
        <span className={classes.where}>
          {count(page)} / {count(pages)}
        </span>
        <ActionIcon
          variant="default"
          size="md"
          aria-label="Next page"
          disabled={page >= pages}
          onClick={() => onPage(page + 1)}
        >
          <RightIcon />
        </ActionIcon>
      </span>
    </nav>
  );
}
