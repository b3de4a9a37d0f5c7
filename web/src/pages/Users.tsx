import { Alert, Badge, Button, Code, Group, Select, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { DataTable } from "../components/DataTable";
import { Instant, Pending, ProblemAlert } from "../components/Parts";

const ROLES = ["view", "comment", "justify", "admin"];

export function Users() {
  const session = useSession();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<string | null>("view");
  const [made, setMade] = useState<Schemas["UserWithPassword"] | null>(null);
  const users = useQuery({ queryKey: ["users"], queryFn: () => data(api.GET("/api/v1/users")) });
  const renew = () => queries.invalidateQueries({ queryKey: ["users"] });
  const add = useMutation({
    mutationFn: () => data(api.POST("/api/v1/users", { body: { email: email.trim().toLowerCase(), role: role as Schemas["Role"] } })),
    onSuccess: async (user) => {
      setMade(user);
      setEmail("");
      await renew();
    },
  });
  const change = useMutation({
    mutationFn: ({ user, body }: { user: string; body: Schemas["UserChange"] }) => data(api.PATCH("/api/v1/users/{user}", { params: { path: { user } }, body })),
    onSuccess: renew,
  });
  const reset = useMutation({
    mutationFn: (user: string) => data(api.POST("/api/v1/users/{user}/password", { params: { path: { user } } })),
    onSuccess: setMade,
  });
  if (!users.data) return <Pending query={users} />;
  return (
    <>
      <Title order={1} size="h2" mb="md">
        Users
      </Title>
      {made && (
        <Alert color="green" title={`Password of ${made.email}`} withCloseButton onClose={() => setMade(null)} mb="md">
          <Code>{made.password}</Code> It is shown this once; they can change it after signing in.
        </Alert>
      )}
      <form
        className="sm-filters"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <TextInput label="E-mail" type="email" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} w={260} />
        <Select label="Role" data={ROLES} value={role} onChange={setRole} allowDeselect={false} w={140} />
        <Button type="submit" loading={add.isPending}>
          Add
        </Button>
      </form>
      <ProblemAlert error={add.error ?? change.error ?? reset.error} />
      <DataTable
        label="Users"
        rows={users.data.map((user) => ({ ...user, id: user.email }))}
        empty="Nobody."
        columns={[
          { title: "User", cell: (user) => <>{user.email}{user.email === session.data?.email && <span className="sm-dim"> (you)</span>}</> },
          {
            title: "Role",
            width: "10rem",
            // Nobody takes their own rights away by a slip.
            cell: (user) => user.email === session.data?.email ? user.role : <Select aria-label={`Role of ${user.email}`} size="xs" data={ROLES} value={user.role} allowDeselect={false} onChange={(next) => next && change.mutate({ user: user.email, body: { role: next as Schemas["Role"] } })} />,
          },
          { title: "Since", cell: (user) => <Instant at={user.created_at} /> },
          { title: "State", cell: (user) => (user.disabled_at ? <Badge color="gray">switched off</Badge> : <Badge color="green" variant="light">may sign in</Badge>) },
          {
            hiddenTitle: "Change",
            cell: (user) =>
              user.email === session.data?.email ? null : (
                <Group gap="xs">
                  <Button size="compact-xs" variant="default" onClick={() => change.mutate({ user: user.email, body: { is_disabled: user.disabled_at === null } })}>
                    {user.disabled_at ? "Switch on" : "Switch off"}
                  </Button>
                  <Button size="compact-xs" variant="default" onClick={() => reset.mutate(user.email)}>
                    New password
                  </Button>
                </Group>
              ),
          },
        ]}
      />
    </>
  );
}
