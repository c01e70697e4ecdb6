-- What one person is told. `sealed` holds what it is about, under the person's key.
CREATE TABLE notices (
  notice_id  TEXT    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  sealed     BLOB    NOT NULL,
  read_at    INTEGER
);
CREATE INDEX notices_by_account ON notices (account_id, at);

-- What everybody is told, and who of the staff said so.
CREATE TABLE public_notices (
  notice_id    TEXT    NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL CHECK (kind IN ('incident', 'maintenance', 'change')),
  text_ja      TEXT    NOT NULL,
  text_en      TEXT    NOT NULL,
  published_at INTEGER NOT NULL,
  published_by TEXT    NOT NULL,
  until        INTEGER,
  withdrawn_at INTEGER,
  withdrawn_by TEXT
);
CREATE INDEX public_notices_by_time ON public_notices (published_at);

-- Where a person's browser can be told that there is a notice: one for each account, as there is one device. `sealed`
-- holds its address and keys, under the person's key.
CREATE TABLE push_subscriptions (
  account_id      TEXT NOT NULL PRIMARY KEY,
  subscription_id TEXT NOT NULL,
  sealed          BLOB NOT NULL
);

-- What is still to be sent there. `sealed` holds the message, under the person's key.
CREATE TABLE push_outbox (
  notice_id   TEXT    NOT NULL PRIMARY KEY,
  account_id  TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER NOT NULL
);
CREATE INDEX push_outbox_by_time ON push_outbox (next_try_at);
CREATE INDEX push_outbox_by_account ON push_outbox (account_id);
