-- What people report about organisations that asked them. Sealed under the person's key, and gone with the account.
CREATE TABLE reports (
  report_id  TEXT    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL,
  region     TEXT    NOT NULL CHECK (region = 'JP'),
  at         INTEGER NOT NULL,
  sealed     BLOB    NOT NULL
);
CREATE INDEX reports_by_account ON reports (account_id);
CREATE INDEX reports_by_time ON reports (at);
