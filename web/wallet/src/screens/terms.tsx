import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { Button, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

// The version whose text the dictionaries hold. Nobody is asked to accept another one here.
export const termsVersion = "2026-11-01";

function TermsText() {
  const { t } = useWords();
  return (
    <div class="panel prose">
      <p class="soft">{t.terms.version(termsVersion)}</p>
      {Object.values(t.terms.parts).map(({ title, text }) => (
        <section key={title}>
          <h2>{title}</h2>
          <p>{text}</p>
        </section>
      ))}
    </div>
  );
}

function Agreement({ agreed, missed, onChange }: { agreed: boolean; missed: boolean; onChange: (agreed: boolean) => void }) {
  const { t } = useWords();
  return <Tick id="agree" label={t.terms.agree} checked={agreed} error={missed && !agreed ? t.terms.mustAgree : null} onChange={onChange} />;
}

// Before registering: the terms in force, and the person's yes.
export function Terms() {
  const { wallet, place, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [version, setVersion] = useState<string | null>(null);
  const [agreed, setAgreed] = useState(false);
  const [missed, setMissed] = useState(false);

  const ask = () =>
    void work.run(
      t.terms.loading,
      async () => {
        await wallet.begin();
        return wallet.step("begin_registration", { server: place.server });
      },
      (answer) => setVersion(answer.terms_version),
    );
  useEffect(ask, []);

  const accept = () => (agreed ? navigation.go({ name: "register" }) : setMissed(true));
  if (version !== null && version !== termsVersion) {
    return (
      <Page title={t.terms.title} topic="terms">
        <Note kind="bad" title={t.terms.unknown}>
          <p>{t.terms.unknownRemedy}</p>
        </Note>
      </Page>
    );
  }
  return (
    <Page title={t.terms.title} topic="terms">
      <TermsText />
      <Button id="privacy" kind="quiet" onClick={() => navigation.go({ name: "privacy" })}>
        {t.terms.privacy}
      </Button>
      <WorkState work={work} />
      {work.error ? (
        <Button id="retry" onClick={ask}>
          {t.common.retry}
        </Button>
      ) : (
        <>
          <Agreement agreed={agreed} missed={missed} onChange={setAgreed} />
          <div class="actions">
            <Button id="accept" kind="main" busy={work.busy || version === null} onClick={accept}>
              {t.terms.go}
            </Button>
          </div>
        </>
      )}
    </Page>
  );
}

// After them, where this page has another version than the person accepted last.
export function NewTerms() {
  const { wallet, navigation, announce } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [agreed, setAgreed] = useState(false);
  const [missed, setMissed] = useState(false);
  const done = () => {
    announce(t.terms.accepted);
    navigation.start({ name: "home" });
  };
  const accept = () => {
    if (!agreed) return setMissed(true);
    void work.run(t.terms.accepting, () => wallet.step("accept_terms", { terms_version: termsVersion }), done);
  };
  return (
    <Page title={t.terms.changed} topic="terms" lead={t.terms.changedText}>
      <TermsText />
      <WorkState work={work} />
      <Agreement agreed={agreed} missed={missed} onChange={setAgreed} />
      <div class="actions">
        <Button id="accept" kind="main" busy={work.busy} onClick={accept}>
          {t.terms.accept}
        </Button>
      </div>
    </Page>
  );
}

// Later, to read again.
export function ReadTerms() {
  const { t } = useWords();
  return (
    <Page title={t.terms.title} topic="terms">
      <TermsText />
    </Page>
  );
}
