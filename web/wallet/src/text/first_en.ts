// What is said in English before the screens that come later, in one file of the page; errors may come at any time.
import { errorsEn } from "./errors_en.ts";
import type { FirstTexts } from "./language.ts";
import { en } from "./en.ts";

export const first: FirstTexts = { screens: en, errors: errorsEn };
