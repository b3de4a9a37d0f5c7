/** A person accepts findings: who, why, until when. */
import { Button, Group, Select, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { ProblemAlert } from "./Parts";
import { plural } from "./words";

const DAY = 86_400_000;
const PERIODS = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
  { value: "", label: "until revoked" },
];

export function JustifyForm({ findings, done }: { findings: number[]; done: () => void }) {
  const [reason, setReason] = useState("");
  const [days, setDays] = useState<string | null>("90");
  const queries = useQueryClient();
  const justify = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/findings/justifications", {
          body: { findings, reason: reason.trim(), expires_at: days ? new Date(Date.now() + Number(days) * DAY).toISOString() : null },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries();
      done();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        justify.mutate();
      }}
    >
      <Textarea label="Why is this acceptable?" description="Auditors will read this with your name." required autosize minRows={3} maxLength={2000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} data-autofocus />
      <Select label="For how long?" data={PERIODS} value={days} onChange={setDays} allowDeselect={false} mt="sm" maw={220} />
      <ProblemAlert error={justify.error} />
      <Group mt="md">
        <Button type="submit" loading={justify.isPending} disabled={reason.trim() === ""}>
          Justify {plural(findings.length, "finding")}
        </Button>
        <Button variant="default" onClick={done}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
