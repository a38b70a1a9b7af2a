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
  errorComponent: ({ error, reset }) => <ProblemNote error={error} onRetry={reset} main />,
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

const evaluation = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/$id",
  validateSearch: search.evaluation,
  component: lazyRouteComponent(
    () => import("@/features/evaluation/EvaluationPage"),
    "EvaluationPage",
  ),
});

const start = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/new",
  component: lazyRouteComponent(() => import("@/features/start/StartPage"), "StartPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  validateSearch: search.run,
  component: lazyRouteComponent(() => import("@/features/run/RunPage"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/runs/compare",
  validateSearch: search.compare,
  component: lazyRouteComponent(() => import("@/features/compare/ComparePage"), "ComparePage"),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: "/tasks",
  validateSearch: search.list,
  component: lazyRouteComponent(() => import("@/features/tasks/TasksPage"), "TasksPage"),
});

const task = createRoute({
  getParentRoute: () => root,
  path: "/tasks/$id",
  component: lazyRouteComponent(() => import("@/features/tasks/TaskPage"), "TaskPage"),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: "/datasets",
  validateSearch: search.list,
  component: lazyRouteComponent(() => import("@/features/datasets/DatasetsPage"), "DatasetsPage"),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$id",
  validateSearch: search.dataset,
  component: lazyRouteComponent(() => import("@/features/datasets/DatasetPage"), "DatasetPage"),
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: search.sessions,
  component: lazyRouteComponent(() => import("@/features/sessions/SessionsPage"), "SessionsPage"),
});

const session = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$id",
  validateSearch: search.session,
  component: lazyRouteComponent(() => import("@/features/sessions/SessionPage"), "SessionPage"),
});

const reviews = createRoute({
  getParentRoute: () => root,
  path: "/reviews",
  validateSearch: search.list,
  component: lazyRouteComponent(() => import("@/features/reviews/ReviewsPage"), "ReviewsPage"),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: "/reviews/$id",
  component: lazyRouteComponent(() => import("@/features/reviews/QueuePage"), "QueuePage"),
});

const evaluators = createRoute({
  getParentRoute: () => root,
  path: "/evaluators",
  validateSearch: search.list,
  component: lazyRouteComponent(
    () => import("@/features/evaluators/EvaluatorsPage"),
    "EvaluatorsPage",
  ),
});

const newEvaluator = createRoute({
  getParentRoute: () => root,
  path: "/evaluators/new",
  component: lazyRouteComponent(
    () => import("@/features/evaluators/EvaluatorPage"),
    "NewEvaluatorPage",
  ),
});

const evaluator = createRoute({
  getParentRoute: () => root,
  path: "/evaluators/$id",
  component: lazyRouteComponent(
    () => import("@/features/evaluators/EvaluatorPage"),
    "EvaluatorPage",
  ),
});

const trends = createRoute({
  getParentRoute: () => root,
  path: "/gate",
  validateSearch: search.trends,
  component: lazyRouteComponent(() => import("@/features/gate/TrendsPage"), "TrendsPage"),
});

const regressions = createRoute({
  getParentRoute: () => root,
  path: "/gate/regressions",
  validateSearch: search.regressions,
  component: lazyRouteComponent(() => import("@/features/gate/RegressionsPage"), "RegressionsPage"),
});

const evalRun = createRoute({
  getParentRoute: () => root,
  path: "/gate/runs/$id",
  validateSearch: search.evalRun,
  component: lazyRouteComponent(() => import("@/features/gate/EvalRunPage"), "EvalRunPage"),
});

const prompts = createRoute({
  getParentRoute: () => root,
  path: "/gate/prompts",
  component: lazyRouteComponent(() => import("@/features/gate/PromptsPage"), "PromptsPage"),
});

const prompt = createRoute({
  getParentRoute: () => root,
  path: "/gate/prompts/$name",
  validateSearch: search.prompt,
  component: lazyRouteComponent(() => import("@/features/gate/PromptPage"), "PromptPage"),
});

const suites = createRoute({
  getParentRoute: () => root,
  path: "/gate/suites",
  component: lazyRouteComponent(() => import("@/features/gate/SuitesPage"), "SuitesPage"),
});

const routeTree = root.addChildren([
  home,
  runs,
  compare,
  run,
  start,
  evaluation,
  tasks,
  task,
  datasets,
  dataset,
  sessions,
  session,
  reviews,
  queue,
  evaluators,
  newEvaluator,
  evaluator,
  trends,
  regressions,
  evalRun,
  prompts,
  prompt,
  suites,
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: ({ error, reset }) => <ProblemNote error={error} onRetry={reset} main />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
