// Everything that is said in English, in one file of the page.
import { en } from "./en.ts";
import { errorsEn } from "./errors_en.ts";
import { helpEn } from "./help_en.ts";
import type { Texts } from "./language.ts";

export const whole: Texts = { screens: en, errors: errorsEn, help: helpEn };
