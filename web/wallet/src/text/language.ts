// The chosen language and its texts, which are fetched when it is chosen: nobody needs both for the first screen.
import type { Text } from "../wallet.ts";
import type { ErrorTexts } from "./errors_ja.ts";
import type { HelpTexts } from "./help_ja.ts";
import type { Dictionary } from "./ja.ts";

export type Language = "ja" | "en";
export type Topic = keyof HelpTexts;
export type ErrorText = { title: string; cause: string; remedy: string };

export interface Texts {
  screens: Dictionary;
  errors: ErrorTexts;
  help: HelpTexts;
}

const files: Record<Language, () => Promise<{ whole: Texts }>> = { ja: () => import("./whole_ja.ts"), en: () => import("./whole_en.ts") };
const loaded: Partial<Record<Language, Texts>> = {};

// Before anything is shown in a language. Rejects when its file cannot be had.
export async function load(language: Language): Promise<void> {
  loaded[language] ??= (await files[language]()).whole;
}
export function textsOf(language: Language): Texts {
  const texts = loaded[language];
  if (texts === undefined) throw new Error(`the texts of "${language}" were not loaded`);
  return texts;
}

// A text of the core in this language; in the other one where it has only that.
export const pick = (text: Text, language: Language): string => text[language] || text.ja || text.en;

// The explanation of a code: its own, or that of the longest family ("http_*") it belongs to. "*" is the last one.
export function errorText(code: string, language: Language): ErrorText {
  const errors: Record<string, ErrorText> = textsOf(language).errors;
  if (Object.hasOwn(errors, code) && !code.endsWith("*")) return errors[code]!;
  const families = Object.keys(errors).filter((name) => name.endsWith("*") && code.startsWith(name.slice(0, -1)));
  families.sort((a, b) => b.length - a.length);
  return errors[families[0]!]!;
}
