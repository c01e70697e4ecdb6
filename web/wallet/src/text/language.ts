// The chosen language and its texts, which are fetched when it is chosen: nobody needs both for the first screen, nor what
// screens say that come later.
import type { Text } from "../wallet.ts";
import type { ErrorTexts } from "./errors_ja.ts";
import type { LaterErrorTexts } from "./errors_later_ja.ts";
import type { HelpTexts } from "./help_ja.ts";
import type { ja } from "./ja.ts";
import type { keepingJa } from "./keeping_ja.ts";
import type { provingJa } from "./proving_ja.ts";
import type { usingJa } from "./using_ja.ts";

export type Language = "ja" | "en";
export type Topic = keyof HelpTexts;
export type ErrorText = { title: string; cause: string; remedy: string };

type FirstScreens = typeof ja;
type LaterScreens = typeof provingJa & typeof keepingJa & typeof usingJa;
export type Dictionary = FirstScreens & LaterScreens;
export type FirstTexts = { screens: FirstScreens; errors: ErrorTexts };
export type LaterTexts = { screens: LaterScreens; errors: LaterErrorTexts; help: HelpTexts };
export type Texts = FirstTexts & LaterTexts;

interface Files {
  first: () => Promise<{ first: FirstTexts }>;
  later: () => Promise<{ later: LaterTexts }>;
}
const files: Record<Language, Files> = {
  ja: { first: () => import("./first_ja.ts"), later: () => import("./later_ja.ts") },
  en: { first: () => import("./first_en.ts"), later: () => import("./later_en.ts") },
};
const loaded: Partial<Record<Language, FirstTexts | Texts>> = {};
// Once a screen that comes later was wanted, a language comes whole.
let laterToo = false;

export const isWhole = (language: Language): boolean => "help" in (loaded[language] ?? {});

// Before anything is shown in a language. Rejects when its file cannot be had.
export async function load(language: Language): Promise<void> {
  loaded[language] ??= (await files[language].first()).first;
  if (laterToo) await loadLater(language);
}
// Before a screen that comes later is shown in a language that was loaded. Rejects as `load` does.
export async function loadLater(language: Language): Promise<void> {
  laterToo = true;
  if (isWhole(language)) return;
  const { screens, errors, help } = (await files[language].later()).later;
  const first = textsOf(language);
  loaded[language] = { screens: { ...first.screens, ...screens }, errors: { ...first.errors, ...errors }, help };
}
// The texts of the screens that come later are among them only after `loadLater`; tests see to it that no other screen has any.
export function textsOf(language: Language): Texts {
  const texts = loaded[language];
  if (texts === undefined) throw new Error(`the texts of "${language}" were not loaded`);
  return texts as Texts;
}

// A text of the core in this language; in the other one where it has only that.
export const pick = (text: Text, language: Language): string => text[language] || text.ja || text.en;

// The explanation of a code: its own, or that of the longest family ("http_*") it belongs to. "*" is the last one.
export function errorText(code: string, language: Language): ErrorText {
  const tells = (name: string) => name === code || (name.endsWith("*") && code.startsWith(name.slice(0, -1)));
  const rows = Object.entries(textsOf(language).errors).flatMap(([names, text]) => names.split(" ").filter(tells).map((name) => ({ name, text })));
  rows.sort((a, b) => Number(b.name === code) - Number(a.name === code) || b.name.length - a.name.length);
  return rows[0]!.text;
}
// Whether the explanation of a code may be among the texts that come later, which are not here yet.
export const isToldLater = (code: string, language: Language): boolean => !isWhole(language) && errorText(code, language) === errorText("*", language);
