import { Alert, Button, Group, Modal, MultiSelect, Select, Switch, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { DataTable } from "../components/DataTable";
import { useAccounts, useTechnologies } from "../components/Filters";
import { Pending, ProblemAlert } from "../components/Parts";
import { fromSeverity } from "../components/words";

type Settings = Schemas["SubscriptionSettings"];

const CHANNELS = [
  { value: "smtp", label: "e-mail" },
  { value: "webhook", label: "webhook" },
];
const EVENTS = [
  { value: "finding-changed", label: "findings" },
  { value: "resource-changed", label: "changes of resources" },
  { value: "coverage-changed", label: "coverage gaps" },
];

export function Notifications() {
  const session = useSession();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<{ id: number | null; settings: Settings } | null>(null);
  const [doomed, setDoomed] = useState<Schemas["Subscription"] | null>(null);
  // Admins see everybody's: those of accounts' contacts belong to nobody.
  const all = mayAct(session.data, "admin");
  const query = useQuery({ queryKey: ["subscriptions", all], queryFn: () => data(api.GET("/api/v1/subscriptions", { params: { query: all ? { all } : {} } })) });
  const renew = () => queries.invalidateQueries({ queryKey: ["subscriptions"] });
  const remove = useMutation({ mutationFn: (subscription: number) => data(api.DELETE("/api/v1/subscriptions/{subscription}", { params: { path: { subscription } } })), onSuccess: () => {
      setDoomed(null);
      return renew();
    } });
  const test = useMutation({ mutationFn: (subscription: number) => data(api.POST("/api/v1/subscriptions/{subscription}/test", { params: { path: { subscription } } })) });
  if (!query.data) return <Pending query={query} />;
  const fresh: Settings = { channel: "smtp", target: session.data?.email ?? "", settings: {}, accounts: [], technologies: [], events: ["finding-changed"], min_score: 4, is_enabled: true };
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          Notifications
        </Title>
        <Button onClick={() => setEdited({ id: null, settings: fresh })}>Subscribe</Button>
      </Group>
      <ProblemAlert error={remove.error ?? test.error} />
      {test.isSuccess && <Alert color="green" mb="sm">A test was sent to {query.data.find((row) => row.id === test.variables)?.target}.</Alert>}
      <DataTable
        label="Subscriptions"
        rows={query.data}
        empty={all ? "Nobody is told anything yet." : "You are not told anything yet."}
        columns={[
          { title: "Who", cell: (row) => row.owner ?? "the team" },
          { title: "Channel", cell: (row) => CHANNELS.find((each) => each.value === row.channel)?.label ?? row.channel },
          { title: "Target", cell: (row) => <span className="sm-mono">{row.target}</span> },
          { title: "Hears of", cell: (row) => (row.events?.length ? row.events.map((event) => EVENTS.find((each) => each.value === event)?.label).join(", ") : "everything") },
          { title: "Findings from", cell: (row) => fromSeverity(row.min_score) },
          { title: "On", cell: (row) => (row.is_enabled ? "yes" : "no") },
          {
            hiddenTitle: "Change",
            cell: (row) => (
              <Group gap="xs" wrap="nowrap">
                <Button size="compact-xs" variant="default" loading={test.isPending && test.variables === row.id} onClick={() => test.mutate(row.id)}>
                  Test
                </Button>
                <Button size="compact-xs" variant="default" onClick={() => setEdited({ id: row.id, settings: { channel: row.channel, target: row.target, settings: row.settings, accounts: row.accounts, technologies: row.technologies, events: row.events, min_score: row.min_score, is_enabled: row.is_enabled } })}>
                  Edit
                </Button>
                <Button size="compact-xs" variant="default" color="red" onClick={() => setDoomed(row)}>
                  Delete
                </Button>
              </Group>
            ),
          },
        ]}
      />
      <Modal opened={doomed !== null} onClose={() => setDoomed(null)} title="Delete this subscription?" transitionProps={{ duration: 0 }}>
        <p>
          {doomed?.target} will hear nothing more of it. What was sent stays sent.
        </p>
        <Group>
          <Button color="red" loading={remove.isPending} onClick={() => doomed && remove.mutate(doomed.id)}>
            Delete
          </Button>
          <Button variant="default" onClick={() => setDoomed(null)}>
            Keep it
          </Button>
        </Group>
      </Modal>
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={edited?.id == null ? "A new subscription" : "Subscription"} transitionProps={{ duration: 0 }}>
        {edited && (
          <SubscriptionForm
            id={edited.id}
            settings={edited.settings}
            cancel={() => setEdited(null)}
            done={() => {
              setEdited(null);
              void renew();
            }}
          />
        )}
      </Modal>
    </>
  );
}

