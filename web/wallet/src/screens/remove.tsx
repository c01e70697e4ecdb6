// Deleting the account: home, settings, this screen; the word typed, the passkey, and it is done.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { save } from "../files.ts";
import type { Erasure } from "../wallet.ts";
import { dayWritten } from "../days.ts";
import { Data } from "../ui/data.tsx";
import { Button, Field, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

export function DeleteAccount() {
  const { wallet, erased } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [typed, setTyped] = useState("");
  const [missed, setMissed] = useState(false);
  const right = typed.trim().toLowerCase() === t.remove.word;
  const remove = () => {
    setMissed(true);
    if (right) void work.run(t.remove.busy, () => wallet.step("delete_account"), erased);
  };
  return (
    <Page title={t.remove.title} topic="remove">
      <Note kind="bad" title={t.remove.lead}>
        <TextList of={t.remove.list} />
      </Note>
      <Field
        id="confirm-word"
        label={t.remove.confirm(t.remove.word)}
        value={typed}
        error={missed && !right ? t.remove.mismatch(t.remove.word) : null}
        onInput={setTyped}
      />
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="delete" kind="danger" busy={work.busy} onClick={remove}>
          {t.remove.go}
        </Button>
      </div>
    </Page>
  );
}

export function Erased({ erasure, onFinish }: { erasure: Erasure; onFinish: () => void }) {
  const { wallet, language } = useApp();
  const { t, say, when } = useWords();
  const work = useWork();
  const finish = () => void work.run(t.remove.finishBusy, () => wallet.erase(), onFinish);
  return (
    <Page title={t.remove.doneTitle} topic="erased" lead={t.remove.doneText}>
      <ul class="plain-list" aria-label={t.remove.classes}>
        {erasure.classes.map((one, index) => (
          <li class="panel erased" key={index}>
            <strong>
              <Data text={say(one.class)} />
            </strong>
            <span class={one.erased ? "chip valid" : "chip expires_soon"}>{one.erased ? t.remove.erased : t.remove.kept}</span>
            <span class="soft">
              {one.erased ? when(one.at) : <Data text={`${one.law} ${one.article} ${one.controller ?? ""} ${t.remove.keptUntil(dayWritten(one.until, language))}`} />}
            </span>
          </li>
        ))}
      </ul>
      <WorkState work={work} />
      <div class="actions">
        <Button id="save-erasure" kind="main" icon="receipt" onClick={() => save(t.remove.fileName, erasure.receipt)}>
          {t.remove.download}
        </Button>
        <Button id="finish" busy={work.busy} onClick={finish}>
          {t.remove.finish}
        </Button>
      </div>
    </Page>
  );
}
