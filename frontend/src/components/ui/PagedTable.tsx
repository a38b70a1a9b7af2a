import type { UseQueryResult } from "@tanstack/react-query";
import type { ComponentProps, ReactNode } from "react";
import type { Paged } from "@/api/types";
import { DataTable } from "./DataTable";
import { Pager } from "./Pager";
import { ProblemNote } from "./ProblemNote";
import { TableSkeleton } from "./TableSkeleton";
import classes from "./ListPage.module.css";

interface Props<Row> extends Pick<
  ComponentProps<typeof DataTable<Row>>,
  "caption" | "columns" | "rowKey" | "sort" | "onSort" | "minWidth"
> {
  /** What the rows are called. */
  noun: string;
  query: UseQueryResult<Paged<Row>>;
  onPage: (page: number) => void;
  /** What is shown in place of no rows. */
  empty: ReactNode;
}

/** One page of rows with the way to the others: on its way, broken, empty or there. */
export function PagedTable<Row>({ noun, query, onPage, empty, ...table }: Props<Row>) {
  const { data } = query;
  return (
    <>
      {query.isError && (
        <div className={classes.inset}>
          <ProblemNote error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <TableSkeleton rows={8} />}
      {data?.total === 0 && empty}
      {data && data.total > 0 && (
        <>
          <DataTable {...table} rows={data.items} busy={query.isPlaceholderData} />
          <Pager
            page={data.page}
            limit={data.limit}
            total={data.total}
            noun={noun}
            onPage={onPage}
          />
        </>
      )}
    </>
  );
}
