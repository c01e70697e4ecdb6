import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Wallet } from "../wallet.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Button, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

// After these, the registration that was begun can be finished all the same.
const canGoOn = ["wallet_user_verification_failed", "cancelled", "http_connect_failed", "http_timeout"];

export function Register() {
  const { wallet, place, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [support, setSupport] = useState<Awaited<ReturnType<Wallet["support"]>> | null>(null);
  useEffect(() => {
    void work.run(t.common.working, () => wallet.support(), setSupport);
  }, []);

  const failed = work.error !== null && !canGoOn.includes(work.error.code);
  const finish = async () => {
    if (failed) {
      await wallet.erase();
      await wallet.begin();
      await wallet.step("begin_registration", { server: place.server });
    }
    return wallet.step("finish_registration");
  };
  const register = () =>
    void work.run(t.register.busy, finish, ({ revocation_code }) => navigation.start({ name: "code", code: revocation_code }));

  if (support !== null && !support.passkey) return <Unsupported title={t.register.noPasskeyTitle} text={t.register.noPasskey} />;
  if (support?.prf === "no" || work.error?.code === "passkey_without_prf") {
    return <Unsupported title={t.register.noPrfTitle} text={t.register.noPrf} />;
  }
  const { what, every, keys, one } = t.register.points;
  const points: [IconName, string][] = [
    ["key", what],
    ["shield", every],
    ["lock", keys],
    ["warn", one],
  ];
  return (
    <Page title={t.register.title} topic="register" lead={t.register.lead}>
      <ul class="points">
        {points.map(([icon, text]) => (
          <li key={icon}>
            <Icon name={icon} />
            <p>{text}</p>
          </li>
        ))}
      </ul>
      <WorkState work={work} />
      <div class="actions">
        <Button id="register" kind="main" icon="key" busy={work.busy || support === null} onClick={register}>
          {failed ? t.register.again : t.register.go}
        </Button>
      </div>
    </Page>
  );
}

// Said plainly: nothing weaker takes the passkey's place.
function Unsupported({ title, text }: { title: string; text: string }) {
  const { wallet } = useApp();
  const { t } = useWords();
  useEffect(() => void wallet.erase(), []);
  return (
    <Page title={title} topic="register">
      <Note kind="warn">
        <p>{text}</p>
      </Note>
      <h2>{t.register.remedyTitle}</h2>
      <TextList of={t.register.remedy} />
    </Page>
  );
}
