-- Devices of partners that ask at close range (ISO/IEC 18013-5): each has a certificate for its own key, and the
-- registrar's statement of what it may ask. A revoked one stands on the readers' revocation list until it has expired.
CREATE TABLE readers (
  reader_id        TEXT    NOT NULL PRIMARY KEY,
  partner_id       TEXT    NOT NULL REFERENCES partners (partner_id),
  name             TEXT    NOT NULL,
  serial           BLOB    NOT NULL UNIQUE,
  created_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  revoked_at       INTEGER
);
CREATE INDEX readers_by_partner ON readers (partner_id);
