// What every screen has at hand.
import { createContext } from "preact";
import { useContext, useReducer } from "preact/hooks";
import type { Navigation, Screen } from "./navigation.ts";
import type { Place, Theme } from "./preferences.ts";
import type { HelpTexts } from "./text/help_ja.ts";
import { isToldLater, loadLater, pick, textsOf, type Dictionary, type ErrorText, errorText, type Language, type Topic } from "./text/language.ts";
import type { Erasure, Text, Time, Wallet } from "./wallet.ts";

// Of a screen, or of an error that stands on it.
export type HelpWanted = { topic: Topic } | { code: string };

export interface App {
  wallet: Wallet;
  place: Place;
  online: boolean;
  language: Language;
  setLanguage(language: Language): void;
  theme: Theme;
  setTheme(theme: Theme): void;
  navigation: Navigation;
  // The wallet is open, and nothing has to be done before everything else.
  whole: boolean;
  // Help over this screen, which stays as it is.
  showHelp(wanted: HelpWanted): void;
  // Says something to those who cannot see the screen.
  announce(text: string): void;
  // A link from the page's address that waits for the wallet to open.
  linkWaiting: boolean;
  // After unlocking or registering: to the waiting link, or home.
  enter(): void;
  // The account is gone: its receipt is shown until the person is done with it, whatever else happens.
  erased(erasure: Erasure): void;
  // The browser's own offer to install the page; null where it makes none.
  install: (() => Promise<void>) | null;
}

export const AppContext = createContext<App | null>(null);

export interface Words {
  t: Dictionary;
  say(text: Text): string;
  when(time: Time): string;
  error(code: string): ErrorText;
  help: HelpTexts;
}

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("outside of the app");
  return app;
}
export function useWords(): Words {
  const { language } = useApp();
  const { screens, help } = textsOf(language);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  return {
    t: screens,
    help,
    say: (text) => pick(text, language),
    when: (time) => time[language],
    // On a first screen, or at home, an error of what comes later gets its words a moment later; where they cannot be had, "*" stays.
    error: (code) => {
      if (isToldLater(code, language)) loadLater(language).then(() => redraw(undefined), () => {});
      return errorText(code, language);
    },
  };
}

export type { Screen, Topic };
