// Which records of the activity a person asked to see.
import { shown } from "./shown.ts";
import type { HistoryEvent } from "./wallet.ts";

export type Kind = "sharing" | "cards" | "identity" | "account";
export type Standing = "done" | "stopped" | "failed" | "deletion";

export interface Wanted {
  kind: "all" | Kind;
  standing: "all" | Standing;
  days: number | null; // not older
  words: string;       // of the organisation, or of what happened
}

export function kindOf(kind: string): Kind {
  if (["shared", "refused", "failed", "uncertain"].includes(kind)) return "sharing";
  if (kind.startsWith("card_")) return "cards";
  return kind.startsWith("proofing_") || kind === "evidence_accepted" || kind === "staff_viewed" ? "identity" : "account";
}

export function standingOf({ kind }: HistoryEvent): Exclude<Standing, "deletion"> {
  if (kind === "refused") return "stopped";
  return kind === "failed" || kind === "uncertain" ? "failed" : "done";
}

const dayMs = 24 * 3600_000;
// As people type it: wide or narrow letters, large or small.
const plain = (text: string) => shown(text).normalize("NFKC").toLowerCase();

export function fits(event: HistoryEvent, wanted: Wanted, now: number): boolean {
  if (wanted.kind !== "all" && kindOf(event.kind) !== wanted.kind) return false;
  if (wanted.standing === "deletion" ? event.deletion === null : wanted.standing !== "all" && standingOf(event) !== wanted.standing) return false;
  if (wanted.days !== null && event.at.ms < now - wanted.days * dayMs) return false;
  const words = plain(wanted.words).split(/\s+/).filter((word) => word !== "");
  const said = [event.organization, event.label].flatMap(({ ja, en }) => [ja, en]).map(plain);
  return words.every((word) => said.some((text) => text.includes(word)));
}
