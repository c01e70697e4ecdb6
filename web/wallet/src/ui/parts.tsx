// The parts that screens are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useApp, useWords, type Topic } from "../context.ts";
import { keepMoved } from "../preferences.ts";
import { shown } from "../shown.ts";
import type { WalletError } from "../wallet.ts";
import { Data } from "./data.tsx";
import { Icon, type IconName } from "./icons.tsx";
import type { Work } from "./use_step.ts";

interface PageProps {
  title: string;
  // What its help is about; null where it is help itself, or waits for the file that help is in.
  topic: Topic | null;
  lead?: ComponentChildren;
  // What led here stays: "back" then means leaving what this screen asks.
  onBack?: () => void;
  children?: ComponentChildren;
}

// A screen: one heading of the first level, which takes the focus when the screen comes.
export function Page({ title, topic, lead, onBack, children }: PageProps) {
  const { navigation, announce, showHelp } = useApp();
  const { t } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – ${t.common.app}`;
    heading.current?.focus();
    scrollTo(0, 0);
    announce(title);
  }, [title]);
  return (
    <section class="page">
      <div class="page-tools">
        {navigation.depth > 0 || onBack ? (
          <button id="back" class="quiet" onClick={() => (onBack ? onBack() : navigation.back())}>
            <Icon name="back" />
            {t.common.back}
          </button>
        ) : (
          <span />
        )}
        {topic !== null && (
          <button id="help" class="quiet" data-topic={topic} aria-label={t.common.help} onClick={() => showHelp({ topic })}>
            <Icon name="help" />
          </button>
        )}
      </div>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead !== undefined && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

interface ButtonProps {
  id: string;
  kind?: "main" | "second" | "danger" | "quiet";
  icon?: IconName;
  busy?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

// While a step runs, a button stays where it is and can keep the focus, but does nothing.
export function Button({ id, kind = "second", icon, busy = false, onClick, children }: ButtonProps) {
  return (
    <button id={id} type="button" class={kind} aria-disabled={busy ? "true" : undefined} onClick={() => busy || onClick()}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

// A step's progress and what went wrong with it.
export function WorkState({ work }: { work: Work }) {
  return (
    <>
      {work.progress !== null && (
        <p class="progress">
          <span class="dots" aria-hidden="true" />
          {work.progress}
        </p>
      )}
      {work.error !== null && <ErrorNote error={work.error} />}
    </>
  );
}

// What an error is explained by: the server has codes of its own, which say more than that it refused.
export function toldCode(error: WalletError, words: ReturnType<typeof useWords>): string {
  const own = error.code === "wallet_server_refused" && words.error(error.where) !== words.error("*");
  return own ? error.where : error.code;
}

// Nobody said no: the same may well work a moment later.
export const isPassing = ({ code }: WalletError) => ["http_connect_failed", "http_tls_failed", "http_timeout"].includes(code);

// An error: what happened, why, what to do, and what support will ask for.
export function ErrorNote({ error }: { error: WalletError }) {
  const { wallet, navigation, showHelp } = useApp();
  const words = useWords();
  const { t } = words;
  const code = toldCode(error, words);
  const { title, cause, remedy } = words.error(code);
  const eraseMoved = () => {
    keepMoved(Date.now());
    navigation.start({ name: "welcome" });
  };
  return (
    <div class="note bad" role="alert" id="error" data-code={shown(code)}>
      <h2>
        <Icon name="warn" />
        {title}
      </h2>
      <dl>
        <dt>{t.errors.cause}</dt>
        <dd>{cause}</dd>
        <dt>{t.errors.remedy}</dt>
        <dd>{remedy}</dd>
      </dl>
      <details>
        <summary>{t.errors.technical}</summary>
        <dl>
          <dt>{t.errors.code}</dt>
          <dd>
            <Data text={error.code} />
          </dd>
          {error.where !== "" && (
            <>
              <dt>{t.errors.where}</dt>
              <dd>
                <Data text={error.where} />
              </dd>
            </>
          )}
          {error.detail !== "" && (
            <>
              <dt>{t.errors.detail}</dt>
              <dd>
                <Data text={error.detail} />
              </dd>
            </>
          )}
        </dl>
      </details>
      {code === "wallet_moved" && (
        <Button id="erase-moved" kind="danger" onClick={() => void wallet.erase().then(eraseMoved)}>
          {t.moved.eraseHere}
        </Button>
      )}
      <button type="button" class="quiet" id="error-help" onClick={() => showHelp({ code })}>
        {t.errors.helpAll}
      </button>
    </div>
  );
}

export function Note({ kind, title, children }: { kind: "good" | "warn" | "bad" | "plain"; title?: string; children?: ComponentChildren }) {
  const icon = { good: "check", warn: "warn", bad: "stop", plain: undefined } as const;
  const name = icon[kind];
  return (
    <div class={`note ${kind}`}>
      {title !== undefined && (
        <h2>
          {name && <Icon name={name} />}
          {title}
        </h2>
      )}
      {children}
    </div>
  );
}

interface FieldProps {
  id: string;
  label: string;
  help?: string;
  error?: string | null;
  value: string;
  onInput: (value: string) => void;
  onEnter?: () => void;
  mode?: "text" | "digits" | "link";
  length?: number;
}

// What an input says of its explanation and of what is wrong, for the frame below.
export const described = (id: string, help: string | undefined, error: string | null) => ({
  "aria-describedby": [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined,
  "aria-invalid": error ? ("true" as const) : undefined,
});
interface LabelledProps {
  id: string;
  label: string;
  help?: string;
  error: string | null;
  children: ComponentChildren;
}
export function Labelled({ id, label, help, error, children }: LabelledProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {help && (
        <p class="soft" id={`${id}-help`}>
          {help}
        </p>
      )}
      {children}
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}

// A file to choose, in the page's language whatever the browser's is. `children`: the input, which lies over the words and
// takes every press and key. `chosen`: what stands beside the button.
export function FileInput({ words, chosen, children }: { words: string; chosen?: string; children: ComponentChildren }) {
  return (
    <div class="file">
      {children}
      <span aria-hidden="true">
        <b>{words}</b>
        {chosen !== undefined && <Data text={chosen} />}
      </span>
    </div>
  );
}

// One line to type, its explanation and what is wrong with it, tied together for screen readers.
export function Field({ id, label, help, error = null, value, onInput, onEnter, mode = "text", length }: FieldProps) {
  return (
    <Labelled {...{ id, label, help, error }}>
      <input
        id={id}
        type="text"
        class={mode}
        inputMode={mode === "digits" ? "numeric" : mode === "link" ? "url" : "text"}
        autoComplete={mode === "digits" ? "one-time-code" : "off"}
        autoCapitalize="none"
        spellcheck={false}
        maxLength={length}
        value={value}
        {...described(id, help, error)}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.isComposing) onEnter?.();
        }}
      />
    </Labelled>
  );
}
// Some lines to type.
export function Area({ id, label, help, error = null, value, onInput }: Pick<FieldProps, "id" | "label" | "help" | "error" | "value" | "onInput">) {
  return (
    <Labelled {...{ id, label, help, error }}>
      <textarea id={id} rows={5} value={value} {...described(id, help, error)} onInput={(event) => onInput(event.currentTarget.value)} />
    </Labelled>
  );
}
function FieldError({ id, text }: { id: string; text: string | null }) {
  if (text === null) return null;
  return (
    <p class="field-error" id={id} role="alert">
      <Icon name="warn" />
      {text}
    </p>
  );
}

interface TickProps {
  id: string;
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  error?: string | null;
}
export function Tick({ id, label, checked, onChange, error = null }: TickProps) {
  return (
    <div class="tick">
      <label for={id}>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          aria-describedby={error ? `${id}-error` : undefined}
          aria-invalid={error ? "true" : undefined}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      <FieldError id={`${id}-error`} text={error} />
    </div>
  );
}

// One of several, as lines: in a fieldset.
interface PickProps {
  id: string;
  name: string;
  checked: boolean;
  onPick: () => void;
  children: ComponentChildren;
}
export function Pick({ id, name, checked, onPick, children }: PickProps) {
  return (
    <div class="tick">
      <label for={id}>
        <input id={id} type="radio" name={name} checked={checked} onChange={onPick} />
        <span>{children}</span>
      </label>
    </div>
  );
}

// A question before something that cannot be taken back. Escape is "no".
export function Confirm(props: { title: string; text: string; yes: string; no: string; busy: boolean; onYes: () => void; onNo: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        if (!props.busy) props.onNo();
      }}
    >
      <h2 id={`${id}-title`}>{props.title}</h2>
      <p id={`${id}-text`}>{props.text}</p>
      <div class="actions">
        <Button id="confirm-no" busy={props.busy} onClick={props.onNo}>
          {props.no}
        </Button>
        <Button id="confirm-yes" kind="danger" busy={props.busy} onClick={props.onYes}>
          {props.yes}
        </Button>
      </div>
    </dialog>
  );
}

export function CopyButton({ id, text }: { id: string; text: string }) {
  const { announce } = useApp();
  const { t } = useWords();
  const [done, setDone] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setDone(true);
        announce(t.common.copied);
      },
      () => setDone(false), // not allowed: the text stands there to be selected
    );
  return (
    <Button id={id} icon={done ? "check" : undefined} onClick={() => void copy()}>
      {done ? t.common.copied : t.common.copy}
    </Button>
  );
}

// Leads to another screen: a line of a list.
export function Line({ id, icon, title, text, onClick }: { id: string; icon?: IconName; title: ComponentChildren; text?: ComponentChildren; onClick: () => void }) {
  return (
    <button type="button" id={id} class="line" onClick={onClick}>
      {icon && <Icon name={icon} />}
      <span class="line-text">
        <strong>{title}</strong>
        {text !== undefined && <span class="soft">{text}</span>}
      </span>
      <Icon name="forward" />
    </button>
  );
}
