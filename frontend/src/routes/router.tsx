/** Every address of the page, with what its search parameters mean. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ProblemNote } from "@/components/ui/ProblemNote";
import { Frame } from "@/components/frame/Frame";
import { RunsPage } from "@/features/runs/RunsPage";
import { parseSearch, stringifySearch } from "@/lib/search";
import { NotFound } from "./NotFound";
import * as search from "./search";

const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ProblemNote error={error} onRetry={reset} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/runs", replace: true });
  },
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: search.runs,
  component: RunsPage,
});

const routeTree = root.addChildren([home, runs]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: ({ error, reset }) => <ProblemNote error={error} onRetry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
