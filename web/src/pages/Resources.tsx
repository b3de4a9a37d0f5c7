import { Select, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { api, data, type Schemas } from "../api/client";
import { PagedTable } from "../components/DataTable";
import { FilterBar } from "../components/Filters";
import { ChangeBadge, Instant, Place, ResourceLink, ScoreBadge } from "../components/Parts";
import { resourcesRoute, type ResourceOrder } from "../router";

const ORDERS = [
  { value: "score", label: "worst first" },
  { value: "changed", label: "last changed first" },
  { value: "name", label: "by name" },
  { value: "first-seen", label: "oldest first" },
];

/** `<input type="datetime-local">` speaks without a zone; the page shows and takes UTC. */
function toInstant(local: string): string | undefined {
  return local ? new Date(`${local}Z`).toISOString() : undefined;
}

export function Resources() {
  const search = resourcesRoute.useSearch();
  const navigate = useNavigate({ from: resourcesRoute.fullPath });
  const change = useCallback((next: typeof search) => void navigate({ search: next, replace: true }), [navigate]);
  const query = useInfiniteQuery({
    queryKey: ["resources", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const { order, ...rest } = search;
      return data(api.GET("/api/v1/resources", { params: { query: { ...rest, order: search.as_of ? undefined : (order ?? "score"), after: pageParam } } }));
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return (
    <>
      <Title order={1} size="h2" mb="md">
        Resources
      </Title>
      <FilterBar value={search} change={change} leastLetters={3}>
        <Select label="There?" clearable placeholder="all" data={[{ value: "true", label: "there now" }, { value: "false", label: "deleted" }]} value={search.is_active === undefined ? null : String(search.is_active)} onChange={(value) => change({ ...search, is_active: value === null ? undefined : value === "true" })} w={115} />
        <Select label="Order" data={ORDERS} value={search.order ?? "score"} disabled={Boolean(search.as_of)} allowDeselect={false} onChange={(order) => change({ ...search, order: (order ?? undefined) as ResourceOrder | undefined })} w={165} />
        <TextInput label="As of (UTC)" type="datetime-local" value={search.as_of?.slice(0, 16) ?? ""} onChange={(event) => change({ ...search, as_of: toInstant(event.currentTarget.value) })} />
      </FilterBar>
      <PagedTable<Schemas["ResourceSummary"]>
        label="Resources"
        query={query}
        empty="Nothing matches."
        columns={[
          { title: "Worst", width: "8rem", cell: (row) => <ScoreBadge score={row.score} /> },
          {
            title: "Resource",
            cell: (row) => (
              <>
                <ResourceLink resource={row} />
                <div className="sm-mono sm-dim">{row.arn ?? row.aws_id}</div>
              </>
            ),
          },
          { title: "Where", cell: (row) => <Place of={{ ...row, region: row.home_region }} /> },
          { title: "Findings", width: "9rem", cell: (row) => [`${row.open_findings} open`, ...(row.justified_findings > 0 ? [`${row.justified_findings} justified`] : [])].join(", ") },
          { title: "Last change", width: "12rem", cell: (row) => <><ChangeBadge change={row.change} /> <Instant at={row.changed_at} /></> },
        ]}
      />
    </>
  );
}
