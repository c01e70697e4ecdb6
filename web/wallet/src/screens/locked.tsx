import { useApp, useWords } from "../context.ts";
import { Icon } from "../ui/icons.tsx";
import { Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import type { LockReason } from "../wallet.ts";

export function Locked({ reason }: { reason: LockReason | null }) {
  const { wallet, enter, linkWaiting, showHelp, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  return (
    <Page title={t.locked.title} topic="locked">
      <div class="seal">
        <Icon name="lock" />
      </div>
      {reason !== null && <Note kind={reason === "failed" ? "warn" : "plain"}><p>{t.locked[reason]}</p></Note>}
      <p class="lead">{t.locked.lead}</p>
      {linkWaiting && <Note kind="plain"><p>{t.banner.linkWaiting}</p></Note>}
      <WorkState work={work} />
      <div class="actions">
        <Button id="unlock" kind="main" icon="key" busy={work.busy} onClick={() => void work.run(t.locked.busy, () => wallet.unlock(), enter)}>
          {t.locked.go}
        </Button>
      </div>
      <Line id="cannot-unlock" icon="help" title={t.locked.startOver} onClick={() => showHelp({ topic: "locked" })} />
      <Line id="stop-lost" icon="stop" title={t.stopLost.title} text={t.stopLost.short} onClick={() => navigation.go({ name: "stop" })} />
    </Page>
  );
}

// A vault without a registration in it.
export function Leftover() {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const clear = () => void work.run(t.common.working, () => wallet.erase(), () => navigation.start({ name: "welcome" }));
  return (
    <Page title={t.leftover.title} topic="leftover" lead={t.leftover.text}>
      <WorkState work={work} />
      <div class="actions">
        <Button id="clear" kind="main" busy={work.busy} onClick={clear}>
          {t.leftover.go}
        </Button>
      </div>
    </Page>
  );
}
