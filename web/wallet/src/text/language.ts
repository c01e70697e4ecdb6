// The chosen language and its texts.
import type { Text } from "../wallet.ts";
import { en } from "./en.ts";
import { errorsEn } from "./errors_en.ts";
import { errorsJa, type ErrorTexts } from "./errors_ja.ts";
import { helpEn } from "./help_en.ts";
import { helpJa, type HelpTexts } from "./help_ja.ts";
import { ja, type Dictionary } from "./ja.ts";

export type Language = "ja" | "en";
export type Topic = keyof HelpTexts;
export type ErrorText = { title: string; cause: string; remedy: string };

export const texts: Record<Language, { screens: Dictionary; errors: ErrorTexts; help: HelpTexts }> = {
  ja: { screens: ja, errors: errorsJa, help: helpJa },
  en: { screens: en, errors: errorsEn, help: helpEn },
};

// A text of the core in this language; in the other one where it has only that.
export const pick = (text: Text, language: Language): string => text[language] || text.ja || text.en;

// The explanation of a code: its own, or that of the longest family ("http_*") it belongs to. "*" is the last one.
export function errorText(code: string, language: Language): ErrorText {
  const errors: Record<string, ErrorText> = texts[language].errors;
  if (Object.hasOwn(errors, code) && !code.endsWith("*")) return errors[code]!;
  const families = Object.keys(errors).filter((name) => name.endsWith("*") && code.startsWith(name.slice(0, -1)));
  families.sort((a, b) => b.length - a.length);
  return errors[families[0]!]!;
}
