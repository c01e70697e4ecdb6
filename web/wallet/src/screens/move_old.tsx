// On the old device: the link is shown, both numbers are compared, and everything here goes.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { keepMoved } from "../preferences.ts";
import { Rows } from "../ui/data.tsx";
import { Button, Confirm, CopyButton, ErrorNote, Note, Page, toldCode, WorkState } from "../ui/parts.tsx";
import { QrCode } from "../ui/qr_code.tsx";
import { usePoll } from "../ui/use_poll.ts";
import { useWork } from "../ui/use_step.ts";
import { walletError, type MoveSeen, type Steps, type WalletError } from "../wallet.ts";
import { TheNumber } from "./move_number.tsx";

type Begun = Steps["begin_move"]["answer"];

export function MoveOld() {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [begun, setBegun] = useState<Begun | null>(null);
  const begin = () => void work.run(t.common.waitingForPasskey, () => wallet.step("begin_move"), setBegun);
  if (begun !== null) return <Watching begun={begun} />;
  return (
    <Page title={t.move.title} topic="move" lead={t.move.lead}>
      <ol class="stages">
        {Object.values(t.move.stages).map((line) => (
          <li key={line}>
            <p>{line}</p>
          </li>
        ))}
      </ol>
      <Note kind="warn" title={t.move.goesTitle}>
        <p>{t.move.goes}</p>
      </Note>
      <p>{t.move.lost}</p>
      <p class="soft">{t.common.asksPasskey}</p>
      <WorkState work={work} />
      <div class="actions">
        <Button id="begin-move" kind="main" icon="key" busy={work.busy} onClick={begin}>
          {t.move.begin}
        </Button>
        <Button id="move-back" onClick={() => navigation.back()}>
          {t.common.cancel}
        </Button>
      </div>
    </Page>
  );
}

function Watching({ begun }: { begun: Begun }) {
  const { wallet, navigation, announce } = useApp();
  const words = useWords();
  const { t, when } = words;
  const work = useWork();
  const [seen, setSeen] = useState<MoveSeen>({ step: "waiting" });
  const [over, setOver] = useState<WalletError | null>(null);
  const [asking, setAsking] = useState(false);
  usePoll(seen.step === "waiting" && over === null, async () => {
    try {
      const now = await wallet.step("move_state");
      if (now.step === "compare") announce(t.move.compareSaid(now.number));
      setSeen(now);
    } catch (thrown) {
      const error = walletError(thrown);
      if (!error.code.startsWith("http_")) setOver(error);
    }
  });
  const stop = () => void work.run(t.common.talkingToServer, () => wallet.step("cancel_move"), () => navigation.start({ name: "home" }));
  const confirm = async () => {
    const { left_behind } = await wallet.step("confirm_move");
    await wallet.erase();
    keepMoved(Date.now());
    return left_behind;
  };
  const handOver = () => {
    setAsking(false);
    void work.run(t.move.handing, confirm, (leftBehind) => navigation.start({ name: "moved", leftBehind }));
  };
  // The server's word that this move is over: only another one helps.
  const ended = work.error !== null && ["move_not_found", "move_wrong_state"].includes(toldCode(work.error, words));
  const cancel = (
    <Button id="stop-move" busy={work.busy} onClick={stop}>
      {seen.step === "compare" ? t.move.different : t.move.stop}
    </Button>
  );
  if (seen.step === "compare") {
    return (
      <Page key={ended ? "over" : "compare"} title={t.move.compareTitle} topic="move" lead={t.move.compareOld}>
        <TheNumber number={seen.number} />
        <Rows
          rows={[
            { label: t.move.deviceName, value: seen.name || t.move.noName },
            { label: t.move.deviceTime, value: when(seen.joined_at) },
          ]}
        />
        <Note kind="warn">
          <p>{t.move.onlyIfSame}</p>
        </Note>
        <WorkState work={work} />
        <div class="actions">
          {!ended && (
            <Button id="confirm-move" kind="main" icon="check" busy={work.busy} onClick={() => setAsking(true)}>
              {t.move.same}
            </Button>
          )}
          {cancel}
        </div>
        {asking && <Confirm title={t.move.sureTitle} text={t.move.sure} yes={t.move.sureYes} no={t.common.cancel} busy={work.busy} onYes={handOver} onNo={() => setAsking(false)} />}
      </Page>
    );
  }
  return (
    <Page title={t.move.showTitle} topic="move" lead={t.move.show}>
      <QrCode text={begun.link} label={t.move.qr} />
      <CopyButton id="copy-link" text={begun.link} />
      <h2>{t.move.codeTitle}</h2>
      <p>{t.move.codeLead}</p>
      <p class="code" id="move-code" role="img" aria-label={`${t.move.code}: ${[...begun.code.replaceAll("-", "")].join(" ")}`}>
        {begun.code}
      </p>
      <p>{t.move.until(when(begun.expires_at))}</p>
      <Note kind="warn">
        <p>{t.move.secret}</p>
      </Note>
      {over === null ? (
        <p class="progress">
          <span class="dots" aria-hidden="true" />
          {t.move.waitingNew}
        </p>
      ) : (
        <ErrorNote error={over} />
      )}
      <WorkState work={work} />
      <div class="actions">{cancel}</div>
    </Page>
  );
}

// Nothing is left here.
export function Moved({ leftBehind }: { leftBehind: number }) {
  const { navigation } = useApp();
  const { t } = useWords();
  return (
    <Page title={t.move.movedTitle} topic="moved" lead={t.move.moved}>
      {leftBehind > 0 && (
        <Note kind="plain" title={t.moved.partlyTitle}>
          <p>{t.moved.leftBehind(leftBehind)}</p>
          <p>{t.moved.partlyRemedy}</p>
        </Note>
      )}
      <div class="actions">
        <Button id="moved-done" kind="main" onClick={() => navigation.start({ name: "welcome" })}>
          {t.common.close}
        </Button>
      </div>
    </Page>
  );
}
