-- What a person sees in their history. `sealed` is either sealed by keyd under the person's key (source 'server') or a
-- JWE the wallet made for itself and keyd sealed once more (source 'wallet').
CREATE TABLE history_events (
  event_id   TEXT    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  source     TEXT    NOT NULL CHECK (source IN ('server', 'wallet')),
  sealed     BLOB    NOT NULL
);
CREATE INDEX history_events_by_account ON history_events (account_id, at);
