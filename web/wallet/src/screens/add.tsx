import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { destination, webAddress } from "../link.ts";
import type { OfferQuestion, Received } from "../wallet.ts";
import { Data } from "../ui/data.tsx";
import { Button, ErrorNote, Field, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork, type Work } from "../ui/use_step.ts";
import { useDrop } from "../ui/use_drop.ts";
import { OfferedCards } from "./offered_cards.tsx";
import { ReceivedCard } from "./received_card.tsx";

type Stage = { step: "paste" } | { step: "fetch"; link: string; origin: string } | Received;

// `link`: what to open at once; `code`: the code that came with it.
export function AddCard({ link, code }: { link?: string; code?: string }) {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [stage, setStage] = useState<Stage>({ step: "paste" });
  const [opened, setOpened] = useState({ link: "", fetch: false });
  const questionOpen = useDrop();

  const open = (chosen: string, fetch: boolean) => {
    setOpened({ link: chosen, fetch });
    void work.run(t.add.openBusy, () => wallet.step("receive_open", { link: chosen, fetch }), (answer) =>
      show(answer.step === "fetch" ? { ...answer, link: chosen } : answer),
    );
  };
  const show = (next: Stage) => {
    questionOpen.current = next.step === "question" || next.step === "visit" || (next.step === "stopped" && next.next === "again");
    setStage(next);
  };
  // A link that this page's own server just gave needs no question before it is followed.
  useEffect(() => {
    if (link !== undefined) open(link, code !== undefined);
  }, [link]);

  const answer = (agreed: boolean, typed?: string, card?: string) =>
    void work.run(
      agreed ? t.add.agreeBusy : t.common.working,
      () => wallet.step("receive_answer", { agreed, ...(typed !== undefined && { tx_code: typed }), ...(card !== undefined && { card }) }),
      show,
    );
  const visited = (url?: string) =>
    void work.run(t.add.agreeBusy, () => wallet.step("receive_visited", url === undefined ? {} : { url }), show);
  const again = () => void work.run(t.add.agreeBusy, () => wallet.step("receive_again"), show);
  const anew = () => open(opened.link, opened.fetch);

  switch (stage.step) {
    case "paste":
      return link === undefined ? <Paste work={work} onOpen={(chosen) => open(chosen, false)} /> : <Opening work={work} onAgain={anew} />;
    case "fetch":
      return <AskFetch origin={stage.origin} work={work} onYes={() => open(stage.link, true)} />;
    case "question":
      return <Question question={stage} code={code} work={work} onAnswer={answer} />;
    case "visit":
      return <Visit url={stage.url} own={stage.own} work={work} onVisited={visited} />;
    case "done":
      return <ReceivedCard card={stage.card} claims={stage.claims} />;
    case "waiting":
      return <Ended kind="plain" title={t.add.waitingTitle} text={<WaitingText at={stage.ask_again_at} />} />;
    case "refused":
      return <Ended kind="plain" title={t.add.refusedTitle} text={t.add.refusedText} />;
    case "stopped":
      return <Stopped stage={stage} work={work} onAgain={again} onAnew={anew} />;
  }
}

// A link from elsewhere in this page. The same can be opened once more, as long as it was not the link itself. The key: the
// focus goes to the heading when the pressed button goes.
function Opening({ work, onAgain }: { work: Work; onAgain: () => void }) {
  const { t } = useWords();
  return (
    <Page key={work.error ? "failed" : "opening"} title={t.add.title} topic="add" lead={work.error ? undefined : t.add.openBusy}>
      <WorkState work={work} />
      {work.error !== null && (
        <div class="actions">
          {work.error.code !== "oid4vci_offer_malformed" && (
            <Button id="open-again" kind="main" onClick={onAgain}>
              {t.common.retry}
            </Button>
          )}
          <HomeButton />
        </div>
      )}
    </Page>
  );
}

function HomeButton({ label }: { label?: string }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Button id="done-home" onClick={() => navigation.start({ name: "home" })}>
      {label ?? t.common.home}
    </Button>
  );
}

// An error stopped it halfway: what can still be done, and nothing else.
function Stopped({ stage, work, onAgain, onAnew }: { stage: Extract<Stage, { step: "stopped" }>; work: Work; onAgain: () => void; onAnew: () => void }) {
  const { navigation } = useApp();
  const { t } = useWords();
  const { next } = stage;
  return (
    <Page title={t.add.stopped.title} topic="add" lead={t.add.stopped[next]} onBack={() => navigation.start({ name: "home" })}>
      {!work.busy && work.error === null && <ErrorNote error={stage.error} />}
      <WorkState work={work} />
      <div class="actions" data-next={next} id="stopped">
        {next === "again" && (
          <Button id="add-again" kind="main" busy={work.busy} onClick={onAgain}>
            {t.add.stopped.goOn}
          </Button>
        )}
        {next === "anew" && (
          <Button id="add-anew" kind="main" busy={work.busy} onClick={onAnew}>
            {t.add.stopped.openAnew}
          </Button>
        )}
        {next === "new_offer" && (
          <Button id="add-other" kind="main" onClick={() => navigation.start({ name: "home" }, { name: "add" })}>
            {t.add.stopped.other}
          </Button>
        )}
        <HomeButton label={next === "again" ? t.add.refuse : undefined} />
      </div>
    </Page>
  );
}

