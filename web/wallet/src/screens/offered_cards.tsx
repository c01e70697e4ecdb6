// What an issuer offers: who it is, which cards there are, and what the chosen one will say.
import { apart } from "../chosen.ts";
import { useApp, useWords } from "../context.ts";
import { shown } from "../shown.ts";
import type { OfferedCard, OfferQuestion } from "../wallet.ts";
import { ClaimNames } from "../ui/claims.tsx";
import { cut, Rows, Short } from "../ui/data.tsx";
import { Note, Pick } from "../ui/parts.tsx";

const nameLength = 60;

interface Props {
  question: OfferQuestion;
  chosen: string;
  onChoose: (id: string) => void;
}
export function OfferedCards({ question, chosen, onChoose }: Props) {
  const { t, say } = useWords();
  const card = question.cards.find(({ id }) => id === chosen)!;
  const several = question.cards.length > 1;
  return (
    <>
      {several && <WhichCard {...{ question, chosen, onChoose }} />}
      <Rows
        strong
        rows={[
          { label: t.add.card, value: say(card.name) },
          ...(card.held > 0 ? [{ label: t.add.already, value: t.add.held(card.held) }] : []),
          { label: t.add.issuer, value: say(question.issuer.name), note: card.trust === "unlisted" ? null : t.add.trust[card.trust] },
          { label: t.add.address, value: question.issuer.address },
          { label: t.add.copies, value: String(question.copies) },
        ]}
      />
      {card.trust === "unlisted" && (
        <Note kind="bad" title={t.add.trust.unlisted}>
          <p>{t.add.unlistedText}</p>
        </Note>
      )}
      <section class="panel" id="offer-contents">
        <h2>{t.add.contents}</h2>
        {card.contents.length > 0 ? <ClaimNames names={card.contents} /> : <p class="soft">{t.add.contentsNone}</p>}
        <p class="soft">{t.add.contentsLater}</p>
      </section>
    </>
  );
}

// What is pressed says the name and what is here already; what it will say stands below, and is said aloud.
function WhichCard({ question: { cards }, chosen, onChoose }: Props) {
  const { announce } = useApp();
  const { t, say } = useWords();
  const names = apart(cards.map(({ name }) => cut(say(name), nameLength)));
  const choose = (card: OfferedCard, name: string) => {
    onChoose(card.id);
    announce(t.add.saidChosen(name, card.contents.map((label) => shown(say(label))).join(t.consent.comma)));
  };
  return (
    <fieldset class="picks" id="offered">
      <legend>{t.add.whichCard}</legend>
      {cards.map((card, place) => (
        <Pick key={card.id} id={`offered-${place}`} name="offered" checked={card.id === chosen} onPick={() => choose(card, names[place]!)}>
          <Short text={card.held > 0 ? t.add.nameHeld(names[place]!, card.held) : names[place]!} />
        </Pick>
      ))}
    </fieldset>
  );
}
