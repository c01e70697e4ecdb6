// Everything that is said in Japanese, in one file of the page.
import { errorsJa } from "./errors_ja.ts";
import { helpJa } from "./help_ja.ts";
import { ja } from "./ja.ts";
import type { Texts } from "./language.ts";

export const whole: Texts = { screens: ja, errors: errorsJa, help: helpJa };
