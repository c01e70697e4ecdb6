// Asking an organisation to delete what was shared with it, and how far it is.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Deletion, HistoryEvent } from "../wallet.ts";
import { ClaimNames } from "../ui/claims.tsx";
import { Rows } from "../ui/data.tsx";
import { Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

const chips = { sent: "required", received: "expires_soon", done: "valid", overdue: "expired" } as const;

// In the details of what was shared: what can be asked, or what was.
export function DeletionOf({ event }: { event: HistoryEvent }) {
  const { navigation } = useApp();
  const { t } = useWords();
  if (event.deletion) return <DeletionState event={event} first={event.deletion} />;
  if (!event.can_request_deletion) return null;
  return (
    <Line
      id="ask-deletion"
      icon="stop"
      title={t.deletion.title}
      text={t.deletion.short}
      onClick={() => navigation.go({ name: "ask_deletion", event })}
    />
  );
}

function DeletionState({ event, first }: { event: HistoryEvent; first: Deletion }) {
  const { wallet, announce } = useApp();
  const { t, say, when } = useWords();
  const work = useWork();
  const [deletion, setDeletion] = useState(first);
  const look = () =>
    void work.run(t.deletion.lookBusy, () => wallet.step("deletion_state", { event: event.id }), (now) => {
      setDeletion(now);
      announce(say(now.label));
    });
  return (
    <section>
      <h2>{t.deletion.stateTitle}</h2>
      <p id="deletion-state" data-state={deletion.state}>
        <span class={`chip ${chips[deletion.state]}`}>{say(deletion.label)}</span>
      </p>
      <Rows
        rows={[
          { label: t.deletion.askedAt, value: when(deletion.asked_at) },
          deletion.done_at ? { label: t.deletion.doneAt, value: when(deletion.done_at) } : { label: t.deletion.dueAt, value: when(deletion.due_at) },
        ]}
      />
      {deletion.state === "overdue" && <p>{t.deletion.overdue}</p>}
      <WorkState work={work} />
      {deletion.state !== "done" && (
        <Button id="deletion-look" busy={work.busy} onClick={look}>
          {t.deletion.look}
        </Button>
      )}
    </section>
  );
}

export function AskDeletion({ event }: { event: HistoryEvent }) {
  const { wallet, navigation, announce } = useApp();
  const { t, say, when } = useWords();
  const work = useWork();
  const ask = () =>
    void work.run(t.deletion.busy, () => wallet.step("request_deletion", { event: event.id }), (deletion) => {
      announce(say(deletion.label));
      navigation.start({ name: "home" }, { name: "history" }, { name: "event", event: { ...event, deletion, can_request_deletion: false } });
    });
  return (
    <Page title={t.deletion.title} topic="deletion" lead={t.deletion.lead}>
      <Rows
        rows={[
          { label: t.history.organisation, value: say(event.organization) },
          { label: t.history.at, value: when(event.at) },
        ]}
      />
      <Note kind="plain" title={t.history.claims}>
        <ClaimNames names={event.claims} />
      </Note>
      <Note kind="plain" title={t.deletion.howTitle}>
        <TextList of={t.deletion.how} />
      </Note>
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="send-deletion" kind="main" icon="key" busy={work.busy} onClick={ask}>
          {t.deletion.go}
        </Button>
        <Button id="leave-deletion" busy={work.busy} onClick={() => navigation.back()}>
          {t.deletion.leave}
        </Button>
      </div>
    </Page>
  );
}
