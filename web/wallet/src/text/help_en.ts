// The English side of help_ja.ts.
import type { HelpTexts } from "./help_ja.ts";

export const helpEn: HelpTexts = {
  welcome: { title: "Before you start", text: "You need a device with a screen lock (fingerprint, face or PIN), a recent browser, and an electronic passport for the identity check. Registering takes a few minutes." },
  terms: { title: "Terms of use", text: "The terms have a version. The version you accept is kept with your registration. If you do not accept, go back and nothing remains." },
  register: { title: "Registering and the passkey", text: "The browser or the device shows the screen that makes the passkey. It is kept on this device or in your password manager. If you stop halfway, no account remains on the server." },
  code: { title: "Revocation code", text: "Letters and digits in groups of four. When you type it, case and dashes do not matter. Whoever has the code can stop your wallet, but cannot see what is in it." },
  locked: { title: "Unlocking", text: "The passkey of your registration opens the wallet. If you lose it, the cards on this device can never be opened. Stop the wallet with the revocation code, register again and prove your identity again." },
  home: { title: "Your cards", text: "Press a card to see what is on it and how many uses are left. When it expires soon or is used up, it is renewed while you look at this screen; where your passkey is needed, press “Renew now”." },
  card: { title: "Card details", text: "The issuer confirmed and signed this. “Uses left” counts the copies you can share. Renewing receives new ones." },
  prove: { title: "Proving your identity", text: "The chip of your passport is read and checked: it is genuine, unchanged and not expired. The text that the chip signs is different for every application and of no use for another. Reviewers compare the photos with the portrait in the chip; nothing on your card comes from a photo. If you disagree with the result, you can appeal once, in time." },
  add: { title: "Adding a card", text: "Use the issuer's link or QR code. Always look at the issuer and the card's name before you add it. A code comes to you by another way than the link." },
  scan: { title: "Scanning a QR code", text: "The browser asks whether the camera may be used. The picture stays on this device. Without a camera, pasting the link does the same." },
  consent: { title: "Agreeing to share", text: "The values you see are exactly what is shared. Do not share with anybody who is not verified, or with a screen whose address is different. Stopping costs you nothing; the organisation only learns that you did not share." },
  history: { title: "Activity", text: "It says when you shared which entries with whom, never the values. The server's records also say when a reviewer looked at your case." },
  deletion: { title: "Asking to delete", text: "From your activity you can ask an organisation to erase what you shared. The receipt of consent is the proof, so that even this server does not learn who asks. The details of the entry show how far it is." },
  report: { title: "Reporting", text: "Tell the people who run this wallet about an organisation that asked for too much, was not what it said, or put pressure on you. You can do so after stopping, or from your activity. The organisation learns nothing." },
  inquiry: { title: "Inquiries", text: "Ask the people who run this wallet. Inquiries and their answers alone are kept in another country, so the country is named and you are asked to agree before anything is sent. A notice tells you of the answer; read it under “Inquiries”. Your activity says when staff read it, and deleting your account erases it." },
  receipts: { title: "Receipts", text: "The server signs what you agreed to and what was erased. Anybody can check it with the published keys." },
  notices: { title: "Notices", text: "Results of checks and revoked cards are told here. Opening the list asks your passkey once. Incidents and maintenance also stand on top of every screen; an incident stays there until it is over." },
  settings: { title: "Settings", text: "Language, appearance, lock, revocation code, and deleting your account." },
  remove: { title: "Deleting your account", text: "After you type the word and confirm with your passkey, everything is erased at once. Save the receipt of erasure to be able to prove it later." },
  move: { title: "Moving to a new phone", text: "Scan the QR code of the old device with the new one, and compare the six digits that both show. Agree on the old device only when they are the same. Keys and cards do not move: you receive your cards again. Your activity and receipts come along. Without the old device, stop it with the revocation code and register anew." },
  offline: { title: "When you are offline", text: "You can look at your cards and activity. Sharing, adding, renewing and the server's records need a connection." },
};
