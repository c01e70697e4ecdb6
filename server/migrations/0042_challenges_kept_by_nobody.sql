-- A challenge for one request of one account is a keyed hash of that request, and stands in no table: only its use does
-- (single_use). Its key is of this database and of the key holder, so that no challenge outlives a restore.
DROP INDEX assertions_by_expiry;
DROP TABLE assertions;
CREATE TABLE challenge_secret (
  only   INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
  secret BLOB    NOT NULL CHECK (length(secret) = 32)
);
