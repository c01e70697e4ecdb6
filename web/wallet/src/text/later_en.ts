// What the screens that come later (screens/later.tsx) say in English, in one file of the page.
import { errorsLaterEn } from "./errors_later_en.ts";
import { helpEn } from "./help_en.ts";
import { keepingEn } from "./keeping_en.ts";
import type { LaterTexts } from "./language.ts";
import { provingEn } from "./proving_en.ts";
import { usingEn } from "./using_en.ts";

export const later: LaterTexts = { screens: { ...provingEn, ...keepingEn, ...usingEn }, errors: errorsLaterEn, help: helpEn };
