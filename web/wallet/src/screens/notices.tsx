import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { followKey } from "../push.ts";
import type { Notice, PublicNotice } from "../wallet.ts";
import { Data } from "../ui/data.tsx";
import { Icon } from "../ui/icons.tsx";
import { Button, Line, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";

export function Notices() {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [own, setOwn] = useState<Notice[] | null>(null);
  // New ones are shown as new once; that they were seen costs no touch of the passkey.
  const seen = async (notices: Notice[]) => {
    for (const { id } of notices.filter(({ read }) => !read)) await wallet.step("notice_read", { id });
  };
  const load = () =>
    work.run(t.notices.busy, () => wallet.step("notices"), ({ notices }) => {
      setOwn(notices);
      seen(notices).catch(() => {}); // the wallet was locked meanwhile: then they are new the next time, too
      followKey(wallet).catch(() => {});
    });
  return (
    <Page title={t.notices.title} topic="notices" lead={t.notices.lead}>
      <section>
        <h2>{t.notices.own}</h2>
        <WorkState work={work} />
        {own === null ? (
          <>
            <p>{t.notices.asks}</p>
            <div class="actions">
              <Button id="open-notices" kind="main" icon="key" busy={work.busy} onClick={() => void load()}>
                {t.notices.go}
              </Button>
            </div>
          </>
        ) : own.length === 0 ? (
          <p class="empty" id="no-notices">{t.notices.empty}</p>
        ) : (
          <ul class="plain-list">
            {own.map((notice, index) => <OwnNotice key={notice.id} notice={notice} index={index} />)}
          </ul>
        )}
      </section>
      <ForEverybody />
      <Line id="notice-settings" icon="settings" title={t.notices.toSettings} onClick={() => navigation.go({ name: "settings" })} />
    </Page>
  );
}

function OwnNotice({ notice, index }: { notice: Notice; index: number }) {
  const { navigation } = useApp();
  const { t, say, when } = useWords();
  return (
    <li class="panel" id={`notice-${index}`}>
      <h3>
        <Data text={say(notice.title)} /> {!notice.read && <span class="chip required">{t.notices.fresh}</span>}
      </h3>
      <p class="soft">{when(notice.at)}</p>
      <p>
        <Data text={say(notice.text)} />
      </p>
      {notice.kind.startsWith("case_") && (
        <Button id={`notice-case-${index}`} icon="passport" onClick={() => navigation.go({ name: "prove" })}>
          {t.notices.toCase}
        </Button>
      )}
      {notice.kind === "inquiry_answered" && (
        <Button id={`notice-inquiry-${index}`} onClick={() => navigation.go({ name: "inquiries" })}>
          {t.notices.toInquiries}
        </Button>
      )}
    </li>
  );
}

function ForEverybody() {
  const { wallet } = useApp();
  const { t, say, when } = useWords();
  const work = useWork();
  const [all, setAll] = useState<PublicNotice[] | null>(null);
  useEffect(() => void work.run(t.notices.busy, () => wallet.step("public_notices"), ({ notices }) => setAll(notices)), []);
  return (
    <section>
      <h2>{t.notices.everybody}</h2>
      <WorkState work={work} />
      {all?.length === 0 && <p class="soft" id="no-public-notices">{t.notices.nothingPublic}</p>}
      <ul class="plain-list">
        {all?.map((notice) => (
          <li class="panel" key={notice.id}>
            <h3>
              <Icon name={notice.kind === "incident" ? "warn" : "bell"} /> <Data text={say(notice.title)} />
            </h3>
            <p>
              <Data text={say(notice.text)} />
            </p>
            <p class="soft">
              {when(notice.published_at)}
              {notice.until && ` ${t.notices.until(when(notice.until))}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
