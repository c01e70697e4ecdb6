-- What a partner was called before it got a certificate below a newer root: its client_id is a hash of its certificate.
-- Answers to requests under an older name, and receipts that say it, are still the partner's.
CREATE TABLE former_client_ids (
  client_id        TEXT    NOT NULL PRIMARY KEY,
  partner_id       TEXT    NOT NULL REFERENCES partners (partner_id),
  registration_jwt TEXT    NOT NULL,
  certificate      BLOB    NOT NULL,
  ended_at         INTEGER NOT NULL
) STRICT;
-- Under which name it asked. NULL: before it was kept, its only one.
ALTER TABLE presentation_requests ADD COLUMN client_id TEXT;
-- The generation of the root that certified the device, on whose revocation list it may stand.
ALTER TABLE readers ADD COLUMN root INTEGER NOT NULL DEFAULT 1;
