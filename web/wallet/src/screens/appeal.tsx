// Saying why a rejection is wrong: once, in the person's own words.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Case } from "../wallet.ts";
import { Button, described, Labelled, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

const charactersMax = 1000;

// Line feeds are the only control characters that the server takes.
export const appealText = (typed: string) => typed.replaceAll(/\r\n?/g, "\n").replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ").trim();

export function Appeal({ case: now, onDone, onBack }: { case: Case; onDone: (now: Case) => void; onBack: () => void }) {
  const { wallet } = useApp();
  const { t, when } = useWords();
  const work = useWork();
  const [typed, setTyped] = useState("");
  const [missed, setMissed] = useState(false);
  const text = appealText(typed);
  const count = [...text].length;
  const error = count > charactersMax ? t.appeal.tooLong(count - charactersMax) : missed && count === 0 ? t.appeal.empty : null;
  const send = () => {
    setMissed(true);
    if (count === 0 || count > charactersMax) return;
    void work.run(t.appeal.busy, () => wallet.step("appeal", { case_id: now.case_id, text }), (after) =>
      onDone({ ...now, ...after, reason: null, appeal_until: null, appealed: true }));
  };
  return (
    <Page title={t.appeal.title} topic="prove" lead={t.appeal.lead} onBack={onBack}>
      <Note kind="plain">
        <p>{t.appeal.once}</p>
        {now.appeal_until && <p>{t.prove.appealUntil(when(now.appeal_until))}</p>}
      </Note>
      <Labelled id="appeal-text" label={t.appeal.label} help={t.appeal.help} error={error}>
        <textarea id="appeal-text" rows={8} value={typed} {...described("appeal-text", t.appeal.help, error)} onInput={(event) => setTyped(event.currentTarget.value)} />
        <p class="soft">{t.appeal.count(count, charactersMax)}</p>
      </Labelled>
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="appeal-send" kind="main" busy={work.busy} onClick={send}>
          {t.appeal.send}
        </Button>
      </div>
    </Page>
  );
}
