-- One request of a partner to one person, whoever that is. The result is sealed under a key made from the
-- response_code, which goes back to the partner's page with the person and is not kept here: nobody but the partner can
-- open it, and it is gone once handed over.
CREATE TABLE presentation_requests (
  request_id           TEXT    NOT NULL PRIMARY KEY,
  partner_id           TEXT    NOT NULL REFERENCES partners (partner_id),
  state                TEXT    NOT NULL CHECK (state IN ('waiting', 'answered', 'delivered', 'refused')),
  dcql_query           TEXT    NOT NULL,
  nonce                TEXT    NOT NULL UNIQUE,
  state_value          TEXT    NOT NULL,
  encryption_kid       TEXT    NOT NULL,
  decryption_key       BLOB,
  created_at           INTEGER NOT NULL,
  expires_at           INTEGER NOT NULL,
  answered_at          INTEGER,
  response_code_sha256 BLOB,
  result               BLOB,
  consent_hash         TEXT    UNIQUE,
  receipt              TEXT
);
CREATE INDEX presentation_requests_by_expiry ON presentation_requests (expires_at);
