// What a card's issuer did to it, in words: on home when it changes, and on the card as long as it lasts.
import { useWords } from "../context.ts";
import { stoppedState } from "../card_states.ts";
import { shown } from "../shown.ts";
import type { Card } from "../wallet.ts";
import { Data } from "./data.tsx";
import { Note } from "./parts.tsx";

export function CardChanges({ changes }: { changes: Card[] }) {
  const { t, say, when, error } = useWords();
  return (
    <>
      {changes.map((card) => {
        const stopped = stoppedState(card);
        return (
          <Note key={card.id} kind={stopped === "revoked" ? "bad" : stopped === "suspended" ? "warn" : "good"}>
            <p class="card-change" data-state={stopped ?? "valid"}>
              <strong>{t.card.changed[stopped ?? "valid"](shown(say(card.name)))}</strong>
            </p>
            <p class="soft">
              <Data text={say(card.issuer_name)} /> · {t.card.received}: {when(card.received_at)}
            </p>
            {stopped !== null && <p>{t.card.stoppedText} {error(`status_${stopped}`).remedy}</p>}
          </Note>
        );
      })}
    </>
  );
}

// Nothing for a card that was not stopped.
export function StoppedNote({ card, named = false }: { card: Card; named?: boolean }) {
  const { t, say, error } = useWords();
  const stopped = stoppedState(card);
  if (stopped === null) return null;
  const { title, cause, remedy } = error(`status_${stopped}`);
  return (
    <Note kind={stopped === "revoked" ? "bad" : "warn"} title={title}>
      {named && <p><Data text={say(card.name)} /> · <Data text={say(card.issuer_name)} /></p>}
      <p data-stopped={stopped}>{cause} {t.card.stoppedText}</p>
      <p>{remedy}</p>
    </Note>
  );
}
