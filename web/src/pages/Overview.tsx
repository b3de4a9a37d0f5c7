import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data } from "../api/client";
import { Empty, Pending, ScoreBadge } from "../components/Parts";
import { DataTable } from "../components/DataTable";

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
        {summary.severities.map(({ severity, open }) => (
          <Link key={severity} className="sm-card" to="/findings" search={{ min_score: LEAST[severity] }}>
            <b>{open.toLocaleString("en")}</b>
            {severity}
          </Link>
        ))}
        <Link className="sm-card" to="/findings" search={{ status: ["justified"] }}>
          <b>{summary.justified_findings.toLocaleString("en")}</b>justified
        </Link>
        <Link className="sm-card" to="/gaps">
          <b>{blind.toLocaleString("en")}</b>could not look
        </Link>
        <Link className="sm-card" to="/resources" search={{ order: "changed" }}>
          <b>{summary.changes_last_day.toLocaleString("en")}</b>changes in 24 h
        </Link>
        <Link className="sm-card" to="/resources">
          <b>{summary.resources.toLocaleString("en")}</b>resources
        </Link>
      </div>
      <div className="sm-columns" style={{ marginTop: "1.4rem" }}>
        <section>
          <Title order={2} size="h4" mb="xs">
            By account
          </Title>
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
        </section>
        <section>
          <Title order={2} size="h4" mb="xs">
            By technology
          </Title>
          {summary.technologies.length === 0 ? (
            <Empty>Nothing has been recorded yet.</Empty>
          ) : (
            <DataTable
              label="Technologies"
              rows={summary.technologies.map((row) => ({ ...row, id: row.technology }))}
              empty=""
              columns={[
                { title: "Technology", cell: (row) => <Link className="sm-link" to="/resources" search={{ technology: [row.technology] }}>{row.technology}</Link> },
                { title: "Worst", cell: (row) => <ScoreBadge score={row.score} /> },
                { title: "Open findings", cell: (row) => row.open_findings.toLocaleString("en") },
                { title: "Resources", cell: (row) => row.resources.toLocaleString("en") },
              ]}
            />
          )}
        </section>
      </div>
    </>
  );
}

const LEAST = { informational: 0, low: 1, medium: 4, high: 7, critical: 9 } as const;
