// Which screen is shown, and the way back: a stack of screens beside the browser's history, so that its back button works. The
// address never says which screen it is: what somebody does here stands in no browser history.
import type { HistoryEvent, Text } from "./wallet.ts";

// What came along from the old device: its history or not, and how many records of it were too many.
export interface Brought {
  history: boolean;
  leftBehind: number;
}
// Before there is a wallet, and its first.
export type FirstScreen =
  | { name: "welcome" | "how" | "terms" | "new_terms" | "read_terms" | "register" | "locked" | "leftover" }
  | { name: "home"; said?: "removed" | "notKept" } // what was done to a card just now
  | { name: "code"; code: string | null; brought?: Brought };
// In a file of the page of their own: screens/later.tsx.
export type LaterScreen =
  | { name: "prove" | "scan" | "history" | "receipts" | "notices" | "settings" | "privacy" | "about" | "help" | "my_data" | "remove" | "stop" }
  | { name: "move" | "move_wait" | "devices" }
  | { name: "move_new"; link?: string; code?: string }
  | { name: "moved"; leftBehind: number }
  | { name: "card"; id: string }
  | { name: "add"; link?: string; code?: string }
  | { name: "consent"; link: string }
  | { name: "report"; event: string; organization: Text }
  | { name: "event" | "ask_deletion"; event: HistoryEvent }
  | { name: "inquiries" | "inquiry"; code?: string };
export type Screen = FirstScreen | LaterScreen;

interface Place {
  run: string; // changes whenever the stack begins anew: entries of the browser's history from before lead nowhere
  depth: number;
}

export class Navigation {
  #stack: Screen[];
  #run = crypto.randomUUID();
  #changed: () => void = () => {};

  constructor(first: Screen) {
    this.#stack = [first];
    history.replaceState(this.#place(), "");
    addEventListener("popstate", ({ state }) => this.#moved(state as Place | null));
  }
  get top(): Screen {
    return this.#stack.at(-1)!;
  }
  // Different for each stack and place in it: a screen that comes again begins anew.
  get key(): string {
    return `${this.#run}:${this.depth}`;
  }
  get depth(): number {
    return this.#stack.length - 1;
  }
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  go(screen: Screen): void {
    this.#stack.push(screen);
    history.pushState(this.#place(), "");
    this.#changed();
  }
  // In the place of this screen, so that going back does not lead here again.
  replace(screen: Screen): void {
    this.#stack[this.depth] = screen;
    this.#changed();
  }
  back(): void {
    if (this.depth > 0) history.back();
  }
  // Begins anew.
  start(...screens: [Screen, ...Screen[]]): void {
    this.#run = crypto.randomUUID();
    this.#stack = [screens[0]];
    history.replaceState(this.#place(), "");
    for (const screen of screens.slice(1)) {
      this.#stack.push(screen);
      history.pushState(this.#place(), "");
    }
    this.#changed();
  }

  #place(): Place {
    return { run: this.#run, depth: this.depth };
  }
  #moved(place: Place | null): void {
    if (place?.run === this.#run && place.depth < this.depth) {
      this.#stack.length = place.depth + 1;
      this.#changed();
    } else {
      history.replaceState(this.#place(), "");
    }
  }
}
