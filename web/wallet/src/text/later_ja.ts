// What the screens that come later (screens/later.tsx) say in Japanese, in one file of the page.
import { errorsLaterJa } from "./errors_later_ja.ts";
import { helpJa } from "./help_ja.ts";
import { keepingJa } from "./keeping_ja.ts";
import type { LaterTexts } from "./language.ts";
import { provingJa } from "./proving_ja.ts";
import { usingJa } from "./using_ja.ts";

export const later: LaterTexts = { screens: { ...provingJa, ...keepingJa, ...usingJa }, errors: errorsLaterJa, help: helpJa };
