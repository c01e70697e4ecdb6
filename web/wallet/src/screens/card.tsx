import { useEffect, useState } from "preact/hooks";
import { stoppedState, useCardStates } from "../card_states.ts";
import { useApp, useWords } from "../context.ts";
import type { Card, HistoryEvent, Steps, Text } from "../wallet.ts";
import { CardFace } from "../ui/card_face.tsx";
import { Claims } from "../ui/claims.tsx";
import { StoppedNote } from "../ui/card_states.tsx";
import { Data, Rows } from "../ui/data.tsx";
import { EventLine } from "../ui/event_line.tsx";
import { Button, Note, Page, WorkState } from "../ui/parts.tsx";
import { Removal } from "../ui/removal.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

export function CardDetails({ id }: { id: string }) {
  const { wallet, announce } = useApp();
  const { t, say } = useWords();
  const work = useWork();
  const [content, setContent] = useState<Steps["card"]["answer"] | null>(null);
  const [renewed, setRenewed] = useState(false);
  useEffect(() => void work.run(t.common.working, () => wallet.step("card", { id }), setContent), [id]);

  useCardStates(content !== null, () => void wallet.step("card", { id }).then(setContent, () => {}));

  const renew = () =>
    void work.run(
      t.card.renewBusy,
      async () => {
        const { card } = await wallet.step("renew", { id });
        return wallet.step("card", { id: card.id });
      },
      (now) => {
        setContent(now);
        setRenewed(true);
        announce(t.card.renewed);
      },
    );

  // Who was told to remove it and receive another one is not offered what its issuer will refuse.
  const stopped = content && stoppedState(content.card);
  const renewable = content !== null && content.card.renewable && stopped !== "revoked";
  return (
    <Page title={t.card.title} topic="card">
      {content !== null && (
        <>
          <CardFace card={content.card} id="face" checkedOn={content.checked_on} />
          <StoppedNote card={content.card} />
          {renewed && <Note kind="good"><p>{t.card.renewed}</p></Note>}
          <section>
            <h2>{t.card.values}</h2>
            <Claims claims={content.claims} />
            <p class="soft">{t.card.signed}</p>
          </section>
          <About card={content.card} checkedOn={content.checked_on} />
          <CardHistory card={content.card} />
        </>
      )}
      <WorkState work={work} />
      {content !== null && (
        <>
          <div class="actions">
            {renewable ? (
              <Button id="renew" kind={content.card.state === "valid" || stopped ? "second" : "main"} busy={work.busy} onClick={renew}>
                {t.card.renew}
              </Button>
            ) : (
              <p class="soft">{t.card.notRenewable}</p>
            )}
          </div>
          <WrongDetails issuer={say(content.card.issuer_name)} />
          <Removal
            card={content.card.id}
            work={work}
            id="remove"
            kind="quiet"
            go={t.card.remove}
            title={t.card.removeTitle}
            text={t.card.removeText}
            yes={t.card.removeGo}
            done="removed"
          />
        </>
      )}
    </Page>
  );
}

function About({ card, checkedOn }: { card: Card; checkedOn: Text | null }) {
  const { t, say, when, error } = useWords();
  const failure = card.status_failure;
  return (
    <section>
      <h2>{t.card.about}</h2>
      <Rows
        rows={[
          { label: t.card.issuer, value: say(card.issuer_name) },
          { label: t.card.issuerAddress, value: card.issuer },
          { label: t.card.state, value: t.card.states[card.state] },
          {
            label: t.card.statusAt,
            value: card.status_at ? when(card.status_at) : t.card.notChecked,
            note: failure && `${card.status_at ? t.card.notCheckedSince(when(card.status_at)) : t.card.couldNotCheck} ${error(failure).cause} (${failure})`,
          },
          { label: t.card.checked, value: checkedOn ? say(checkedOn) : t.card.notSaid },
          { label: t.card.received, value: when(card.received_at) },
          { label: t.card.expires, value: card.expires_at ? when(card.expires_at) : t.card.noExpiry },
          { label: t.card.copies, value: t.common.copies(card.copies_left, card.copies) },
        ]}
      />
      <p class="soft">{t.card.statusHow}</p>
      <p class="soft">{t.card.copiesWhy}</p>
    </section>
  );
}

// What happened to this card, newest first: the latest of it at once, the rest when asked for.
const eventsAtOnce = 5;
function CardHistory({ card }: { card: Card }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const [events, setEvents] = useState<HistoryEvent[] | null>(null);
  const [all, setAll] = useState(false);
  // Again when something happened to it on this screen.
  useEffect(() => void wallet.step("card_history", { id: card.id }).then(({ events }) => setEvents(events), () => {}), [card.id, card.state, card.received_at.ms]);
  // The button that was pressed is gone then.
  useEffect(() => {
    if (all) document.getElementById(`event-${events![eventsAtOnce]!.id}`)?.focus();
  }, [all]);
  if (events === null) return null;
  return (
    <section id="card-history">
      <h2>{t.card.history}</h2>
      {events.length === 0 && <p class="soft">{t.card.historyEmpty}</p>}
      <ul class="plain-list">
        {(all ? events : events.slice(0, eventsAtOnce)).map((event) => (
          <li key={event.id}>
            <EventLine event={event} />
          </li>
        ))}
      </ul>
      {!all && events.length > eventsAtOnce && (
        <Button id="card-history-all" onClick={() => setAll(true)}>
          {t.card.historyAll(events.length)}
        </Button>
      )}
    </section>
  );
}

function WrongDetails({ issuer }: { issuer: string }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <details class="panel" id="wrong-details">
      <summary>{t.card.wrong}</summary>
      <p>{t.card.wrongText}</p>
      <TextList of={t.card.wrongSteps} />
      <p>
        {t.card.issuer}: <Data text={issuer} />
      </p>
      <Button id="prove-again" onClick={() => navigation.go({ name: "prove" })}>
        {t.card.proveAgain}
      </Button>
    </details>
  );
}
