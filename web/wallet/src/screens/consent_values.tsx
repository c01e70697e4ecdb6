// The values of a request: what is required, what is optional, which card answers, and what is shared after all of that.
import type { ComponentChildren } from "preact";
import { useApp, useWords, type Words } from "../context.ts";
import { apart, hasChoice, offered, shownBy, wouldShow, type Chosen, type Shown } from "../chosen.ts";
import { shown as safe } from "../shown.ts";
import type { AskedSet, CardOffer, Choices, RequestQuestion, Way } from "../wallet.ts";
import { Claims } from "../ui/claims.tsx";
import { cut, Data, Short } from "../ui/data.tsx";
import { Icon } from "../ui/icons.tsx";
import { Pick, Tick } from "../ui/parts.tsx";

interface ValuesProps {
  question: RequestQuestion;
  chosen: Chosen;
  error: string | null;
  onChange: (chosen: Chosen) => void;
}
export function Values({ question: { choices }, chosen, error, onChange }: ValuesProps) {
  const { announce } = useApp();
  const words = useWords();
  const { t } = words;
  const change = (next: Chosen) => {
    onChange(next);
    announce(saidOf(shownBy(choices, next), words));
  };
  return (
    <>
      <section>
        <h2>{t.consent.values}</h2>
        {choices.sets.map((set, index) => (
          <SetOf key={index} {...{ set, index, choices, chosen }} onChange={change} />
        ))}
        <p class="soft">{hasChoice(choices) ? t.consent.rest : t.consent.allRequired}</p>
      </section>
      {hasChoice(choices) && <Summary shown={shownBy(choices, chosen)} error={error} />}
    </>
  );
}

// For those who listen: what is shared now.
function saidOf(shown: Shown[], { t, say }: Words): string {
  const cards = shown.map(({ offer, way }) =>
    t.consent.saidCard(
      safe(say(offer.card.name)),
      way.claims.map(({ label, value }) => `${safe(say(label))} ${safe(say(value))}`).join(t.consent.comma),
    ),
  );
  return cards.length === 0 ? t.consent.saidNothing : t.consent.said(cards.join(""));
}
const labelsOf = (ways: Way[], { t, say }: Words) => ways.flatMap(({ claims }) => claims.map(({ label }) => safe(say(label)))).join(t.consent.comma);

interface SetProps {
  set: AskedSet;
  index: number;
  choices: Choices;
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}
function SetOf(props: SetProps) {
  const { set, index, choices, chosen, onChange } = props;
  const words = useWords();
  const { t } = words;
  const whatOf = (option: number) => labelsOf(set.options[option]!.map((credential) => wouldShow(choices, chosen, credential, set.required).way), words);
  const take = (option: number | null) => onChange({ ...chosen, options: chosen.options.map((one, place) => (place === index ? option : one)) });
  if (set.options.length === 1) {
    return (
      <Option {...props} option={0}>
        {!set.required && <Tick id={`also-${index}`} label={<Short text={t.consent.also(whatOf(0))} />} checked={chosen.options[index] === 0} onChange={(ticked) => take(ticked ? 0 : null)} />}
      </Option>
    );
  }
  const pick = (option: number | null, label: string) => (
    <Pick id={`set-${index}-${option ?? "none"}`} name={`set-${index}`} checked={chosen.options[index] === option} onPick={() => take(option)}>
      <Short text={label} />
    </Pick>
  );
  return (
    <fieldset class="set">
      <legend>{set.required ? t.consent.oneOf : t.consent.oneOfOptional}</legend>
      {!set.required && pick(null, t.consent.noneOf)}
      {set.options.map((_, option) => (
        <Option key={option} {...props} option={option}>
          {pick(option, whatOf(option))}
        </Option>
      ))}
    </fieldset>
  );
}

