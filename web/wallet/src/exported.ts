import type { Time } from "./wallet.ts";

const hoursAheadOfUtc = 9;

const isTime = (value: unknown): value is Time =>
  typeof value === "object" && value !== null && "ms" in value && "ja" in value && "en" in value;

// "2026-11-23T12:03:59.000+09:00".
export const japaneseTime = (ms: number): string => new Date(ms + hoursAheadOfUtc * 3_600_000).toISOString().replace("Z", "+09:00");

// What leaves the wallet as a file, as JSON: its times are RFC 3339 in Japanese time, wherever it is saved.
export const exported = (value: unknown): string => JSON.stringify(value, (_name, part: unknown) => (isTime(part) ? japaneseTime(part.ms) : part), 2);
