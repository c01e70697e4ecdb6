// One line of the history, wherever some of it stands; it leads to the whole entry.
import { useApp, useWords } from "../context.ts";
import { kindOf } from "../history_filter.ts";
import type { HistoryEvent } from "../wallet.ts";
import { Short } from "./data.tsx";
import { Line } from "./parts.tsx";

const icons = { sharing: "eye", cards: "card", identity: "passport", account: "key" } as const;
export function EventLine({ event }: { event: HistoryEvent }) {
  const { navigation } = useApp();
  const { say, when } = useWords();
  const organisation = say(event.organization);
  return (
    <Line
      id={`event-${event.id}`}
      icon={event.kind === "refused" ? "stop" : icons[kindOf(event.kind)]}
      title={<Short text={say(event.label)} />}
      text={
        <>
          {organisation !== "" && (
            <>
              <Short text={organisation} />
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