function SubscriptionForm({ id, settings, done, cancel }: { id: number | null; settings: Settings; done: () => void; cancel: () => void }) {
  const accounts = useAccounts();
  const technologies = useTechnologies();
  const [value, setValue] = useState(settings);
  const isAdmin = mayAct(useSession().data, "admin");
  const set = (change: Partial<Settings>) => setValue((before) => ({ ...before, ...change }));
  const secret = (value.settings as { secret?: string } | undefined)?.secret ?? "";
  const save = useMutation({
    mutationFn: async () => {
      if (id === null) await data(api.POST("/api/v1/subscriptions", { body: value }));
      else await data(api.PUT("/api/v1/subscriptions/{subscription}", { params: { path: { subscription: id } }, body: value }));
    },
    onSuccess: done,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Select label="Channel" data={CHANNELS} allowDeselect={false} disabled={!isAdmin} value={value.channel} onChange={(channel) => set({ channel: channel ?? "smtp", target: "", settings: {} })} />
      <TextInput label={value.channel === "smtp" ? "Address" : "URL"} type={value.channel === "smtp" ? "email" : "url"} description={isAdmin ? undefined : "Your own; an admin can choose others."} disabled={!isAdmin} required mt="sm" value={value.target} onChange={(event) => set({ target: event.currentTarget.value })} />
      {value.channel === "webhook" && <TextInput label="Secret for the signature" description="The receiver checks the HMAC-SHA256 signature with it." required mt="sm" value={secret} onChange={(event) => set({ settings: { secret: event.currentTarget.value } as unknown as Settings["settings"] })} />}
      <MultiSelect label="Hears of" placeholder={value.events?.length ? undefined : "everything"} data={EVENTS} mt="sm" value={value.events ?? []} onChange={(events) => set({ events: events as Settings["events"] })} />
      <Select label="Findings from" clearable placeholder="any score" mt="sm" data={[{ value: "9", label: "critical" }, { value: "7", label: "high and above" }, { value: "4", label: "medium and above" }, { value: "1", label: "low and above" }]} value={value.min_score === null || value.min_score === undefined ? null : String(value.min_score)} onChange={(score) => set({ min_score: score === null ? null : Number(score) })} />
      <MultiSelect label="Accounts" searchable placeholder={value.accounts?.length ? undefined : "all"} mt="sm" data={(accounts.data ?? []).map((account) => ({ value: account.id, label: account.name }))} value={value.accounts ?? []} onChange={(chosen) => set({ accounts: chosen })} />
      <MultiSelect label="Technologies" searchable placeholder={value.technologies?.length ? undefined : "all"} mt="sm" data={(technologies.data ?? []).map((technology) => ({ value: technology.id, label: technology.title }))} value={value.technologies ?? []} onChange={(chosen) => set({ technologies: chosen })} />
      <Switch label="Switched on" mt="md" checked={value.is_enabled} onChange={(event) => set({ is_enabled: event.currentTarget.checked })} />
      <ProblemAlert error={save.error} />
      <Group mt="md">
        <Button type="submit" loading={save.isPending}>
          Save
        </Button>
        <Button variant="default" onClick={cancel}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