function Paste({ work, onOpen }: { work: Work; onOpen: (link: string) => void }) {
  const { navigation } = useApp();
  const { t } = useWords();
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = () => {
    const found = destination(link);
    if (found === null) setWrong(t.add.notALink);
    else if (found.name === "consent") navigation.replace({ name: "consent", link: found.link });
    else onOpen(found.link);
  };
  return (
    <Page title={t.add.title} topic="add" lead={t.add.lead}>
      <Field id="link" label={t.add.link} help={t.add.linkHelp} mode="link" value={link} error={wrong} onInput={setLink} onEnter={submit} />
      <WorkState work={work} />
      <div class="actions">
        <Button id="open-link" kind="main" busy={work.busy} onClick={submit}>
          {t.add.go}
        </Button>
      </div>
      <Line id="scan" icon="scan" title={t.add.scan} onClick={() => navigation.go({ name: "scan" })} />
      <Line id="from-case" icon="passport" title={t.add.fromCase} onClick={() => navigation.go({ name: "prove" })} />
    </Page>
  );
}

function AskFetch({ origin, work, onYes }: { origin: string; work: Work; onYes: () => void }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Page title={t.add.fetchTitle} topic="add" lead={t.add.fetchText}>
      <p class="panel address">
        <Data text={origin} />
      </p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="fetch" kind="main" busy={work.busy} onClick={onYes}>
          {t.add.fetchGo}
        </Button>
        <Button id="fetch-no" busy={work.busy} onClick={() => navigation.start({ name: "home" })}>
          {t.common.cancel}
        </Button>
      </div>
    </Page>
  );
}

interface QuestionProps {
  question: OfferQuestion;
  code: string | undefined;
  work: Work;
  onAnswer: (agreed: boolean, typed?: string, card?: string) => void;
}
function Question({ question, code, work, onAnswer }: QuestionProps) {
  const { language } = useApp();
  const { t } = useWords();
  const wanted = question.tx_code;
  const [typed, setTyped] = useState(code ?? "");
  const [missed, setMissed] = useState(false);
  const [wrong, setWrong] = useState(question.wrong);
  useEffect(() => setWrong(question.wrong), [question]);
  const [chosen, setChosen] = useState(question.card);

  const help = wanted && [code !== undefined && t.add.codeFilled, t.add.codeShape(wanted.length, wanted.numeric)].filter(Boolean).join(language === "ja" ? "" : " ");
  const complete = wanted === null || (typed.trim() !== "" && (wanted.length === null || [...typed.trim()].length === wanted.length));
  const agree = () => (complete ? onAnswer(true, wanted === null ? undefined : typed.trim(), chosen) : setMissed(true));
  return (
    <Page title={t.add.questionTitle} topic="add">
      <OfferedCards question={question} chosen={chosen} onChoose={setChosen} />
      {question.signs_in && <Note kind="plain"><p>{t.add.signsIn}</p></Note>}
      {wanted !== null && (
        <section class="panel">
          <h2>{t.add.codeTitle}</h2>
          {wanted.description !== "" && (
            <p>
              <Data text={wanted.description} />
            </p>
          )}
          <Field
            id="tx-code"
            label={t.add.codeLabel}
            help={help || undefined}
            mode={wanted.numeric ? "digits" : "text"}
            value={typed}
            error={wrong ? t.add.codeWrong : missed && !complete ? t.add.codeNeeded : null}
            onInput={(value) => {
              setTyped(value);
              setWrong(false);
            }}
            onEnter={() => work.busy || agree()}
          />
        </section>
      )}
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="add-agree" kind="main" busy={work.busy} onClick={agree}>
          {t.add.agree}
        </Button>
        <Button id="add-refuse" busy={work.busy} onClick={() => onAnswer(false)}>
          {t.add.refuse}
        </Button>
      </div>
    </Page>
  );
}

function Visit({ url, own, work, onVisited }: { url: string; own: boolean; work: Work; onVisited: (url?: string) => void }) {
  const { place } = useApp();
  const { t } = useWords();
  const [back, setBack] = useState("");
  const address = webAddress(url, place.demo);
  if (own) {
    return (
      <Page title={t.add.visitTitle} topic="add" lead={t.add.visitOwn}>
        <WorkState work={work} />
        <div class="actions">
          <Button id="visit-own" kind="main" icon="key" busy={work.busy} onClick={() => onVisited()}>
            {t.add.visitOwnGo}
          </Button>
        </div>
      </Page>
    );
  }
  if (address === null) {
    return (
      <Page title={t.add.visitTitle} topic="add">
        <Note kind="bad">
          <p>{t.add.visitUnsafe}</p>
          <Data text={url} />
        </Note>
        <div class="actions">
          <HomeButton />
        </div>
      </Page>
    );
  }
  return (
    <Page title={t.add.visitTitle} topic="add" lead={t.add.visitText}>
      <p class="panel address">
        <Data text={new URL(address).origin} />
      </p>
      <a id="visit" class="button main" href={address} target="_blank" rel="noopener noreferrer">
        {t.add.visitGo}
      </a>
      <Field id="visit-back" label={t.add.visitBack} mode="link" value={back} onInput={setBack} />
      <WorkState work={work} />
      <div class="actions">
        <Button id="visit-continue" busy={work.busy || back.trim() === ""} onClick={() => onVisited(back.trim())}>
          {t.add.visitContinue}
        </Button>
      </div>
    </Page>
  );
}

function WaitingText({ at }: { at: { ms: number; ja: string; en: string } }) {
  const { t, when } = useWords();
  return <>{t.add.waitingText(when(at))}</>;
}
function Ended({ kind, title, text }: { kind: "plain"; title: string; text: preact.ComponentChildren }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Page title={title} topic="added" onBack={() => navigation.start({ name: "home" })}>
      <Note kind={kind}>
        <p>{text}</p>
      </Note>
      <div class="actions">
        <Button id="done-home" kind="main" onClick={() => navigation.start({ name: "home" })}>
          {t.common.home}
        </Button>
      </div>
    </Page>
  );
}
