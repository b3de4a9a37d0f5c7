import { Button, Group, NumberInput, Select, Switch, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { useAccounts } from "../components/Filters";
import { Instant, Pending, ProblemAlert, RuleScore, ScoreBadge } from "../components/Parts";
import { pretty } from "../components/rows";
import { useTitleOf } from "../layout/title";
import { ruleRoute } from "../router";

export function Rule() {
  const id = ruleRoute.useParams().rule;
  const session = useSession();
  const accounts = useAccounts();
  const query = useQuery({ queryKey: ["rule", id], queryFn: () => data(api.GET("/api/v1/rules/{rule}", { params: { path: { rule: id } } })) });
  useTitleOf(query.data?.title, "Rules");
  if (!query.data) return <Pending query={query} />;
  const rule = query.data;
  const nameOf = (account: string | null | undefined) => (account ? (accounts.data?.find((each) => each.id === account)?.name ?? account) : "every account");
  return (
    <>
      <RuleScore rule={rule} />
      <Title order={1} size="h2">
        {rule.title}
      </Title>
      <p className="sm-mono sm-dim">{rule.id}</p>
      {rule.deprecated && <p>Deprecated: {rule.deprecated}</p>}
      <p>
        <Link className="sm-link" to="/findings" search={{ rule: [rule.id] }}>
          Its findings
        </Link>
      </p>
      <div className="sm-columns">
        <section className="sm-panel">
          <p className="sm-prose">{rule.description}</p>
          <Title order={2} size="h4">Why it matters</Title>
          <p className="sm-prose">{rule.rationale}</p>
          <Title order={2} size="h4">What to do</Title>
          <p className="sm-prose">{rule.remediation}</p>
          <Title order={2} size="h4">References</Title>
          <ul>
            {rule.references.map((reference) => (
              <li key={reference}>
                <a className="sm-link" href={reference} rel="noreferrer" target="_blank">
                  {reference}
                </a>
              </li>
            ))}
          </ul>
          <dl className="sm-facts">
            <dt>Looks at</dt>
            <dd>{rule.technologies.join(", ")}</dd>
            {Object.entries(rule.equivalents).map(([source, ids]) => [<dt key={source}>{source}</dt>, <dd key={`${source} ids`}>{ids.join(", ")}</dd>])}
            {Object.keys(rule.parameters as object).length > 0 && (
              <>
                <dt>Parameters</dt>
                <dd className="sm-mono">{pretty(rule.parameters)}</dd>
              </>
            )}
          </dl>
        </section>
        <section className="sm-panel">
          <Title order={2} size="h4" mb="xs">
            Settings
          </Title>
          {rule.settings.length === 0 && <p className="sm-dim">As written, in every account.</p>}
          {rule.settings.map((setting) => (
            <p key={setting.account ?? ""}>
              <b>{nameOf(setting.account)}</b>: {setting.is_disabled ? "switched off" : setting.score ? <ScoreBadge score={setting.score} /> : "as written"}
              <br />
              <span className="sm-dim">
                {setting.by} <Instant at={setting.at} />: {setting.reason}
              </span>
            </p>
          ))}
          {mayAct(session.data, "admin") && <SettingForm rule={rule} />}
        </section>
      </div>
    </>
  );
}

function SettingForm({ rule }: { rule: Schemas["Rule"] }) {
  const accounts = useAccounts();
  const queries = useQueryClient();
  const [account, setAccount] = useState<string | null>(null);
  const [isDisabled, setDisabled] = useState(false);
  const [score, setScore] = useState<number | string>("");
  const [reason, setReason] = useState("");
  const put = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/rules/{rule}/settings", { params: { path: { rule: rule.id } }, body: { account, is_disabled: isDisabled, score: score === "" ? null : Number(score), reason: reason.trim() } })),
    onSuccess: async () => {
      setReason("");
      await queries.invalidateQueries();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate();
      }}
    >
      <Title order={3} size="h5" mt="md">
        Change
      </Title>
      <Select label="Where" clearable placeholder="every account" data={(accounts.data ?? []).map((each) => ({ value: each.id, label: each.name }))} value={account} onChange={setAccount} />
      <Switch label="Switch it off there" mt="sm" checked={isDisabled} onChange={(event) => setDisabled(event.currentTarget.checked)} />
      <NumberInput label="Score there" placeholder={String(rule.score.value)} min={0} max={10} mt="sm" value={score} onChange={setScore} disabled={isDisabled} />
      <Textarea label="Why?" required mt="sm" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <ProblemAlert error={put.error} />
      <Group mt="sm">
        <Button type="submit" loading={put.isPending} disabled={reason.trim() === ""}>
          Save
        </Button>
      </Group>
    </form>
  );
}
