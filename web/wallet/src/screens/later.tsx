// The screens that nobody needs before there is a wallet, in one file of the page, which comes when the first of them is wanted.
import type { LaterScreen as Screen } from "../navigation.ts";
import { AddCard } from "./add.tsx";
import { CardDetails } from "./card.tsx";
import { Consent } from "./consent.tsx";
import { AskDeletion } from "./deletion.tsx";
import { Devices } from "./devices.tsx";
import { About, PrivacyNotice } from "./documents.tsx";
import { Help, HelpWith } from "./help.tsx";
import { Activity, Event } from "./history.tsx";
import { MoveNew, MoveWait } from "./move_new.tsx";
import { Moved, MoveOld } from "./move_old.tsx";
import { Inquiries } from "./inquiries.tsx";
import { AskOperator } from "./inquiry.tsx";
import { MyData } from "./my_data.tsx";
import { Notices } from "./notices.tsx";
import { Prove } from "./prove.tsx";
import { Receipts } from "./receipts.tsx";
import { Report } from "./report.tsx";
import { DeleteAccount, Erased } from "./remove.tsx";
import { Scan } from "./scan.tsx";
import { Settings } from "./settings.tsx";
import { StopWallet } from "./stop.tsx";

export { Erased, HelpWith };

// `id`: of the place in the way back, so that a screen that comes a second time begins anew.
export function LaterScreen({ screen, id }: { screen: Screen; id: string }) {
  switch (screen.name) {
    case "card": return <CardDetails key={id} id={screen.id} />;
    case "prove": return <Prove key={id} />;
    case "add": return <AddCard key={`${id}:${screen.link ?? ""}`} link={screen.link} code={screen.code} />;
    case "scan": return <Scan key={id} />;
    case "consent": return <Consent key={`${id}:${screen.link}`} link={screen.link} />;
    case "history": return <Activity key={id} />;
    case "event": return <Event key={id} event={screen.event} />;
    case "ask_deletion": return <AskDeletion key={id} event={screen.event} />;
    case "report": return <Report key={id} event={screen.event} organization={screen.organization} />;
    case "inquiries": return <Inquiries key={id} code={screen.code} />;
    case "inquiry": return <AskOperator key={id} code={screen.code} />;
    case "notices": return <Notices key={id} />;
    case "receipts": return <Receipts key={id} />;
    case "move": return <MoveOld key={id} />;
    case "move_new": return <MoveNew key={`${id}:${screen.link ?? ""}:${screen.code ?? ""}`} link={screen.link} code={screen.code} />;
    case "devices": return <Devices key={id} />;
    case "move_wait": return <MoveWait key={id} />;
    case "moved": return <Moved key={id} leftBehind={screen.leftBehind} />;
    case "settings": return <Settings key={id} />;
    case "privacy": return <PrivacyNotice key={id} />;
    case "about": return <About key={id} />;
    case "remove": return <DeleteAccount key={id} />;
    case "stop": return <StopWallet key={id} />;
    case "my_data": return <MyData key={id} />;
    case "help": return <Help key={id} />;
  }
}
