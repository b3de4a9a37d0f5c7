/** Every page and what its address may carry. Filters are checked here: what does not fit is dropped. */
import { Title } from "@mantine/core";
import { createRootRoute, createRoute, createRouter, Link, notFound } from "@tanstack/react-router";
import type { Schemas } from "./api/client";
import { Shell } from "./layout/Shell";
import { Accounts } from "./pages/Accounts";
import { Finding } from "./pages/Finding";
import { Findings } from "./pages/Findings";
import { Gaps } from "./pages/Gaps";
import { Me } from "./pages/Me";
import { Notifications } from "./pages/Notifications";
import { Overview } from "./pages/Overview";
import { Resource } from "./pages/Resource";
import { Resources } from "./pages/Resources";
import { Rule } from "./pages/Rule";
import { Rules } from "./pages/Rules";
import { Scans } from "./pages/Scans";
import { Users } from "./pages/Users";

type Raw = Record<string, unknown>;

const texts = (value: unknown): string[] | undefined => {
  const list = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string" || typeof each === "number").map(String);
  return list.length > 0 ? list : undefined;
};
const text = (value: unknown): string | undefined => texts(value)?.[0];
const flag = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
const score = (value: unknown): number | undefined => (typeof value === "number" && value >= 0 && value <= 10 ? Math.trunc(value) : undefined);
const number = (value: unknown): number | undefined => (typeof value === "number" && Number.isSafeInteger(value) ? value : undefined);
const STATUSES: string[] = ["open", "reopened", "justified", "resolved"];

/** An address that was cut or mistyped is a page that is not there; the server would explain its numbers instead. */
function mustBeNumber(id: string): void {
  if (!/^\d{1,15}$/.test(id)) throw notFound();
}

export type FindingSearch = { account?: string[]; technology?: string[]; rule?: string[]; status?: Schemas["FindingStatus"][]; min_score?: number; max_score?: number; text?: string };
export type ResourceSearch = { account?: string[]; technology?: string[]; text?: string; order?: ResourceOrder; is_active?: boolean; as_of?: string };
export type GapSearch = { account?: string[]; technology?: string[]; show_expected?: boolean };
export type ScanSearch = { account?: string[]; technology?: string[]; is_incomplete?: boolean };

export type ResourceOrder = "score" | "changed" | "name" | "first-seen";
const ORDERS: string[] = ["score", "changed", "name", "first-seen"];

export type ResourceTab = "history" | "findings" | "document" | "related" | "comments";
const TABS: string[] = ["history", "findings", "document", "related", "comments"];
export type ResourceView = { tab?: ResourceTab; revision?: number; against?: number };

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <>
      <Title order={1} size="h2">
        Not found
      </Title>
      <p>
        There is no such page. <Link className="sm-link" to="/">Go to the overview.</Link>
      </p>
    </>
  ),
});

const overviewRoute = createRoute({ getParentRoute: () => root, path: "/", component: Overview });

export const findingsRoute = createRoute({
  getParentRoute: () => root,
  path: "/findings",
  component: Findings,
  validateSearch: (raw: Raw): FindingSearch => ({
    account: texts(raw.account),
    technology: texts(raw.technology),
    rule: texts(raw.rule),
    status: texts(raw.status)?.filter((each) => STATUSES.includes(each)) as Schemas["FindingStatus"][] | undefined,
    min_score: score(raw.min_score),
    max_score: score(raw.max_score),
    text: text(raw.text),
  }),
});

export const findingRoute = createRoute({ getParentRoute: () => root, path: "/findings/$finding", component: Finding, beforeLoad: ({ params }) => mustBeNumber(params.finding) });

export const resourcesRoute = createRoute({
  getParentRoute: () => root,
  path: "/resources",
  component: Resources,
  validateSearch: (raw: Raw): ResourceSearch => ({
    account: texts(raw.account),
    technology: texts(raw.technology),
    text: text(raw.text),
    order: (ORDERS.includes(String(raw.order)) ? raw.order : undefined) as ResourceOrder | undefined,
    is_active: flag(raw.is_active),
    as_of: text(raw.as_of),
  }),
});

export const resourceRoute = createRoute({
  getParentRoute: () => root,
  path: "/resources/$resource",
  component: Resource,
  beforeLoad: ({ params }) => mustBeNumber(params.resource),
  // What one looks at is in the address: an investigator sends this revision against that one to somebody else.
  validateSearch: (raw: Raw): ResourceView => ({
    tab: (TABS.includes(String(raw.tab)) ? raw.tab : undefined) as ResourceTab | undefined,
    revision: number(raw.revision),
    against: number(raw.against),
  }),
});

export const gapsRoute = createRoute({
  getParentRoute: () => root,
  path: "/gaps",
  component: Gaps,
  validateSearch: (raw: Raw): GapSearch => ({ account: texts(raw.account), technology: texts(raw.technology), show_expected: flag(raw.show_expected) }),
});

export const scansRoute = createRoute({
  getParentRoute: () => root,
  path: "/scans",
  component: Scans,
  validateSearch: (raw: Raw): ScanSearch => ({ account: texts(raw.account), technology: texts(raw.technology), is_incomplete: flag(raw.is_incomplete) }),
});

const accountsRoute = createRoute({ getParentRoute: () => root, path: "/accounts", component: Accounts });
const rulesRoute = createRoute({ getParentRoute: () => root, path: "/rules", component: Rules });
export const ruleRoute = createRoute({ getParentRoute: () => root, path: "/rules/$rule", component: Rule });
const notificationsRoute = createRoute({ getParentRoute: () => root, path: "/notifications", component: Notifications });
const usersRoute = createRoute({ getParentRoute: () => root, path: "/users", component: Users });
const meRoute = createRoute({ getParentRoute: () => root, path: "/me", component: Me });

export const router = createRouter({
  routeTree: root.addChildren([overviewRoute, findingsRoute, findingRoute, resourcesRoute, resourceRoute, gapsRoute, scansRoute, accountsRoute, rulesRoute, ruleRoute, notificationsRoute, usersRoute, meRoute]),
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
