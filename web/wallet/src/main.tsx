// Starts the page: where its server is, the wallet, the screens.
import { render } from "preact";
import { module, openWallet } from "virtual:core";
import { takeLink, WalletApp } from "./app.tsx";
import * as preferences from "./preferences.ts";
import { CannotStart, Starting } from "./screens/starting.tsx";
import { load } from "./text/language.ts";
import { walletError } from "./wallet.ts";

const page = document.getElementById("page")!;
const language = preferences.language();
const link = takeLink();

// Without its texts the page has these words alone.
function cannotSpeak(): void {
  page.textContent = "ページをすべて読み込めませんでした。通信を確認して、再読み込みしてください。 / The page could not be loaded completely. Check your connection, then reload it.";
}

async function start(): Promise<void> {
  render(<Starting language={language} />, page);
  try {
    const place = await preferences.place();
    const wallet = await openWallet({ module, server: place.server });
    render(<WalletApp wallet={wallet} place={place} language={language} link={link} />, page);
  } catch (thrown) {
    render(<CannotStart language={language} error={walletError(thrown)} onAgain={() => void start()} />, page);
  }
}

document.documentElement.lang = language;
document.documentElement.dataset.theme = preferences.theme();
load(language).then(start, cannotSpeak);
