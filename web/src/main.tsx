import "@mantine/core/styles.css";
import "./styles/app.css";
import { createTheme, MantineProvider } from "@mantine/core";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/client";
import { router } from "./router";

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // The session ended somewhere else: every page becomes the sign-in, instead of a page of errors.
    onError: (problem, query) => {
      if (problem instanceof Problem && problem.status === 401 && query.queryKey[0] !== "session") queries.setQueryData(["session"], null);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // An answer of the server is final; only a lost connection is worth another try.
      retry: (count, problem) => !(problem instanceof Problem) && count < 2,
    },
  },
});

/** White text on the library's own shade of blue is below the contrast of WCAG 2.1 AA (4.5 to 1). */
const theme = createTheme({ primaryShade: { light: 8, dark: 8 } });

/** What the Content-Security-Policy wants on the `<style>` elements that the component library adds. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

// The library that locks scrolling behind a dialogue takes its nonce from here.
setNonce(styleNonce());

const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
