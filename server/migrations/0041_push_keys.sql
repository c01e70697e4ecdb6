-- The generation of our key that the browser subscribed to: its push service takes messages signed by no other.
ALTER TABLE push_subscriptions ADD COLUMN sender INTEGER NOT NULL DEFAULT 1;
