// What ends without the person's word: an answer that may have arrived, one that was never sent, a request that was not let
// through. Nothing here can be answered any more; the way on is the record of it, or the organisation's page.
import { useApp, useWords } from "../context.ts";
import { shown } from "../shown.ts";
import type { OverAsked, Presented, WalletError } from "../wallet.ts";
import { Data, Rows } from "../ui/data.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Note, Page, toldCode, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";
import { Who } from "./consent.tsx";
import { ReportLine } from "./report.tsx";

export function Ended({ ended }: { ended: Extract<Presented, { step: "ended" }> }) {
  const { navigation } = useApp();
  const { t, say } = useWords();
  const { title, text, next } = t.consent.ended[ended.sent];
  return (
    <Page title={title} topic="outcome" onBack={() => navigation.start({ name: "home" })}>
      <div class="seal">
        <Icon name={ended.sent === "perhaps" ? "warn" : "stop"} />
      </div>
      <h2 class="centred">
        <Data text={say(ended.organization)} />
      </h2>
      <p class="centred" id="outcome" data-outcome={ended.sent}>
        {text}
      </p>
      <Note kind={ended.sent === "perhaps" ? "warn" : "plain"} title={t.consent.next}>
        <TextList of={next} />
      </Note>
      <Why error={ended.error} />
      <ForSupport error={ended.error} />
      <Ways event={ended.event} />
    </Page>
  );
}

export function OverAskedNote({ asked }: { asked: OverAsked }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Page title={t.consent.overTitle} topic="consent" onBack={() => navigation.start({ name: "home" })}>
      <Who question={asked} />
      <Note kind="bad">
        <p>{t.consent.overText}</p>
      </Note>
      <ForSupport error={asked.error} />
      <ReportLine event={asked.event} organization={asked.organization} />
      <Ways event={asked.event} />
    </Page>
  );
}

// The cause alone: what to do stands elsewhere, for trying again is not among it.
function Why({ error }: { error: WalletError }) {
  const words = useWords();
  return <p class="soft">{words.error(toldCode(error, words)).cause}</p>;
}

function ForSupport({ error }: { error: WalletError }) {
  const { t } = useWords();
  const rows = [
    { label: t.errors.code, value: error.code },
    { label: t.errors.where, value: error.where },
    { label: t.errors.detail, value: error.detail },
  ];
  return (
    <details id="for-support" data-code={shown(error.code)}>
      <summary>{t.errors.technical}</summary>
      <Rows rows={rows.filter(({ value }) => value !== "")} />
    </details>
  );
}

// `event`: empty where the record could not be written.
function Ways({ event }: { event: string }) {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const show = () =>
    void work.run(t.history.loading, () => wallet.step("history", { ask_server: false }), ({ events }) => {
      const found = events.find(({ id }) => id === event);
      navigation.start({ name: "home" }, { name: "history" }, ...(found === undefined ? [] : [{ name: "event" as const, event: found }]));
    });
  return (
    <>
      <WorkState work={work} />
      <div class="actions">
        {event !== "" && (
          <Button id="see-entry" kind="main" busy={work.busy} onClick={show}>
            {t.consent.entry}
          </Button>
        )}
        <Button id="done-home" onClick={() => navigation.start({ name: "home" })}>
          {t.common.home}
        </Button>
      </div>
    </>
  );
}
