// Help over a screen, which keeps what was typed, asked and agreed on it.
import { useLayoutEffect, useRef } from "preact/hooks";
import { useWords, type HelpWanted } from "../context.ts";
import { Later } from "../later.tsx";
import { Button } from "./parts.tsx";

export function HelpDialog({ wanted, onClose }: { wanted: HelpWanted; onClose: () => void }) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} id="help-dialog" class="help" aria-labelledby="help-title" onClose={onClose}>
      <div class="bar">
        <h2 id="help-title" tabIndex={-1} autofocus>
          {t.settings.helpAll}
        </h2>
        {/* The browser gives the focus back to what was pressed. */}
        <Button id="close-help" kind="quiet" onClick={() => dialog.current?.close()}>
          {t.common.close}
        </Button>
      </div>
      <Later inside>{({ HelpWith }) => <HelpWith wanted={wanted} />}</Later>
    </dialog>
  );
}
