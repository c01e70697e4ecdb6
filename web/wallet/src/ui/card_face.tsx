// A card as it looks in the list and at the head of its details.
import { useWords } from "../context.ts";
import type { Card, Text } from "../wallet.ts";
import { Data, Short } from "./data.tsx";

const tones = 4;
// The same card kind of the same issuer always has the same colour.
function tone(card: Card): number {
  let sum = 0;
  for (const character of `${card.issuer}|${card.name.ja}`) sum = (sum * 31 + character.codePointAt(0)!) % 9973;
  return sum % tones;
}

// `checkedOn`: when its issuer confirmed what it says; null when it does not say, or nobody knows here. `pressed`: it leads to the
// card's details, where long names stand whole; nothing may be opened within what is pressed.
export function CardFace({ card, id, checkedOn = null, pressed = false }: { card: Card; id: string; checkedOn?: Text | null; pressed?: boolean }) {
  const { t, say, when } = useWords();
  const Name = pressed ? Short : Data;
  const over = card.state === "expired" || card.state === "used_up"; // nobody asks about these any more
  return (
    <span class={`face tone-${tone(card)} ${card.state}`}>
      <span class="face-top">
        <strong id={`${id}-name`}>
          <Name text={say(card.name)} />
        </strong>
        <span class={`chip ${card.state}`}>{t.card.states[card.state]}</span>
      </span>
      <span id={`${id}-issuer`} class="face-issuer">
        <Name text={say(card.issuer_name)} />
      </span>
      <span class="face-facts">
        <span id={`${id}-received`}>
          <small>{t.card.received}</small>
          {when(card.received_at)}
        </span>
        {checkedOn !== null && (
          <span id={`${id}-checked`}>
            <small>{t.card.checked}</small>
            {say(checkedOn)}
          </span>
        )}
        <span>
          <small>{t.card.expires}</small>
          {card.expires_at ? when(card.expires_at) : t.card.noExpiry}
        </span>
      </span>
      {card.status_failure !== null && !over && <span id={`${id}-unchecked`} class="face-unchecked">{card.status_at ? t.card.notCheckedSince(when(card.status_at)) : t.card.couldNotCheck}</span>}
      <span class="face-copies">
        <meter min={0} max={Math.max(card.copies, 1)} value={card.copies_left} aria-label={t.card.copies} />
        {t.common.copies(card.copies_left, card.copies)}
      </span>
    </span>
  );
}
