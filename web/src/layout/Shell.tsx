/** The frame around every page: where one is, where one can go, who one is. */
import { Alert, Button, SegmentedControl, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api, rememberCsrfToken } from "../api/client";
import { followEvents } from "../api/events";
import { mayAct, useSession } from "../api/session";
import { Pending } from "../components/Parts";
import { SignIn } from "../pages/SignIn";
import { setTitle } from "./title";

const PLACES = [
  { to: "/", label: "Overview" },
  { to: "/findings", label: "Findings" },
  { to: "/resources", label: "Resources" },
  { to: "/gaps", label: "Coverage gaps" },
  { to: "/scans", label: "Scans" },
  { to: "/accounts", label: "Accounts" },
  { to: "/rules", label: "Rules" },
  { to: "/notifications", label: "Notifications" },
] as const;

const TITLES: Partial<Record<string, string>> = { ...Object.fromEntries(PLACES.map((place) => [place.to, place.label])), "/users": "Users", "/me": "You" };
const ONE_THING = /^\/(findings|resources|rules)\/./;

export function Shell() {
  const session = useSession();
  const queries = useQueryClient();
  const isSignedIn = Boolean(session.data);
  const main = usePageOfItsOwn(isSignedIn);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const close = () => setMenuOpen(false);
  const [isReached, setReached] = useState(true);
  useEffect(() => (isSignedIn ? followEvents(queries, setReached) : undefined), [isSignedIn, queries]);
  if (session.isPending || session.error) return <main className="sm-main"><Pending query={session} /></main>;
  if (!session.data) return <SignIn />;
  const signOut = async () => {
    await api.DELETE("/api/v1/session");
    rememberCsrfToken(null);
    queries.clear();
    await session.refetch();
  };
  return (
    <div className="sm-shell">
      <a className="sm-skip" href="#content">
        Skip to the content
      </a>
      <nav className="sm-side" aria-label="Main">
        <div className="sm-brand">
          <img src="/favicon.svg" alt="" />
          Security Monkey
          {/* Only where there is no room for all places beside the page; elsewhere they are always there. */}
          <button type="button" className="sm-menu" aria-expanded={isMenuOpen} aria-controls="places" onClick={() => setMenuOpen(!isMenuOpen)}>
            Menu
          </button>
        </div>
        <div className="sm-places" id="places" data-open={isMenuOpen}>
          {PLACES.map((place) => (
            <Link key={place.to} to={place.to} activeOptions={{ exact: place.to === "/", includeSearch: false }} onClick={close}>
              {place.label}
            </Link>
          ))}
          {mayAct(session.data, "admin") && (
            <Link to="/users" onClick={close}>
              Users
            </Link>
          )}
          <div className="sm-who">
            <Link to="/me" onClick={close}>
              {session.data.email}
            </Link>
            <div className="sm-who-line">role: {session.data.role}</div>
            <SchemeChoice />
            <Button size="compact-sm" variant="subtle" color="gray.4" fullWidth mt={4} onClick={() => void signOut()}>
              Sign out
            </Button>
          </div>
        </div>
      </nav>
      <main className="sm-main" id="content" tabIndex={-1} ref={main}>
        {!isReached && (
          <Alert color="orange" role="status" mb="md">
            The server cannot be reached. What is shown may be old; it is asked for again every few seconds.
          </Alert>
        )}
        <Outlet />
      </main>
    </div>
  );
}

function SchemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      fullWidth
      aria-label="Colours"
      value={colorScheme}
      onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
      data={[
        { value: "light", label: "light" },
        { value: "auto", label: "auto" },
        { value: "dark", label: "dark" },
      ]}
    />
  );
}

/** Every page is one: a title for the tab and the history, and the focus at its beginning, as after loading a document. */
function usePageOfItsOwn(isSignedIn: boolean) {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const last = useRef(path);
  useEffect(() => {
    // Pages about one thing say themselves what it is.
    if (!isSignedIn || !ONE_THING.test(path)) setTitle(isSignedIn ? TITLES[path] : undefined);
    if (last.current !== path) {
      last.current = path;
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
  }, [path, isSignedIn]);
  return main;
}
