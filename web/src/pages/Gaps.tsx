import { Badge, Switch, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { api, data, type Schemas } from "../api/client";
import { PagedTable } from "../components/DataTable";
import { FilterBar } from "../components/Filters";
import { Instant, Pending, Place } from "../components/Parts";
import { GAP_ADVICE, sentence } from "../components/words";
import { gapsRoute, type GapSearch } from "../router";

export function Gaps() {
  const search = gapsRoute.useSearch();
  const navigate = useNavigate({ from: gapsRoute.fullPath });
  const change = useCallback((next: typeof search) => void navigate({ search: next, replace: true }), [navigate]);
  const query = useInfiniteQuery({
    queryKey: ["gaps", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const { account, technology, show_expected } = search;
      return data(api.GET("/api/v1/coverage-gaps", { params: { query: { account, technology, hide_expected: !show_expected, after: pageParam } } }));
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return (
    <>
      <Title order={1} size="h2">
        Coverage gaps
      </Title>
      <p className="sm-dim">Places and fields that could not be read. Nothing is called safe or deleted there; what was known before stays.</p>
      <FilterBar value={search} change={change} hasText={false}>
        <Switch label="Show where nothing can be (service or region not there)" checked={search.show_expected ?? false} onChange={(event) => change({ ...search, show_expected: event.currentTarget.checked || undefined })} />
      </FilterBar>
      <PagedTable<Schemas["CoverageGap"]>
        label="Coverage gaps"
        query={query}
        empty={<NoGap search={search} />}
        columns={[
          { title: "Cause", width: "11rem", cell: (row) => <Badge color={row.is_expected ? "gray" : "orange"} variant="light">{row.cause.replaceAll("-", " ")}</Badge> },
          { title: "Where", cell: (row) => <><Place of={row} />{row.aws_id && <div className="sm-mono">{row.aws_id}{row.field ? ` → ${row.field}` : ""}</div>}</> },
          { title: "Call", cell: (row) => <Operation name={row.operation} /> },
          { title: "What AWS said, what to do", cell: (row) => <WhatHappened gap={row} /> },
          { title: "Since", width: "8rem", cell: (row) => <Instant at={row.since} /> },
        ]}
      />
    </>
  );
}

/** No gap where something was looked at is good news; where nothing was, it is none. */
function NoGap({ search: { account, technology } }: { search: GapSearch }) {
  const scans = useQuery({ queryKey: ["scans", "any", account, technology], queryFn: () => data(api.GET("/api/v1/scans", { params: { query: { account, technology, limit: 1 } } })) });
  if (!scans.data) return <Pending query={scans} />;
  return scans.data.items.length > 0 ? "The last scans could look everywhere." : "Nothing has been looked at here yet.";
}

/** `service:Name`, broken between the two before it is broken anywhere else. */
function Operation({ name }: { name: string }) {
  const [service, ...rest] = name.split(":");
  return (
    <span className="sm-mono sm-whole">
      {service}
      {rest.length > 0 && ":"}
      <wbr />
      {rest.join(":")}
    </span>
  );
}

function WhatHappened({ gap }: { gap: Schemas["CoverageGap"] }) {
  const [message, ...hints] = gap.message.split("; hint: ");
  return (
    <>
      <div>{sentence([gap.code, message].filter(Boolean).join(": "))}</div>
      {hints.map((hint) => (
        <div key={hint}>{sentence(hint)}</div>
      ))}
      <div className="sm-dim">{GAP_ADVICE[gap.cause]}</div>
    </>
  );
}
