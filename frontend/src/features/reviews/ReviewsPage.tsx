import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { reviewQueries } from "@/api/queries/reviews";
import type { ReviewQueue } from "@/api/types";
import type { Column } from "@/components/ui/DataTable";
import { ListPage } from "@/components/ui/ListPage";
import { Meter } from "@/components/ui/Meter";
import { PlusIcon } from "@/components/ui/icons";
import { count, dateTime } from "@/lib/format";
import { NewQueue } from "./NewQueue";
import { ended } from "./QueuePage";
import classes from "./reviews.module.css";

const route = getRouteApi("/reviews");
const LIMIT = 25;

/** The review queues and how far each is. */
export function ReviewsPage() {
  const { q, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const [making, setMaking] = useState(false);
  const queues = useQuery(reviewQueries.queues({ search: q, page, limit: LIMIT }));
  return (
    <>
      <ListPage
        title="Reviews"
        noun="queues"
        query={queues}
        columns={COLUMNS}
        rowKey={(queue) => queue.id}
        search={q}
        actions={
          <Button variant="default" leftSection={<PlusIcon />} onClick={() => setMaking(true)}>
            New queue
          </Button>
        }
        onSearch={(text) => void navigate({ search: { q: text || undefined }, replace: true })}
        onPage={(next) => void navigate({ search: { q, page: next } })}
        emptyTitle="No review queue yet"
        empty={
          <p>
            A queue holds events that people answer questions about, such as failed sessions. Make
            one with “New queue”.
          </p>
        }
      />
      <NewQueue opened={making} onClose={() => setMaking(false)} />
    </>
  );
}

const COLUMNS: Column<ReviewQueue>[] = [
  {
    key: "name",
    header: "Name",
    cell: (queue) => (
      <Link to="/reviews/$id" params={{ id: queue.id }}>
        {queue.name}
      </Link>
    ),
  },
  {
    key: "fields",
    header: "Questions",
    cell: (queue) => queue.fields.map(({ name }) => name).join(", ") || "–",
  },
  {
    key: "progress",
    header: "Progress",
    width: "260px",
    cell: (queue) => (
      <span className={classes.meter}>
        <Meter
          value={ended(queue)}
          max={queue.progress.total}
          label={`Progress of ${queue.name}`}
        />
        <span>
          {count(ended(queue))} of {count(queue.progress.total)}
        </span>
      </span>
    ),
  },
  {
    key: "open",
    header: "Open",
    align: "end",
    cell: ({ progress }) => count(progress.pending + progress.claimed),
  },
  {
    key: "created",
    header: "Created",
    align: "end",
    cell: (queue) => dateTime(queue.created_at),
  },
];
