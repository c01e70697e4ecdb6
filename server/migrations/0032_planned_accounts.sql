-- Accounts whose data key is being made: the key lies in another file than the account, and a crash may come between the
-- two. What stands here when the server starts is a key without an account, and is destroyed.
CREATE TABLE planned_accounts (
  account_id TEXT NOT NULL PRIMARY KEY
);
