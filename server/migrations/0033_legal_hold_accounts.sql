-- A receipt of erasure, and a database that was restored, ask for what is kept of an account.
CREATE INDEX legal_holds_by_account ON legal_holds (account_lookup);
