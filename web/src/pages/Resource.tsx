import { Badge, Button, Group, Select, Tabs, Textarea, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { DataTable, PagedTable } from "../components/DataTable";
import { ChangeBadge, Empty, Instant, Pending, Place, ProblemAlert, ResourceLink, ScoreBadge, StatusBadge, VerdictBadge } from "../components/Parts";
import { pretty } from "../components/rows";
import { SideBySide } from "../components/SideBySide";
import { absolute } from "../components/time";
import { useTitleOf } from "../layout/title";
import { resourceRoute, type ResourceTab, type ResourceView } from "../router";

export function Resource() {
  const id = Number(resourceRoute.useParams().resource);
  const path = { resource: id };
  const view = resourceRoute.useSearch();
  const navigate = useNavigate({ from: resourceRoute.fullPath });
  const look = (next: ResourceView) => void navigate({ search: next, replace: true, resetScroll: false });
  const detail = useQuery({ queryKey: ["resource", id], queryFn: () => data(api.GET("/api/v1/resources/{resource}", { params: { path } })) });
  const history = useInfiniteQuery({
    queryKey: ["history", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/resources/{resource}/revisions", { params: { path, query: { after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  useTitleOf(detail.data?.name, "Resources");
  if (!detail.data) return <Pending query={detail} />;
  const resource = detail.data;
  const revisions = history.data?.pages.flatMap((page) => page.items) ?? [];
  const newest = revisions[0]?.id ?? null;
  const shown = view.revision ?? newest;
  return (
    <>
      <Group mb={4}>
        <ScoreBadge score={resource.score} />
        {!resource.is_active && <Badge color="gray">deleted</Badge>}
      </Group>
      <Title order={1} size="h2">
        {resource.name}
      </Title>
      <p>
        <Place of={{ ...resource, region: resource.home_region }} />
        <br />
        <span className="sm-mono">{resource.arn ?? resource.aws_id}</span>
      </p>
      <Tabs value={view.tab ?? "history"} onChange={(tab) => look({ ...view, tab: (tab ?? undefined) as ResourceTab | undefined })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="history">History</Tabs.Tab>
          <Tabs.Tab value="findings">Findings ({resource.open_findings})</Tabs.Tab>
          <Tabs.Tab value="document">Configuration</Tabs.Tab>
          <Tabs.Tab value="related">Related</Tabs.Tab>
          <Tabs.Tab value="comments">Comments</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="history">
          <div className="sm-resource">
            <section aria-label="Timeline">
              <p className="sm-dim">
                First seen {absolute(resource.first_seen)}
                <br />
                Last seen {absolute(resource.last_seen)}
              </p>
              <Pending query={history} />
              <ul className="sm-timeline">
                {revisions.map((revision) => (
                  <li key={revision.id} data-selected={revision.id === shown}>
                    <button
                      type="button"
                      aria-pressed={revision.id === shown}
                      onClick={() => look({ tab: view.tab, revision: revision.id })}
                    >
                      <ChangeBadge change={revision.change} /> <Instant at={revision.observed_at} />
                      <div className="sm-dim">{absolute(revision.observed_at)}</div>
                      {revision.actor && (
                        <div className="sm-dim">
                          {revision.actor.principal} {revision.actor.action}
                        </div>
                      )}
                    </button>
                  </li>
                ))}
              </ul>
              {history.hasNextPage && (
                <Button size="compact-xs" variant="default" onClick={() => void history.fetchNextPage()}>
                  Older
                </Button>
              )}
            </section>
            <section aria-label="Difference">
              {shown !== null && (
                <>
                  <Select
                    size="xs"
                    maw={320}
                    mb="sm"
                    label="Compared with"
                    placeholder="the revision before"
                    clearable
                    value={view.against === undefined ? null : String(view.against)}
                    onChange={(against) => look({ ...view, revision: shown, against: against === null ? undefined : Number(against) })}
                    data={revisions.filter((revision) => revision.id !== shown).map((revision) => ({ value: String(revision.id), label: `${absolute(revision.observed_at)} (${revision.change})` }))}
                  />
                  <Difference revision={shown} before={view.against} />
                </>
              )}
            </section>
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="findings">
          <ResourceFindings id={id} isDeleted={!resource.is_active} />
        </Tabs.Panel>
        <Tabs.Panel value="document">
          <div className="sm-panel">
            {Object.keys(resource.tags).length > 0 && (
              <Group gap="xs" mb="sm">
                {Object.entries(resource.tags).map(([key, value]) => (
                  <Badge key={key} variant="default" tt="none">
                    {key}={value}
                  </Badge>
                ))}
              </Group>
            )}
            {resource.document === null ? <Empty>It is deleted; the history keeps what it was.</Empty> : <pre className="sm-document">{pretty(resource.document)}</pre>}
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="related">
          <div className="sm-columns">
            <section className="sm-panel">
              <Title order={2} size="h5" mb="xs">
                It refers to
              </Title>
              {resource.links.length === 0 && <Empty>Nothing that we watch.</Empty>}
              {resource.links.map((link) => (
                <div key={`${link.technology} ${link.aws_id}`}>
                  {link.resource ? <ResourceLink resource={link.resource} /> : <span className="sm-mono">{link.aws_id}</span>} <span className="sm-dim">{link.technology}{link.resource ? "" : ", not recorded"}</span>
                </div>
              ))}
            </section>
            <section className="sm-panel">
              <Title order={2} size="h5" mb="xs">
                Refer to it
              </Title>
              {resource.linked_from.length === 0 && <Empty>Nothing that we watch.</Empty>}
              {resource.linked_from.map((other) => (
                <div key={other.id}>
                  <ResourceLink resource={other} /> <Place of={other} />
                </div>
              ))}
            </section>
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="comments">
          <Comments id={id} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Difference({ revision, before }: { revision: number; before: number | undefined }) {
  const query = useQuery({
    queryKey: ["difference", revision, before],
    staleTime: Infinity,
    queryFn: () => data(api.GET("/api/v1/revisions/{revision}/difference", { params: { path: { revision }, query: { before } } })),
  });
  if (!query.data) return <Pending query={query} />;
  const { before: older, after } = query.data;
  return (
    <div className="sm-table-frame">
      <SideBySide before={older?.document} after={after.document} titles={[older ? absolute(older.observed_at) : "not there before", after.document === null ? "deleted" : absolute(after.observed_at)]} />
    </div>
  );
}

function ResourceFindings({ id, isDeleted }: { id: number; isDeleted: boolean }) {
  const findings = useInfiniteQuery({
    queryKey: ["findings", { resource: id }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/findings", { params: { query: { resource: id, status: ["open", "reopened", "justified", "resolved"], after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const verdicts = useQuery({ queryKey: ["verdicts", id], queryFn: () => data(api.GET("/api/v1/resources/{resource}/verdicts", { params: { path: { resource: id } } })) });
  return (
    <>
      <PagedTable<Schemas["FindingSummary"]>
        label="Findings"
        query={findings}
        empty="No finding, now or before."
        columns={[
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
          { title: "Status", width: "7rem", cell: (row) => <StatusBadge status={row.status} /> },
          { title: "Found", width: "8rem", cell: (row) => <Instant at={row.opened_at} /> },
        ]}
      />
      <Title order={2} size="h4" my="sm">
        What each rule says
      </Title>
      {verdicts.data ? (
        <DataTable
          label="Verdicts"
          rows={verdicts.data.map((row) => ({ ...row, id: row.rule }))}
          empty={isDeleted ? "It is deleted; rules look at what is there." : "No rule looks at this technology."}
          columns={[
            { title: "Verdict", width: "9rem", cell: (row) => <VerdictBadge verdict={row.verdict} /> },
            {
              title: "Rule",
              cell: (row) => (
                <>
                  <Link className="sm-link" to="/rules/$rule" params={{ rule: row.rule }}>
                    {row.title}
                  </Link>
                  {row.reason && <div className="sm-dim">{row.reason}</div>}
                </>
              ),
            },
            { title: "Since", width: "8rem", cell: (row) => <Instant at={row.since} /> },
          ]}
        />
      ) : (
        <Pending query={verdicts} />
      )}
    </>
  );
}

function Comments({ id }: { id: number }) {
  const path = { resource: id };
  const session = useSession();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const comments = useInfiniteQuery({
    queryKey: ["comments", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => data(api.GET("/api/v1/resources/{resource}/comments", { params: { path, query: { after: pageParam } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const add = useMutation({
    mutationFn: () => data(api.POST("/api/v1/resources/{resource}/comments", { params: { path }, body: { text } })),
    onSuccess: async () => {
      setText("");
      await queries.invalidateQueries({ queryKey: ["comments", id] });
    },
  });
  if (!comments.data) return <Pending query={comments} />;
  const said = comments.data.pages.flatMap((page) => page.items);
  return (
    <div className="sm-panel">
      {said.length === 0 && <Empty>Nobody has said anything yet.</Empty>}
      {said.map((comment) => (
        <article key={comment.id}>
          <b>{comment.by}</b> <Instant at={comment.at} />
          <p className="sm-prose sm-typed">{comment.text}</p>
        </article>
      ))}
      {comments.hasNextPage && (
        <Button size="compact-xs" variant="default" onClick={() => void comments.fetchNextPage()}>
          More
        </Button>
      )}
      {mayAct(session.data, "comment") && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <Textarea label="Comment" autosize minRows={2} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <ProblemAlert error={add.error} />
          <Button type="submit" mt="sm" disabled={text.trim() === ""} loading={add.isPending}>
            Add
          </Button>
        </form>
      )}
    </div>
  );
}
