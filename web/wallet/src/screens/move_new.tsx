// On the new device: the old one's link is read, a passkey is made, and the old device says yes.
import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { destination } from "../link.ts";
import { Button, ErrorNote, Field, isPassing, Line, Note, Page, Tick, WorkState } from "../ui/parts.tsx";
import { usePoll } from "../ui/use_poll.ts";
import { useWork } from "../ui/use_step.ts";
import { walletError, type MoveAwaited, type WalletError } from "../wallet.ts";
import { TheNumber } from "./move_number.tsx";
import { termsVersion } from "./terms.tsx";

// Roughly what this is, for the old device's screen; nothing that tells one device of a kind from another.
export function roughDevice(agent: string): string {
  const kinds: [RegExp, string][] = [[/Android/, "Android"], [/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Windows/, "Windows"], [/Mac OS/, "Mac"], [/CrOS/, "Chromebook"], [/Linux/, "Linux"]];
  return kinds.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
}

export function MoveNew({ link, code }: { link: string | undefined; code: string | undefined }) {
  if (link !== undefined) return <Join from={{ link }} />;
  return code === undefined ? <ReadLink /> : <Join from={{ code }} />;
}

type From = { link: string } | { code: string };
// Nothing is made yet: the other device is there, or it is not.
function useOpenMove() {
  const { wallet, place } = useApp();
  return async (from: From) => {
    await wallet.begin();
    return wallet.step("open_move", "link" in from ? from : { server: place.server, code: from.code });
  };
}

function ReadLink() {
  const { navigation } = useApp();
  const { t } = useWords();
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const open = () => {
    const found = destination(link);
    if (found?.name === "move_new") navigation.go(found);
    else setWrong(t.move.notALink);
  };
  return (
    <Page title={t.move.newTitle} topic="move" lead={t.move.newLead}>
      <Button id="scan-move" kind="main" icon="scan" onClick={() => navigation.go({ name: "scan" })}>
        {t.move.scan}
      </Button>
      <Field id="move-link" label={t.move.link} help={t.move.linkHelp} mode="link" value={link} error={wrong} onInput={setLink} onEnter={open} />
      <Button id="open-move" onClick={open}>
        {t.common.next}
      </Button>
      <TypeCode />
      <h2>{t.move.lostTitle}</h2>
      <p>{t.move.lostNew}</p>
      <Line id="stop-lost" icon="stop" title={t.stopLost.title} text={t.stopLost.short} onClick={() => navigation.go({ name: "stop" })} />
    </Page>
  );
}

// In groups of four as it is typed or pasted at the end; in the middle it stays as it is, or the cursor would run away.
export function inGroups(typed: string, before: string): string {
  if (!typed.startsWith(before)) return typed;
  return typed.normalize("NFKC").toUpperCase().replace(/[^0-9A-Z]/g, "").match(/.{1,4}/g)?.join("-") ?? "";
}

// The core says which group is wrong: "code.3"; "code": too long.
function useCodeError(): (error: WalletError) => string | null {
  const { t } = useWords();
  return ({ code, where }) => {
    const group = code === "invalid_argument" ? /^code(?:\.(\d))?$/.exec(where) : null;
    if (group === null) return null;
    return group[1] === undefined ? t.move.codeLong : t.move.codeWrong(Number(group[1]));
  };
}

