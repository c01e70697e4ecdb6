// What is said in Japanese before the screens that come later, in one file of the page.
import { errorsJa } from "./errors_ja.ts";
import type { FirstTexts } from "./language.ts";
import { ja } from "./ja.ts";

export const first: FirstTexts = { screens: ja, errors: errorsJa };
