/** Filters that live in the address, so that a view can be sent to somebody. */
import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { api, data } from "../api/client";

export function useAccounts() {
  return useQuery({ queryKey: ["accounts"], queryFn: () => data(api.GET("/api/v1/accounts")) });
}

export function useTechnologies() {
  return useQuery({ queryKey: ["technologies"], staleTime: 600_000, queryFn: () => data(api.GET("/api/v1/technologies")) });
}

/** Whether a word is still too short to be looked for: the server refuses it, and one is about to type on. */
function hasShortWord(text: string, leastLetters: number) {
  return text.split(/\s+/).some((word) => word.length > 0 && word.length < leastLetters);
}

export type PlaceFilter = { account?: string[]; technology?: string[]; text?: string };

export function FilterBar<T extends PlaceFilter>({ value, change, children, hasText = true, leastLetters = 1 }: { value: T; change: (next: T) => void; children?: ReactNode; hasText?: boolean; leastLetters?: number }) {
  const accounts = useAccounts();
  const technologies = useTechnologies();
  const [text, setText] = useState(value.text ?? "");
  const ours = useRef(value.text ?? "");
  useEffect(() => {
    const addressed = value.text ?? "";
    if (addressed !== ours.current) {
      // The address changed without us: a link or the browser's history. It is right, what was typed before is not.
      ours.current = addressed;
      setText(addressed);
      return;
    }
    if (text === addressed || hasShortWord(text, leastLetters)) return;
    const timer = setTimeout(() => {
      ours.current = text;
      change({ ...value, text: text || undefined });
    }, 300);
    return () => clearTimeout(timer);
  }, [text, value, change, leastLetters]);
  const isFiltered = Object.values(value).some((each) => each !== undefined && (!Array.isArray(each) || each.length > 0));
  return (
    <div className="sm-filters" role="search">
      {hasText && <TextInput label="Search" placeholder="name, id, ARN, text" value={text} error={hasShortWord(text, leastLetters) ? `words of ${leastLetters} letters and more` : undefined} onChange={(event) => setText(event.currentTarget.value)} w={200} />}
      <MultiSelect label="Account" searchable clearable placeholder={value.account?.length ? undefined : "all"} data={(accounts.data ?? []).map((account) => ({ value: account.id, label: account.name }))} value={value.account ?? []} onChange={(account) => change({ ...value, account: nonEmpty(account) })} w={190} />
      <MultiSelect label="Technology" searchable clearable placeholder={value.technology?.length ? undefined : "all"} data={(technologies.data ?? []).map((technology) => ({ value: technology.id, label: technology.title }))} value={value.technology ?? []} onChange={(technology) => change({ ...value, technology: nonEmpty(technology) })} w={190} />
      {children}
      {isFiltered && (
        <Button
          variant="subtle"
          onClick={() => {
            setText("");
            change({} as T);
          }}
        >
          Clear
        </Button>
      )}
    </div>
  );
}

export function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
