import { useQuery } from "@tanstack/react-query";
import { api, data, Problem, rememberCsrfToken, type Schemas } from "./client";

export type Session = Schemas["Session"];
export type Role = Schemas["Role"];

const ROLES: Role[] = ["view", "comment", "justify", "admin"];

/** Whether a role includes another. */
export function mayAct(session: Session | null | undefined, least: Role): boolean {
  return session ? ROLES.indexOf(session.role) >= ROLES.indexOf(least) : false;
}

/** Who is signed in; null: nobody. */
export function useSession() {
  return useQuery({
    queryKey: ["session"],
    staleTime: 60_000,
    queryFn: async (): Promise<Session | null> => {
      try {
        const session = await data(api.GET("/api/v1/session"));
        rememberCsrfToken(session.csrf_token);
        return session;
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 401) return null;
        throw problem;
      }
    },
  });
}
