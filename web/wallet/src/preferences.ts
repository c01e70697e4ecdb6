// What the page remembers in the clear: language and theme, where its server is, and that a wallet moved away from here.
// Nothing about a person.
import type { Language } from "./text/language.ts";

export type Theme = "auto" | "light" | "dark";
export interface Place {
  server: string;
  demo: boolean;
}

// Storage can be switched off; the page then forgets.
function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // forgotten
  }
}

export function language(): Language {
  const kept = read("mibun.language");
  if (kept === "ja" || kept === "en") return kept;
  return navigator.languages.some((name) => name.startsWith("ja")) || !navigator.languages.some((name) => name.startsWith("en")) ? "ja" : "en";
}
export function keepLanguage(chosen: Language): void {
  write("mibun.language", chosen);
}

export function theme(): Theme {
  const kept = read("mibun.theme");
  return kept === "light" || kept === "dark" ? kept : "auto";
}
export function keepTheme(chosen: Theme): void {
  write("mibun.theme", chosen);
}

// When the wallet that was here moved to another device; null: none did, or another one is here.
export function movedAt(): number | null {
  const kept = Number(read("mibun.moved"));
  return Number.isSafeInteger(kept) && kept > 0 ? kept : null;
}
export function keepMoved(at: number | null): void {
  write("mibun.moved", at === null ? "" : String(at));
}

const isPlace = (value: unknown): value is Place =>
  typeof value === "object" && value !== null && "server" in value && typeof value.server === "string" && "demo" in value && typeof value.demo === "boolean";

// Which server this wallet belongs to; offline, what it said the last time.
export async function place(): Promise<Place> {
  try {
    const response = await fetch("/wallet.json", { cache: "no-store" });
    if (!response.ok) throw new Error(`/wallet.json: ${response.status}`);
    const answer: unknown = await response.json();
    if (!isPlace(answer)) throw new Error("/wallet.json: server and demo are missing");
    write("mibun.place", JSON.stringify(answer));
    return answer;
  } catch (error) {
    const kept: unknown = JSON.parse(read("mibun.place") ?? "null");
    if (isPlace(kept)) return kept;
    throw { code: "http_connect_failed", where: "/wallet.json", detail: String(error) };
  }
}
