import { Anchor, Button, Checkbox, Group, Modal, MultiSelect, Select, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { PagedTable } from "../components/DataTable";
import { FilterBar, nonEmpty } from "../components/Filters";
import { JustifyForm } from "../components/JustifyForm";
import { Instant, Place, ResourceLink, ScoreBadge, StatusBadge } from "../components/Parts";
import { SCORES_OF } from "../components/words";
import { findingsRoute } from "../router";

const STATUSES = ["open", "reopened", "justified", "resolved"] as const;
const SCORES = [
  ...(["critical", "high", "medium", "low", "informational"] as const).map((severity) => ({ value: SCORES_OF[severity].join("-"), label: severity as string })),
  { value: "7-", label: "high and above" },
  { value: "4-", label: "medium and above" },
  { value: "1-", label: "low and above" },
];

/** The choice that these bounds mean; bounds typed into the address may mean none. */
function chosenScores(min: number | undefined, max: number | undefined): string | null {
  const value = `${min ?? ""}-${max ?? ""}`;
  return SCORES.some((choice) => choice.value === value) ? value : null;
}

function bounds(value: string | null): { min_score?: number; max_score?: number } {
  const [min, max] = (value ?? "-").split("-");
  return { min_score: min ? Number(min) : undefined, max_score: max ? Number(max) : undefined };
}

export function Findings() {
  const search = findingsRoute.useSearch();
  const [chosen, setChosen] = useState<number[]>([]);
  const navigate = useNavigate({ from: findingsRoute.fullPath });
  const change = useCallback(
    (next: typeof search) => {
      // What is out of sight is not justified by accident.
      setChosen([]);
      void navigate({ search: next, replace: true });
    },
    [navigate],
  );
  const session = useSession();
  const [isJustifying, setJustifying] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["findings", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/findings", { params: { query: { ...search, after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const choosable = (query.data?.pages ?? []).flatMap((page) => page.items).filter((row) => row.status === "open" || row.status === "reopened").map((row) => row.id);
  const mayJustify = mayAct(session.data, "justify");
  const toggle = (id: number) => setChosen((ids) => (ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]));
  const exported = new URLSearchParams(Object.entries(search).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)])));
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          Findings
        </Title>
        <Group>
          {chosen.length > 0 && <Button onClick={() => setJustifying(true)}>Justify {chosen.length}</Button>}
          <Anchor className="sm-link" href={`/api/v1/findings/export?${exported.toString()}`} download>
            Export as CSV
          </Anchor>
        </Group>
      </Group>
      <FilterBar value={search} change={change}>
        <MultiSelect label="Status" clearable placeholder={search.status?.length ? undefined : "open, reopened"} data={[...STATUSES]} value={search.status ?? []} onChange={(status) => change({ ...search, status: nonEmpty(status as Schemas["FindingStatus"][]) })} w={200} />
        <Select label="Severity" clearable placeholder="all" data={SCORES} value={chosenScores(search.min_score, search.max_score)} onChange={(scores) => change({ ...search, ...bounds(scores) })} w={170} />
      </FilterBar>
      <PagedTable<Schemas["FindingSummary"]>
        label="Findings"
        query={query}
        empty="Nothing matches. If you expected something here, look at the coverage gaps too: where we could not look, there are no findings."
        columns={[
          ...(mayJustify
            ? [
                {
                  hiddenTitle: "Choose",
                  title: (
                    <Checkbox size="xs" aria-label="Choose all that are shown" disabled={choosable.length === 0} checked={choosable.length > 0 && choosable.every((id) => chosen.includes(id))} indeterminate={chosen.length > 0 && !choosable.every((id) => chosen.includes(id))} onChange={(event) => setChosen(event.currentTarget.checked ? choosable : [])} />
                  ),
                  width: "2rem",
                  cell: (row: Schemas["FindingSummary"]) =>
                    row.status === "open" || row.status === "reopened" ? <Checkbox size="xs" aria-label={`Choose finding ${row.id}`} checked={chosen.includes(row.id)} onChange={() => toggle(row.id)} /> : null,
                },
              ]
            : []),
          { title: "Score", width: "8rem", cell: (row) => <ScoreBadge score={row.score} /> },
          {
            title: "Finding",
            cell: (row) => (
              <>
                <Link className="sm-link" to="/findings/$finding" params={{ finding: String(row.id) }}>
                  {row.title}
                </Link>
                <div className="sm-dim">{row.message}</div>
              </>
            ),
          },
          {
            title: "Resource",
            cell: (row) => (
              <>
                <ResourceLink resource={row.resource} />
                <div>
                  <Place of={{ ...row.resource, region: row.home_region }} />
                </div>
              </>
            ),
          },
          { title: "Status", width: "7rem", cell: (row) => <StatusBadge status={row.status} /> },
          { title: "Found", width: "8rem", cell: (row) => <Instant at={row.opened_at} /> },
        ]}
      />
      <Modal opened={isJustifying} onClose={() => setJustifying(false)} title="Justify findings" transitionProps={{ duration: 0 }}>
        <JustifyForm
          findings={chosen}
          done={() => {
            setJustifying(false);
            setChosen([]);
          }}
        />
      </Modal>
    </>
  );
}
