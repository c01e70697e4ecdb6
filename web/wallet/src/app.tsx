// The whole page: which screen is shown, the frame around it, and what holds for all screens.
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { AppContext, useApp, type App, type HelpWanted, type Screen } from "./context.ts";
import { Later } from "./later.tsx";
import { deepLink, destination, isStopPage, type Destination } from "./link.ts";
import { Navigation } from "./navigation.ts";
import * as preferences from "./preferences.ts";
import { tellLanguage } from "./push.ts";
import { Home } from "./screens/home.tsx";
import { Leftover, Locked } from "./screens/locked.tsx";
import { Register } from "./screens/register.tsx";
import { NewRevocationCode, RevocationCodeAgain } from "./screens/revocation_code.tsx";
import { NewTerms, ReadTerms, Terms } from "./screens/terms.tsx";
import { HowItWorks, Welcome } from "./screens/welcome.tsx";
import { load } from "./text/language.ts";
import { Frame } from "./ui/frame.tsx";
import { HelpDialog } from "./ui/help_dialog.tsx";
import { watchForUpdates } from "./update.ts";
import type { Erasure, LockReason, Wallet } from "./wallet.ts";

const firstScreen = (wallet: Wallet): Screen => ({ name: ({ none: "welcome", locked: "locked", open: "home" } as const)[wallet.state()] });

// The link in the page's address, which is taken away at once: it stands in no history and is opened once.
type Arrived = Destination | { name: "stop" };
export function takeLink(): Arrived | null {
  const stops = isStopPage(location.hash);
  const link = deepLink(location.hash);
  if (location.hash !== "") history.replaceState(history.state, "", location.pathname + location.search);
  if (stops) return { name: "stop" };
  const found = link === null ? null : destination(link);
  // A move is begun by a person who looks at both devices, never by an address.
  return found?.name === "move_new" ? null : found;
}

interface Props {
  wallet: Wallet;
  place: preferences.Place;
  language: App["language"];
  link: Arrived | null;
}

export function WalletApp(props: Props) {
  const { wallet } = props;
  const navigation = useMemo(() => new Navigation(firstScreen(wallet)), []);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [language, speak] = useState(props.language);
  const [theme, setTheme] = useState(preferences.theme());
  const [online, setOnline] = useState(navigator.onLine);
  const [said, announce] = useState("");
  const [lockReason, setLockReason] = useState<LockReason | null>(null);
  const [erasure, setErasure] = useState<Erasure | null>(null);
  const [switchVersion, setSwitchVersion] = useState<(() => void) | null>(null);
  const [help, showHelp] = useState<HelpWanted | null>(null);
  const [install, setInstall] = useState<App["install"]>(null);
  const link = useRef(props.link?.name === "stop" ? null : props.link);

  // Where the other language's files cannot be had, the page stays as it is and says that there is no network; drawn anew,
  // the choice shows the language that it has also where it said so before.
  const stay = () => {
    setOnline(false);
    redraw(undefined);
  };
  const setLanguage = (chosen: App["language"]) => void load(chosen).then(() => speak(chosen), stay);
  const enter = () => {
    preferences.keepMoved(null);
    const waiting = link.current;
    link.current = null;
    if (waiting === null) navigation.start({ name: "home" });
    else navigation.start({ name: "home" }, waiting);
  };
  // A vault can be open without an account in it; then there is nothing to go home to.
  const enterIfRegistered = () =>
    void wallet.step("state").then(
      ({ registered, moving }) => (registered ? enter() : navigation.start({ name: moving ? "move_wait" : "leftover" })),
      () => {}, // locked again
    );

  useEffect(() => {
    navigation.onChange(() => {
      showHelp(null);
      redraw(undefined);
    });
    const stopListening = wallet.onLock((reason) => {
      setLockReason(reason);
      navigation.start(firstScreen(wallet));
    });
    const stop = () => navigation.start(firstScreen(wallet), { name: "stop" });
    if (props.link?.name === "stop") stop();
    const linkCame = () => {
      const came = takeLink();
      if (came?.name === "stop") return stop();
      link.current = came ?? link.current;
      if (wallet.state() === "open" && link.current !== null) enter();
      else redraw(undefined);
    };
    const connection = () => setOnline(navigator.onLine);
    const canInstall = (event: globalThis.Event) => {
      event.preventDefault();
      setInstall(() => () => (event as globalThis.Event & { prompt(): Promise<void> }).prompt());
    };
    addEventListener("hashchange", linkCame);
    addEventListener("online", connection);
    addEventListener("offline", connection);
    connection();  // it may have gone since this was first drawn
    addEventListener("beforeinstallprompt", canInstall);
    watchForUpdates((now) => setSwitchVersion(() => now)).catch((error: unknown) => console.warn("no offline use:", error));
    return stopListening;
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
    preferences.keepLanguage(language);
    tellLanguage(language).catch((error: unknown) => console.warn("notifications keep their language:", error));
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    preferences.keepTheme(theme);
  }, [theme]);

  const { top } = navigation;
  // Right after registering, the code comes before everything else; a receipt of erasure, too.
  const whole = wallet.state() === "open" && erasure === null && !["leftover", "move_wait"].includes(top.name) && !(top.name === "code" && top.code !== null);
  const app: App = {
    wallet,
    place: props.place,
    online,
    language,
    setLanguage,
    theme,
    setTheme,
    navigation,
    whole,
    showHelp,
    announce,
    linkWaiting: link.current !== null,
    enter: enterIfRegistered,
    erased: setErasure,
    install,
  };
  const done = () => {
    setErasure(null);
    navigation.start({ name: "welcome" });
  };
  return (
    <AppContext.Provider value={app}>
      <Frame said={said} switchVersion={switchVersion}>
        {erasure !== null ? <Later>{({ Erased }) => <Erased erasure={erasure} onFinish={done} />}</Later> : <Shown screen={top} lockReason={lockReason} />}
      </Frame>
      {help !== null && <HelpDialog wanted={help} onClose={() => showHelp(null)} />}
    </AppContext.Provider>
  );
}

function Shown({ screen, lockReason }: { screen: Screen; lockReason: LockReason | null }) {
  const { navigation } = useApp();
  const key = `${navigation.key}:${screen.name}`;
  switch (screen.name) {
    case "welcome": return <Welcome key={key} />;
    case "how": return <HowItWorks key={key} />;
    case "terms": return <Terms key={key} />;
    case "new_terms": return <NewTerms key={key} />;
    case "read_terms": return <ReadTerms key={key} />;
    case "register": return <Register key={key} />;
    case "code": return screen.code === null ? <RevocationCodeAgain key={key} /> : <NewRevocationCode key={key} code={screen.code} brought={screen.brought ?? null} />;
    case "locked": return <Locked key={key} reason={lockReason} />;
    case "leftover": return <Leftover key={key} />;
    case "home": return <Home key={key} done={screen.said} />;
    default: return <Later>{({ LaterScreen }) => <LaterScreen screen={screen} id={key} />}</Later>;
  }
}