function TypeCode() {
  const { navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const open = useOpenMove();
  const wrongGroup = useCodeError();
  const [code, setCode] = useState("");
  const wrong = work.error === null ? null : wrongGroup(work.error);
  const go = () => void work.run(t.common.talkingToServer, () => open({ code: code.normalize("NFKC") }), () => navigation.go({ name: "move_new", code }));
  return (
    <>
      <h2>{t.move.codeHere}</h2>
      <Field id="move-code" label={t.move.code} help={t.move.codeHelp} value={code} error={wrong} onInput={(typed) => setCode(inGroups(typed, code))} onEnter={go} />
      {wrong === null && <WorkState work={work} />}
      <Button id="open-code" busy={work.busy} onClick={go}>
        {t.common.next}
      </Button>
    </>
  );
}

function Join({ from }: { from: From }) {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [version, setVersion] = useState<string | null>(null);
  const [agreed, setAgreed] = useState(false);
  const [missed, setMissed] = useState(false);
  const openMove = useOpenMove();
  const open = () => openMove(from);
  const read = () => void work.run(t.common.talkingToServer, open, (answer) => setVersion(answer.terms_version));
  useEffect(read, []);
  // A passkey that the server did not take is of no use: what was begun is erased, and the link is read again.
  const join = async () => {
    if (work.error !== null && version !== null) {
      await wallet.erase();
      await open();
    }
    return wallet.step("join_move", { name: roughDevice(navigator.userAgent) });
  };
  const go = () => {
    if (agreed) void work.run(t.register.busy, join, () => navigation.start({ name: "move_wait" }));
    else setMissed(true);
  };
  if (version !== null && version !== termsVersion) {
    return (
      <Page title={t.move.newTitle} topic="terms">
        <Note kind="bad" title={t.terms.unknown}>
          <p>{t.terms.unknownRemedy}</p>
        </Note>
      </Page>
    );
  }
  const unread = version === null && work.error !== null;
  return (
    <Page key={unread ? "unread" : "read"} title={t.move.joinTitle} topic="move" lead={t.move.join}>
      <Button id="read-terms" kind="quiet" onClick={() => navigation.go({ name: "read_terms" })}>
        {t.terms.title}
      </Button>
      <Tick id="agree" label={t.terms.agree} checked={agreed} error={missed && !agreed ? t.terms.mustAgree : null} onChange={setAgreed} />
      <WorkState work={work} />
      <div class="actions">
        {unread && isPassing(work.error!) && (
          <Button id="open-again" onClick={read}>
            {t.common.retry}
          </Button>
        )}
        <Button id="join-move" kind="main" icon="key" busy={work.busy || version === null} onClick={go}>
          {t.register.go}
        </Button>
      </div>
    </Page>
  );
}

export function MoveWait() {
  const { wallet, navigation, announce } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [seen, setSeen] = useState<MoveAwaited>({ step: "waiting", number: null });
  const [over, setOver] = useState<WalletError | null>(null);
  usePoll(seen.step !== "confirmed" && over === null, async () => {
    try {
      const now = await wallet.step("await_move");
      if (now.step !== seen.step) announce(now.step === "confirmed" ? t.move.confirmed : t.move.compareSaid(now.number ?? ""));
      setSeen(now);
    } catch (thrown) {
      const error = walletError(thrown);
      if (!error.code.startsWith("http_")) setOver(error);
    }
  });
  const finish = () =>
    void work.run(t.common.waitingForPasskey, () => wallet.step("finish_move"), ({ revocation_code, brought_history, left_behind }) => navigation.start({ name: "code", code: revocation_code, brought: { history: brought_history, leftBehind: left_behind } }));
  // The old device may have confirmed just now: then there is nothing to stop any more.
  const stop = async () => {
    await wallet.step("cancel_move");
    await wallet.erase();
  };
  const end = () => void work.run(t.common.talkingToServer, stop, () => navigation.start({ name: "welcome" }));
  const confirmed = seen.step === "confirmed";
  const title = confirmed ? t.move.confirmed : seen.number === null ? t.move.waitTitle : t.move.compareTitle;
  const lead = confirmed ? t.move.finishLead : seen.number === null ? t.move.wait : t.move.compareNew;
  return (
    <Page title={title} topic="move" lead={lead}>
      {!confirmed && seen.number !== null && <TheNumber number={seen.number} />}
      {over !== null && <ErrorNote error={over} />}
      {!confirmed && over === null && (
        <p class="progress">
          <span class="dots" aria-hidden="true" />
          {t.move.waitingOld}
        </p>
      )}
      <WorkState work={work} />
      <div class="actions">
        {confirmed ? (
          <Button id="finish-move" kind="main" icon="key" busy={work.busy} onClick={finish}>
            {t.move.finish}
          </Button>
        ) : (
          <Button id="stop-move" busy={work.busy} onClick={end}>
            {t.move.stop}
          </Button>
        )}
      </div>
    </Page>
  );
}
