import "@mantine/core/styles.layer.css";
import "@fontsource-variable/ibm-plex-sans/wght.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProblem } from "./api/problem";
import { theme } from "./components/ui/theme";
import { router } from "./routes/router";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      networkMode: "always",
      // What the server refused stays refused; only silence and faults are asked again.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiProblem && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

const SOON_MS = 1_500;

/** Fetches the code of the other pages ahead, so that they open when the server does not answer. */
function fetchPages() {
  for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route);
}

const place = document.getElementById("root");
if (!place) throw new Error("The page has no #root element to show itself in.");
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
setTimeout(fetchPages, SOON_MS);
