-- What a person asked a partner to delete. The proof is the consent receipt, and nothing here tells whose it was: there
-- is no account in this table. `secret_sha256`: of what the wallet asks for the state with.
CREATE TABLE deletion_requests (
  deletion_id   TEXT    NOT NULL PRIMARY KEY,
  receipt_id    TEXT    NOT NULL UNIQUE,
  partner_id    TEXT    NOT NULL REFERENCES partners (partner_id),
  consent_hash  TEXT    NOT NULL,
  shared_at     INTEGER NOT NULL,
  secret_sha256 BLOB    NOT NULL,
  asked_at      INTEGER NOT NULL,
  received_at   INTEGER,
  done_at       INTEGER
);
CREATE INDEX deletion_requests_by_partner ON deletion_requests (partner_id, asked_at);
