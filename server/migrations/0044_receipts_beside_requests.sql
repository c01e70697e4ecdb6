-- A consent receipt is larger than a page: in its request's row it was written again with every change of that row.
-- It goes with its request.
CREATE TABLE consent_receipts (
  consent_hash TEXT NOT NULL PRIMARY KEY REFERENCES presentation_requests (consent_hash) ON DELETE CASCADE,
  receipt      TEXT NOT NULL
);
INSERT INTO consent_receipts SELECT consent_hash, receipt FROM presentation_requests WHERE receipt IS NOT NULL;
ALTER TABLE presentation_requests DROP COLUMN receipt;