// `children`: what picks it, where it can be left out.
function Option({ set, index, option, choices, chosen, onChange, children }: SetProps & { option: number; children: ComponentChildren }) {
  const taken = chosen.options[index] === option;
  return (
    <div class={taken ? "panel values" : "panel values untaken"} role={children ? "group" : undefined} aria-labelledby={children ? `option-${index}-${option}` : undefined}>
      {children}
      {set.options[option]!.map((credential, place) => (
        <Asked
          key={credential}
          headingId={place === 0 ? `option-${index}-${option}` : undefined}
          id={`${index}-${option}-${place}`}
          choices={choices}
          shown={wouldShow(choices, chosen, credential, set.required)}
          places={chosen.cards[credential]!}
          onPlaces={(places) => onChange({ ...chosen, cards: { ...chosen.cards, [credential]: places } })}
        />
      ))}
    </div>
  );
}

interface AskedProps {
  id: string;
  headingId: string | undefined;
  choices: Choices;
  shown: Shown;
  places: { card: number; way: number };
  onPlaces: (places: { card: number; way: number }) => void;
}
function Asked({ id, headingId, choices, shown, places, onPlaces }: AskedProps) {
  const words = useWords();
  const { t, say, when } = words;
  const { cards } = offered(choices, shown.credential);
  const { card } = shown.offer;
  const names = apart(cards.map((offer) => nameOf(offer, words)));
  const ways = apart(shown.offer.ways.map((way) => labelsOf([way], words)));
  return (
    <div class="asked">
      <h3 id={headingId}>
        <Icon name="card" />
        <span>
          <Data text={say(card.name)} />
        </span>
        <span class={shown.required ? "chip required" : "chip optional"}>{shown.required ? t.consent.required : t.consent.optional}</span>
      </h3>
      {cards.length === 1 ? (
        <p class="soft">
          <Data text={t.consent.fromCard(say(card.issuer_name), when(card.received_at))} />
        </p>
      ) : (
        <fieldset class="picks">
          <legend>{t.consent.whichCard}</legend>
          {names.map((name, place) => (
            <Pick key={place} id={`card-${id}-${place}`} name={`card-${id}`} checked={places.card === place} onPick={() => onPlaces({ card: place, way: 0 })}>
              <Short text={name} />
            </Pick>
          ))}
        </fieldset>
      )}
      {ways.length > 1 && (
        <fieldset class="picks">
          <legend>{t.consent.whichWay}</legend>
          {ways.map((name, place) => (
            <Pick key={place} id={`way-${id}-${place}`} name={`way-${id}`} checked={places.way === place} onPick={() => onPlaces({ ...places, way: place })}>
              <Short text={name} />
            </Pick>
          ))}
        </fieldset>
      )}
      <Claims claims={shown.way.claims} />
    </div>
  );
}

// Two cards of one kind differ in where they come from and in when that was confirmed; however long the names are, the days
// are seen.
const nameLength = 40;
function nameOf({ card, checked_on }: CardOffer, { t, say, when }: Words): string {
  return t.consent.cardName(cut(say(card.name), nameLength), cut(say(card.issuer_name), nameLength), checked_on === null ? null : say(checked_on), when(card.received_at));
}

// What is shared when the person says yes: nothing else.
function Summary({ shown, error }: { shown: Shown[]; error: string | null }) {
  const { t, say, when } = useWords();
  return (
    <section id="will-share" class="panel strong-panel">
      <h2>{t.consent.willShare}</h2>
      {shown.length === 0 && <p>{t.consent.saidNothing}</p>}
      {shown.map(({ credential, required, offer, way }) => (
        <div key={credential} class="asked" data-card={offer.card.id}>
          <h3>
            <span>
              <Data text={say(offer.card.name)} />
            </span>
            <span class={required ? "chip required" : "chip optional"}>{required ? t.consent.required : t.consent.optional}</span>
          </h3>
          <p class="soft">
            <Data text={t.consent.fromCard(say(offer.card.issuer_name), when(offer.card.received_at))} />
          </p>
          <ul>
            {way.claims.map(({ label, value }, index) => (
              <li key={index}>
                <Data text={say(label)} />
                {": "}
                <strong>
                  <Data text={say(value)} />
                </strong>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {error !== null && (
        <p class="field-error" id="choice-error" role="alert">
          <Icon name="warn" />
          {error}
        </p>
      )}
    </section>
  );
}
