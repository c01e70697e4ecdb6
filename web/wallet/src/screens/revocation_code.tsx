import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { stopPage } from "../link.ts";
import type { Brought } from "../navigation.ts";
import { save } from "../files.ts";
import { Data } from "../ui/data.tsx";
import { Button, CopyButton, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

function TheCode({ code }: { code: string }) {
  const { t } = useWords();
  return (
    <div class="panel code-panel">
      <p class="soft" id="code-label">
        {t.code.label}
      </p>
      <p class="code" id="revocation-code" aria-labelledby="code-label" role="group">
        <Data text={code} />
      </p>
      <div class="actions">
        <CopyButton id="copy-code" text={code} />
        <Button id="save-code" onClick={() => save(t.code.fileName, t.code.file(code, stopPage()))}>
          {t.code.download}
        </Button>
      </div>
    </div>
  );
}

// The wallet came from another device, and its history did not.
function NotBrought() {
  const { t } = useWords();
  return (
    <div id="not-brought">
      <Note kind="warn" title={t.moved.notBroughtTitle}>
        <p>{t.moved.notBrought}</p>
        <p>{t.moved.notBroughtRemedy}</p>
      </Note>
    </div>
  );
}

// Its history came, but the old device had more of it than it could pack.
function LeftBehind({ count }: { count: number }) {
  const { t } = useWords();
  return (
    <div id="left-behind">
      <Note kind="plain" title={t.moved.partlyTitle}>
        <p>{t.moved.leftBehind(count)}</p>
        <p>{t.moved.partlyHere}</p>
      </Note>
    </div>
  );
}

// Right after registering or moving: going on needs the word that it was written down.
export function NewRevocationCode({ code, brought }: { code: string; brought: Brought | null }) {
  const { enter } = useApp();
  const { t } = useWords();
  const [wrote, setWrote] = useState(false);
  const [missed, setMissed] = useState(false);
  return (
    <Page title={t.code.title} topic="code" lead={t.code.lead}>
      {brought?.history === false && <NotBrought />}
      {brought !== null && brought.leftBehind > 0 && <LeftBehind count={brought.leftBehind} />}
      <TheCode code={code} />
      <p>{t.code.once}</p>
      <Tick id="wrote" label={t.code.wrote} checked={wrote} error={missed && !wrote ? t.code.must : null} onChange={setWrote} />
      <div class="actions">
        <Button id="go-home" kind="main" onClick={() => (wrote ? enter() : setMissed(true))}>
          {t.code.go}
        </Button>
      </div>
    </Page>
  );
}

// Later, after the passkey.
export function RevocationCodeAgain() {
  const { wallet } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [code, setCode] = useState<string | null>(null);
  const show = () =>
    void work.run(t.common.waitingForPasskey, () => wallet.step("revocation_code"), (answer) => setCode(answer.revocation_code));
  return (
    <Page title={t.code.title} topic="code" lead={t.code.lead}>
      {code !== null ? (
        <>
          <TheCode code={code} />
          <p>{t.code.once}</p>
        </>
      ) : (
        <>
          <Note kind="plain">
            <p>{t.code.againLead}</p>
          </Note>
          <WorkState work={work} />
          <div class="actions">
            <Button id="show-code" kind="main" icon="eye" busy={work.busy} onClick={show}>
              {t.code.show}
            </Button>
          </div>
        </>
      )}
    </Page>
  );
}
