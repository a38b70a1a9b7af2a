import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Paged } from "@/api/types";
import type { Column } from "./DataTable";
import { EmptyState } from "./EmptyState";
import { PageHeader } from "./PageHeader";
import { PagedTable } from "./PagedTable";
import { SearchBox } from "./SearchBox";
import classes from "./ListPage.module.css";

interface Props<Row> {
  title: string;
  noun: string;
  query: UseQueryResult<Paged<Row>>;
  columns: Column<Row>[];
  rowKey: (row: Row) => string;
  search: string | undefined;
  onSearch: (text: string) => void;
  onPage: (page: number) => void;
  emptyTitle: string;
  empty: ReactNode;
  /** Further filters beside the search. */
  filters?: ReactNode;
  /** Whether those filters leave anything out. */
  filtered?: boolean;
  actions?: ReactNode;
  minWidth?: number;
}

/** A searchable, paged list of one kind of thing. */
export function ListPage<Row>(props: Props<Row>) {
  const { title, noun, query, columns, rowKey, search, onSearch, onPage } = props;
  const narrowed = Boolean(search) || props.filtered === true;
  return (
    <>
      <PageHeader title={title} actions={props.actions} />
      <div className="surface">
        <div className={classes.tools}>
          <SearchBox value={search ?? ""} label={`Search ${noun}`} onSearch={onSearch} />
          {props.filters}
        </div>
        <PagedTable
          caption={title}
          noun={noun}
          query={query}
          columns={columns}
          rowKey={rowKey}
          onPage={onPage}
          empty={
            <EmptyState title={narrowed ? `No ${noun} match` : props.emptyTitle}>
              {narrowed ? <p>Search for less of the name, or drop a filter.</p> : props.empty}
            </EmptyState>
          }
          minWidth={props.minWidth ?? 640}
        />
      </div>
    </>
  );
}
