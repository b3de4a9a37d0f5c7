import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { DataTable } from "../components/DataTable";
import { ChangeBadge, Empty, Instant, Pending, Place, ResourceLink, ScoreBadge } from "../components/Parts";
import { SCORES_OF } from "../components/words";

export function Overview() {
  const query = useQuery({ queryKey: ["summary"], queryFn: () => data(api.GET("/api/v1/summary")) });
  if (!query.data) return <Pending query={query} />;
  const summary = query.data;
  const blind = summary.gaps.filter((gap) => !gap.is_expected).reduce((sum, gap) => sum + gap.count, 0);
  return (
    <>
      <Title order={1} size="h2" mb="md">
        What is at risk
      </Title>
      <div className="sm-cards">
        {summary.severities.map(({ severity, open }) => {
          const [min_score, max_score] = SCORES_OF[severity];
          return (
            <Link key={severity} className="sm-card" data-tone={open > 0 ? severity : undefined} data-quiet={open === 0} to="/findings" search={{ min_score, max_score }}>
              <b>{open.toLocaleString("en")}</b>
              {severity}
            </Link>
          );
        })}
        <Link className="sm-card" data-quiet={summary.justified_findings === 0} to="/findings" search={{ status: ["justified"] }}>
          <b>{summary.justified_findings.toLocaleString("en")}</b>justified
        </Link>
        <Link className="sm-card" data-tone={blind > 0 ? "blind" : undefined} data-quiet={blind === 0} to="/gaps">
          <b>{blind.toLocaleString("en")}</b>could not look
        </Link>
        <Link className="sm-card" data-quiet={summary.changes_last_day === 0} to="/resources" search={{ order: "changed" }}>
          <b>{summary.changes_last_day.toLocaleString("en")}</b>changes, <span className="sm-whole">24 h</span>
        </Link>
        <Link className="sm-card" data-quiet={summary.resources === 0} to="/resources">
          <b>{summary.resources.toLocaleString("en")}</b>resources
        </Link>
      </div>
      <div className="sm-columns" style={{ marginTop: "1.4rem" }}>
        <Worst isAnythingRecorded={summary.resources > 0} />
        <Changes />
        <Part title="By account">
          <DataTable
            label="Accounts"
            rows={summary.accounts.map((row) => ({ ...row, id: row.account }))}
            empty={
              <>
                No account is watched yet. <Link className="sm-link" to="/accounts">Add one.</Link>
              </>
            }
            columns={[
              { title: "Account", cell: (row) => <Link className="sm-link" to="/findings" search={{ account: [row.account] }}>{row.name}</Link> },
              { title: "Worst", cell: (row) => <ScoreBadge score={row.score} /> },
              { title: "Open findings", cell: (row) => row.open_findings.toLocaleString("en") },
              { title: "Resources", cell: (row) => row.resources.toLocaleString("en") },
            ]}
          />
        </Part>
        <Part title="By technology">
          <DataTable
            label="Technologies"
            rows={summary.technologies.map((row) => ({ ...row, id: row.technology }))}
            empty="Nothing has been recorded yet."
            columns={[
              { title: "Technology", cell: (row) => <Link className="sm-link" to="/resources" search={{ technology: [row.technology] }}>{row.technology}</Link> },
              { title: "Worst", cell: (row) => <ScoreBadge score={row.score} /> },
              { title: "Open findings", cell: (row) => row.open_findings.toLocaleString("en") },
              { title: "Resources", cell: (row) => row.resources.toLocaleString("en") },
            ]}
          />
        </Part>
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

/** The worst open findings: what to look at first. */
function Worst({ isAnythingRecorded }: { isAnythingRecorded: boolean }) {
  const query = useQuery({ queryKey: ["findings", "worst"], queryFn: () => data(api.GET("/api/v1/findings", { params: { query: { limit: 8 } } })) });
  return (
    <Part title="Look at these first">
      {!query.data ? (
        <Pending query={query} />
      ) : query.data.items.length === 0 ? (
        <Empty>{isAnythingRecorded ? "No open finding where we could look." : "Nothing has been looked at yet."}</Empty>
      ) : (
        <ul className="sm-list sm-table-frame" aria-label="Worst findings">
          {query.data.items.map((row: Schemas["FindingSummary"]) => (
            <li key={row.id}>
              <ScoreBadge score={row.score} />
              <div>
                <Link className="sm-link" to="/findings/$finding" params={{ finding: String(row.id) }}>
                  {row.title}
                </Link>
                <div>
                  <span className="sm-dim">{row.resource.name} · </span>
                  <Place of={{ ...row.resource, region: row.home_region }} />
                </div>
              </div>
              <Instant at={row.opened_at} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

/** What changed last, anywhere. */
function Changes() {
  const query = useQuery({ queryKey: ["resources", "latest"], queryFn: () => data(api.GET("/api/v1/resources", { params: { query: { order: "changed", limit: 8 } } })) });
  return (
    <Part title="Latest changes">
      {!query.data ? (
        <Pending query={query} />
      ) : query.data.items.length === 0 ? (
        <Empty>Nothing has been recorded yet.</Empty>
      ) : (
        <ul className="sm-list sm-table-frame" aria-label="Latest changes">
          {query.data.items.map((row: Schemas["ResourceSummary"]) => (
            <li key={row.id}>
              <ChangeBadge change={row.change} />
              <div>
                <ResourceLink resource={row} />
                <div>
                  <Place of={{ ...row, region: row.home_region }} />
                </div>
              </div>
              <Instant at={row.changed_at} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}
