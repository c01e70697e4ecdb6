// How a request ends: shared, stopped, something missing, digits to type again.
import { useEffect, useState } from "preact/hooks";
import { stoppedState } from "../card_states.ts";
import { useApp, useWords } from "../context.ts";
import { byWayOfPage, webAddress } from "../link.ts";
import type { Card, Presented, RequestQuestion } from "../wallet.ts";
import { StoppedNote } from "../ui/card_states.tsx";
import { Data } from "../ui/data.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Field, Note, Page, WorkState } from "../ui/parts.tsx";
import type { Work } from "../ui/use_step.ts";
import { TextsNote, Who } from "./consent.tsx";
import { ReportLine } from "./report.tsx";

export function CodeAgain({ website, work, onCode }: { website: string; work: Work; onCode: (code: string | null) => void }) {
  const { t } = useWords();
  const [code, setCode] = useState("");
  const [missed, setMissed] = useState(false);
  const right = /^\d{6}$/.test(code);
  const send = () => {
    setMissed(true);
    if (right) onCode(code);
  };
  return (
    <Page title={t.consent.codeAgainTitle} topic="consent" lead={t.consent.codeAgainText} onBack={() => work.busy || onCode(null)}>
      <p class="panel address">
        <Data text={website} />
      </p>
      <Field
        id="pairing-code"
        label={t.consent.code}
        mode="digits"
        length={6}
        value={code}
        error={missed && !right ? t.consent.codeMust : null}
        onInput={setCode}
        onEnter={() => work.busy || send()}
      />
      <WorkState work={work} />
      <div class="actions">
        <Button id="send-code" kind="main" busy={work.busy} onClick={send}>
          {t.consent.codeAgainGo}
        </Button>
        <Button id="stop" busy={work.busy} onClick={() => onCode(null)}>
          {t.consent.stop}
        </Button>
      </div>
    </Page>
  );
}

export function MissingData({ question, work, onStop }: { question: RequestQuestion; work: Work; onStop: () => void }) {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const [stopped, setStopped] = useState<Card[]>([]);
  // It may be one of these that would have answered.
  useEffect(() => void wallet.step("cards").then(({ cards }) => setStopped(cards.filter(stoppedState)), () => {}), []);
  return (
    <Page title={t.consent.missingTitle} topic="consent" lead={t.consent.missingText}>
      <Who question={question} />
      <TextsNote title={t.consent.missingList} texts={question.missing} />
      {stopped.map((card) => <StoppedNote key={card.id} card={card} named />)}
      <WorkState work={work} />
      <div class="actions">
        <Button id="get-card" kind="main" busy={work.busy} onClick={() => navigation.replace({ name: "add" })}>
          {t.consent.missingGet}
        </Button>
        <Button id="stop" busy={work.busy} onClick={onStop}>
          {t.consent.stop}
        </Button>
      </div>
    </Page>
  );
}

export function Outcome({ answer }: { answer: Extract<Presented, { step: "done" }> }) {
  const { navigation, place } = useApp();
  const { t, say } = useWords();
  const { title, text } = t.consent.outcomes[answer.outcome];
  const shared = answer.outcome === "shared";
  const back = byWayOfPage(webAddress(answer.redirect_uri, place.demo), place.server, location.origin);
  return (
    <Page title={title} topic="outcome" onBack={() => navigation.start({ name: "home" })}>
      <div class={shared ? "seal good" : "seal"}>
        <Icon name={shared ? "check" : "stop"} />
      </div>
      <h2 class="centred">
        <Data text={say(answer.organization)} />
      </h2>
      <p class="centred" id="outcome" data-outcome={answer.outcome}>
        {text}
      </p>
      {back !== null && (
        <a id="back-to-site" class="button main" href={back} rel="noopener noreferrer">
          {t.consent.backToSite}
        </a>
      )}
      {answer.redirect_uri !== null && back === null && <Note kind="warn"><p>{t.consent.backUnsafe}</p></Note>}
      {answer.redirect_uri === null && shared && <p class="centred soft">{t.consent.lookForSite}</p>}
      {!shared && <ReportLine event={answer.event} organization={answer.organization} />}
      <div class="actions">
        <Button id="see-activity" onClick={() => navigation.start({ name: "home" }, { name: "history" })}>
          {t.consent.activity}
        </Button>
        <Button id="done-home" onClick={() => navigation.start({ name: "home" })}>
          {t.common.home}
        </Button>
      </div>
    </Page>
  );
}
