/** Small parts that every page uses: badges, instants, problems, empty states. */
import { Alert, Badge, Button, Loader, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Problem, type Schemas } from "../api/client";
import { useAccounts } from "./Filters";
import { useNow } from "./now";
import { absolute, relative } from "./time";
import { CHANGE_COLOUR, SEVERITY_COLOUR, sentence, STATUS_COLOUR, VERDICT_COLOUR } from "./words";

export function ScoreBadge({ score }: { score: Schemas["GradedScore"] | null | undefined }) {
  if (!score) return null;
  return (
    <Badge color={SEVERITY_COLOUR[score.severity]} variant="filled" autoContrast miw="max-content">
      {score.severity} {score.value}
    </Badge>
  );
}

/** The score a rule has where no account has one of its own: as an admin set it, else as written. */
export function RuleScore({ rule }: { rule: Pick<Schemas["Rule"], "score" | "settings"> }) {
  const everywhere = rule.settings.find((setting) => !setting.account);
  if (!everywhere?.is_disabled && !everywhere?.score) return <ScoreBadge score={rule.score} />;
  return (
    <>
      {everywhere.is_disabled ? <Badge color="gray">switched off</Badge> : <ScoreBadge score={everywhere.score} />}
      <div className="sm-dim">written: {rule.score.value}</div>
    </>
  );
}

export function StatusBadge({ status }: { status: Schemas["FindingStatus"] }) {
  return (
    <Badge color={STATUS_COLOUR[status]} variant="light">
      {status}
    </Badge>
  );
}

export function ChangeBadge({ change }: { change: Schemas["Change"] }) {
  return (
    <Badge color={CHANGE_COLOUR[change]} variant="light">
      {change}
    </Badge>
  );
}

export function VerdictBadge({ verdict }: { verdict: Schemas["VerdictKind"] }) {
  return (
    <Badge color={VERDICT_COLOUR[verdict]} variant="light">
      {verdict.replace("-", " ")}
    </Badge>
  );
}

export function Instant({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (!at) return <span className="sm-dim">never</span>;
  return (
    <Tooltip label={absolute(at)} withArrow>
      <time dateTime={at}>{relative(at, now)}</time>
    </Tooltip>
  );
}

export function ProblemAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const status = error instanceof Problem ? error.status : undefined;
  const title = status === 403 ? "Not allowed" : status === 404 ? "Not found" : "That did not work";
  return (
    <Alert color="red" title={title} role="alert" my="sm">
      {/* Browsers say of a lost connection that a "fetch" failed, each in its own words. */}
      {error instanceof Error && !(error instanceof TypeError) ? sentence(error.message) : "The server could not be reached."}
      {/* What is not there will not be there for asking twice. */}
      {retry && status !== 404 && (
        <Button size="compact-xs" variant="light" color="red" ml="sm" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** What a query shows before it has data, or when it cannot get any. */
export function Pending({ query }: { query: { isPending: boolean; error: unknown; refetch: () => unknown } }) {
  if (query.error) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  return query.isPending ? <Loader size="sm" my="lg" aria-label="Loading" /> : null;
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="sm-dim">{children}</p>;
}

export function ResourceLink({ resource }: { resource: Pick<Schemas["ResourceReference"], "id" | "name"> }) {
  return (
    <Link className="sm-link sm-name" to="/resources/$resource" params={{ resource: String(resource.id) }}>
      {resource.name}
    </Link>
  );
}

/** Where something is. Accounts by the name people know; the number is one look away. */
export function Place({ of }: { of: { account: string; region: string; technology: string } }) {
  const accounts = useAccounts();
  const name = accounts.data?.find((account) => account.id === of.account)?.name;
  return (
    <span className="sm-dim">
      <span className="sm-whole">{of.technology}</span> · <span title={of.account}>{name ?? of.account}</span> · <span className="sm-whole">{of.region}</span>
    </span>
  );
}
