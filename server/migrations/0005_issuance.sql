-- Status lists: one bit a card copy. An index is given once and never again, also after the card has expired.
CREATE TABLE status_lists (
  list_id INTEGER NOT NULL PRIMARY KEY,
  size    INTEGER NOT NULL,
  used    INTEGER NOT NULL DEFAULT 0
);

-- A copy of a card that was issued or is about to be. Deleting the account cuts the link to it, the bit stays.
CREATE TABLE status_entries (
  list_id     INTEGER NOT NULL REFERENCES status_lists (list_id),
  idx         INTEGER NOT NULL,
  value       INTEGER NOT NULL DEFAULT 0,
  account_id  TEXT,
  issuance_id TEXT    NOT NULL,
  UNIQUE (list_id, idx)
);
CREATE INDEX status_entries_by_account ON status_entries (account_id);
CREATE INDEX status_entries_by_issuance ON status_entries (issuance_id);
CREATE INDEX status_entries_set ON status_entries (list_id, idx) WHERE value <> 0;

-- One offer per approved case. `sealed` holds the codes as the person is shown them, under the person's key.
CREATE TABLE offers (
  offer_id       TEXT    NOT NULL PRIMARY KEY,
  account_id     TEXT    NOT NULL,
  case_id        TEXT    NOT NULL UNIQUE,
  code_lookup    BLOB    NOT NULL UNIQUE,
  tx_code_lookup BLOB    NOT NULL,
  tries          INTEGER NOT NULL DEFAULT 0,
  state          TEXT    NOT NULL CHECK (state IN ('open', 'redeemed', 'issuing', 'issued', 'locked')),
  expires_at     INTEGER NOT NULL,
  sealed         BLOB    NOT NULL
);
CREATE INDEX offers_by_account ON offers (account_id);

CREATE TABLE c_nonces (
  nonce_sha256 BLOB    NOT NULL PRIMARY KEY,
  expires_at   INTEGER NOT NULL,
  used         INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX c_nonces_by_expiry ON c_nonces (expires_at);

-- The intent to sign, durable before the first signature; 'abandoned' when a crash came between (its indexes are
-- revoked, because a signature may exist that nobody received).
CREATE TABLE issuances (
  issuance_id     TEXT    NOT NULL PRIMARY KEY,
  offer_id        TEXT    NOT NULL REFERENCES offers (offer_id),
  account_id      TEXT,
  state           TEXT    NOT NULL CHECK (state IN ('intended', 'issued', 'abandoned')),
  copies          INTEGER NOT NULL,
  notification_id TEXT    UNIQUE,
  intended_at     INTEGER NOT NULL,
  issued_at       INTEGER
);
CREATE INDEX issuances_by_account ON issuances (account_id);
