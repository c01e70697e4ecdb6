// The day of an instant in Japan, whatever the device's time zone: the times of the core are shown the same way.
import type { Language } from "./text/language.ts";

const jst = 9 * 3600 * 1000;
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

// A day that came as one (2033-11-28), in words; any other text stays as it is.
export function dayWritten(text: string, language: Language): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? dayOf(Date.parse(text), language) : text;
}
// As the core writes it: "2026年11月28日 21:34 (JST)".
export function momentOf(ms: number, language: Language): string {
  return `${dayOf(ms, language)}${language === "ja" ? " " : ", "}${new Date(ms + jst).toISOString().slice(11, 16)} (JST)`;
}
export function dayOf(ms: number, language: Language): string {
  const there = new Date(ms + jst);
  const [year, month, day] = [there.getUTCFullYear(), there.getUTCMonth(), there.getUTCDate()];
  return language === "ja" ? `${year}年${month + 1}月${day}日` : `${day} ${months[month]} ${year}`;
}
