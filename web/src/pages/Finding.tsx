import { Button, Group, Modal, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { JustifyForm } from "../components/JustifyForm";
import { Instant, Pending, Place, ProblemAlert, ResourceLink, ScoreBadge, StatusBadge } from "../components/Parts";
import { pretty } from "../components/rows";
import { absolute } from "../components/time";
import { useTitleOf } from "../layout/title";
import { findingRoute } from "../router";

export function Finding() {
  const id = Number(findingRoute.useParams().finding);
  const session = useSession();
  const queries = useQueryClient();
  const [isJustifying, setJustifying] = useState(false);
  const query = useQuery({ queryKey: ["finding", id], queryFn: () => data(api.GET("/api/v1/findings/{finding}", { params: { path: { finding: id } } })) });
  const rule = useQuery({
    queryKey: ["rule", query.data?.rule],
    enabled: Boolean(query.data),
    retry: false,
    queryFn: () => data(api.GET("/api/v1/rules/{rule}", { params: { path: { rule: query.data?.rule ?? "" } } })),
  });
  const revoke = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/findings/{finding}/justification", { params: { path: { finding: id } } })),
    onSuccess: () => queries.invalidateQueries(),
  });
  useTitleOf(query.data?.title, "Findings");
  if (!query.data) return <Pending query={query} />;
  const finding = query.data;
  const mayJustify = mayAct(session.data, "justify");
  return (
    <>
      <Group mb={4}>
        <ScoreBadge score={finding.score} />
        <StatusBadge status={finding.status} />
      </Group>
      <Title order={1} size="h2">
        {finding.title}
      </Title>
      <p>{finding.message}</p>
      <p>
        <ResourceLink resource={finding.resource} /> <Place of={{ ...finding.resource, region: finding.home_region }} />
      </p>
      {mayJustify && (
        <Group mb="md">
          {(finding.status === "open" || finding.status === "reopened") && <Button onClick={() => setJustifying(true)}>Justify</Button>}
          {finding.justification && (
            <Button variant="default" loading={revoke.isPending} onClick={() => revoke.mutate()}>
              Revoke the justification
            </Button>
          )}
        </Group>
      )}
      <ProblemAlert error={revoke.error} />
      {finding.justification && (
        <section className="sm-panel" aria-label="Justification" style={{ marginBottom: "1rem" }}>
          <b>Accepted by {finding.justification.by}</b> <Instant at={finding.justification.at} />
          {finding.justification.expires_at && <span className="sm-dim"> · until {absolute(finding.justification.expires_at)}</span>}
          <p className="sm-prose sm-typed">{finding.justification.reason}</p>
        </section>
      )}
      <div className="sm-columns">
        <div className="sm-stack">
          <section className="sm-panel">
            <Title order={2} size="h4" mb="xs">
              Why it matters
            </Title>
            {rule.data ? (
              <>
                <p className="sm-prose">{rule.data.rationale || rule.data.description}</p>
                <Title order={3} size="h5">
                  What to do
                </Title>
                <p className="sm-prose">{rule.data.remediation}</p>
                <p>
                  <Link className="sm-link" to="/rules/$rule" params={{ rule: rule.data.id }}>
                    {rule.data.id}
                  </Link>
                </p>
              </>
            ) : (
              <p className="sm-dim">{rule.error ? `The rule ${finding.rule} is not loaded any more.` : "…"}</p>
            )}
          </section>
          <section className="sm-panel">
            <Title order={2} size="h4" mb="xs">
              Its life
            </Title>
            <ul className="sm-timeline">
              {finding.history.map((step, index) => (
                <li key={index}>
                  <StatusBadge status={step.status} /> <Instant at={step.at} />
                  <div className="sm-dim">{step.message}</div>
                </li>
              ))}
            </ul>
            {finding.decisions.length > 0 && (
              <>
                <Title order={3} size="h5" mb="xs">
                  Decisions
                </Title>
                <ul className="sm-timeline">
                  {finding.decisions.map((decision, index) => (
                    <li key={index}>
                      <b>{decision.action}</b> by {decision.by ?? "the system"} <Instant at={decision.at} />
                      <div className="sm-dim sm-prose sm-typed">{decision.reason}</div>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </section>
        </div>
        <section className="sm-panel">
          <Title order={2} size="h4" mb="xs">
            Evidence
          </Title>
          <dl className="sm-facts">
            <dt>Subject</dt>
            <dd className="sm-mono">{finding.subject}</dd>
            <dt>First found</dt>
            <dd>{absolute(finding.opened_at)}</dd>
            <dt>Last change</dt>
            <dd>{absolute(finding.changed_at)}</dd>
          </dl>
          <pre className="sm-document">{pretty(finding.evidence)}</pre>
        </section>
      </div>
      <Modal opened={isJustifying} onClose={() => setJustifying(false)} title="Justify this finding" transitionProps={{ duration: 0 }}>
        <JustifyForm findings={[id]} done={() => setJustifying(false)} />
      </Modal>
    </>
  );
}
