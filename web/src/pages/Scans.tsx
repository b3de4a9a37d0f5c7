import { Badge, Button, Group, Switch, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { PagedTable } from "../components/DataTable";
import { FilterBar } from "../components/Filters";
import { Instant, Place, ProblemAlert } from "../components/Parts";
import { scansRoute } from "../router";

export function Scans() {
  const search = scansRoute.useSearch();
  const navigate = useNavigate({ from: scansRoute.fullPath });
  const change = useCallback((next: typeof search) => void navigate({ search: next, replace: true }), [navigate]);
  const session = useSession();
  const queries = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ["scans", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const { account, technology, is_incomplete } = search;
      return data(api.GET("/api/v1/scans", { params: { query: { account, technology, is_incomplete, after: pageParam } } }));
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const start = useMutation({
    mutationFn: () => data(api.POST("/api/v1/scans", { body: { accounts: search.account ?? [], technologies: search.technology ?? [] } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["scans"] }),
  });
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          Scans
        </Title>
        {mayAct(session.data, "admin") && (
          <Button loading={start.isPending} onClick={() => start.mutate()}>
            Scan {search.account?.length || search.technology?.length ? "what is chosen" : "everything"} now
          </Button>
        )}
      </Group>
      <ProblemAlert error={start.error} />
      <FilterBar value={search} change={change} hasText={false}>
        <Switch label="Only incomplete" checked={search.is_incomplete ?? false} onChange={(event) => change({ ...search, is_incomplete: event.currentTarget.checked || undefined })} />
      </FilterBar>
      <PagedTable<Schemas["Scan"]>
        label="Scans"
        query={query}
        empty="No scan yet. They start a moment after an account is added."
        columns={[
          { title: "Scope", cell: (row) => <Place of={row} /> },
          { title: "Started", width: "8rem", cell: (row) => <Instant at={row.started_at} /> },
          { title: "State", width: "8rem", cell: (row) => (row.finished_at ? <Badge variant="light" color={row.is_complete ? "green" : "orange"}>{row.is_complete ? "complete" : "incomplete"}</Badge> : <Badge variant="light" color="blue">running</Badge>) },
          { title: "Resources", width: "7rem", cell: (row) => soFar(row, row.resources.toLocaleString("en")) },
          { title: "Created / changed / deleted", width: "12rem", cell: (row) => soFar(row, `${row.created} / ${row.changed} / ${row.deleted}`) },
          { title: "Gaps", width: "5rem", cell: (row) => soFar(row, row.gaps) },
          { title: "AWS calls", width: "6rem", cell: (row) => soFar(row, row.calls) },
        ]}
      />
    </>
  );
}

/** Counts are known when a scan has ended. */
function soFar(scan: Schemas["Scan"], count: string | number) {
  return scan.finished_at ? count : <span className="sm-dim">…</span>;
}
