/** How words of the API are shown: one label and colour per word, everywhere. */
import type { Schemas } from "../api/client";

export const SEVERITY_COLOUR: Record<Schemas["Severity"], string> = {
  informational: "gray.7",
  low: "blue.8",
  medium: "yellow.4",
  high: "orange.5",
  critical: "red.9",
};

/** Lowest and highest score of each severity. */
export const SCORES_OF: Record<Schemas["Severity"], [number, number]> = {
  informational: [0, 0],
  low: [1, 3],
  medium: [4, 6],
  high: [7, 8],
  critical: [9, 10],
};

export const STATUS_COLOUR: Record<Schemas["FindingStatus"], string> = {
  open: "red",
  reopened: "red",
  justified: "teal",
  resolved: "gray",
};

export const CHANGE_COLOUR: Record<Schemas["Change"], string> = {
  created: "green",
  changed: "blue",
  deleted: "red",
  reappeared: "grape",
};

export const VERDICT_COLOUR: Record<Schemas["VerdictKind"], string> = {
  pass: "green",
  fail: "red",
  "not-applicable": "gray",
  unknown: "orange",
};

/** What to do about a coverage gap, by cause. */
export const GAP_ADVICE: Record<Schemas["GapCause"], string> = {
  denied: "Give the scanning role this permission: security-monkey iam-policy prints the whole policy.",
  throttled: "AWS limits these calls; scan less often or ask AWS for a higher quota.",
  "not-available-in-region": "The service has no endpoint there. Nothing to do.",
  "region-disabled": "The region is switched off for the account. Nothing to do.",
  "not-subscribed": "The account has not subscribed to the service. Nothing to do.",
  timeout: "No answer in time; if it lasts, check the network path to AWS.",
  malformed: "The answer could not be read; please report it.",
  credentials: "The role cannot be assumed or the credentials ended: check the account's role chain and trust policy.",
  transport: "The connection failed; check proxy, DNS and TLS settings.",
  "service-error": "AWS answered with an error; the next scan asks again.",
};

/** Messages of the server are fragments that read after "failed to"; alone they are sentences. */
export function sentence(fragment: string): string {
  const isWord = /^[a-z]+[ ,]/.test(fragment);
  const begun = isWord ? fragment.charAt(0).toUpperCase() + fragment.slice(1) : fragment;
  return begun === "" || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** A lowest score, in the words of severities where it begins one. */
export function fromSeverity(score: number | null | undefined): string {
  if (!score) return "any";
  const severity = Object.entries(SCORES_OF).find(([, [least]]) => least === score)?.[0];
  if (severity === undefined) return `score ${score} and above`;
  return severity === "critical" ? severity : `${severity} and above`;
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
