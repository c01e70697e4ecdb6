import { useApp, useWords } from "../context.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Button, Page } from "../ui/parts.tsx";
import { LanguageChoice } from "./settings.tsx";

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
      <LanguageChoice legend={t.welcome.language} />
    </Page>
  );
}

export function HowItWorks() {
  const { navigation, wallet } = useApp();
  const { t } = useWords();
  return (
    <Page title={t.how.title} lead={t.how.lead}>
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
