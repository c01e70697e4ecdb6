// What there is about the person, as one file: what this device has, and, if wanted, what the server has for the wallet.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { exported, japaneseTime } from "../exported.ts";
import { save } from "../files.ts";
import { walletError, type Wallet } from "../wallet.ts";
import { Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { TextList } from "../ui/text_list.tsx";
import { useWork } from "../ui/use_step.ts";

// Each asks the passkey.
const serverParts = ["devices", "notices", "inquiries"] as const;
type ServerPart = (typeof serverParts)[number];

interface Collected {
  data: object;
  // Code of what could not be had, by part.
  missing: Partial<Record<ServerPart | "history", string>>;
}

// What a part of the server's cannot be had for does not keep the rest from the person.
export async function collect(wallet: Wallet, withServer: boolean): Promise<Collected> {
  const missing: Collected["missing"] = {};
  const { cards, waiting } = await wallet.step("cards");
  const details = [];
  for (const { id } of cards) details.push(await wallet.step("card", { id }));
  const history = await wallet.step("history", { ask_server: withServer });
  if (withServer && !history.complete) missing.history = history.why ?? "";
  const data = { format: "mibun-my-data", version: 1, at: japaneseTime(Date.now()), registration: await wallet.step("state"), cards: details, waiting, history, receipts: await wallet.step("receipts") };
  if (!withServer) return { data, missing };
  const server: Partial<Record<ServerPart, unknown>> = {};
  for (const part of serverParts) {
    try {
      server[part] = await wallet.step(part);
    } catch (thrown) {
      missing[part] = walletError(thrown).code;
    }
  }
  return { data: { ...data, server, missing }, missing };
}

export function MyData() {
  const { wallet, navigation, announce } = useApp();
  const { t, error } = useWords();
  const work = useWork();
  const [saved, setSaved] = useState<Collected | null>(null);
  const make = (withServer: boolean) =>
    void work.run(t.mine.busy, () => collect(wallet, withServer), (collected) => {
      save(t.mine.fileName, exported(collected.data), "application/json");
      setSaved(collected);
      announce(t.mine.saved);
    });
  const missing = Object.entries(saved?.missing ?? {}) as [ServerPart | "history", string][];
  return (
    <Page title={t.mine.title} topic="mine" lead={t.mine.lead}>
      <section class="panel">
        <h2>{t.mine.hereTitle}</h2>
        <TextList of={t.mine.here} />
      </section>
      <section class="panel">
        <h2>{t.mine.serverTitle}</h2>
        <TextList of={t.mine.server} />
        <p class="soft">{t.mine.asks(serverParts.length + 1)}</p>
      </section>
      <Note kind="warn">
        <p>{t.mine.plain}</p>
      </Note>
      <WorkState work={work} />
      {saved !== null && (
        <div id="my-data-saved" role="status">
          <Note kind={missing.length === 0 ? "good" : "warn"} title={t.mine.saved}>
            {missing.map(([part, code]) => (
              <p key={part}>
                {t.mine.missing(t.mine.parts[part])} {error(code).remedy}
              </p>
            ))}
          </Note>
        </div>
      )}
      <div class="actions">
        <Button id="save-here" kind="main" busy={work.busy} onClick={() => make(false)}>
          {t.mine.goHere}
        </Button>
        <Button id="save-all" icon="key" busy={work.busy} onClick={() => make(true)}>
          {t.mine.goAll}
        </Button>
      </div>
      <p>{t.mine.rest}</p>
      <Line id="inquiries" icon="help" title={t.inquiry.title} text={t.inquiry.short} onClick={() => navigation.go({ name: "inquiries" })} />
    </Page>
  );
}
