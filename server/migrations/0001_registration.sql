-- One row per account, ever. Erasing an account leaves a tombstone: the opaque id, and the keyed hash of its credential
-- id, so that the key can never come back (promise WP-07c).
CREATE TABLE accounts (
  account_id           TEXT    NOT NULL PRIMARY KEY,
  state                TEXT    NOT NULL CHECK (state IN ('active', 'revoked', 'erased')),
  credential_id_lookup BLOB    NOT NULL UNIQUE,
  public_key           BLOB,
  sign_count           INTEGER NOT NULL,
  backup_eligible      INTEGER NOT NULL,
  terms_version        TEXT    NOT NULL,
  revocation_lookup    BLOB    UNIQUE,
  created_at           INTEGER NOT NULL,
  closed_at            INTEGER
);

-- A registration that was begun. `account_id` is set when it ended, once.
CREATE TABLE registrations (
  registration_id TEXT    NOT NULL PRIMARY KEY,
  challenge       BLOB    NOT NULL,
  expires_at      INTEGER NOT NULL,
  account_id      TEXT
);
CREATE INDEX registrations_by_expiry ON registrations (expires_at);

-- A challenge for one request of one account: method, target and body are fixed when it is made.
CREATE TABLE assertions (
  assertion_id TEXT    NOT NULL PRIMARY KEY,
  challenge    BLOB    NOT NULL,
  method       TEXT    NOT NULL,
  target       TEXT    NOT NULL,
  body_sha256  BLOB    NOT NULL,
  expires_at   INTEGER NOT NULL,
  used         INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX assertions_by_expiry ON assertions (expires_at);
