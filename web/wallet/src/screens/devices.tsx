// The account's one device, those that had it before, and what to do when one is lost or replaced.
import { useState } from "preact/hooks";
import { useApp, useWords } from "../context.ts";
import { Rows } from "../ui/data.tsx";
import { Button, Line, Note, Page, WorkState } from "../ui/parts.tsx";
import { useWork } from "../ui/use_step.ts";
import type { Device, Steps } from "../wallet.ts";

type Known = Steps["devices"]["answer"];

export function Devices() {
  const { wallet, navigation } = useApp();
  const { t } = useWords();
  const work = useWork();
  const [known, setKnown] = useState<Known | null>(null);
  const load = () => void work.run(t.devices.busy, () => wallet.step("devices"), setKnown);
  return (
    <Page title={t.devices.title} topic="devices" lead={t.devices.lead}>
      {known === null ? (
        <>
          <p>{t.devices.asks}</p>
          <WorkState work={work} />
          <Button id="show-devices" kind="main" icon="key" busy={work.busy} onClick={load}>
            {t.devices.go}
          </Button>
        </>
      ) : (
        <TheDevices known={known} />
      )}
      <section>
        <h2>{t.devices.doTitle}</h2>
        <Line id="move" icon="move" title={t.move.title} text={t.move.short} onClick={() => navigation.go({ name: "move" })} />
        <Line id="code-again" icon="key" title={t.settings.code} onClick={() => navigation.go({ name: "code", code: null })} />
      </section>
      <section>
        <h2>{t.devices.lostTitle}</h2>
        <p>{t.devices.lost}</p>
        <Line id="stop-lost" icon="stop" title={t.stopLost.title} text={t.stopLost.short} onClick={() => navigation.go({ name: "stop" })} />
      </section>
    </Page>
  );
}

function TheDevices({ known }: { known: Known }) {
  const { t } = useWords();
  return (
    <>
      <section id="device-now">
        <h2>{t.devices.now}</h2>
        <OneDevice device={known.device} />
      </section>
      <section id="devices-before">
        <h2>{t.devices.before}</h2>
        {known.former.length === 0 ? <p>{t.devices.none}</p> : known.former.map((device, index) => <OneDevice key={index} device={device} />)}
      </section>
      <Note kind="warn">
        <p>{t.devices.notYours}</p>
      </Note>
    </>
  );
}

function OneDevice({ device }: { device: Device }) {
  const { t, say, when } = useWords();
  const ways = device.ways.map(say).join(", ");
  return (
    <Rows
      rows={[
        { label: t.devices.kind, value: say(device.kind) },
        ...(ways === "" ? [] : [{ label: t.devices.ways, value: ways }]),
        { label: t.devices.since, value: device.since === null ? t.devices.unknown : when(device.since) },
        { label: t.devices.lastUsed, value: device.last_used === null ? t.devices.unknown : say(device.last_used) },
        { label: t.devices.backup, value: say(device.backup) },
        ...(device.moved_at === null ? [] : [{ label: t.devices.movedAt, value: when(device.moved_at) }]),
      ]}
    />
  );
}
