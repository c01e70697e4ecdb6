// What the server tells everybody: incidents, maintenance, changes. Asked for without an account, so that it is also seen
// before registering and while the wallet is locked.
import { useEffect, useState } from "preact/hooks";
import type { PublicNotice, Text } from "./wallet.ts";

export type Announcement = Pick<PublicNotice, "id" | "kind" | "text">;

const everyMilliseconds = 5 * 60_000;
const kinds: readonly unknown[] = ["incident", "maintenance", "change"];

const isText = (value: unknown): value is Text =>
  typeof value === "object" && value !== null && "ja" in value && typeof value.ja === "string" && "en" in value && typeof value.en === "string";
const isAnnouncement = (value: unknown): value is Announcement =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" && "kind" in value && kinds.includes(value.kind) && "text" in value && isText(value.text);

// The announcements of an answer; null: it is none.
export function announcements(answer: unknown): Announcement[] | null {
  const notices = typeof answer === "object" && answer !== null && "notices" in answer ? answer.notices : null;
  return Array.isArray(notices) ? notices.filter(isAnnouncement) : null;
}

async function ask(): Promise<Announcement[] | null> {
  try {
    const response = await fetch("/api/v1/public-notices", { credentials: "omit" });
    return response.ok ? announcements(await response.json()) : null;
  } catch {
    return null; // no connection: the page says so already
  }
}

// Those that hold now. What was put away stays away until the page is opened anew; an incident cannot be put away.
export function usePublicNotices(): { shown: Announcement[]; putAway(id: string): void } {
  const [all, setAll] = useState<Announcement[]>([]);
  const [away, setAway] = useState<readonly string[]>([]);
  useEffect(() => {
    const look = () => void ask().then((answer) => answer !== null && setAll(answer));
    const seen = () => document.visibilityState === "visible" && look();
    look();
    const timer = setInterval(look, everyMilliseconds);
    addEventListener("online", look);
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      removeEventListener("online", look);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
  return {
    shown: all.filter(({ id, kind }) => kind === "incident" || !away.includes(id)),
    putAway: (id) => setAway([...away, id]),
  };
}
