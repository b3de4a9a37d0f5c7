import { Badge, Button, Group, Modal, Select, Switch, TagsInput, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { mayAct, useSession } from "../api/session";
import { DataTable } from "../components/DataTable";
import { useAccounts } from "../components/Filters";
import { Pending, ProblemAlert } from "../components/Parts";

/** An account as the API answers it: every list is there. */
type Account = Required<Schemas["Account"]>;

const NEW: Account = { id: "", name: "", kind: "watched", is_enabled: true, role_chain: [], regions: [], excluded_technologies: [], notes: "", contacts: [] };
const KINDS = [
  { value: "watched", label: "watched: ours, scanned" },
  { value: "friendly", label: "friendly: trusted as ours, not scanned" },
  { value: "third-party", label: "third party: known by name" },
];

export function Accounts() {
  const session = useSession();
  const accounts = useAccounts();
  const [edited, setEdited] = useState<Account | null>(null);
  if (!accounts.data) return <Pending query={accounts} />;
  const isAdmin = mayAct(session.data, "admin");
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          Accounts
        </Title>
        {isAdmin && <Button onClick={() => setEdited(NEW)}>Add an account</Button>}
      </Group>
      <DataTable
        label="Accounts"
        rows={accounts.data as Account[]}
        empty="No account yet."
        columns={[
          { title: "Name", cell: (row) => <b>{row.name}</b> },
          { title: "Number", cell: (row) => <span className="sm-mono sm-whole">{row.id}</span> },
          { title: "Kind", cell: (row) => <Badge variant="light" color={row.kind === "watched" ? "blue" : "gray"}>{row.kind}</Badge> },
          { title: "Scanned", cell: (row) => (row.kind !== "watched" ? "–" : row.is_enabled ? "yes" : "no: switched off") },
          { title: "Reached by", cell: (row) => (row.kind !== "watched" ? "–" : row.role_chain.length === 0 ? "own credentials" : <span className="sm-mono">{row.role_chain.map((hop) => hop.role_arn).join(" → ")}</span>) },
          { title: "Regions", cell: (row) => (row.kind !== "watched" ? "–" : row.regions.length === 0 ? "all that are on" : row.regions.join(", ")) },
          ...(isAdmin ? [{ hiddenTitle: "Change", cell: (row: Account) => <Button size="compact-xs" variant="default" onClick={() => setEdited(row)}>Edit</Button> }] : []),
        ]}
      />
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={edited?.id ? `Account ${edited.id}` : "A new account"} size="lg" transitionProps={{ duration: 0 }}>
        {edited && <AccountForm account={edited} done={() => setEdited(null)} />}
      </Modal>
    </>
  );
}

function AccountForm({ account, done }: { account: Account; done: () => void }) {
  const [value, setValue] = useState(account);
  const queries = useQueryClient();
  const hop = value.role_chain[0];
  const put = useMutation({
    mutationFn: () => {
      const { id, ...settings } = value;
      return data(api.PUT("/api/v1/accounts/{account}", { params: { path: { account: id.trim() } }, body: settings }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries();
      done();
    },
  });
  const set = (change: Partial<Account>) => setValue((before) => ({ ...before, ...change }));
  const setHop = (change: { role_arn?: string; external_id?: string | null }) => {
    const next = { role_arn: hop?.role_arn ?? "", external_id: hop?.external_id ?? null, ...change };
    set({ role_chain: next.role_arn === "" ? value.role_chain.slice(1) : [next, ...value.role_chain.slice(1)] });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate();
      }}
    >
      <Group grow align="start">
        <TextInput label="Account number" required disabled={account.id !== ""} pattern="[0-9]{12}" title="twelve digits" value={value.id} onChange={(event) => set({ id: event.currentTarget.value })} />
        <TextInput label="Name" required maxLength={100} value={value.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      </Group>
      <Select label="What it is to us" data={KINDS} allowDeselect={false} mt="sm" value={value.kind} onChange={(kind) => set({ kind: kind as Account["kind"] })} />
      {value.kind === "watched" && (
        <>
          <Switch label="Scan it" mt="sm" checked={value.is_enabled} onChange={(event) => set({ is_enabled: event.currentTarget.checked })} />
          <TextInput label="Role to assume" description="Empty: the process's own credentials are the account's." placeholder="arn:aws:iam::123456789012:role/SecurityMonkey" mt="sm" value={hop?.role_arn ?? ""} onChange={(event) => setHop({ role_arn: event.currentTarget.value })} />
          {hop && <TextInput label="External id" mt="sm" value={hop.external_id ?? ""} onChange={(event) => setHop({ external_id: event.currentTarget.value || null })} />}
          {value.role_chain.length > 1 && <p className="sm-dim">Then: {value.role_chain.slice(1).map((next) => next.role_arn).join(" → ")}</p>}
          <TagsInput label="Regions" description="Empty: every region that is switched on." mt="sm" value={value.regions} onChange={(regions) => set({ regions })} />
          <TagsInput label="Contacts" description="Addresses that hear of this account." mt="sm" value={value.contacts} onChange={(contacts) => set({ contacts })} />
        </>
      )}
      <Textarea label="Notes" autosize mt="sm" value={value.notes} onChange={(event) => set({ notes: event.currentTarget.value })} />
      <ProblemAlert error={put.error} />
      <Group mt="md">
        <Button type="submit" loading={put.isPending}>
          Save
        </Button>
        <Button variant="default" onClick={done}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
