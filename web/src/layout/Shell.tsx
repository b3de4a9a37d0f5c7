/** The frame around every page: where one is, where one can go, who one is. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { api, rememberCsrfToken } from "../api/client";
import { followEvents } from "../api/events";
import { mayAct, useSession } from "../api/session";
import { Pending } from "../components/Parts";
import { SignIn } from "../pages/SignIn";

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

export function Shell() {
  const session = useSession();
  const queries = useQueryClient();
  const isSignedIn = Boolean(session.data);
  useEffect(() => (isSignedIn ? followEvents(queries) : undefined), [isSignedIn, queries]);
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
      <nav className="sm-side" aria-label="Main">
        <div className="sm-brand">
          <img src="/favicon.svg" alt="" />
          Security Monkey
        </div>
        {PLACES.map((place) => (
          <Link key={place.to} to={place.to} activeOptions={{ exact: place.to === "/", includeSearch: false }}>
            {place.label}
          </Link>
        ))}
        {mayAct(session.data, "admin") && <Link to="/users">Users</Link>}
        <div className="sm-who">
          <Link to="/me">{session.data.email}</Link>
          <div className="sm-dim">role: {session.data.role}</div>
          <Button size="compact-xs" variant="default" mt="xs" onClick={() => void signOut()}>
            Sign out
          </Button>
        </div>
      </nav>
      <main className="sm-main">
        <Outlet />
      </main>
    </div>
  );
}
