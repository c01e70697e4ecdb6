import { useWords } from "../context.ts";
import { usePublicNotices } from "../public_notices.ts";
import { Data } from "./data.tsx";
import { Icon } from "./icons.tsx";

// What everybody is told, on top of every screen. The place is there before a text comes, so that screen readers say it.
export function Announcements() {
  const { t, say } = useWords();
  const { shown, putAway } = usePublicNotices();
  return (
    <div class="announcements" role="status" id="announcements">
      {shown.map(({ id, kind, text }, index) => (
        <div key={id} class={`banner announcement ${kind}`} data-kind={kind}>
          <p>
            <strong>
              <Icon name={kind === "incident" ? "warn" : "bell"} />
              {t.announcements.kinds[kind]}
            </strong>{" "}
            <Data text={say(text)} />
          </p>
          {kind !== "incident" && (
            <button type="button" id={`put-away-${index}`} class="quiet" onClick={() => putAway(id)}>
              {t.common.close}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
