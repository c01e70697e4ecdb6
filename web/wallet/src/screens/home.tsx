import { useEffect, useState } from "preact/hooks";
import { useCardStates } from "../card_states.ts";
import { useApp, useWords } from "../context.ts";
import { useServerLog } from "../server_log.ts";
import { shown } from "../shown.ts";
import type { ListedCard, Received, Steps, WaitingCard } from "../wallet.ts";
import { CardChanges } from "../ui/card_states.tsx";
import { CardFace } from "../ui/card_face.tsx";
import { Data } from "../ui/data.tsx";
import { Button, Field, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { Renewals } from "../ui/renewals.tsx";
import { TermsChanged } from "../ui/terms_changed.tsx";
import { useWork } from "../ui/use_step.ts";

// `done`: to a card, just now, and here that is said.
export function Home({ done }: { done?: "removed" | "notKept" }) {
  const { wallet, navigation, announce } = useApp();
  const { t, when, error } = useWords();
  const work = useWork();
  const [list, setList] = useState<Steps["cards"]["answer"] | null>(null);
  const [said, setSaid] = useState(done ? t.card[done] : null);
  const broken = useServerLog(wallet, list !== null);

  const load = () => wallet.step("cards");
  const loadAgain = () => void load().then(setList, () => {});
  const changes = useCardStates(list !== null, loadAgain);
  useEffect(() => void work.run(t.home.loading, load, setList), []);
  useEffect(() => {
    if (said === null) return;
    announce(said); // after the name of this screen
    navigation.replace({ name: "home" }); // who comes back here is not told again
  }, []);

  const arrived = (answer: Received) => {
    const words = answer.step === "waiting" ? `${t.home.stillWaiting} ${t.home.waitingUntil(when(answer.ask_again_at))}` : t.home.fetched;
    setSaid(words);
    announce(words);
  };
  const fetchWaiting = async (id: string) => {
    // The issuer's no may have been the last word: then nothing waits any more.
    const answer = await wallet.step("fetch_waiting", { id }).catch((error) => {
      loadAgain();
      throw error;
    });
    return { answer, list: await load() };
  };
  const check = (id: string) =>
    void work.run(t.home.fetchBusy, () => fetchWaiting(id), ({ answer, list: now }) => {
      arrived(answer);
      setList(now);
    });

  const nothing = list !== null && list.cards.length === 0 && list.waiting.length === 0;
  return (
    <Page title={t.home.title} topic="home">
      <WorkState work={work} />
      {broken !== null && (
        <div role="alert" id="server-log">
          <Note kind="bad" title={error(broken).title}>
            <p>{error(broken).cause}</p>
            <p>{error(broken).remedy}</p>
            <p class="soft">{broken}</p>
          </Note>
        </div>
      )}
      {said !== null && <Note kind="plain"><p>{said}</p></Note>}
      <TermsChanged ready={list !== null} />
      <Renewals ready={list !== null} onRenewed={loadAgain} />
      <CardChanges changes={changes} />
      {nothing && <Empty />}
      {list !== null && <CardList cards={list.cards} />}
      {list !== null && list.waiting.length > 0 && (
        <>
          <h2>{t.home.waiting}</h2>
          <ul class="plain-list">
            {list.waiting.map((card) => (
              <Waiting key={card.id} card={card} busy={work.busy} onCheck={() => check(card.id)} />
            ))}
          </ul>
        </>
      )}
      {list !== null && (
        <Line id="notices" icon="bell" title={t.notices.title} text={t.notices.homeText} onClick={() => navigation.go({ name: "notices" })} />
      )}
      {list !== null && !nothing && (
        <Line id="prove" icon="passport" title={t.home.proveCard} onClick={() => navigation.go({ name: "prove" })} />
      )}
    </Page>
  );
}

function Empty() {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <div class="empty">
      <div class="empty-card" aria-hidden="true" />
      <h2>{t.home.empty}</h2>
      <p>{t.home.emptyText}</p>
      <div class="actions">
        <Button id="prove" kind="main" icon="passport" onClick={() => navigation.go({ name: "prove" })}>
          {t.home.prove}
        </Button>
        <Button id="add-link" kind="quiet" onClick={() => navigation.go({ name: "add" })}>
          {t.home.addLink}
        </Button>
      </div>
    </div>
  );
}

// Where there are so many that people look for one.
const manyCards = 6;

// A card is named by kind, issuer and day; where even these are the same, a number tells them apart.
function CardList({ cards }: { cards: ListedCard[] }) {
  const { navigation } = useApp();
  const { t, say, when } = useWords();
  const [words, setWords] = useState("");
  const nameOf = (card: ListedCard) => [say(card.name), say(card.issuer_name), when(card.received_at)].map(shown).join(", ");
  const names = cards.map(nameOf);
  const wanted = words.trim().normalize("NFKC").toLowerCase();
  const fits = (card: ListedCard, index: number) => `${names[index]} ${t.card.states[card.state]}`.normalize("NFKC").toLowerCase().includes(wanted);
  const found = cards.filter(fits).length;
  return (
    <>
      {cards.length >= manyCards && <Field id="card-words" label={t.home.lookFor} value={words} onInput={setWords} />}
      {found < cards.length && <p class="soft" role="status" id="how-many">{t.home.some(found, cards.length)}</p>}
      <ul class="cards">
        {cards.map((card, index) => {
          if (!fits(card, index)) return null;
          const same = names.slice(0, index).filter((name) => name === names[index]).length;
          return (
            <li key={card.id}>
              <button
                type="button"
                class="card"
                id={`card-${index}`}
                onClick={() => navigation.go({ name: "card", id: card.id })}
              >
                <CardFace card={card} id={`face-${index}`} checkedOn={card.checked_on} pressed />
                {same > 0 && <span class="unseen">({same + 1})</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Waiting({ card, busy, onCheck }: { card: WaitingCard; busy: boolean; onCheck: () => void }) {
  const { t, say, when } = useWords();
  return (
    <li class="panel">
      <h3 class="with-chip">
        <Data text={say(card.name)} />
        <span class="chip pending">{t.card.pending}</span>
      </h3>
      <p>
        <Data text={say(card.issuer_name)} />
      </p>
      <p class="soft">{t.home.waitingUntil(when(card.ask_again_at))}</p>
      <Button id={`fetch-${card.id}`} icon="clock" busy={busy} onClick={onCheck}>
        {t.home.fetchWaiting}
      </Button>
    </li>
  );
}
