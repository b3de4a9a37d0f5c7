import { Alert, Button, Code, Group, PasswordInput, Select, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, rememberCsrfToken, type Schemas } from "../api/client";
import { mayAct, useSession, type Role } from "../api/session";
import { DataTable } from "../components/DataTable";
import { Instant, Pending, ProblemAlert } from "../components/Parts";

export function Me() {
  const session = useSession();
  return (
    <>
      <Title order={1} size="h2" mb="md">
        {session.data?.email}
      </Title>
      <div className="sm-columns">
        <section className="sm-panel">
          <Password />
        </section>
        <section className="sm-panel">
          <Tokens />
        </section>
      </div>
    </>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/session/password", { body: { current_password: current, new_password: next } })),
    onSuccess: (session) => {
      // Every session has ended; this answer began a new one, with a token of its own.
      rememberCsrfToken(session.csrf_token);
      setCurrent("");
      setNext("");
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Title order={2} size="h4">
        Password
      </Title>
      <PasswordInput label="Current password" autoComplete="current-password" required mt="sm" value={current} onChange={(event) => setCurrent(event.currentTarget.value)} />
      <PasswordInput label="New password" description="At least 12 characters." autoComplete="new-password" required minLength={12} mt="sm" value={next} onChange={(event) => setNext(event.currentTarget.value)} />
      <ProblemAlert error={change.error} />
      {change.isSuccess && <Alert color="green" mt="sm">Changed. Your other sessions have ended.</Alert>}
      <Button type="submit" mt="md" loading={change.isPending}>
        Change
      </Button>
    </form>
  );
}

function Tokens() {
  const session = useSession();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<string | null>("view");
  const [made, setMade] = useState<Schemas["TokenWithText"] | null>(null);
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: () => data(api.GET("/api/v1/tokens")) });
  const renew = () => queries.invalidateQueries({ queryKey: ["tokens"] });
  const create = useMutation({
    mutationFn: () => data(api.POST("/api/v1/tokens", { body: { name: name.trim(), role: role as Role } })),
    onSuccess: async (token) => {
      setMade(token);
      setName("");
      await renew();
    },
  });
  const revoke = useMutation({ mutationFn: (token: number) => data(api.DELETE("/api/v1/tokens/{token}", { params: { path: { token } } })), onSuccess: renew });
  return (
    <>
      <Title order={2} size="h4">
        API tokens
      </Title>
      {made && (
        <Alert color="green" title="Your new token" my="sm" withCloseButton onClose={() => setMade(null)}>
          <Code>{made.text}</Code> It is shown this once. Send it as <Code>Authorization: Bearer …</Code>
        </Alert>
      )}
      <form
        className="sm-filters"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label="May" data={(["view", "comment", "justify", "admin"] as Role[]).filter((each) => mayAct(session.data, each))} value={role} onChange={setRole} allowDeselect={false} w={120} />
        <Button type="submit" loading={create.isPending}>
          Create
        </Button>
      </form>
      <ProblemAlert error={create.error ?? revoke.error} />
      {tokens.data ? (
        <DataTable
          label="Tokens"
          rows={tokens.data.filter((token) => !token.revoked_at)}
          empty="You have none."
          columns={[
            { title: "Name", cell: (token) => token.name },
            { title: "May", cell: (token) => token.role },
            { title: "Last used", cell: (token) => <Instant at={token.used_at} /> },
            {
              hiddenTitle: "Revoke",
              cell: (token) => (
                <Group>
                  <Button size="compact-xs" variant="default" onClick={() => revoke.mutate(token.id)}>
                    Revoke
                  </Button>
                </Group>
              ),
            },
          ]}
        />
      ) : (
        <Pending query={tokens} />
      )}
    </>
  );
}
