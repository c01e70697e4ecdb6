// Things to read: the privacy notice, and what this app is made of.
import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import type { Steps } from "../wallet.ts";
import { Data, Rows } from "../ui/data.tsx";
import { Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import { version } from "../version.ts";

export function PrivacyNotice() {
  const { wallet } = useApp();
  const { t, say } = useWords();
  const work = useWork();
  const [notice, setNotice] = useState<Steps["privacy_notice"]["answer"] | null>(null);
  useEffect(() => void work.run(t.privacy.loading, () => wallet.step("privacy_notice"), setNotice), []);
  return (
    <Page title={t.privacy.title} topic="privacy">
      <WorkState work={work} />
      <div class="prose">
        {notice?.parts.map(({ title, text }) => (
          <section key={title.en}>
            <h2>
              <Data text={say(title)} />
            </h2>
            <p>
              <Data text={say(text)} />
            </p>
          </section>
        ))}
      </div>
    </Page>
  );
}

export function About() {
  const { t } = useWords();
  const { mibun, preact, jsqr, boost, llvm } = t.about;
  return (
    <Page title={t.about.title} lead={t.about.text} topic="settings">
      <Rows rows={[{ label: t.about.version, value: version }]} />
      <h2>{t.about.licences}</h2>
      <ul>
        {[mibun, preact, jsqr, boost, llvm].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p>
        <a id="licences" href="licences.txt" target="_blank" rel="noopener">
          {t.about.licencesText}
        </a>
      </p>
    </Page>
  );
}
