-- What the holder is to approve by answering (a JSON array of texts, as they travel), and how the answer travels.
ALTER TABLE presentation_requests ADD COLUMN transaction_data TEXT;  -- NULL: nothing
ALTER TABLE presentation_requests ADD COLUMN response_mode TEXT;     -- NULL: the encrypted one of the request's mode
