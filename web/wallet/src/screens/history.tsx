import { useEffect, useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { dayOf } from "../days.ts";
import { exported } from "../exported.ts";
import { save } from "../files.ts";
import type { Dictionary } from "../text/language.ts";
import type { History, HistoryEvent } from "../wallet.ts";
import { ClaimNames } from "../ui/card_face.tsx";
import { DeletionOf } from "./deletion.tsx";
import { ReportLine } from "./report.tsx";
import { Data, Rows } from "../ui/data.tsx";
import { Button, ErrorNote, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { Choice } from "../ui/choice.tsx";
import { useWork } from "../ui/use_step.ts";

type Filter = keyof Dictionary["history"]["filters"];

function filterOf(kind: string): Exclude<Filter, "all"> {
  if (["shared", "refused", "failed", "uncertain"].includes(kind)) return "sharing";
  if (kind.startsWith("card_")) return "cards";
  return kind.startsWith("proofing_") || kind === "evidence_accepted" || kind === "staff_viewed" ? "identity" : "account";
}

export function Activity() {
  const { wallet, navigation } = useApp();
  const { t, error } = useWords();
  const work = useWork();
  const [kept, setKept] = useState<History | null>(null);
  const [filter, setFilter] = useState<Filter>("all");
  const load = (askServer: boolean) =>
    void work.run(askServer ? t.history.askBusy : t.history.loading, () => wallet.step("history", { ask_server: askServer }), setKept);
  useEffect(() => load(false), []);

  const events = kept?.events.filter(({ kind }) => filter === "all" || filterOf(kind) === filter) ?? [];
  const filters = Object.keys(t.history.filters) as Filter[];
  return (
    <Page title={t.history.title} topic="history" lead={t.history.lead}>
      <Choice id="filter" legend={t.history.filter} value={filter} options={filters.map((name) => [name, t.history.filters[name]])} onChange={setFilter} />
      <WorkState work={work} />
      {kept !== null && (
        <>
          <p class="soft" id="completeness">
            {kept.complete ? t.history.complete : t.history.incomplete}
            {kept.why && ` ${t.history.why(kept.why)} ${error(kept.why).remedy}`}
          </p>
          {kept.why === "wallet_moved" && <ErrorNote error={{ code: kept.why, where: "", detail: "" }} />}
          {events.length === 0 && <p class="empty">{kept.events.length === 0 ? t.history.empty : t.history.emptyFilter}</p>}
          <Days events={events} />
          <div class="actions">
            {!kept.complete && (
              <Button id="ask-server" icon="key" busy={work.busy} onClick={() => load(true)}>
                {t.history.askServer}
              </Button>
            )}
            <Button id="export" onClick={() => save(t.history.fileName, exported(kept), "application/json")}>
              {t.history.export}
            </Button>
          </div>
          <Line id="receipts" icon="receipt" title={t.history.receipts} onClick={() => navigation.go({ name: "receipts" })} />
        </>
      )}
    </Page>
  );
}

// Newest first, under the day they happened on.
function Days({ events }: { events: HistoryEvent[] }) {
  const { language } = useApp();
  const days: [string, HistoryEvent[]][] = [];
  for (const event of events) {
    const day = dayOf(event.at.ms, language);
    if (days.at(-1)?.[0] !== day) days.push([day, []]);
    days.at(-1)![1].push(event);
  }
  return (
    <>
      {days.map(([day, those]) => (
        <section key={day}>
          <h2 class="day">{day}</h2>
          <ul class="plain-list">
            {those.map((event) => (
              <li key={event.id}>
                <EventLine event={event} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

const icons = { sharing: "eye", cards: "card", identity: "passport", account: "key" } as const;
function EventLine({ event }: { event: HistoryEvent }) {
  const { navigation } = useApp();
  const { say, when } = useWords();
  const organisation = say(event.organization);
  return (
    <Line
      id={`event-${event.id}`}
      icon={event.kind === "refused" ? "stop" : icons[filterOf(event.kind)]}
      title={<Data text={say(event.label)} />}
      text={
        <>
          {organisation !== "" && (
            <>
              <Data text={organisation} />
              <br />
            </>
          )}
          {when(event.at)}
        </>
      }
      onClick={() => navigation.go({ name: "event", event })}
    />
  );
}

export function Event({ event }: { event: HistoryEvent }) {
  const { navigation } = useApp();
  const { t, say, when } = useWords();
  const rows = [
    { label: t.history.at, value: when(event.at) },
    ...(say(event.organization) !== "" ? [{ label: t.history.organisation, value: say(event.organization) }] : []),
    ...(event.outcome_label ? [{ label: t.history.outcome, value: say(event.outcome_label) }] : []),
    ...event.details.map(({ label, value }) => ({ label: say(label), value, foreign: true })),
  ];
  return (
    <Page title={t.history.detailTitle} topic="history">
      <h2>
        <Data text={say(event.label)} />
      </h2>
      <Rows rows={rows} />
      {event.claims.length > 0 && (
        <Note kind="plain" title={event.kind === "shared" || event.kind === "uncertain" ? t.history.claims : t.history.claimsRefused}>
          <ClaimNames names={event.claims} />
        </Note>
      )}
      {event.receipt !== null && (
        <Line id="event-receipt" icon="receipt" title={t.history.receipt} onClick={() => navigation.go({ name: "receipts" })} />
      )}
      <DeletionOf event={event} />
      {filterOf(event.kind) === "sharing" && say(event.organization) !== "" && <ReportLine event={event.id} organization={event.organization} />}
    </Page>
  );
}
