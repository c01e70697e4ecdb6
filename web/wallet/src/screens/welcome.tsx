import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { dayOf } from "../days.ts";
import { keepMoved, movedAt } from "../preferences.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { LanguageChoice } from "../ui/language_choice.tsx";
import { Button, Line, Note, Page } from "../ui/parts.tsx";

// Whoever opens the old device again learns where the wallet went.
function MovedAway() {
  const { language } = useApp();
  const { t } = useWords();
  const [at, setAt] = useState(movedAt);
  if (at === null) return null;
  const close = () => {
    keepMoved(null);
    setAt(null);
  };
  return (
    <div id="moved-away">
      <Note kind="plain" title={t.moved.goneTitle}>
        <p>{t.moved.gone(dayOf(at, language))}</p>
        <Button id="moved-away-close" kind="quiet" onClick={close}>
          {t.moved.goneClose}
        </Button>
      </Note>
    </div>
  );
}

export function Welcome() {
  const { navigation } = useApp();
  const { t } = useWords();
  const points: [IconName, { title: string; text: string }][] = [
    ["check", t.welcome.points.needed],
    ["eye", t.welcome.points.consent],
    ["lock", t.welcome.points.here],
  ];
  return (
    <Page title={t.welcome.title} topic="welcome" lead={t.welcome.lead}>
      <MovedAway />
      <ul class="points">
        {points.map(([icon, { title, text }]) => (
          <li key={icon}>
            <Icon name={icon} />
            <div>
              <h2>{title}</h2>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ul>
      <div class="actions">
        <Button id="start" kind="main" onClick={() => navigation.go({ name: "terms" })}>
          {t.welcome.start}
        </Button>
        <Button id="move-here" onClick={() => navigation.go({ name: "move_new" })}>
          {t.welcome.move}
        </Button>
        <Button id="how" onClick={() => navigation.go({ name: "how" })}>
          {t.welcome.how}
        </Button>
      </div>
      <Line id="stop-lost" icon="stop" title={t.stopLost.title} text={t.stopLost.short} onClick={() => navigation.go({ name: "stop" })} />
      <LanguageChoice legend={t.welcome.language} />
    </Page>
  );
}

export function HowItWorks() {
  const { navigation, wallet } = useApp();
  const { t } = useWords();
  return (
    <Page title={t.how.title} lead={t.how.lead} topic="welcome">
      <ol class="stages">
        {Object.values(t.how.steps).map(({ title, text }) => (
          <li key={title}>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <p>{t.how.lost}</p>
      <p>{t.how.deleteAny}</p>
      {wallet.state() === "none" && (
        <div class="actions">
          <Button id="start" kind="main" onClick={() => navigation.go({ name: "terms" })}>
            {t.welcome.start}
          </Button>
        </div>
      )}
    </Page>
  );
}
