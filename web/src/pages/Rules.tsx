import { TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { DataTable } from "../components/DataTable";
import { Pending, RuleScore } from "../components/Parts";
import { plural } from "../components/words";

export function Rules() {
  const [text, setText] = useState("");
  const query = useQuery({ queryKey: ["rules"], queryFn: () => data(api.GET("/api/v1/rules")) });
  if (!query.data) return <Pending query={query} />;
  const wanted = text.toLowerCase();
  const rules = query.data.filter((rule) => `${rule.id} ${rule.title} ${Object.values(rule.equivalents).flat().join(" ")}`.toLowerCase().includes(wanted));
  return (
    <>
      <Title order={1} size="h2" mb="md">
        Rules
      </Title>
      <div className="sm-filters">
        <TextInput label="Search" placeholder="title, id, CIS 5.4, S3.2 …" value={text} onChange={(event) => setText(event.currentTarget.value)} w={280} />
      </div>
      <DataTable
        label="Rules"
        rows={rules}
        empty="No rule matches."
        columns={[
          { title: "Score", width: "8rem", cell: (rule) => <><RuleScore rule={rule} /><Differing settings={rule.settings} /></> },
          {
            title: "Rule",
            width: "25rem",
            cell: (rule) => (
              <>
                <Link className="sm-link" to="/rules/$rule" params={{ rule: rule.id }}>
                  {rule.title}
                </Link>
                <div className="sm-mono sm-dim">{rule.id}</div>
              </>
            ),
          },
          { title: "Looks at", width: "11rem", cell: (rule) => rule.technologies.join(", ") },
          { title: "Elsewhere known as", cell: (rule) => Object.entries(rule.equivalents).map(([source, ids]) => <div className="sm-dim" key={source}>{`${source}: ${someOf(ids)}`}</div>) },
        ]}
      />
    </>
  );
}

/** How many accounts have a setting of their own. */
function Differing({ settings }: { settings: Schemas["Rule"]["settings"] }) {
  const count = settings.filter((setting) => setting.account).length;
  return count > 0 && <div className="sm-dim">other in {plural(count, "account")}</div>;
}

/** The first few; the rule's own page has all. */
function someOf(ids: string[]): string {
  return ids.length > 4 ? `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more` : ids.join(", ");
}
