import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Standing } from "../wallet.ts";
import { Choice } from "../ui/choice.tsx";
import { Rows } from "../ui/data.tsx";
import { LanguageChoice } from "../ui/language_choice.tsx";
import { Button, Line, Page, WorkState } from "../ui/parts.tsx";
import { PushSwitch } from "../ui/push_switch.tsx";
import { useWork } from "../ui/use_step.ts";
import { version } from "../version.ts";

export function Settings() {
  const { wallet, place, theme, setTheme, navigation, install } = useApp();
  const { t, when } = useWords();
  const work = useWork();
  const [standing, setStanding] = useState<Standing | null>(null);
  useEffect(() => void work.run(t.common.working, () => wallet.step("state"), setStanding), []);
  const { auto, light, dark } = t.settings.themes;
  const installed = matchMedia("(display-mode: standalone)").matches;
  return (
    <Page title={t.settings.title} topic="settings">
      <LanguageChoice legend={t.settings.language} />
      <Choice id="theme" legend={t.settings.theme} value={theme} options={[["auto", auto], ["light", light], ["dark", dark]]} onChange={setTheme} />

      <section>
        <h2>{t.settings.security}</h2>
        <Line id="lock-now" icon="lock" title={t.settings.lockNow} text={t.settings.autoLock} onClick={() => wallet.lock("person")} />
        <Line id="devices" icon="eye" title={t.devices.title} text={t.devices.short} onClick={() => navigation.go({ name: "devices" })} />
        <Line id="move" icon="move" title={t.move.title} text={t.move.short} onClick={() => navigation.go({ name: "move" })} />
        <Line id="code-again" icon="key" title={t.settings.code} onClick={() => navigation.go({ name: "code", code: null })} />
      </section>

      <PushSwitch />

      <section>
        <h2>{t.settings.device}</h2>
        <Rows
          rows={[
            { label: t.settings.server, value: standing?.server ?? place.server },
            ...(standing?.registered_at ? [{ label: t.settings.registeredAt, value: when(standing.registered_at) }] : []),
            ...(standing?.terms_version ? [{ label: t.settings.termsAccepted, value: t.terms.version(standing.terms_version) }] : []),
            ...(standing?.account_id ? [{ label: t.settings.account, value: standing.account_id }] : []),
            { label: t.settings.version, value: version },
          ]}
        />
        <WorkState work={work} />
        <h3>{t.settings.install}</h3>
        {installed ? <p>{t.settings.installDone}</p> : install ? (
          <Button id="install" onClick={() => void install()}>{t.settings.installGo}</Button>
        ) : (
          <p class="soft">{t.settings.installHow}</p>
        )}
      </section>

      <section>
        <h2>{t.settings.documents}</h2>
        <Line id="receipts" icon="receipt" title={t.settings.receipts} onClick={() => navigation.go({ name: "receipts" })} />
        <Line id="my-data" icon="receipt" title={t.mine.title} text={t.mine.short} onClick={() => navigation.go({ name: "my_data" })} />
        <Line id="read-terms" title={t.settings.terms} onClick={() => navigation.go({ name: "read_terms" })} />
        <Line id="privacy" title={t.settings.privacy} onClick={() => navigation.go({ name: "privacy" })} />
        <Line id="help-all" icon="help" title={t.settings.helpAll} onClick={() => navigation.go({ name: "help" })} />
        <Line id="inquiries" icon="help" title={t.inquiry.title} text={t.inquiry.short} onClick={() => navigation.go({ name: "inquiries" })} />
        <Line id="about" title={t.settings.about} onClick={() => navigation.go({ name: "about" })} />
      </section>

      <section>
        <h2>{t.settings.leave}</h2>
        <Button id="delete-account" kind="danger" onClick={() => navigation.go({ name: "remove" })}>
          {t.settings.delete}
        </Button>
      </section>
    </Page>
  );
}
