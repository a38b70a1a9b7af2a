import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import axe from "axe-core";
import type { ReactNode } from "react";
import { theme } from "@/components/ui/theme";

/** Shows a component as the page would: theme, queries and a router around it. */
export async function show(node: ReactNode) {
  const root = createRootRoute();
  const place = createRoute({ getParentRoute: () => root, path: "$", component: () => node });
  const router = createRouter({
    routeTree: root.addChildren([place]),
    history: createMemoryHistory({ initialEntries: ["/here"] }),
  });
  await router.load();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>
        {/* The app's own router type is registered; this one stands in for it. */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

/** The ids of the accessibility rules an element breaks; layout rules need a real browser. */
export async function violations(element: Element): Promise<string[]> {
  const found = await axe.run(element, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return found.violations.map(({ id }) => id);
}
