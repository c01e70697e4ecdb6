// Asks whether the cards still count while a screen shows them: when they come, when the connection is back, and when the
// wallet says that it is time again. What nobody can reach changes nothing; the cards say since when.
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useWords } from "./context.ts";
import { shown } from "./shown.ts";
import type { Card } from "./wallet.ts";

// A device that slept finds out within the hour.
const lookAgainMostMilliseconds = 3600_000;
const lookAgainLeastMilliseconds = 60_000;

// The screens that show cards now. What a screen asked for may come when another one stands in its place.
const screens = new Set<(changed: Card[]) => void>();

// What changed since the screen came, the newest first; it was said aloud. `ready`: the screen has what it came for. `onAsked`:
// the cards are to be read again.
export function useCardStates(ready: boolean, onAsked: () => void): Card[] {
  const { wallet, online, announce } = useApp();
  const { t, say } = useWords();
  const [changes, setChanges] = useState<Card[]>([]);
  const words = (card: Card) => t.card.changed[stoppedState(card) ?? "valid"](shown(say(card.name)));
  const latest = useRef({ onAsked, words });
  latest.current = { onAsked, words };

  useEffect(() => {
    const hear = (changed: Card[]) => {
      setChanges((before) => [...changed, ...before.filter(({ id }) => changed.every((card) => card.id !== id))]);
      latest.current.onAsked();
    };
    screens.add(hear);
    return () => void screens.delete(hear);
  }, []);
  useEffect(() => {
    if (!ready || !online) return;
    let here = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const { asked, changed, next } = await wallet.step("card_states");
      if (here && next !== null) timer = setTimeout(turn, Math.min(Math.max(next.ms - Date.now(), lookAgainLeastMilliseconds), lookAgainMostMilliseconds));
      if (changed.length > 0) announce(changed.map(latest.current.words).join(" "));
      if (asked) for (const hear of [...screens]) hear(changed);
    };
    const turn = () => void look().catch(() => {}); // locked again
    turn();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [ready, online]);
  return changes;
}

// A card that its issuer stopped: nobody accepts it, and it is not offered for sharing.
export function stoppedState({ state }: Card): "revoked" | "suspended" | null {
  return state === "revoked" || state === "suspended" ? state : null;
}
