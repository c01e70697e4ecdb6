import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { choiceOf, proposedBy, shownBy } from "../chosen.ts";
import type { Asker, OverAsked, Picked, Presented, RequestQuestion, Text } from "../wallet.ts";
import { Agreement } from "../ui/agreement.tsx";
import { Data, Rows } from "../ui/data.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Confirm, Field, isPassing, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { useDrop } from "../ui/use_drop.ts";
import { useWork } from "../ui/use_step.ts";
import { Ended, OverAskedNote } from "./consent_ended.tsx";
import { CodeAgain, MissingData, Outcome } from "./consent_ends.tsx";
import { Values } from "./consent_values.tsx";

export function Consent({ link }: { link: string }) {
  const { wallet, language } = useApp();
  const { t } = useWords();
  const opening = useWork();
  const work = useWork();
  const [question, setQuestion] = useState<RequestQuestion | OverAsked | null>(null);
  const [answer, setAnswer] = useState<Presented | null>(null);
  const [answers, setAnswers] = useState(0);
  const questionOpen = useDrop();

  const open = () =>
    void opening.run(t.consent.loading, () => wallet.step("present_open", { link }), (found) => {
      questionOpen.current = found.step === "question";
      setQuestion(found);
    });
  useEffect(open, [link]);

  const settle = (now: Presented) => {
    questionOpen.current = now.step === "code_again";
    setAnswer(now);
    setAnswers((count) => count + 1);
  };
  const share = (choice: Picked[], code?: string) =>
    void work.run(
      t.consent.shareBusy,
      () => wallet.step("present_answer", code === undefined ? { agreed: true, language, choice } : { agreed: true, language, choice, pairing_code: code }),
      settle,
    );
  const stop = () => void work.run(t.consent.stopBusy, () => wallet.step("present_answer", { agreed: false, language }), settle);
  const sendCode = (code: string | null) =>
    void work.run(code === null ? t.consent.stopBusy : t.consent.codeAgainBusy, () => wallet.step("present_code", { code }), settle);

  if (answer?.step === "done") return <Outcome answer={answer} />;
  if (answer?.step === "ended") return <Ended ended={answer} />;
  // Anew each time: wrong once more looks, and sounds, like something that happened.
  if (answer?.step === "code_again") return <CodeAgain key={answers} website={answer.website} work={work} onCode={sendCode} />;
  if (question === null) return <Opening work={opening} onAgain={open} />;
  if (question.step === "over_asked") return <OverAskedNote asked={question} />;
  if (!question.can_share) return <MissingData question={question} work={work} onStop={stop} />;
  return <Ask question={question} work={work} onShare={share} onStop={stop} />;
}

// Keys, so that the focus goes to the heading when the pressed button goes.
function Opening({ work, onAgain }: { work: ReturnType<typeof useWork>; onAgain: () => void }) {
  const { navigation } = useApp();
  const { t } = useWords();
  if (work.error === null) {
    return (
      <Page key="opening" title={t.consent.title} topic="consent" lead={t.consent.loading}>
        <WorkState work={work} />
      </Page>
    );
  }
  return (
    <Page key="failed" title={t.consent.title} topic="consent" lead={t.consent.notOpened}>
      <WorkState work={work} />
      <div class="actions">
        {isPassing(work.error) && (
          <Button id="open-again" kind="main" onClick={onAgain}>
            {t.common.retry}
          </Button>
        )}
        <Button id="done-home" onClick={() => navigation.start({ name: "home" })}>
          {t.common.home}
        </Button>
      </div>
    </Page>
  );
}

