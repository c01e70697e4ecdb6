// What stands around every screen: the name, banners, the main screens, and the voice for those who cannot see.
import type { ComponentChildren } from "preact";
import { useApp, useWords, type Screen } from "../context.ts";
import { Announcements } from "./announcements.tsx";
import { Icon, type IconName } from "./icons.tsx";

interface Props {
  said: string;
  switchVersion: (() => void) | null;
  children: ComponentChildren;
}

export function Frame({ said, switchVersion, children }: Props) {
  const { wallet, place, online, whole, navigation } = useApp();
  const { t } = useWords();
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}>
        {t.common.skip}
      </a>
      <header>
        <div class="bar">
          <span class="brand">
            <Mark />
            {t.common.appLong}
          </span>
          {whole && (
            <button type="button" id="lock" class="quiet" onClick={() => wallet.lock("person")}>
              <Icon name="lock" />
              {t.home.lock}
            </button>
          )}
        </div>
        <Announcements />
        {place.demo && <p class="banner">{t.banner.demo}</p>}
        {!online && <p class="banner warn" role="status" id="offline">{t.banner.offline}</p>}
        {switchVersion && (
          <p class="banner" role="status">
            {t.banner.update}
            <button type="button" id="switch-version" class="second" onClick={switchVersion}>
              {t.banner.updateNow}
            </button>
          </p>
        )}
      </header>
      <main id="main" data-screen={navigation.top.name} tabIndex={-1}>{children}</main>
      {whole && <Tabs />}
      <p class="unseen" role="status" aria-live="polite" id="said">{said}</p>
    </>
  );
}

function Tabs() {
  const { navigation } = useApp();
  const { t } = useWords();
  const tabs: [IconName & ("home" | "add" | "scan" | "history" | "settings"), Screen][] = [
    ["home", { name: "home" }],
    ["add", { name: "add" }],
    ["scan", { name: "scan" }],
    ["history", { name: "history" }],
    ["settings", { name: "settings" }],
  ];
  const go = (screen: Screen) => (screen.name === "home" ? navigation.start(screen) : navigation.start({ name: "home" }, screen));
  return (
    <nav aria-label={t.tabs.label}>
      {tabs.map(([name, screen]) => (
        <button type="button" key={name} id={`tab-${name}`} aria-current={navigation.top.name === name ? "page" : undefined} onClick={() => go(screen)}>
          <Icon name={name} />
          <span>{t.tabs[name]}</span>
        </button>
      ))}
    </nav>
  );
}

// A card with one line turned over: 身分 kept close.
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect x="3" y="6" width="26" height="20" rx="5" />
      <circle cx="11.5" cy="14" r="3" />
      <path d="M7 21.5c.8-2.4 2.5-3.6 4.5-3.6s3.7 1.2 4.5 3.6M19.5 13h6M19.5 17h6M19.5 21h3.5" />
    </svg>
  );
}
