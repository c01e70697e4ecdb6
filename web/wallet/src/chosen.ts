// What a person picks at a request, and exactly what that shows: the screen draws it and sends it, so what is read is what
// is shared. The core looks at it again.
import type { AskedCredential, CardOffer, Choices, Picked, RequestQuestion, Way } from "./wallet.ts";

export interface Chosen {
  // Of each set the place of its option; null: none.
  options: (number | null)[];
  // Of each credential the places of its card and of that card's way.
  cards: Record<string, { card: number; way: number }>;
}
export interface Shown {
  credential: string;
  required: boolean;
  offer: CardOffer;
  way: Way;
}

export function proposedBy({ cards, choices }: RequestQuestion): Chosen {
  const chosen: Chosen = { options: choices.sets.map(({ proposed }) => proposed), cards: {} };
  for (const { credential, cards: offers } of choices.credentials) {
    const proposed = cards.find((one) => one.credential === credential);
    const card = Math.max(0, offers.findIndex((offer) => offer.card.id === proposed?.card.id));
    const way = Math.max(0, offers[card]!.ways.findIndex((one) => one.way === proposed?.way));
    chosen.cards[credential] = { card, way };
  }
  return chosen;
}

export function offered(choices: Choices, credential: string): AskedCredential {
  return choices.credentials.find((one) => one.credential === credential)!;
}
// As it would be shown, chosen or not.
export function wouldShow(choices: Choices, chosen: Chosen, credential: string, required: boolean): Shown {
  const { card, way } = chosen.cards[credential]!;
  const offer = offered(choices, credential).cards[card]!;
  return { credential, required, offer, way: offer.ways[way]! };
}
// What is shared with this choice, each once.
export function shownBy(choices: Choices, chosen: Chosen): Shown[] {
  const taken = (required: boolean) =>
    new Set(choices.sets.flatMap((set, index) => (set.required === required && chosen.options[index] != null ? set.options[chosen.options[index]!]! : [])));
  const required = taken(true);
  const optional = taken(false);
  return choices.credentials
    .filter(({ credential }) => required.has(credential) || optional.has(credential))
    .map(({ credential }) => wouldShow(choices, chosen, credential, required.has(credential)));
}
export const choiceOf = (shown: Shown[]): Picked[] => shown.map(({ credential, offer, way }) => ({ credential, card: offer.card.id, way: way.way }));

export const hasChoice = ({ credentials, sets }: Choices) =>
  credentials.some(({ cards }) => cards.length > 1 || cards[0]!.ways.length > 1) || sets.some(({ required, options }) => !required || options.length > 1);

// Texts that differ: where some are equal, they are numbered.
export function apart(names: string[]): string[] {
  return names.map((name, index) => (names.filter((other) => other === name).length === 1 ? name : `${name} (${names.slice(0, index + 1).filter((other) => other === name).length})`));
}
