// A lost wallet is stopped by its revocation code, on any device.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { momentOf } from "../days.ts";
import { stopWallet } from "../stop_wallet.ts";
import { Button, Confirm, Field, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";
import { inGroups } from "./move_new.tsx";

export function StopWallet() {
  const { t } = useWords();
  const work = useWork();
  const [code, setCode] = useState("");
  const [missed, setMissed] = useState(false);
  const [asking, setAsking] = useState(false);
  const [stoppedAt, setStoppedAt] = useState<number | null>(null);
  const empty = code.trim() === "";
  const ask = () => {
    setMissed(empty);
    setAsking(!empty);
  };
  const stop = () => {
    setAsking(false);
    void work.run(t.stop.busy, () => stopWallet(code.normalize("NFKC")), setStoppedAt);
  };
  if (stoppedAt !== null) return <Stopped at={stoppedAt} />;
  return (
    <Page title={t.stop.title} topic="stop" lead={t.stop.lead}>
      <Note kind="warn" title={t.stop.goesTitle}>
        <TextList of={t.stop.goes} />
      </Note>
      <Field id="stop-code" label={t.code.label} help={t.stop.help} value={code} error={missed && empty ? t.stop.must : null} onInput={(typed) => setCode(inGroups(typed, code))} onEnter={() => work.busy || ask()} />
      <WorkState work={work} />
      <div class="actions">
        <Button id="stop-wallet" kind="danger" busy={work.busy} onClick={ask}>
          {t.stop.go}
        </Button>
      </div>
      {asking && <Confirm title={t.stop.sureTitle} text={t.stop.sure} yes={t.stop.go} no={t.common.cancel} busy={work.busy} onYes={stop} onNo={() => setAsking(false)} />}
    </Page>
  );
}

function Stopped({ at }: { at: number }) {
  const { wallet, language, navigation } = useApp();
  const { t } = useWords();
  const leave = () => navigation.start({ name: ({ none: "welcome", locked: "locked", open: "home" } as const)[wallet.state()] });
  return (
    <Page title={t.stop.doneTitle} topic="stopped" onBack={leave}>
      <Note kind="good" title={t.stop.done(momentOf(at, language))}>
        <TextList of={t.stop.next} />
      </Note>
      <div class="actions">
        <Button id="stopped-done" kind="main" onClick={leave}>
          {t.common.close}
        </Button>
      </div>
    </Page>
  );
}
