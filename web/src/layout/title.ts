/** The title of the tab and of the history: what is looked at, where, in what. */
import { useEffect } from "react";

const PRODUCT = "Security Monkey";

export function setTitle(...parts: (string | undefined)[]): void {
  document.title = [...parts.filter(Boolean), PRODUCT].join(" · ");
}

/** The title of a page about one thing; before its name is known, only where it is. */
export function useTitleOf(name: string | undefined, place: string): void {
  useEffect(() => setTitle(name, place), [name, place]);
}