interface AskProps {
  question: RequestQuestion;
  work: ReturnType<typeof useWork>;
  onShare: (choice: Picked[], code?: string) => void;
  onStop: () => void;
}
function Ask({ question, work, onShare, onStop }: AskProps) {
  const { t, say, when } = useWords();
  const [stopping, setStopping] = useState(false);
  const [sameSite, setSameSite] = useState(false);
  const [code, setCode] = useState("");
  const [approved, setApproved] = useState(false);
  const [missed, setMissed] = useState(false);
  const [chosen, setChosen] = useState(() => proposedBy(question));

  const choice = choiceOf(shownBy(question.choices, chosen));
  const codeRight = /^\d{6}$/.test(code);
  const complete = choice.length > 0 && (question.pairing === null || (sameSite && codeRight)) && (question.approvals.length === 0 || approved);
  const share = () => {
    setMissed(true);
    if (complete) onShare(choice, question.pairing === null ? undefined : code);
  };
  return (
    <Page title={t.consent.title} topic="consent" onBack={() => setStopping(true)}>
      <Who question={question} />
      <TextsNote title={t.consent.warnings} texts={question.warnings} />
      <Agreement of={question} />
      <Values question={question} chosen={chosen} error={missed && choice.length === 0 ? t.consent.chooseMust : null} onChange={setChosen} />
      {question.approvals.length > 0 && (
        <section class="panel strong-panel">
          <h2>{t.consent.approvals}</h2>
          {question.approvals.map((approval, index) => (
            <div key={index}>
              <h3>
                <Data text={say(approval.title)} />
              </h3>
              <Rows strong rows={approval.rows.map(({ label, value }) => ({ label: say(label), value, foreign: true }))} />
            </div>
          ))}
          <Tick id="approve" label={t.consent.approve} checked={approved} error={missed && !approved ? t.consent.approveMust : null} onChange={setApproved} />
        </section>
      )}
      {question.pairing !== null && (
        <section class="panel strong-panel">
          <h2>{t.consent.pairingTitle}</h2>
          <p>{t.consent.pairingText}</p>
          <p class="address" id="website">
            <Data text={question.pairing.website} />
          </p>
          <Tick id="same-site" label={t.consent.pairingSame} checked={sameSite} error={missed && !sameSite ? t.consent.pairingMust : null} onChange={setSameSite} />
          <p class="soft">{t.consent.pairingDiffers}</p>
          <Field
            id="pairing-code"
            label={t.consent.code}
            mode="digits"
            length={6}
            value={code}
            error={missed && !codeRight ? t.consent.codeMust : null}
            onInput={setCode}
          />
        </section>
      )}
      <p class="soft">{t.consent.until(when(question.expires_at))}</p>
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions sticky">
        <Button id="share" kind="main" busy={work.busy} onClick={share}>
          {t.consent.share}
        </Button>
        <Button id="stop" busy={work.busy} onClick={() => setStopping(true)}>
          {t.consent.stop}
        </Button>
      </div>
      {stopping && (
        <Confirm
          title={t.consent.stopTitle}
          text={t.consent.stopText}
          yes={t.consent.stop}
          no={t.consent.keep}
          busy={work.busy}
          onYes={() => {
            setStopping(false);
            onStop();
          }}
          onNo={() => setStopping(false)}
        />
      )}
    </Page>
  );
}

// Texts of the core that want attention; nothing where there are none.
export function TextsNote({ title, texts }: { title: string; texts: Text[] }) {
  const { say } = useWords();
  if (texts.length === 0) return null;
  return (
    <Note kind="warn" title={title}>
      <ul>
        {texts.map((text, index) => (
          <li key={index}>
            <Data text={say(text)} />
          </li>
        ))}
      </ul>
    </Note>
  );
}

// Who asks, and how sure we are of that.
export function Who({ question }: { question: Asker & Partial<Pick<RequestQuestion, "address" | "previous">> }) {
  const { t, say } = useWords();
  const { verified, label } = question.identified;
  return (
    <section class={verified ? "who" : "who unverified"}>
      <h2>
        <Data text={say(question.organization)} />
      </h2>
      <p class={verified ? "standing good" : "standing bad"}>
        <Icon name={verified ? "shield" : "warn"} />
        <strong>
          <Data text={say(label)} />
        </strong>
      </p>
      {!verified && <p>{t.consent.notVerifiedText}</p>}
      {question.previous !== undefined && <Before previous={question.previous} />}
      <details id="about-asker">
        <summary>{t.consent.more}</summary>
        <AboutAsker asker={question} address={question.address} />
      </details>
    </section>
  );
}

function Before({ previous: { count, last } }: Pick<RequestQuestion, "previous">) {
  const { t, when } = useWords();
  return <p class="soft">{count === 0 || last === null ? t.consent.firstTime : t.consent.lastTime(count, when(last))}</p>;
}

// What proves who they are, in the words of those who vouch for it.
function AboutAsker({ asker, address }: { asker: Asker; address: string | undefined }) {
  const { t, when } = useWords();
  const { registration, certificate } = asker;
  const signedWith =
    certificate === null
      ? [{ label: t.consent.certificate, value: <span class="soft">{t.consent.noCertificate}</span> }]
      : [
          { label: t.consent.certificate, value: certificate.subject },
          { label: t.consent.certificateIssuer, value: certificate.issuer },
          { label: t.consent.certificateUntil, value: when(certificate.until) },
        ];
  return (
    <Rows
      rows={[
        ...(address === undefined ? [] : [{ label: t.consent.address, value: address }]),
        { label: t.consent.contact, value: asker.contact },
        { label: t.consent.registrationId, value: registration.id },
        { label: t.consent.registrar, value: registration.registrar },
        { label: t.consent.registeredUntil, value: when(registration.until) },
        ...signedWith,
        { label: t.consent.clientId, value: asker.client_id },
      ]}
    />
  );
}
